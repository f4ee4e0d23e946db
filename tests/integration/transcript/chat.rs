//! `frontdesk chat`, with lines that are piped in; and what it saves passes as a test.

use std::ffi::OsString;
use std::fs;
use std::io::BufReader;

use frontdesk::cli;
use tempfile::TempDir;

use super::command::folder;
use super::{failures::without_percentages, shop};
use crate::golden;

/// Runs `frontdesk chat FOLDER …` on these lines: status, output, errors.
fn chat(folder: &TempDir, arguments: &[&str], lines: &str) -> (u8, String, String) {
    let bot = folder.path().to_string_lossy().into_owned();
    let all = ["frontdesk", "chat", &bot].into_iter().chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut input = BufReader::new(lines.as_bytes());
    let status = cli::run_reading(all, Some(&mut input), &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&bot, "BOT");
    (status, text(out), text(err))
}

const AT: [&str; 2] = ["--at", "2026-03-03 10:00"];

#[test]
fn a_conversation_reads_as_one() {
    let lines = "hello\n/tap 1\n/why\nred\n/state\n/wait 1h\nmy lamp is broken\nare you there?\n/agent Noa: online\n/agent Noa> Hi Dana\n/help\n";
    let (status, out, err) = chat(&folder(&[]), &AT, lines);
    assert_eq!((status, err.as_str()), (0, ""));
    golden::check("transcript_command/chat.txt", &without_percentages(&out));
}

#[test]
fn a_lookup_without_an_answer_asks_for_one() {
    let lines =
        "order A-10234\nperhaps\n{\"found\": true, \"eta\": \"Monday\"}\n/lookup order status 404\norder A-10235\n";
    let (status, out, _) = chat(&folder(&[]), &AT, lines);
    assert_eq!(status, 0);
    golden::check("transcript_command/chat_lookup.txt", &out);
}

#[test]
fn a_slip_is_told_and_changes_nothing() {
    let lines = "/wat 3h\n/wait long\n/tap 3\nbuy\n/tap 3\n/tap Green\n/at 2026-03-01 10:00\n/agent Noa: flow nothing\n< hello\n/= state bot\n/save\n/number nowhere\n/bot nowhere\n/lookup order yes\n[picture]\n/tap 2\n";
    let (status, out, _) = chat(&folder(&[]), &AT, lines);
    assert_eq!(status, 0);
    golden::check("transcript_command/chat_slips.txt", &out);
}

#[test]
fn what_is_saved_passes() {
    let stories = [
        "hello\n/tap 1\nred\n",
        "buy\n[voice]\nBlue\n/wait 2d\nhello again\n",
        "order A-10234\n{\"found\": true, \"eta\": \"Monday\"}\norder A-10235\norder\nA-10236\n",
        "order A-10234\nstatus 404\nA-10235\n",
        "order A-10234\ntimeout\nhello\nare you there\nI wait\n[image: the lamp]\n",
        "my lamp is broken\nit is the red one\nreally\n/agent Noa Levi: online\n/agent Noa Levi> Hi,\\ what happened?\n/wait 5h\n/agent Noa Levi: promise 2h\n/wait 3h\n/agent Noa Levi: end\n/tap 1\n",
        "/at Thu 20:00\nbroken\n/at Sun 08:20\n/tap Yes\n/contact Yossi +972507654321 he\n[sticker]\nהמנורה שבורה\n/contact Dana\n/wait 1d\n",
        "/number lab\nbuy\n/phone> I am here\n/deliver failed 131047\n\\tap nothing\n",
    ];
    let folder = folder(&[]);
    for (number, story) in stories.iter().enumerate() {
        let file = folder.path().join(format!("tests/story_{number}.chat"));
        let (status, out, _) = chat(&folder, &AT, &format!("{story}/save {}\n", file.display()));
        assert!(status == 0 && out.contains("saved as") && !out.contains("does not pass"), "{out}");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(&format!("test: story {number}\ncontact: Dana\nat 2026-03-03 10:00\n")), "{text}");
        shop::passes(&text);
    }
    golden::check(
        "transcript_command/saved.txt",
        &fs::read_to_string(folder.path().join("tests/story_2.chat")).unwrap(),
    );
    let (_, out, _) = chat(&folder, &AT, &format!("/save {}/tests/story_1\n", folder.path().display()));
    assert!(out.contains("there is such a file already"), "{out}");
}

#[test]
fn it_begins_when_and_in_the_language_that_is_said() {
    let (_, out, _) =
        chat(&folder(&[]), &["--at", "2026-03-06 19:40", "--language", "he", "--name", "Yael Bar"], "buy\n");
    assert!(out.starts_with("── Fri 2026-03-06 19:40 ──\n") && out.contains("איזה צבע?"), "{out}");
    let (_, out, _) = chat(&folder(&[]), &["--at", "Fri 19:40"], "");
    assert!(out.starts_with("── Fri ") && out.contains(" 19:40 ──\n"), "{out}");
    assert_eq!(chat(&folder(&[]), &[], "hello\n").0, 0);
    for wrong in [["--at", "noon"], ["--at", "2025-01-01 10:00"], ["--language", "English"]] {
        let (status, _, err) = chat(&folder(&[]), &wrong, "hello\n");
        assert!(status == 2 && !err.is_empty(), "{wrong:?}");
    }
}
