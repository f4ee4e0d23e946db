//! The PostgreSQL server that tests share: every stand has a database of its own on it.

#[path = "../postgres_server.rs"]
mod server;

use std::io::Write;
use std::sync::OnceLock;
use std::time::Duration;

use frontdesk::store::{PostgresSettings, PostgresStore};
use tokio::sync::OnceCell;

pub use server::Server;

/// The server that tests share.
pub fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    SHARED
        .get_or_init(|| {
            let server = Server::make(false);
            if server.is_none() {
                // A print would be kept from whoever runs the tests.
                std::io::stderr().write_all(b"PostgreSQL is not installed: its tests are skipped\n").unwrap();
            }
            server
        })
        .as_ref()
}

/// A new database on the shared server, in the form of this release; its name.
pub async fn database(server: &Server) -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = server.empty().await;
            drop(open(server, &name).await);
            // A template has nobody connected.
            let admin = server.sql("postgres").await;
            let gone = format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            admin.batch_execute(&gone).await.unwrap();
            let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
            while admin.query_one(left, &[&name]).await.unwrap().get::<_, i64>(0) > 0 {
                tokio::task::yield_now().await;
            }
            name
        })
        .await;
    server.make_from(template).await
}

/// How a database on it is opened.
pub fn settings(server: &Server, database: &str) -> PostgresSettings {
    let address = server.url("frontdesk", database).parse().unwrap();
    PostgresSettings { patience: Duration::from_secs(5), connections: 4, ..PostgresSettings::at(address) }
}

/// Opens a database on it.
pub async fn open(server: &Server, database: &str) -> PostgresStore {
    PostgresStore::open(&settings(server, database)).await.unwrap()
}
