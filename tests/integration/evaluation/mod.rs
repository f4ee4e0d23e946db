//! How well the bot understands: the figures, what is said of them, and `frontdesk eval` as it is typed.

mod command;
mod figures;
mod shown;

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use frontdesk::cli;
use tempfile::TempDir;

/// A bot with two intents in two languages, and some strangers.
fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bot.yaml", "bot: The shop\nlanguages: [en, lv]\n");
    let intent = |name: &str, examples: &[&str]| {
        let lines: String = examples.iter().map(|example| format!("  - {example}\n")).collect();
        format!("intent: {name}\nleads_to: {{ handoff: people }}\nlabel: {name}\nexamples:\n{lines}")
    };
    let parcel = [
        "where is my parcel",
        "my parcel has not arrived",
        "when will the parcel come",
        "the parcel is late",
        "track my parcel please",
        "kur ir mana paka",
        "mana paka vēl nav atnākusi",
        "kad atnāks mana paka",
    ];
    let invoice = [
        "the invoice is wrong",
        "i was sent the invoice twice",
        "please correct my invoice",
        "why is the invoice so high",
        "i do not understand this invoice",
        "rēķins ir par lielu",
        "kāpēc rēķins ir tik liels",
        "rēķinā ir kļūda",
    ];
    write(folder.path(), "intents/parcel.yaml", &intent("parcel", &parcel));
    write(folder.path(), "intents/invoice.yaml", &intent("invoice", &invoice));
    let strangers =
        "not_for_us:\n  - do you sell pizza\n  - is it going to rain\n  - sing me a song\n  - pastāsti joku\n";
    write(folder.path(), "intents/others.yaml", strangers);
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Runs `frontdesk eval …`; `FOLDER/` in front of a name is the folder: status, what is printed, what is said on stderr.
fn run(folder: &Path, arguments: &[&str]) -> (u8, String, String) {
    let place = folder.to_string_lossy().into_owned();
    let all = ["frontdesk", "eval"].into_iter().chain(arguments.iter().copied());
    let all = all.map(|word| OsString::from(word.replace("FOLDER", &place)));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(all, &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&place, "FOLDER");
    (status, text(out), text(err))
}
