//! The sample bot holds what it promises: no problem of any kind, every transcript passes, nothing of it is left untried,
//! and a designer who breaks a line of it is told so in a tester's words. Runs the program as people type it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use frontdesk::cli;
use tempfile::TempDir;

use crate::golden;

/// What the bot consists of, as it stands in the repository.
const PARTS: [&str; 5] = ["bot.yaml", "flows", "intents", "knowledge", "tests"];

/// Runs `frontdesk …` on a folder: status and what it prints, errors after the rest.
fn frontdesk(command: &str, folder: &Path, arguments: &[&str]) -> (u8, String) {
    let bot = folder.to_string_lossy();
    let all = ["frontdesk", command, "--bot", &bot].into_iter().chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(all, &mut out, &mut err);
    (status, String::from_utf8([out, err].concat()).unwrap())
}

fn sample() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of the sample bot in which `from`, which stands there once, reads `to`.
fn with_change(file: &str, from: &str, to: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in PARTS {
        copy(&sample().join(part), &folder.path().join(part));
    }
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in {file}");
    fs::write(path, text.replace(from, to)).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let bots =
            entry.path().extension().is_some_and(|kind| ["yaml", "md", "chat"].iter().any(|known| kind == *known));
        if bots {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    }
}

/// The output without what differs from run to run and with every change of an example: times and percentages.
fn lasting(out: &str) -> String {
    let times = regex::Regex::new(r"\d+\.\d+ ms").unwrap();
    let shares = regex::Regex::new(r"\d+( ?%)").unwrap();
    shares.replace_all(&times.replace_all(out, "T ms"), "N$1").into_owned()
}

#[test]
fn check_finds_nothing_at_all() {
    assert_eq!(frontdesk("check", sample(), &["--strict"]), (0, "No problems found\n".to_owned()));
}

#[test]
fn every_transcript_passes_and_reaches_all_of_the_bot() {
    let (status, out) = frontdesk("test", sample(), &["--coverage", "--min-coverage", "100"]);
    assert_eq!(status, 0, "{out}");
    let tests = out.lines().filter(|line| line.trim_start().starts_with("pass ")).count();
    assert!(tests >= 150, "only {tests} transcripts");
}

#[test]
fn what_is_near_to_what_is_not_for_us_is_not_picked() {
    for text in ["do you deliver sushi", "אתם מחפשים עובדים", "do you deliver food", "is there a bus to the airport"]
    {
        let (status, out) = frontdesk("classify", sample(), &[text]);
        assert!(status == 0 && out.contains("unsure"), "{out}");
    }
}

#[test]
fn a_handoff_to_the_wrong_queue_is_told_in_a_testers_words() {
    let from = "    handoff:\n      queue: technical";
    let folder = with_change("flows/restart_tv_box.yaml", from, "    handoff:\n      queue: billing");
    let (status, out) = frontdesk("test", folder.path(), &["--filter", "by day a person takes over at once"]);
    assert_eq!(status, 1);
    golden::check("sample/wrong_queue.txt", &lasting(&out));
}

#[test]
fn an_outcome_turned_around_is_told_in_a_testers_words() {
    let folder = with_change("flows/restart_tv_box.yaml", "- when: worked\n", "- when: not worked\n");
    let (status, out) = frontdesk("test", folder.path(), &["--filter", "restart works"]);
    assert_eq!(status, 1);
    golden::check("sample/outcome_turned_around.txt", &lasting(&out));
}
