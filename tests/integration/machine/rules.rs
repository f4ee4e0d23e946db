//! The rules as transcripts: `rules/rNN_*.chat` says what a rule means on one of the small bots in `bots`, named in the
//! file's first line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use frontdesk::bot::Bot;
use frontdesk::cli::project;
use frontdesk::transcript::outcome::Status;
use frontdesk::transcript::{self, RunOptions};

/// What no transcript can tell of the machine: old stamps (R2) and the phone line (R35), which are in `acts`; what only
/// `check` decides (R9).
const ELSEWHERE: [u32; 3] = [2, 9, 35];

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/machine")
}

fn bots() -> BTreeMap<String, Arc<Bot>> {
    let folders = fs::read_dir(folder().join("bots")).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), path);
    folders.map(named).map(|(name, path)| (name, project::compile(&path).unwrap().0)).collect()
}

fn scripts() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder().join("rules")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_rule_holds_as_its_transcript_tells() {
    let bots = bots();
    let only = std::env::var_os("RULE").map(|only| only.to_string_lossy().into_owned());
    let mut failed = Vec::new();
    for file in scripts() {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let bot = text.lines().next().and_then(|line| line.strip_prefix("# bot: ")).unwrap();
        let script = transcript::parse(&Arc::from(name.as_str()), &text).unwrap_or_else(|problems| {
            let lines: Vec<String> = problems.iter().map(|p| format!("{} {:?}", p.message, p.spot)).collect();
            panic!("{name} does not read:\n{}", lines.join("\n"))
        });
        let version = |dir: &str| bots.get(dir).cloned().ok_or_else(|| format!("there is no bot `{dir}`"));
        let options = RunOptions { bot: Arc::clone(&bots[bot]), version: &version };
        for result in script.tests.iter().map(|test| transcript::run(&script, test, &options)) {
            assert!(!matches!(result.status, Status::Skipped(_)), "{name}: `{}` is skipped", result.name);
            if let Some(failure) = result.failure {
                let why = failure.why.join("\n  ");
                let told = format!("{name}:{}: {}\n{}\n  {why}", failure.line, failure.message, failure.side_by_side);
                failed.push(format!("{}\n{told}", result.name));
            }
        }
    }
    assert!(failed.is_empty(), "{} failed\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn every_rule_that_the_machine_decides_has_a_transcript() {
    let names: Vec<String> =
        scripts().iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    let missing: Vec<u32> = (1..=36)
        .filter(|rule| !ELSEWHERE.contains(rule))
        .filter(|rule| !names.iter().any(|name| name.starts_with(&format!("r{rule:02}_"))))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
