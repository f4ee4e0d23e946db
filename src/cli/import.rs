//! `frontdesk import`: intents from another tool's training files, or from a table of texts and intents. Adds to what is
//! there and writes over nothing; where the bot would have errors afterwards, it writes nothing at all.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::authoring::known::Known;
use crate::authoring::naming::NOT_FOR_US;
use crate::authoring::plan::{Offered, Plan, Planner, Step, is_built_in};
use crate::authoring::{example, rasa};
use crate::bot::Taught;
use crate::diagnostic::{Problem, Severity, Sources, human};
use crate::evaluation::{Text, data};
use crate::samples;

use super::project::{self, BotFolder};
use super::{CouldNotRun, FINE, Outcome};

/// So many examples that were left out are shown.
const TAKEN_SHOWN: usize = 3;

/// Make intents out of another tool's training files, or of a table.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk import rasa ../old-bot/data/nlu.yml\n  frontdesk import csv questions.csv --into my-shop\n  frontdesk import csv questions.jsonl --dry-run\n\nIntents that are there already get the examples that they lack; new ones get a file each in `intents/`, and lead to a person\nuntil you write where else. Tables are CSV, TSV or JSON lines with `text` and `intent`; a text without an intent goes to\n`not_for_us`. A folder that --into names and that holds no bot gets a bot.yaml of two lines."
)]
pub struct ImportArguments {
    /// What the files are
    #[arg(value_enum)]
    kind: Kind,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The bot's folder, made if there is none
    #[arg(long, value_name = "FOLDER", conflicts_with = "bot")]
    into: Option<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Rasa's training file (nlu.yml, versions 2 and 3).
    Rasa,
    /// A table: CSV, TSV or JSON lines with the columns `text` and `intent`.
    Csv,
}

/// What the files hold.
#[derive(Default)]
struct Brought {
    offered: Offered,
    skipped: BTreeMap<&'static str, usize>,
}

/// Runs the command.
///
/// # Errors
/// A file does not read or cannot be written, or the bot would have errors afterwards.
pub fn run(arguments: &ImportArguments, out: &mut dyn Write) -> Outcome {
    let mut brought = Brought::default();
    for file in &arguments.files {
        match arguments.kind {
            Kind::Rasa => brought.rasa(file)?,
            Kind::Csv => brought.table(file)?,
        }
    }
    let Brought { offered, skipped } = brought;
    let all = offered.intents.iter().map(|(_, texts)| texts.len()).sum::<usize>() + offered.strangers.len();
    if all == 0 {
        return Err(CouldNotRun(format!(
            "{} no examples, so there is nothing to import",
            names(&arguments.files, "holds", "hold")
        )));
    }
    let folder = match &arguments.into {
        Some(folder) => folder.clone(),
        None => arguments.bot.find(None)?,
    };
    let made = (!folder.join("bot.yaml").is_file()).then(|| bot_yaml(&folder, &offered));
    let mut sources = if made.is_some() { Sources::default() } else { project::read(&folder)? };
    if let Some(made) = &made {
        sources.add("bot.yaml", made.as_bytes());
    }
    let (taught, problems) = Taught::by(&sources);
    let before = errors(problems);
    let origin = example(&format!("Imported from {}", file_names(&arguments.files)));
    let rows = taught.as_ref().map_or(Some(0), |taught| taught.menu_rows);
    let known = Known::of(&sources, taught.as_ref());
    let mut plan = Planner::new(&sources, known, &origin).import(&offered, rows).map_err(CouldNotRun)?;
    if let Some(made) = made {
        plan.files.insert("bot.yaml".into(), made);
    }
    unbroken(&sources, &plan, before.len())?;
    if !arguments.dry_run {
        write(&folder, &sources, &plan)?;
    }
    tell(out, &plan, all, &skipped, arguments)?;
    if !before.is_empty() {
        writeln!(out, "\nThe bot had errors before; `frontdesk check` shows them.")?;
    }
    Ok(FINE)
}

