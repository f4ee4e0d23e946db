//! The settings of `frontdesk serve`: flags, the environment and a `.env` file, in this order. Reads the environment, which
//! nothing else does, and says everything that is wrong or missing at once.

mod check;
mod database;
mod dotenv;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use crate::cli::cache;
use crate::files::Files;
use crate::lookup::{LookupSettings, Names};
use crate::whatsapp::client::GraphSettings;

pub use database::Database;

/// Every variable that is a setting of ours.
const OURS: [&str; 15] = [
    "FRONTDESK_BOT",
    "FRONTDESK_CACHE",
    "FRONTDESK_DATABASE",
    "FRONTDESK_LISTEN",
    "FRONTDESK_LOG",
    "FRONTDESK_MEDIA",
    "FRONTDESK_LOOKUP_HOSTS",
    "FRONTDESK_METRICS_TOKEN",
    "FRONTDESK_PUBLIC_URL",
    "FRONTDESK_SEMANTIC",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_API_BASE",
    "WHATSAPP_API_VERSION",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
];
/// Names that begin like this are ours or the machinery's: a bot's headers never see them.
const NOT_FOR_BOTS: [&str; 2] = ["FRONTDESK_", "WHATSAPP_"];
/// The largest `.env` that is read, in bytes.
const DOTENV_MAX: u64 = 64 * 1024;
const HELP_PUBLIC_URL: &str =
    "Where people and Meta reach this server, such as https://chat.example.com [env: FRONTDESK_PUBLIC_URL]";
const HELP_DATABASE: &str = "Where everything is kept: sqlite:FILE, or postgres://USER:PASSWORD@HOST/DATABASE for several \
     nodes (better as a variable) [env: FRONTDESK_DATABASE] [default: sqlite:data/frontdesk.db]";
const HELP_CACHE: &str = "A folder that makes the next start with the same files quick; `off` for none [env: FRONTDESK_CACHE] \
     [default: the folder `cache` beside a SQLite database]";
const HELP_SEMANTIC: &str = "The folder of a model of sentences, by which messages are understood in other words than the \
     examples' (docs/understanding.md); `off` for none [env: FRONTDESK_SEMANTIC]";
const HELP_MEDIA: &str = "A folder for the files that customers send; `off` keeps none, and agents see none \
     [env: FRONTDESK_MEDIA] [default: the folder `media` beside a SQLite database, or data/media]";
const HELP_API_BASE: &str = "Where the Graph API is [env: WHATSAPP_API_BASE] [default: https://graph.facebook.com]";
const WHATSAPP: &str = "WhatsApp (without the first three: local mode)";

