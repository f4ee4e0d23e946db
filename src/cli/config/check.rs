//! What each setting must look like. Takes text, gives a value or says what to write instead; repeats no secret.

use std::net::SocketAddr;
use std::path::PathBuf;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;

use super::{Database, Environment, LogFormat, Mode, OURS, SettingFlags, SettingProblem, WhatsApp};
use crate::cli::aids::model_named;
use crate::cli::cache::Folder;
use crate::files::Files;
use crate::lookup::HostRule;
use crate::store::postgres::BadAddress;
use crate::text::{is_private_host, nearest};
use crate::whatsapp::client::GraphSettings;

const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const CREDENTIALS: [&str; 3] = ["WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"];

const METRICS_TOKEN_LEAST: usize = 16;

/// A name in `.env` that is nearly one of ours.
pub(super) fn misspelt(place: &str, name: &str) -> Option<SettingProblem> {
    let ours = ["FRONTDESK_", "WHATSAPP_"].iter().any(|prefix| name.starts_with(prefix)) && !OURS.contains(&name);
    let meant = nearest(name, OURS).filter(|_| ours)?;
    Some(SettingProblem::new(place, format!("`{name}` is no setting"), format!("did you mean `{meant}`?")))
}

/// Reads setting after setting and keeps what is wrong. A wrong setting reads as its default, so that all can be read.
pub(super) struct Reader<'a> {
    environment: &'a Environment,
    pub(super) problems: Vec<SettingProblem>,
}

/// A setting as it was given.
struct Said {
    text: String,
    place: String,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(environment: &'a Environment) -> Self {
        Self { environment, problems: Vec::new() }
    }

    /// A setting as its flag or its variable gives it; the flag is named after the variable.
    fn said(&self, variable: &str, flag: Option<&str>) -> Option<Said> {
        if let Some(text) = flag {
            let name = variable.strip_prefix("FRONTDESK_").unwrap_or(variable).to_lowercase().replace('_', "-");
            return Some(Said { text: text.trim().to_owned(), place: format!("--{name}") });
        }
        let text = self.environment.get(variable)?.trim().to_owned();
        let file = self.environment.values.get(variable).map_or("", |(_, file)| file.as_str());
        Some(Said { text, place: format!("{file}{variable}") })
    }

    fn wrong(&mut self, said: &Said, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(SettingProblem::new(&said.place, message, help));
    }

    pub(super) fn listen(&mut self, flags: &SettingFlags) -> SocketAddr {
        let Some(said) = self.said("FRONTDESK_LISTEN", flags.listen.as_deref()) else { return LISTEN };
        said.text.parse().unwrap_or_else(|_| {
            let message = format!("`{}` is no address with a port", said.text);
            self.wrong(&said, message, "write `127.0.0.1:8080`, or `0.0.0.0:8080` to be reached from other machines");
            LISTEN
        })
    }

    pub(super) fn database(&mut self, flags: &SettingFlags) -> Database {
        let Some(said) = self.said("FRONTDESK_DATABASE", flags.database.as_deref()) else { return Database::default() };
        said.text.parse().unwrap_or_else(|problem: BadAddress| {
            self.wrong(&said, problem.message, problem.help);
            Database::default()
        })
    }

    /// Beside the database where that is a file: there is a disk that may be written to.
    pub(super) fn cache(&self, flags: &SettingFlags, database: &Database) -> Option<Folder> {
        match (self.said("FRONTDESK_CACHE", flags.cache.as_deref()), database) {
            (Some(said), _) => Folder::named(&said.text),
            (None, Database::Sqlite(file)) => Some(Folder::beside(file)),
            (None, Database::Postgres(_)) => None,
        }
    }

    pub(super) fn semantic(&self, flags: &SettingFlags) -> Option<PathBuf> {
        model_named(&self.said("FRONTDESK_SEMANTIC", flags.semantic.as_deref())?.text)
    }

    /// Beside the database where that is a file, as it belongs to it.
    pub(super) fn media(&self, flags: &SettingFlags, database: &Database) -> Option<Files> {
        match (self.said("FRONTDESK_MEDIA", flags.media.as_deref()), database) {
            (Some(said), _) => (!matches!(&*said.text, "" | "off")).then(|| Files::at(said.text)),
            (None, Database::Sqlite(file)) => Some(Files::at(file.with_file_name("media"))),
            (None, Database::Postgres(_)) => Some(Files::at("data/media")),
        }
    }