impl Brought {
    fn rasa(&mut self, file: &Path) -> Result<(), CouldNotRun> {
        let bytes = read(file)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = bytes.get(..error.valid_up_to()).unwrap_or_default().iter().filter(|b| **b == b'\n').count() + 1;
            CouldNotRun(format!("{}:{line}: from here on it is not UTF-8 text; save it again as UTF-8", file.display()))
        })?;
        let training = rasa::read(&file.to_string_lossy(), text)
            .map_err(|(line, why)| CouldNotRun(format!("{}:{line}: {why}", file.display())))?;
        for (intent, texts) in training.intents {
            self.of(&intent).extend(texts);
        }
        for (kind, count) in training.skipped {
            *self.skipped.entry(kind).or_default() += count;
        }
        Ok(())
    }

    fn table(&mut self, file: &Path) -> Result<(), CouldNotRun> {
        let name = file.to_string_lossy();
        let rows = samples::read(&name, &read(file)?)
            .map_err(|problem| CouldNotRun(format!("{name}:{}: {problem}", problem.line)))?;
        for row in rows {
            match row.intent {
                Some(intent) => self.of(&intent).push(row.text),
                None => self.offered.strangers.push(row.text),
            }
        }
        Ok(())
    }

    fn of(&mut self, intent: &str) -> &mut Vec<String> {
        let intents = &mut self.offered.intents;
        let at = intents.iter().position(|(name, _)| name == intent).unwrap_or_else(|| {
            intents.push((intent.to_owned(), Vec::new()));
            intents.len() - 1
        });
        &mut intents[at].1
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CouldNotRun> {
    std::fs::read(file).map_err(|error| CouldNotRun::file(file, "read", &error))
}

/// A bot of two lines: what it is called, and the languages that the texts are written in.
fn bot_yaml(folder: &Path, offered: &Offered) -> String {
    let texts = offered.intents.iter().flat_map(|(_, texts)| texts).chain(&offered.strangers);
    let texts: Vec<Text> = texts.map(|text| Text { text: text.clone(), intent: None, place: None }).collect();
    let languages: Vec<String> = data::languages(&texts).iter().map(ToString::to_string).collect();
    let name = folder.canonicalize().ok().or_else(|| Some(folder.to_owned()));
    let name = name.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let name = crate::authoring::naming::spoken(&name.unwrap_or_default());
    let name = if name.is_empty() { "My shop".to_owned() } else { name };
    let name = crate::authoring::scalar::written(&name, crate::authoring::scalar::Within::Lines, None);
    format!("bot: {name}\nlanguages: [{}]\n", languages.join(", "))
}

fn errors(problems: Vec<Problem>) -> Vec<Problem> {
    problems.into_iter().filter(|problem| problem.severity() == Severity::Error).collect()
}

/// The bot has no more errors afterwards than before.
pub(super) fn unbroken(sources: &Sources, plan: &Plan, before: usize) -> Result<(), CouldNotRun> {
    let mut after = sources.clone();
    plan.files.iter().for_each(|(file, text)| after.add(file, text.as_bytes()));
    let errors = errors(Taught::by(&after).1);
    if errors.len() <= before {
        return Ok(());
    }
    let words = human(&errors, &after, false);
    Err(CouldNotRun(format!("nothing was written, because the bot would have errors afterwards:\n\n{words}")))
}

/// Writes the files of a plan that was made of these sources: all that can be refused is refused before the first is written,
/// and each is there whole or as it was.
pub(super) fn write(folder: &Path, sources: &Sources, plan: &Plan) -> Result<(), CouldNotRun> {
    for name in plan.files.keys() {
        as_it_was(&folder.join(&**name), sources, name)?;
    }
    for (name, text) in &plan.files {
        let file = folder.join(&**name);
        let beside = file.with_extension("yaml.new");
        let failed = |what: &str, error: &std::io::Error| CouldNotRun::file(&file, what, error);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| CouldNotRun::file(folder, "made", &error))?;
        }
        std::fs::write(&beside, text).map_err(|error| failed("written", &error))?;
        std::fs::rename(&beside, &file).map_err(|error| failed("written", &error))?;
    }
    Ok(())
}

