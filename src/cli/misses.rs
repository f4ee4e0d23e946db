//! `frontdesk misses`: what customers wrote and the bot did not understand, and the way from there into its examples. Reads
//! the database beside a server that may be running, and changes nothing in it. Shows no customer's number or name.

mod assign;
mod shown;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::authoring::known::Known;
use crate::bot::Taught;
use crate::clock::{Clock, Timestamp};
use crate::evaluation::misses::{Miss, groups};
use crate::runtime::misses::misses;
use crate::text::fold;

use super::aids::AidFlags;
use super::config::{self, SettingFlags};
use super::project::{self, BotFolder};
use super::{CouldNotRun, FINE, Outcome, contact, import};

use shown::Shown;

/// Show what customers wrote and the bot did not understand.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk misses                       what was not understood in the last 30 days, the most frequent first\n  frontdesk misses --since 7d --top 50\n  frontdesk misses --assign 17 where_is_my_parcel --assign 23 not_for_us\n\nMessages that say nearly the same are one group. A group keeps its number until its first message is understood. --assign writes\nthe group's text as an example into the file of the intent; what the bot understands by then is not shown again. Answers to\nquestions are no misses, and no customer's number or name is shown."
)]
pub struct MissesArguments {
    /// The bot's folder
    folder: Option<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    aids: AidFlags,
    /// Where everything is kept [env: FRONTDESK_DATABASE] [default: sqlite:data/frontdesk.db]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// How far to look back, such as 12h, 7d or 4w
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = span)]
    since: chrono::Duration,
    /// Show so many groups
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Write the group's text as an example of this intent (or `not_for_us`); may be given several times
    #[arg(long, num_args = 2, value_names = ["NUMBER", "INTENT"])]
    assign: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// There is no bot or no database, a group or intent is not there, or a file cannot be written.
pub fn run(arguments: &MissesArguments, out: &mut dyn Write) -> Outcome {
    let folder = arguments.bot.find(arguments.folder.as_deref())?;
    let (bot, sources, _) = project::compile_with(&folder, &arguments.aids.open()?)?;
    let taught = Taught::by(&sources).0;
    let (examples, strangers) = taught.as_ref().map(known_texts).unwrap_or_default();
    let to = Clock::system().now();
    let from = to.checked_sub_signed(arguments.since).unwrap_or(Timestamp::UNIX_EPOCH);
    let all = read(arguments, &folder, from, to)?;
    let missed = groups(&all, &|text| bot.classifier.classify(text, &|_| true), &examples, &strangers);
    if !arguments.assign.is_empty() {
        let known = Known::of(&sources, taught.as_ref());
        let (assigned, plan) = assign::assign(&arguments.assign, &missed, &sources, known)?;
        import::write(&folder, &sources, &plan)?;
        return assign::written(out, &assigned, &plan, arguments.json);
    }
    let shown = Shown { missed: &missed, all: all.len(), top: arguments.top, since: arguments.since };
    if arguments.json {
        writeln!(out, "{:#}", shown.json())?;
    } else {
        write!(out, "{}", shown.words())?;
    }
    Ok(FINE)
}

/// Everything a bot is taught, folded, and what of it is not for the bot.
fn known_texts(taught: &Taught) -> (BTreeSet<String>, BTreeSet<String>) {
    let strangers: BTreeSet<String> = taught.not_for_us.iter().map(|placed| fold(&placed.text)).collect();
    let examples = taught.lessons.topics.values().flat_map(|lesson| &lesson.examples).map(|text| fold(text));
    let mut all: BTreeSet<String> = examples.chain(strangers.iter().cloned()).collect();
    // A message of signs alone is like no other.
    all.remove("");
    (all, strangers)
}

fn read(arguments: &MissesArguments, folder: &Path, from: Timestamp, to: Timestamp) -> Result<Vec<Miss>, CouldNotRun> {
    let flags = SettingFlags { database: arguments.database.clone(), ..SettingFlags::default() };
    let (database, _) = config::kept(&flags, &contact::environment(Some(folder))).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        CouldNotRun(lines.join("\n"))
    })?;
    let machine = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    machine.block_on(async {
        let store = contact::open(&database).await?;
        Ok(misses(store.as_ref(), from, to).await?)
    })
}

/// `12h`, `7d`, `4w`.
fn span(text: &str) -> Result<chrono::Duration, String> {
    let wrong = || format!("`{text}` is no time such as 12h, 7d or 4w");
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    let span = match unit {
        "h" => chrono::Duration::try_hours(number),
        "d" => chrono::Duration::try_days(number),
        "w" => chrono::Duration::try_weeks(number),
        _ => None,
    };
    span.ok_or_else(wrong)
}