    pub(super) fn public_url(&mut self, flags: &SettingFlags) -> Option<String> {
        let said = self.said("FRONTDESK_PUBLIC_URL", flags.public_url.as_deref())?;
        self.url(&said, "https://chat.example.com").map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    /// An address of a server, without user, query or fragment.
    fn url(&mut self, said: &Said, example: &str) -> Option<Url> {
        let url = Url::parse(&said.text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        let Some(url) = url else {
            self.wrong(said, "it is no web address", format!("write one such as `{example}`"));
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            self.wrong(said, "the address has a user, a `?` or a `#`", format!("write only `{example}`"));
            return None;
        }
        Some(url)
    }

    /// Live with all three credentials, local with none of them.
    pub(super) fn mode(&mut self, flags: &SettingFlags) -> Mode {
        let (base, version) = (self.api_base(flags), self.api_version(flags));
        let [access, secret, verify] = CREDENTIALS;
        let access = self.credential(access, flags.whatsapp_access_token.as_ref());
        let secret = self.credential(secret, flags.whatsapp_app_secret.as_ref());
        let verify = self.credential(verify, flags.whatsapp_verify_token.as_ref());
        if access.is_none() && secret.is_none() && verify.is_none() {
            return Mode::Local;
        }
        self.missing([&access, &secret, &verify].map(Option::is_some));
        let (Some(token), Some(app_secret), Some(verify_token)) = (access, secret, verify) else { return Mode::Local };
        let meta = GraphSettings::new(token);
        let graph = GraphSettings { base: base.unwrap_or(meta.base), version: version.unwrap_or(meta.version), ..meta };
        Mode::Live(WhatsApp { graph, app_secret, verify_token })
    }

    /// Names the credentials that were not given beside those that were.
    fn missing(&mut self, given: [bool; 3]) {
        let names = |wanted: bool| CREDENTIALS.iter().zip(given).filter(move |(_, given)| *given == wanted);
        let there: Vec<String> = names(true).map(|(name, _)| format!("`{name}`")).collect();
        let verb = if there.len() == 1 { "is" } else { "are" };
        for (name, _) in names(false) {
            let message = format!("missing, though {} {verb} set", there.join(" and "));
            self.problems.push(SettingProblem::new(*name, message, "set all three of them, or none for local mode"));
        }
    }

    /// A word that is short enough to be guessed protects nothing.
    pub(super) fn metrics_token(&mut self, flags: &SettingFlags) -> Option<SecretString> {
        let token = self.credential("FRONTDESK_METRICS_TOKEN", flags.metrics_token.as_ref())?;
        let length = token.expose_secret().len();
        if (1..METRICS_TOKEN_LEAST).contains(&length) {
            let message = format!("it has {length} characters, so that it can be guessed");
            let said =
                self.said("FRONTDESK_METRICS_TOKEN", flags.metrics_token.as_ref().map(ExposeSecret::expose_secret))?;
            self.wrong(
                &said,
                message,
                format!("write at least {METRICS_TOKEN_LEAST}, such as `openssl rand -hex 24` prints"),
            );
        }
        Some(token)
    }

    fn credential(&mut self, variable: &str, flag: Option<&SecretString>) -> Option<SecretString> {
        let said = self.said(variable, flag.map(ExposeSecret::expose_secret))?;
        if said.text.is_empty() {
            self.wrong(&said, "it is empty", "give its value, or leave it out");
        } else if !said.text.bytes().all(|b| b.is_ascii_graphic()) {
            self.wrong(&said, "it holds a space or another character that it cannot have", "copy it once more, whole");
        }
        Some(said.text.into())
    }

    fn api_base(&mut self, flags: &SettingFlags) -> Option<String> {
        let said = self.said("WHATSAPP_API_BASE", flags.whatsapp_api_base.as_deref())?;
        let url = self.url(&said, "https://graph.facebook.com")?;
        if url.scheme() == "http" && !is_private_host(url.host_str().unwrap_or_default()) {
            self.wrong(&said, "the access token would travel unencrypted", "write `https://`");
        }
        Some(url.as_str().trim_end_matches('/').to_owned())
    }

    fn api_version(&mut self, flags: &SettingFlags) -> Option<String> {
        let said = self.said("WHATSAPP_API_VERSION", flags.whatsapp_api_version.as_deref())?;
        let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let numbers = said.text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
        if !numbers.is_some_and(|(major, minor)| digits(major) && digits(minor)) {
            self.wrong(&said, format!("`{}` is no version of the Graph API", said.text), "write one such as `v25.0`");
        }
        Some(said.text)
    }

    pub(super) fn lookup_hosts(&mut self, flags: &SettingFlags) -> Vec<HostRule> {
        let said = self.said("FRONTDESK_LOOKUP_HOSTS", flags.lookup_hosts.as_deref());
        let Some(said) = said else { return Vec::new() };
        HostRule::parse_list(&said.text).unwrap_or_else(|problems| {
            for problem in problems {
                self.wrong(&said, problem.why(), problem.way_out());
            }
            Vec::new()
        })
    }

    pub(super) fn log_filter(&mut self, flags: &SettingFlags) -> String {
        let said = self.said("RUST_LOG", flags.rust_log.as_deref());
        let Some(said) = said else { return "info".to_owned() };
        if EnvFilter::try_new(&said.text).is_err() {
            self.wrong(&said, format!("`{}` is no log filter", said.text), "write one such as `info,frontdesk=debug`");
        }
        said.text
    }

    pub(super) fn log_format(&mut self, flags: &SettingFlags) -> LogFormat {
        let Some(said) = self.said("FRONTDESK_LOG", flags.log.as_deref()) else { return LogFormat::Text };
        match said.text.as_str() {
            "json" => return LogFormat::Json,
            "text" => {}
            other => self.wrong(&said, format!("`{other}` is no log format"), "write `json` or `text`"),
        }
        LogFormat::Text
    }
}
