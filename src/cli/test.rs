//! `frontdesk test`: plays transcripts on several threads, prints how they went, and rewrites them on wish.

mod files;
mod play;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::diagnostic::{Counts, human};
use crate::transcript::junit::junit;
use crate::transcript::report::{Report, ShowCoverage};

use super::aids::AidFlags;
use super::project::{self, BotFolder};
use super::{CouldNotRun, FAILED, FINE, Outcome};

use files::Transcripts;
use play::Plays;

/// Play the bot's transcripts.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk test\n  frontdesk test tests/bills.chat --filter night\n  frontdesk test --coverage --min-coverage 100\n  frontdesk test --update        rewrite the `<` and `=` lines of tests that fail; read the difference\n  frontdesk test --junit report.xml"
)]
pub struct TestArguments {
    /// Transcripts, or folders of them; left out: all of the bot's `tests` folder
    files: Vec<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    aids: AidFlags,
    /// Only tests whose name contains this, in any letter case
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// List what of the bot no test reached
    #[arg(long)]
    coverage: bool,
    /// Fail when less than so much of the bot was reached, in per cent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Rewrite the expectations of tests that fail to what happened
    #[arg(long)]
    update: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How many tests run at the same time; left out: as many as the machine has processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

/// Runs the command.
///
/// # Errors
/// The bot or a transcript cannot be read, no test was chosen, or a file cannot be written.
pub fn run(arguments: &TestArguments, out: &mut dyn Write) -> Outcome {
    let folder = arguments.bot.find(None)?;
    let aids = arguments.aids.open()?;
    let (bot, sources, _) = project::compile_with(&folder, &aids)?;
    let transcripts = Transcripts::read(&folder, &sources, &arguments.files)?;
    let jobs = arguments.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let plays = Plays::new(&folder, bot, aids.uncached(), jobs);
    let filter = arguments.filter.as_deref();
    let mut report = plays.report(&transcripts.scripts, filter);
    if report.tests.is_empty() {
        return Err(none(filter));
    }
    if arguments.update && report.failed() > 0 {
        let updated = plays.update(transcripts, &report)?;
        for file in &updated.rewritten {
            if !arguments.json {
                writeln!(out, "rewritten: {}", file.display())?;
            }
        }
        report = plays.report(&updated.scripts, filter);
    }
    print(arguments, &report, out)?;
    let covered = arguments.min_coverage.is_none_or(|percent| report.coverage.is_at_least(percent));
    Ok(if report.failed() == 0 && covered { FINE } else { FAILED })
}

fn none(filter: Option<&str>) -> CouldNotRun {
    CouldNotRun(filter.map_or_else(
        || "there are no tests; write a conversation into tests/first.chat, beginning with `test: NAME`".to_owned(),
        |filter| format!("no test has `{filter}` in its name"),
    ))
}

fn print(arguments: &TestArguments, report: &Report, out: &mut dyn Write) -> Result<(), CouldNotRun> {
    if let Some(file) = &arguments.junit {
        let xml = junit(report).map_err(CouldNotRun)?;
        std::fs::write(file, xml).map_err(|error| CouldNotRun::file(file, "written", &error))?;
    }
    if arguments.json {
        writeln!(out, "{:#}", report.json())?;
        return Ok(());
    }
    let all = arguments.files.is_empty() && arguments.filter.is_none();
    let coverage = match (arguments.coverage, arguments.min_coverage) {
        (true, _) => ShowCoverage::Missing,
        (false, Some(percent)) if !report.coverage.is_at_least(percent) => ShowCoverage::Missing,
        (false, None) if !all => ShowCoverage::No,
        (false, _) => ShowCoverage::Percent,
    };
    write!(out, "{}", report.human(coverage))?;
    if let Some(percent) = arguments.min_coverage.filter(|percent| !report.coverage.is_at_least(*percent)) {
        writeln!(out, "at least {percent} % must be reached")?;
    }
    Ok(())
}

/// The problems of transcripts that do not read.
fn unreadable(problems: &[crate::diagnostic::Problem], sources: &crate::diagnostic::Sources) -> CouldNotRun {
    let what = if Counts::of(problems).errors == 1 { "a line does not read" } else { "some lines do not read" };
    CouldNotRun(format!("{what}, so no test was played:\n\n{}", human(problems, sources, false)))
}
