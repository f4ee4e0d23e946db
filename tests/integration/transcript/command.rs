//! `frontdesk test`, as it is typed: what it prints, writes and returns.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use frontdesk::cli;
use tempfile::TempDir;

use super::failures::without_percentages;
use super::shop;
use crate::golden;

const GOOD: &str = "test: red\nat 2026-03-03 10:00\n> buy\n< *\n> tap Red\n< Red it is.\n\ntest: broken at night\nat 2026-03-03 20:00\n> broken\n< *\n= state held\n";
const BAD: &str = "test: blue & <green>\nat 2026-03-03 10:00\n> buy\n< *\n> tap Blue\n< Green it is.\n";

/// The shop with these transcripts in its `tests` folder.
pub fn folder(transcripts: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in &shop::sources().0 {
        write(folder.path(), path, bytes);
    }
    for (name, text) in transcripts {
        write(folder.path(), &format!("tests/{name}"), text.as_bytes());
    }
    folder
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

/// Runs `frontdesk test --bot FOLDER …`: status, output with times taken out, errors.
fn run(folder: &TempDir, arguments: &[&str]) -> (u8, String, String) {
    let bot = folder.path().to_string_lossy().into_owned();
    let all = ["frontdesk", "test", "--bot", &bot].into_iter().chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(all, &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&bot, "BOT");
    (status, timeless(&text(out)), text(err))
}

fn timeless(text: &str) -> String {
    let times = regex::Regex::new(r#"(\d+\.\d+ ms|"millis": [\d.]+|time="[\d.]+")"#).unwrap();
    times
        .replace_all(text, |found: &regex::Captures<'_>| match found.get(0).unwrap().as_str() {
            millis if millis.ends_with("ms") => "T ms",
            json if json.starts_with('"') => "\"millis\": 0",
            _ => "time=\"T\"",
        })
        .into_owned()
}

#[test]
fn files_that_cannot_be_had_say_why_and_what_to_do() {
    let folder = folder(&[("a.chat", GOOD)]);
    for (arguments, said) in [
        (
            ["--filter", "red", "--junit", "/nowhere/a.xml"],
            "`/nowhere/a.xml` cannot be written: there is no such file or folder; check its name",
        ),
        (
            ["--filter", "red", "--json", "/nowhere/a.chat"],
            "`/nowhere/a.chat` cannot be read: there is no such file or folder; check its name",
        ),
    ] {
        let (status, _, err) = run(&folder, &arguments);
        assert_eq!((status, err.as_str()), (2, format!("frontdesk: {said}\n").as_str()));
    }
}

/// Somebody who reads so many bytes and goes, as `head` does.
struct Impatient(usize);

impl Write for Impatient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn whoever_stops_reading_changes_nothing_but_that() {
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD)]);
    let bot = folder.path().to_string_lossy().into_owned();
    let commands: [(&[&str], u8); 8] = [
        (&["test", "--bot", &bot], 1),
        (&["test", "--bot", &bot, "--filter", "red"], 0),
        (&["test", "--bot", &bot, "--json"], 1),
        (&["check", &bot, "--format", "json"], 0),
        (&["classify", "--bot", &bot, "buy", "broken"], 0),
        (&["chat", &bot, "--at", "2026-03-03 10:00"], 0),
        (&["schema", "wording"], 0),
        (&["--help"], 0),
    ];
    let said = "buy\n".repeat(100);
    for (command, expected) in commands {
        for patience in [0, 60] {
            let arguments = std::iter::once("frontdesk").chain(command.iter().copied()).map(OsString::from);
            let (mut lines, mut err) = (said.as_bytes(), Vec::new());
            let status = cli::run_reading(arguments, Some(&mut lines), &mut Impatient(patience), &mut err);
            assert_eq!((status, String::from_utf8(err).unwrap().as_str()), (expected, ""), "{command:?}");
            assert!(command[0] != "chat" || !lines.is_empty(), "a conversation ends when nobody hears the bot");
        }
    }
}

#[test]
fn people_read_a_line_per_test_the_failures_a_summary_and_coverage() {
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD), ("c.chat", "test: later\nskip: not built\n> hm\n")]);
    let (status, out, err) = run(&folder, &["--coverage"]);
    assert_eq!((status, err.as_str()), (1, ""));
    golden::check("transcript_command/human.txt", &without_percentages(&out));
}

#[test]
fn programs_read_json() {
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD), ("c.chat", "test: later\nskip: not built\n> hm\n")]);
    let (status, out, _) = run(&folder, &["--json"]);
    assert_eq!(status, 1);
    golden::check("transcript_command/report.json", &without_percentages(&out));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (json["passed"].as_u64(), json["failed"].as_u64(), json["skipped"].as_u64()),
        (Some(2), Some(1), Some(1))
    );
}

#[test]
fn build_servers_read_junit() {
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD), ("c.chat", "test: later\nskip: not built\n> hm\n")]);
    let file = folder.path().join("report.xml");
    let (status, ..) = run(&folder, &["--junit", &file.to_string_lossy()]);
    assert_eq!(status, 1);
    golden::check("transcript_command/junit.xml", &without_percentages(&timeless(&fs::read_to_string(file).unwrap())));
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let many: String =
        (0..40).map(|n| format!("test: number {n}\nat 2026-03-03 10:00\n> buy\n< *\n> tap Red\n< *\n")).collect();
    let folder = folder(&[("a.chat", &many), ("b.chat", BAD), ("c.chat", GOOD)]);
    let (_, one, _) = run(&folder, &["--jobs", "1"]);
    for jobs in ["2", "7", "256"] {
        assert_eq!(run(&folder, &["--jobs", jobs]).1, one, "{jobs} jobs");
    }
    let places: Vec<&str> = one.lines().take(41).collect();
    assert_eq!((places[1], places[40]), ("  pass  number 0 (T ms)", "  pass  number 39 (T ms)"));
}

