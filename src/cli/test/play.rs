//! Plays the tests that were chosen on several threads; the answers stand in the order of files and lines whatever the
//! number of threads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::bot::Bot;
use crate::transcript::coverage::Coverage;
use crate::transcript::outcome::{Status, TestResult};
use crate::transcript::plan::Planned;
use crate::transcript::{self, Report, RunOptions, Script, Test};

use super::super::aids::Aids;
use super::super::{CouldNotRun, project};
use super::files::Transcripts;

/// The versions that `bot: DIR` names, compiled once.
type Versions = Mutex<BTreeMap<String, Result<Arc<Bot>, String>>>;

/// How transcripts are played.
pub(super) struct Plays {
    folder: PathBuf,
    bot: Arc<Bot>,
    /// What helps to compile other versions.
    aids: Aids,
    jobs: usize,
    versions: Versions,
}

impl Plays {
    pub(super) fn new(folder: &Path, bot: Arc<Bot>, aids: Aids, jobs: usize) -> Self {
        Self { folder: folder.to_owned(), bot, aids, jobs, versions: Mutex::default() }
    }

    fn version(&self, dir: &str) -> Result<Arc<Bot>, String> {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = versions.get(dir) {
            return known.clone();
        }
        let compiled =
            project::compile_with(&self.folder.join(dir), &self.aids).map(|(bot, ..)| bot).map_err(|error| error.0);
        versions.insert(dir.to_owned(), compiled.clone());
        compiled
    }

    /// Plays what the filter chooses.
    pub(super) fn report(&self, scripts: &[Script], filter: Option<&str>) -> Report {
        let planned = transcript::plan(scripts, filter);
        let tests = self.play_all(&planned);
        let reached: BTreeSet<_> = tests.iter().flat_map(|test| test.reached.iter().cloned()).collect();
        Report { tests, coverage: Coverage::of(&self.bot, &reached) }
    }

    fn play_all(&self, planned: &[Planned<'_>]) -> Vec<TestResult> {
        let next = AtomicUsize::new(0);
        let played: Mutex<Vec<(usize, TestResult)>> = Mutex::default();
        let work = || {
            while let Some((at, planned)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                planned.get(at).map(|planned| (at, planned))
            } {
                let result = self.play(planned);
                played.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.jobs.min(planned.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
        played.sort_by_key(|(at, _)| *at);
        played.into_iter().map(|(_, result)| result).collect()
    }

    fn play(&self, planned: &Planned<'_>) -> TestResult {
        if let Some(reason) = &planned.skip {
            return transcript::skip(planned.script, planned.test, reason.clone());
        }
        let version = |dir: &str| self.version(dir);
        let options = RunOptions { bot: Arc::clone(&self.bot), version: &version };
        #[expect(clippy::disallowed_methods, reason = "measures how long the test takes; decides nothing by it")]
        let started = std::time::Instant::now();
        let mut result = transcript::run(planned.script, planned.test, &options);
        result.millis = (started.elapsed().as_secs_f64() * 1e6).round() / 1000.0;
        result
    }

    /// Rewrites the files of the tests that failed.
    pub(super) fn update(&self, transcripts: Transcripts, report: &Report) -> Result<Transcripts, CouldNotRun> {
        let version = |dir: &str| self.version(dir);
        let options = RunOptions { bot: Arc::clone(&self.bot), version: &version };
        let mut texts = Vec::new();
        for script in &transcripts.scripts {
            let failed = |test: &&Test| {
                report.tests.iter().any(|result| {
                    result.status == Status::Failed && result.file == script.file && result.line == test.line
                })
            };
            let failing: Vec<&Test> = script.tests.iter().filter(failed).collect();
            let text = transcripts.sources.text(&script.file);
            let rewritten = transcript::rewrite(text, &failing, &options);
            if rewritten != text {
                texts.push((Arc::clone(&script.file), rewritten));
            }
        }
        transcripts.write(texts)
    }
}
