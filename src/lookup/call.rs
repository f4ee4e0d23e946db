//! One lookup over the network: at most two tries, each bounded in time, and an answer bounded in size. Connects only to
//! addresses that were checked, follows no redirect and uses no proxy.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use super::host::Allowed;
use super::{LookupOutcome, Lookups, Names, address};
use crate::message::{Fields, Value};
use crate::policy::Lookup;
use crate::policy::lookup::read_answer;

/// The largest answer that is read, in bytes.
pub(super) const ANSWER_MAX: usize = 256 * 1024;
/// So many hosts' clients are kept; beyond that all are made anew.
const CLIENTS_MAX: usize = 64;

/// A try that brought no answer.
struct Failure {
    why: String,
    /// Whether a second try may go better.
    again: bool,
}

impl Failure {
    fn final_one(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: false }
    }

    fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: true }
    }
}

impl Lookups {
    pub(super) async fn answer(
        &self,
        lookup: &Lookup,
        names: &BTreeMap<String, Value>,
        results: &BTreeMap<String, Fields>,
    ) -> Result<LookupOutcome, String> {
        let url = address::address(&lookup.get, names, results)?;
        let headers = address::headers(&lookup.headers, &self.settings.env)?;
        let allowed = Allowed::check(&url, &self.settings.allowed_hosts)?;
        let client = self.client(&allowed, url.scheme())?;
        let timeout = lookup.timeout.to_std().unwrap_or_default();
        let body = match fetch(&client, &url, &headers, timeout).await {
            Err(failure) if failure.again => fetch(&client, &url, &headers, timeout).await,
            first => first,
        };
        let Some(body) = body.map_err(|failure| failure.why)? else { return Ok(LookupOutcome::NotFound) };
        let body = serde_json::from_slice(&body).map_err(|_| format!("what `{}` answered is no JSON", allowed.host))?;
        read_answer(&lookup.result, &body).map(LookupOutcome::Found)
    }

    /// The client for a host and port: its resolver knows which addresses of theirs were allowed.
    fn client(&self, allowed: &Allowed, scheme: &str) -> Result<Client, String> {
        let mut clients = self.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (format!("{scheme}://{}", allowed.host), allowed.port);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let resolver = Checked { allowed: allowed.clone(), names: self.settings.names.clone() };
        let client = new_client(resolver, scheme)?;
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }
}

/// A client over rustls. For `http` no certificates are needed, so none are looked for.
fn new_client(resolver: Checked, scheme: &str) -> Result<Client, String> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race to another thread is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
        .no_proxy()
        .redirect(redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(30))
        .dns_resolver(resolver);
    if scheme == "http" {
        builder = builder.tls_certs_only(std::iter::empty());
    }
    builder.build().map_err(|_| "this machine has no certificates to check `https` with".to_owned())
}

/// One try. `None` is a 404.
async fn fetch(client: &Client, url: &Url, headers: &HeaderMap, timeout: Duration) -> Result<Option<Vec<u8>>, Failure> {
    let host = url.host_str().unwrap_or_default();
    let one_try = async {
        let request = client.get(url.clone()).headers(headers.clone());
        let response = request.send().await.map_err(|error| connection(&error, host))?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => bounded(response, host).await.map(Some),
            status if status.is_redirection() => Err(Failure::final_one(format!(
                "`{host}` sends the caller elsewhere ({status}), which is not followed"
            ))),
            status if status.is_server_error() => Err(Failure::passing(format!("`{host}` answered {status}"))),
            status => Err(Failure::final_one(format!("`{host}` answered {status}"))),
        }
    };
    match tokio::time::timeout(timeout, one_try).await {
        Ok(tried) => tried,
        Err(_) => Err(Failure::passing(format!("`{host}` did not answer within {}", seconds(timeout)))),
    }
}

async fn bounded(mut response: Response, host: &str) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::final_one(format!("what `{host}` answered is larger than {} KB", ANSWER_MAX / 1024));
    if response.content_length().is_some_and(|length| length > ANSWER_MAX as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| connection(&error, host))? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why there was no connection or it broke, without the address, which may hold what a customer wrote.
fn connection(error: &reqwest::Error, host: &str) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return Failure::final_one(refused.0.clone());
        }
        cause = inner.source();
    }
    if error.is_builder() {
        return Failure::final_one(format!("`{host}` cannot be called"));
    }
    let what = if error.is_connect() { "cannot be reached" } else { "broke off the connection" };
    Failure::passing(format!("`{host}` {what}"))
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        1.0 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

/// The host leads only to addresses that may not be called.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Refused {}

/// Resolves one host and hands out only the addresses that were checked, so that what is connected to is what was
/// checked: a name that changes its address in between gains nothing.
struct Checked {
    allowed: Allowed,
    names: Names,
}

impl Resolve for Checked {
    fn resolve(&self, _: Name) -> Resolving {
        let (allowed, names) = (self.allowed.clone(), self.names.clone());
        Box::pin(async move {
            let found = addresses(&names, &allowed).await?;
            let any = !found.is_empty();
            let permitted: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| allowed.permits(*address))
                .map(|address| SocketAddr::new(address, allowed.port))
                .collect();
            if any && permitted.is_empty() {
                return Err(Refused(allowed.refusal()).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

async fn addresses(names: &Names, allowed: &Allowed) -> std::io::Result<Vec<IpAddr>> {
    match names {
        Names::System => {
            let found = tokio::net::lookup_host((allowed.host.as_str(), allowed.port)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
        Names::Fixed(table) => Ok(table.get(&allowed.host).cloned().unwrap_or_default()),
    }
}