#[test]
fn the_filter_and_the_files_choose() {
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD)]);
    let (status, out, _) = run(&folder, &["--filter", "NIGHT"]);
    assert_eq!((status, out.contains("1 test: 1 passed"), out.contains("coverage")), (0, true, false), "{out}");
    let file = folder.path().join("tests/a.chat");
    let (status, out, _) = run(&folder, &[&file.to_string_lossy()]);
    assert_eq!((status, out.starts_with("tests/a.chat\n")), (0, true), "{out}");
    let elsewhere = tempfile::tempdir().unwrap();
    let other = write(elsewhere.path(), "deep/other.chat", BAD.as_bytes());
    let (status, out, _) = run(&folder, &[&elsewhere.path().to_string_lossy()]);
    assert_eq!((status, out.contains("other.chat\n")), (1, true), "{out}");
    let (status, ..) = run(&folder, &["--update", &other.to_string_lossy()]);
    assert_eq!(status, 0);
    assert!(fs::read_to_string(other).unwrap().contains("< Blue it is."));
}

#[test]
fn only_and_skip_are_seen() {
    let only = "test: this one\nonly\nat 2026-03-03 10:00\n> buy\n< *\n";
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD), ("c.chat", only)]);
    let (status, out, _) = run(&folder, &[]);
    assert_eq!(status, 0);
    assert!(out.contains("  skip  red: `this one` says `only` (tests/c.chat:1)\n"), "{out}");
    assert!(out.contains("4 tests: 1 passed, 3 skipped"), "{out}");
}

#[test]
fn coverage_can_be_demanded() {
    let folder = folder(&[("a.chat", GOOD)]);
    let (status, out, _) = run(&folder, &["--min-coverage", "10"]);
    assert_eq!((status, out.contains("--coverage lists the rest")), (0, true), "{out}");
    let (status, out, _) = run(&folder, &["--min-coverage", "90"]);
    assert_eq!(status, 1);
    assert!(out.contains("  flows/lamp.yaml:8: option `blue` of `lamp.colour`\n"), "{out}");
    assert!(out.ends_with("at least 90 % must be reached\n"), "{out}");
    assert_eq!(run(&folder, &["--min-coverage", "101"]).0, 2);
}

#[test]
fn update_rewrites_and_then_everything_passes() {
    let folder = folder(&[("a.chat", GOOD), ("b.chat", BAD)]);
    let (status, out, err) = run(&folder, &["--update"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("rewritten: BOT/tests/b.chat\n"), "{out}");
    assert_eq!(fs::read_to_string(folder.path().join("tests/a.chat")).unwrap(), GOOD);
    let bad = fs::read_to_string(folder.path().join("tests/b.chat")).unwrap();
    let right = "< Blue it is.\n  Wipe it with a dry cloth.\n\n  Never use water.";
    assert_eq!(bad, BAD.replace("< Green it is.", right));
    let (status, out, _) = run(&folder, &["--update"]);
    assert_eq!((status, out.contains("rewritten")), (0, false), "{out}");
}

#[test]
fn a_bot_or_transcript_that_cannot_be_read_is_status_two() {
    let lines = folder(&[("a.chat", "test: a\n> hm\nwiat 3h\n")]);
    let (status, out, err) = run(&lines, &[]);
    assert_eq!((status, out.as_str()), (2, ""));
    golden::check("transcript_command/unreadable.txt", &err);

    let broken = folder(&[("a.chat", GOOD)]);
    write(broken.path(), "flows/order.yaml", b"flow: order\nquestoins: {}\n");
    assert_eq!(run(&broken, &[]).0, 2);

    let good = folder(&[("a.chat", GOOD)]);
    let (status, _, err) = run(&good, &["--filter", "nothing like it"]);
    assert_eq!((status, err.as_str()), (2, "frontdesk: no test has `nothing like it` in its name\n"));
    assert_eq!(run(&good, &["tests/none.chat"]).0, 2);
    assert_eq!(run(&folder(&[]), &[]).0, 2);
}

#[test]
fn another_version_comes_from_a_folder_of_the_bot() {
    let versions = "test: published\nat 2026-03-03 10:00\n> buy\n< *\nbot: tests/later\n> tap Red\n< Red it is.\n";
    let folder = folder(&[("a.chat", versions), ("b.chat", "test: gone\nbot: tests/none\n")]);
    for (path, bytes) in &shop::sources().0 {
        let text = String::from_utf8(bytes.to_vec()).unwrap().replace("Red it is.", "Red now.");
        write(folder.path(), &format!("tests/later/{path}"), text.as_bytes());
    }
    write(folder.path(), "tests/later/tests/own.chat", b"test: a test of the other version\n> buy\n");
    let (status, out, _) = run(&folder, &[]);
    assert_eq!(status, 1);
    assert!(out.contains("2 tests: 1 passed, 1 failed"), "{out}");
    assert!(out.contains("pass  published") && out.contains("The bot in `tests/none` cannot be published"), "{out}");
}

#[test]
fn check_reads_the_transcripts_too() {
    let folder = folder(&[("a.chat", "test: a\n> buy\n< *\n> tap Rad\n")]);
    let arguments = ["frontdesk", "check", folder.path().to_str().unwrap()].map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(arguments, &mut out, &mut err);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(status, 1);
    assert!(out.contains("error[chat-tap]") && out.contains("did you mean `Red`?"), "{out}");
}