/// The file is what the plan was made of, all of it; or neither is there.
fn as_it_was(file: &Path, sources: &Sources, name: &str) -> Result<(), CouldNotRun> {
    let refuse = |why: &str| Err(CouldNotRun(format!("nothing was written: `{}` {why}", file.display())));
    let known = sources.0.get(name).filter(|_| name != "bot.yaml" || file.exists());
    match (known, std::fs::read(file)) {
        (Some(known), Ok(found)) if known[..] != found[..] => {
            refuse("changed meanwhile, or is too large to be read whole; run the command again")
        }
        (Some(known), Ok(_)) if sources.text(name).len() != known.len() => refuse(
            "is not UTF-8 throughout, and what stands behind the first other byte would be lost; save it as UTF-8",
        ),
        (None, Ok(_)) => {
            refuse("is there already, and would be overwritten; name the folder of a bot, or move the file away")
        }
        (Some(_), Err(error)) => Err(CouldNotRun::file(file, "read", &error)),
        _ => Ok(()),
    }
}

fn tell(
    out: &mut dyn Write,
    plan: &Plan,
    all: usize,
    skipped: &BTreeMap<&'static str, usize>,
    arguments: &ImportArguments,
) -> std::io::Result<()> {
    let (files, would) =
        (file_names(&arguments.files), if arguments.dry_run { "Would be written:" } else { "Written:" });
    let intents = plan.steps.iter().filter(|step| step.intent != NOT_FOR_US).count();
    writeln!(out, "{all} texts of {intents} intents in {files}\n\n{would}")?;
    if plan.files.contains_key("bot.yaml") {
        writeln!(out, "  bot.yaml: a bot of two lines; give it a name and its languages")?;
    }
    plan.steps.iter().try_for_each(|step| writeln!(out, "  {}", line(step)))?;
    if !plan.taken.is_empty() {
        writeln!(out, "\nLeft out, because another intent has them: {}", plan.taken.len())?;
        for taken in plan.taken.iter().take(TAKEN_SHOWN) {
            writeln!(out, "  “{}” was to be `{}`, and is of `{}`", taken.text, taken.intent, taken.owner)?;
        }
        if plan.taken.len() > TAKEN_SHOWN {
            writeln!(out, "  …")?;
        }
    }
    if !skipped.is_empty() {
        writeln!(out, "\nSkipped, because a bot's files have other ways for it:")?;
        skipped.iter().try_for_each(|(kind, count)| writeln!(out, "  {count} × {kind}"))?;
    }
    let fresh = plan.steps.iter().any(|step| step.is_new && step.intent != NOT_FOR_US && !is_built_in(&step.intent));
    if fresh {
        writeln!(
            out,
            "\nEvery new intent leads to a person. Change its `leads_to` to a flow, an article or a sentence where the bot can help by\nitself: `leads_to: {{ flow: … }}`, `{{ article: … }}`, `{{ say: … }}`."
        )?;
    }
    if plan.without_rows {
        writeln!(
            out,
            "None of them has a row in the menu, which would be too long (`menu: false`): name those that customers ask for most\nunder `menu:` in bot.yaml, and take `menu: false` away there."
        )?;
    }
    if !arguments.dry_run {
        writeln!(
            out,
            "\nSee what is left to do with `frontdesk check`, and how well it understands with `frontdesk eval`."
        )?;
    }
    Ok(())
}

/// What comes of an intent, in a line.
fn line(step: &Step) -> String {
    let Step { called, intent, place, is_new, added, there } = step;
    let name = called.as_ref().map_or_else(|| intent.clone(), |called| format!("{intent} (called `{called}` there)"));
    let examples = |count: usize| if count == 1 { "1 example".to_owned() } else { format!("{count} examples") };
    match place {
        None if *there > 0 => format!("{name}: nothing, it has all {there} already"),
        None => format!("{name}: nothing, it brings no examples of its own"),
        Some((file, _)) if *is_new => format!("{name}: {file}, {}", examples(*added)),
        Some((file, line)) => format!("{name}: {file}:{line}, {} that it lacked", examples(*added)),
    }
}

fn file_names(files: &[PathBuf]) -> String {
    let names = files.iter().map(|file| file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned());
    names.collect::<Vec<_>>().join(", ")
}

fn names(files: &[PathBuf], one: &str, many: &str) -> String {
    format!("{} {}", file_names(files), if files.len() == 1 { one } else { many })
}