/// One flag per setting. What is not given as a flag is looked for in the environment, then in `.env`.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingFlags {
    /// Address and port to listen on [env: FRONTDESK_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Where everything is kept.
    #[arg(long, value_name = "URL", help = HELP_DATABASE)]
    pub database: Option<String>,
    /// Where what takes long to work out of the bot's files is kept.
    #[arg(long, value_name = "DIR", help = HELP_CACHE)]
    pub cache: Option<String>,
    /// The folder of a model of sentences.
    #[arg(long, value_name = "DIR", help = HELP_SEMANTIC)]
    pub semantic: Option<String>,
    /// Where the files are kept that customers send.
    #[arg(long, value_name = "DIR", help = HELP_MEDIA)]
    pub media: Option<String>,
    /// Where people and Meta reach this server.
    #[arg(long, value_name = "URL", help = HELP_PUBLIC_URL)]
    pub public_url: Option<String>,
    /// Hosts that lookups may call, with commas: api.example.com, *.example.com, 10.0.0.5:8080 [env: FRONTDESK_LOOKUP_HOSTS]
    #[arg(long, value_name = "HOSTS")]
    pub lookup_hosts: Option<String>,
    /// Who may read /metrics: whoever sends this as a bearer token; without it, this machine only, or nobody if there is a public URL [env: FRONTDESK_METRICS_TOKEN]
    #[arg(long, value_name = "TOKEN")]
    pub metrics_token: Option<SecretString>,
    /// The token of a system user (better as a variable: flags are visible to others) [env: WHATSAPP_ACCESS_TOKEN]
    #[arg(long, value_name = "TOKEN", help_heading = WHATSAPP)]
    pub whatsapp_access_token: Option<SecretString>,
    /// The app's secret, which signs Meta's deliveries (better as a variable) [env: WHATSAPP_APP_SECRET]
    #[arg(long, value_name = "SECRET", help_heading = WHATSAPP)]
    pub whatsapp_app_secret: Option<SecretString>,
    /// The word you chose for Meta's check of the webhook (better as a variable) [env: WHATSAPP_VERIFY_TOKEN]
    #[arg(long, value_name = "WORD", help_heading = WHATSAPP)]
    pub whatsapp_verify_token: Option<SecretString>,
    /// Where the Graph API is.
    #[arg(long, value_name = "URL", help = HELP_API_BASE, help_heading = WHATSAPP)]
    pub whatsapp_api_base: Option<String>,
    /// The Graph API's version, such as v25.0 [env: WHATSAPP_API_VERSION]
    #[arg(long, value_name = "VERSION", help_heading = WHATSAPP)]
    pub whatsapp_api_version: Option<String>,
    /// What is logged, such as info,frontdesk=debug [env: RUST_LOG] [default: info]
    #[arg(long, value_name = "FILTER", help_heading = "Logging")]
    pub rust_log: Option<String>,
    /// How the log is written: text or json [env: FRONTDESK_LOG] [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "Logging")]
    pub log: Option<String>,
}

/// Settings with which the server can run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where everything is kept.
    pub database: Database,
    /// Where what takes long to work out of the bot's files is kept for the next start.
    pub cache: Option<cache::Folder>,
    /// The folder of a model of sentences.
    pub semantic: Option<PathBuf>,
    /// Where the files are kept that customers send.
    pub media: Option<Files>,
    /// Where people and Meta reach this server; without a slash at its end.
    pub public_url: Option<String>,
    /// Who may read `/metrics`; without one, this machine only, or nobody if there is a public address.
    pub metrics_token: Option<SecretString>,
    /// Whom it serves.
    pub mode: Mode,
    /// What lookups may do (R18).
    pub lookups: LookupSettings,
    /// Which events are logged, as `RUST_LOG` writes it.
    pub log_filter: String,
    /// How they are written.
    pub log_format: LogFormat,
}

/// Whom the server serves.
#[derive(Debug, Clone)]
pub enum Mode {
    /// No WhatsApp credentials: the simulator page stands in for WhatsApp.
    Local,
    /// Customers on WhatsApp.
    Live(WhatsApp),
}

/// WhatsApp's credentials; never printed.
#[derive(Debug, Clone)]
pub struct WhatsApp {
    /// Where and how to send.
    pub graph: GraphSettings,
    /// Signs Meta's deliveries.
    pub app_secret: SecretString,
    /// Meta repeats it when it checks the webhook.
    pub verify_token: SecretString,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Something wrong with the settings; never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// The variable, the flag or the line of `.env`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.message, self.help)
    }
}

impl SettingProblem {
    fn new(place: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), help: help.into() }
    }
}

/// The environment and what `.env` adds to it. A variable that the environment has, even empty, hides the one in `.env`.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, (SecretString, String)>,
    problems: Vec<SettingProblem>,
}

impl Environment {
    /// Joins the process's variables with the text of a `.env` file, named as it shall be shown.
    #[must_use]
    pub fn new(process: BTreeMap<String, String>, dotenv: Option<(&str, &str)>) -> Self {
        let mut environment = Self::default();
        if let Some((file, text)) = dotenv {
            let (entries, problems) = dotenv::parse(file, text);
            environment.problems = problems;
            for entry in entries {
                let place = format!("{file}:{}", entry.line);
                environment.problems.extend(check::misspelt(&place, &entry.name));
                environment.values.insert(entry.name, (entry.value.into(), format!("{place}: ")));
            }
        }
        let process = process.into_iter().map(|(name, value)| (name, (value.into(), String::new())));
        environment.values.extend(process);
        environment
    }

