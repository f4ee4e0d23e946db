//! The README does not lie: its files are written in the order in which it shows them, its commands are run on them, and
//! what it says they print is what they print.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use frontdesk::bot::Bot;
use frontdesk::cli;
use frontdesk::cli::config::{Environment, SettingFlags, Settings};
use frontdesk::diagnostic::{Sources, human};

/// The folder that the README tells to make.
const FOLDER: &str = "my-shop";
/// Commands that go on until they are stopped, or need the internet: `serve` tests run the first, nobody the others.
const NOT_HERE: [&str; 9] = [
    "cargo run -- serve",
    "cargo run -- serve my-shop",
    "cargo test --locked",
    "cargo build --release",
    "curl ",
    "export ",
    "WHATSAPP_API_BASE=",
    "target/release/frontdesk load ",
    // Needs a server of PostgreSQL; moving is tested with the store.
    "frontdesk store copy ",
];

struct Block {
    kind: String,
    text: String,
}

/// The fenced blocks, those in lists without their indentation.
fn blocks() -> Vec<Block> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<usize> = None;
    for line in readme.lines() {
        match (line.trim_start().strip_prefix("```"), open) {
            (Some(kind), None) => {
                open = Some(line.len() - line.trim_start().len());
                blocks.push(Block { kind: kind.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(indent)) => {
                let line = line.get(indent..).unwrap_or_default();
                blocks.last_mut().unwrap().text.push_str(&format!("{line}\n"));
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Runs `cargo run -q -- …` as the program would, in the folder of the test: status and what was printed.
fn run(command: &str, root: &Path) -> (u8, String) {
    let line = command.split(" #").next().unwrap().trim();
    let arguments = line.strip_prefix("cargo run -q -- ").unwrap_or_else(|| panic!("no test runs `{line}`"));
    let bot = root.join(FOLDER).to_string_lossy().into_owned();
    let arguments = split(arguments).into_iter().map(|word| if word == FOLDER { bot.clone() } else { word });
    let arguments = std::iter::once("frontdesk".to_owned()).chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(arguments, &mut out, &mut err);
    assert!(err.is_empty(), "`{line}` complains: {}", String::from_utf8_lossy(&err));
    (status, String::from_utf8(out).unwrap())
}

/// Words as a shell would split them; double quotes hold together.
fn split(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[test]
fn the_five_minutes_go_as_the_readme_says() {
    let root = tempfile::tempdir().unwrap();
    let mut printed: Option<(u8, String)> = None;
    let (mut files, mut commands) = (0, 0);
    for block in blocks() {
        if let Some(file) = block.kind.split_once("file=").map(|(_, file)| file) {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &block.text).unwrap();
            files += 1;
        } else if block.kind == "text output" {
            let (_, printed) = printed.take().expect("output follows a command");
            assert_eq!(printed.trim_end(), block.text.trim_end());
        } else if block.kind == "sh" {
            if let Some((status, text)) = printed.take() {
                assert_eq!(status, 0, "{text}");
            }
            for command in block.text.lines().filter(|line| !NOT_HERE.iter().any(|other| line.starts_with(other))) {
                printed = Some(run(command, root.path()));
                commands += 1;
            }
        }
    }
    assert!(files >= 5 && commands >= 3, "{files} files and {commands} commands");
    let (status, text) = run("cargo run -q -- check my-shop --strict", root.path());
    assert_eq!((status, text.as_str()), (0, "No problems found\n"));
}

#[test]
fn the_numbers_of_whatsapp_compile_and_the_settings_read() {
    let blocks = blocks();
    let numbers = blocks.iter().find(|block| block.kind == "yaml").unwrap();
    let mut sources = Sources::default();
    let shop = "bot: My shop\nlanguages: [en]\nqueues: { parcels: { label: Parcels } }\n";
    sources.add("bot.yaml", format!("{shop}{}", numbers.text).as_bytes());
    let intent =
        "intent: a\nlabel: A\nleads_to: { handoff: parcels }\nexamples: [one a, two b, three c, four d, five e]\n";
    sources.add("intents/a.yaml", intent.as_bytes());
    let (bot, problems) = Bot::compile(&sources);
    assert_eq!(bot.map(|bot| bot.numbers.len()), Some(1), "{}", human(&problems, &sources, false));

    let env = blocks.iter().find(|block| block.kind == "env").unwrap();
    let environment = Environment::new(std::collections::BTreeMap::new(), Some((".env", &env.text)));
    let settings = Settings::read(&SettingFlags::default(), &environment).unwrap();
    assert_eq!(settings.public_url.as_deref(), Some("https://chat.example.com"));
}

#[test]
fn the_gate_runs_the_readmes_test_command() {
    let gate = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    let first = blocks().into_iter().find(|block| block.kind == "sh").unwrap();
    let command = first.text.lines().find(|line| line.starts_with("cargo test")).unwrap();
    let command = command.split('#').next().unwrap().trim();
    assert!(gate.lines().any(|line| line == command), "`{command}` is not a line of .ci/run");
}

#[test]
fn what_the_readme_points_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let missing: Vec<&str> = links.filter(|link| !link.starts_with("https://") && !root.join(link).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
