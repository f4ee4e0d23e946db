//! The URL of a PostgreSQL database: what it must look like, how its server is reached, and how it is named in messages,
//! which is never with its password.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How the way to the server is kept from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: a socket, this machine, or a network of one's own.
    Off,
    /// TLS, with a certificate that this machine trusts, or that one in this file has signed.
    Verified(Option<PathBuf>),
}

/// Where a database is.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Box<Config>,
    pub(super) tls: Tls,
    place: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.place)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config && self.tls == other.tls
    }
}

impl Eq for Address {}

/// What is wrong with a URL, and what to write instead; repeats no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAddress {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub help: String,
}

impl std::fmt::Display for BadAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for BadAddress {}

const FORM: &str = "write `postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full`";

fn bad(message: impl Into<String>, help: impl Into<String>) -> BadAddress {
    BadAddress { message: message.into(), help: help.into() }
}

impl Address {
    /// Host and database, for people.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    pub(super) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let unread = || bad("it is no URL of a PostgreSQL database", FORM);
        let mut url = Url::parse(text).map_err(|_| unread())?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(unread());
        }
        let asked = take(&mut url, "sslmode");
        let root = take(&mut url, "sslrootcert").map(PathBuf::from);
        let mut config: Config = url.as_str().parse().map_err(|error: tokio_postgres::Error| {
            // The error names what it does not know, never a value.
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            bad(format!("the URL cannot be read ({why})"), FORM)
        })?;
        if config.get_hosts().is_empty() {
            return Err(bad("the URL names no host", FORM));
        }
        if config.get_user().is_none() {
            return Err(bad("the URL names no user", FORM));
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(bad("the URL names no database", FORM));
        }
        let tls = tls(asked.as_deref(), root, config.get_hosts())?;
        config.ssl_mode(if tls == Tls::Off { SslMode::Disable } else { SslMode::Require });
        config.connect_timeout(Duration::from_secs(10));
        config.tcp_user_timeout(Duration::from_secs(30));
        config.keepalives_idle(Duration::from_secs(30));
        config.keepalives_interval(Duration::from_secs(10));
        config.keepalives_retries(3);
        if config.get_application_name().is_none() {
            config.application_name("frontdesk");
        }
        let place = place(&config);
        Ok(Self { config: Box::new(config), tls, place })
    }
}

/// Takes a parameter out of a URL.
fn take(url: &mut Url, name: &str) -> Option<String> {
    let all: Vec<(String, String)> =
        url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    let found = all.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    if found.is_some() {
        let rest: Vec<_> = all.into_iter().filter(|(key, _)| key != name).collect();
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest);
        }
    }
    found
}

fn tls(asked: Option<&str>, root: Option<PathBuf>, hosts: &[Host]) -> Result<Tls, BadAddress> {
    match asked {
        Some("disable") => Ok(Tls::Off),
        // A certificate is always checked: without that, anybody on the way could read along.
        Some("require" | "verify-ca" | "verify-full") => Ok(Tls::Verified(root)),
        Some(_) => Err(bad(
            "this `sslmode` is not known here",
            "write `sslmode=verify-full` for TLS (the certificate is checked), or `sslmode=disable` to go without",
        )),
        None if hosts.iter().all(is_here) => Ok(Tls::Off),
        None => Err(bad(
            "the database is on another machine, and the URL does not say whether to use TLS",
            "add `?sslmode=verify-full`, or `?sslmode=disable` if the network between is your own",
        )),
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

fn place(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |index: usize| ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(index, host)| match host {
            Host::Tcp(name) => format!("{name}:{}", port(index)),
            Host::Unix(path) => format!("{}:{}", path.display(), port(index)),
        })
        .collect();
    format!("postgres://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        url.parse::<Address>().map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_password_is_never_shown() {
        let address: Address = "postgres://me:s3cret@localhost/shop".parse().unwrap();
        assert_eq!(address.place(), "postgres://localhost:5432/shop");
        assert_eq!(format!("{address:?}"), "postgres://localhost:5432/shop");
        for url in ["postgres://me:s3cret@db.example/shop", "postgres://:s3cret@localhost", "postgres://me:s3cret@[/x"]
        {
            assert!(!problem(url).contains("s3cret"), "{}", problem(url));
        }
        assert!(!problem("postgres://me:s3cret@localhost/shop?colour=s3cret").contains("s3cret"));
    }

    #[test]
    fn the_way_to_another_machine_is_said() {
        let tls = |url: &str| url.parse::<Address>().unwrap().tls;
        assert_eq!(tls("postgres://me@localhost/shop"), Tls::Off);
        assert_eq!(tls("postgresql://me@127.0.0.1:5433/shop"), Tls::Off);
        assert_eq!(tls("postgres://me@%2Fvar%2Frun%2Fpostgresql/shop"), Tls::Off);
        assert_eq!(tls("postgres://me@db/shop?sslmode=disable"), Tls::Off);
        assert_eq!(tls("postgres://me@db/shop?sslmode=require&application_name=x"), Tls::Verified(None));
        let rooted = tls("postgres://me@db/shop?sslmode=verify-full&sslrootcert=/ca.pem");
        assert_eq!(rooted, Tls::Verified(Some("/ca.pem".into())));
        assert!(problem("postgres://me@db/shop").contains("add `?sslmode=verify-full`"));
        assert!(problem("postgres://me@db/shop?sslmode=prefer").contains("`sslmode` is not known"));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (url, words) in [
            ("postgres://me@localhost", "names no database"),
            ("postgres://localhost/shop", "names no user"),
            ("postgres:///shop", "names no"),
            ("mysql://me@localhost/shop", "no URL of a PostgreSQL database"),
        ] {
            let said = problem(url);
            assert!(said.contains(words) && said.contains("postgres://USER:PASSWORD@HOST"), "{url}: {said}");
        }
    }
}