    /// The process's own environment and the file `.env` in `folder`, if there is one.
    #[must_use]
    pub fn of_process(folder: &Path) -> Self {
        let (own, mut problems) = in_words(std::env::vars_os());
        let text = read_dotenv(&folder.join(".env")).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let mut environment = Self::new(own, text.as_deref().map(|text| (".env", text)));
        environment.problems.extend(problems);
        environment
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.expose_secret()).filter(|value| !value.is_empty())
    }

    /// What the headers of lookups may use: everything but our own settings.
    fn for_lookups(&self) -> BTreeMap<String, SecretString> {
        let theirs = |name: &str| !NOT_FOR_BOTS.iter().any(|prefix| name.starts_with(prefix));
        let values = self.values.iter().filter(|(name, (value, _))| theirs(name) && !value.expose_secret().is_empty());
        values.map(|(name, (value, _))| (name.clone(), value.clone())).collect()
    }
}

/// The variables that are text. One of ours that is not is a mistake; those of others are not our affair.
fn in_words(variables: impl Iterator<Item = (OsString, OsString)>) -> (BTreeMap<String, String>, Vec<SettingProblem>) {
    let (mut words, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => drop(words.insert(name, value)),
            Err(_) if OURS.contains(&name.as_str()) => {
                problems.push(SettingProblem::new(name, "it is not written in UTF-8", "set it anew, or leave it out"));
            }
            Err(_) => {}
        }
    }
    (words, problems)
}

fn read_dotenv(path: &Path) -> Result<Option<String>, SettingProblem> {
    let problem = |message: &str, help: &str| SettingProblem::new(".env", message, help);
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(file) if file.len() > DOTENV_MAX => {
            return Err(problem("is larger than 64 KB", "keep only settings in it, one a line"));
        }
        _ => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => problem("is not written in UTF-8", "save it as UTF-8"),
        kind => problem(&format!("cannot be read ({kind})"), "mend its permissions, or remove it"),
    })
}

/// Where everything is kept, and files beside it, for commands that need nothing else.
///
/// # Errors
/// The setting is wrong, or `.env` cannot be read.
pub fn kept(flags: &SettingFlags, environment: &Environment) -> Result<(Database, Option<Files>), Vec<SettingProblem>> {
    let mut reader = check::Reader::new(environment);
    let database = reader.database(flags);
    let files = reader.media(flags, &database);
    let problems: Vec<SettingProblem> = environment.problems.iter().cloned().chain(reader.problems).collect();
    if problems.is_empty() { Ok((database, files)) } else { Err(problems) }
}

impl Settings {
    /// Joins flags and environment into settings that can be used.
    ///
    /// # Errors
    /// Everything that is wrong or missing.
    pub fn read(flags: &SettingFlags, environment: &Environment) -> Result<Self, Vec<SettingProblem>> {
        let mut reader = check::Reader::new(environment);
        let (listen, database) = (reader.listen(flags), reader.database(flags));
        let settings = Self {
            listen,
            cache: reader.cache(flags, &database),
            semantic: reader.semantic(flags),
            media: reader.media(flags, &database),
            database,
            public_url: reader.public_url(flags),
            metrics_token: reader.metrics_token(flags),
            mode: reader.mode(flags),
            lookups: LookupSettings {
                allowed_hosts: reader.lookup_hosts(flags),
                env: environment.for_lookups(),
                names: Names::System,
            },
            log_filter: reader.log_filter(flags),
            log_format: reader.log_format(flags),
        };
        let problems: Vec<SettingProblem> = environment.problems.iter().cloned().chain(reader.problems).collect();
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}
