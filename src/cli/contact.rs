//! A customer as a command names them: by phone number, business-scoped id, or the number of their contact (`#7`). Opens
//! the database beside a server that may be running; makes none, and changes nothing.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::files::Files;
use crate::language::Language;
use crate::locale::{Locale, Reading};
use crate::store::{ContactRow, PostgresSettings, PostgresStore, SqliteSettings, SqliteStore, Store, StoreError};

use super::config::{self, Database, Environment, SettingFlags};
use super::project::{self, BotFolder};
use super::{CouldNotRun, Outcome};

/// Whom a command is about, and where they are kept.
#[derive(Debug, Args)]
pub struct ContactArguments {
    /// Their phone number, their business-scoped id, or the number of the contact: "+44 7700 900123", #7
    contact: String,
    /// The business number they write to (its id in bot.yaml), if they write to several
    #[arg(long, value_name = "ID")]
    number: Option<String>,
    #[command(flatten)]
    bot: BotFolder,
    /// Where everything is kept [env: FRONTDESK_DATABASE] [default: sqlite:data/frontdesk.db]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Where the files are kept that customers send; `off` where none are [env: FRONTDESK_MEDIA] [default: the folder `media` beside a SQLite database, or data/media]
    #[arg(long, value_name = "DIR")]
    media: Option<String>,
}

/// A database that is open, and the contact in it.
pub struct Found {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// Where the files are that they sent.
    pub files: Option<Files>,
    /// Who.
    pub contact: ContactRow,
}

/// Finds the contact and does something with it.
///
/// # Errors
/// There is no database, no such contact, or more than one; or what is done with it fails.
pub fn with(arguments: &ContactArguments, run: impl AsyncFnOnce(Found) -> Outcome) -> Outcome {
    let bot = arguments.bot.find(None).ok();
    let environment = environment(bot.as_deref());
    let flags = SettingFlags {
        database: arguments.database.clone(),
        media: arguments.media.clone(),
        ..SettingFlags::default()
    };
    let (database, files) = config::kept(&flags, &environment).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        CouldNotRun(lines.join("\n"))
    })?;
    let machine = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    machine.block_on(async {
        let store = open(&database).await?;
        let contact = find(store.as_ref(), arguments, bot.as_deref()).await?;
        run(Found { store, files, contact }).await
    })
}

/// `.env` lies beside `bot.yaml`, or where the command is given.
pub(super) fn environment(bot: Option<&Path>) -> Environment {
    let folder = bot.filter(|folder| folder.join(".env").exists()).unwrap_or(Path::new("."));
    Environment::of_process(folder)
}

/// Opens a database that is there; makes none.
pub(super) async fn open(database: &Database) -> Result<Arc<dyn Store>, CouldNotRun> {
    match database {
        Database::Sqlite(path) => Ok(Arc::new(in_file(path)?)),
        Database::Postgres(address) => Ok(Arc::new(PostgresStore::open(&PostgresSettings::at(address.clone())).await?)),
    }
}

fn in_file(path: &Path) -> Result<SqliteStore, CouldNotRun> {
    if !path.is_file() {
        return Err(CouldNotRun(format!(
            "there is no database `{}`; go to the folder in which `frontdesk serve` runs, or name it with `--database sqlite:FILE`",
            path.display()
        )));
    }
    SqliteStore::open(&SqliteSettings::file(path)).map_err(|error| match error {
        StoreError::Unopened { .. } | StoreError::Foreign { .. } => CouldNotRun(error.to_string()),
        _ => CouldNotRun(format!("`{}`: {error}", path.display())),
    })
}

async fn find(store: &dyn Store, arguments: &ContactArguments, bot: Option<&Path>) -> Result<ContactRow, CouldNotRun> {
    let named = arguments.contact.trim();
    let mut found = candidates(store, named, bot).await?;
    if let Some(number) = &arguments.number {
        found.retain(|contact| contact.number_id == *number);
    }
    match found.len() {
        0 => Err(CouldNotRun(format!(
            "nobody is known as `{named}`{}; write a phone number with its country (+44…), a business-scoped id, or `#` and the number of a case at the desk",
            arguments.number.as_deref().map(|number| format!(" on the number {number}")).unwrap_or_default()
        ))),
        1 => Ok(found.remove(0)),
        _ => {
            let each = |contact: &ContactRow| format!("#{} on the number {}", contact.id, contact.number_id);
            let each: Vec<String> = found.iter().map(each).collect();
            Err(CouldNotRun(format!(
                "`{named}` writes to several of your numbers: {}; name one with `--number ID`, or the contact with its `#`",
                each.join(", ")
            )))
        }
    }
}

async fn candidates(store: &dyn Store, named: &str, bot: Option<&Path>) -> Result<Vec<ContactRow>, CouldNotRun> {
    if let Some(number) = named.strip_prefix('#') {
        let number = number.parse().map_err(|_| {
            CouldNotRun(format!("`{named}` is no number of a contact; write `#` and digits, such as `#7`"))
        })?;
        return Ok(store.load(vec![number]).await?.into_iter().map(|loaded| loaded.contact).collect());
    }
    let exactly = store.known_as(named.to_owned()).await?;
    if !exactly.is_empty() {
        return Ok(exactly);
    }
    match phone(named, bot)? {
        Some(digits) => Ok(store.known_as(digits).await?),
        None => Ok(Vec::new()),
    }
}

/// A phone number in digits, as WhatsApp writes it. One without its country is of the bot's.
fn phone(named: &str, bot: Option<&Path>) -> Result<Option<String>, CouldNotRun> {
    let abroad = named.starts_with('+') || named.starts_with("00");
    let country = match bot {
        Some(folder) if !abroad => project::compile(folder)?.0.country,
        _ => None,
    };
    let read = Locale::for_language(Language::EN).read_phone(named, country, None, None);
    Ok(match read {
        Reading::One(number) => Some(number.trim_start_matches('+').to_owned()),
        Reading::None | Reading::Many => None,
    })
}
