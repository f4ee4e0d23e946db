//! The way to the server: a bounded pool of connections, one statement an operation, time limits on both sides, and what
//! is tried again when a connection is lost.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio::sync::Semaphore;
use tokio_postgres::tls::{MakeTlsConnect, NoTlsStream};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Connection, NoTls, Row, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Tls};
use super::fault::{Fault, unopened};
use super::param::Param;
use super::{PostgresSettings, tls};
use crate::store::StoreError;

/// At most so many operations wait or are under way; what comes on top is refused ([`StoreError::Crowded`]).
const WAITING_MAX: usize = 4_096;
/// A statement that found a lock in its way in an unlucky order is repeated so often.
pub const UNLUCKY_MAX: u32 = 5;
/// How long after a lost connection an operation that may be repeated is repeated.
const AGAIN: [u64; 7] = [0, 100, 200, 400, 800, 1_600, 3_200];

/// Whether a statement whose answer was lost may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It comes to the same.
    Yes,
    /// It might be done twice.
    No,
}

/// The way to one database.
pub struct Link {
    pool: Pool,
    pub address: Address,
    /// One name per process and start.
    pub node: String,
    patience: Duration,
    waiting: Semaphore,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Link").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Link {
    pub fn new(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let address = settings.address.clone();
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match &address.tls {
            Tls::Off => Manager::from_config(Config::clone(&address.config), NoTls, config),
            Tls::Verified(root) => {
                let connector = tls::connector(root.as_deref(), address.place())?;
                Manager::from_config(Config::clone(&address.config), connector, config)
            }
        };
        let session = Arc::new(session(settings.patience));
        let prepare = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let session = Arc::clone(&session);
            Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager)
            .max_size(settings.connections)
            .wait_timeout(Some(settings.patience))
            .create_timeout(Some(settings.patience))
            .recycle_timeout(Some(settings.patience))
            .runtime(Runtime::Tokio1)
            .post_create(prepare)
            .build()
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let node = format!("{:016x}", rand::random::<u64>());
        Ok(Self { pool, address, node, patience: settings.patience, waiting: Semaphore::new(WAITING_MAX) })
    }

    /// How long anything is waited for.
    pub const fn patience(&self) -> Duration {
        self.patience
    }

    /// A connection of its own.
    pub async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| self.ungotten(error))
    }

    /// The rows that a statement answers.
    pub async fn ask(&self, again: Again, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        self.tell(again, sql, params).await.map_err(|fault| fault.told(self.address.place()))
    }

    /// The first row, if there is one.
    pub async fn ask_one(&self, again: Again, sql: &str, params: Vec<Param>) -> Result<Option<Row>, StoreError> {
        Ok(self.ask(again, sql, params).await?.into_iter().next())
    }

    /// The same, with what went wrong.
    pub async fn tell(&self, again: Again, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, Fault> {
        let _place = self.waiting.try_acquire().map_err(|_| Fault::Other(StoreError::Crowded))?;
        let (mut unlucky, mut lost) = (0, 0);
        loop {
            match self.try_once(sql, &params).await {
                Err(Fault::Deadlock) if unlucky < UNLUCKY_MAX => unlucky += 1,
                Err(Fault::Lost(_) | Fault::Other(StoreError::Unreachable { .. }))
                    if again == Again::Yes && (1..AGAIN.len()).contains(&lost) =>
                {
                    tokio::time::sleep(Duration::from_millis(AGAIN[lost])).await;
                    lost += 1;
                }
                Err(Fault::Lost(_)) if again == Again::Yes && lost == 0 => lost = 1,
                done => return done,
            }
        }
    }

    async fn try_once(&self, sql: &str, params: &[Param]) -> Result<Vec<Row>, Fault> {
        let client = self.connection().await.map_err(Fault::Other)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        let answer = async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, &params).await
        };
        // The server ends a statement by itself; one that is silent for longer is gone.
        match tokio::time::timeout(self.patience * 2, answer).await {
            Ok(answer) => answer.map_err(|error| Fault::of(&error, self.patience)),
            Err(_) => {
                drop(Object::take(client));
                Err(Fault::Lost("it does not answer".to_owned()))
            }
        }
    }

    fn ungotten(&self, error: PoolError) -> StoreError {
        let address = &self.address;
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                unopened(&error, address.place(), address.user(), address.database())
            }
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => StoreError::Crowded,
            PoolError::Closed => StoreError::Closed,
            PoolError::Timeout(_) => {
                StoreError::Unreachable { place: address.place().to_owned(), reason: "it does not answer".to_owned() }
            }
            PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => StoreError::Other(error.to_string()),
        }
    }
}

/// What every connection of ours begins with. What was answered is on the disk; nothing waits for ever. Every statement goes
/// by an index: a server that has not counted its rows yet would rather read whole tables.
fn session(patience: Duration) -> String {
    let millis = patience.as_millis();
    format!(
        "SET statement_timeout = {millis}; SET lock_timeout = {millis}; \
         SET idle_in_transaction_session_timeout = {millis}; SET synchronous_commit = on; \
         SET enable_seqscan = off; SET jit = off"
    )
}

/// A connection that says what arrives on it.
pub enum Open {
    Plain(Client, Box<Connection<Socket, NoTlsStream>>),
    Safe(Client, Box<Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>>),
}

/// Opens a connection outside the pool.
pub async fn open(address: &Address) -> Result<Open, StoreError> {
    let config: &Config = &address.config;
    let failed = |error: tokio_postgres::Error| unopened(&error, address.place(), address.user(), address.database());
    match &address.tls {
        Tls::Off => {
            let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
            Ok(Open::Plain(client, Box::new(connection)))
        }
        Tls::Verified(root) => {
            let connector = tls::connector(root.as_deref(), address.place())?;
            let (client, connection) = config.connect(connector).await.map_err(failed)?;
            Ok(Open::Safe(client, Box::new(connection)))
        }
    }
}
