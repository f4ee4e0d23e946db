//! Public data sets, read from a folder as their makers lay them out; none of them is part of this project.
//!
//! `banking77/train.csv`, `test.csv` (PolyAI, CC BY 4.0), `clinc150/data_full.json` (CLINC, CC BY 3.0),
//! `tilde-lv/{chatbot,askubuntu}/{train,test}_{q,ans}.txt` (Tilde's Latvian translation of the NLU evaluation corpora).

pub mod knowledge;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use frontdesk::evaluation::Text;
use frontdesk::language::Language;
use frontdesk::samples;

use crate::made::Dice;

/// What is learned from, and what is asked about.
pub struct Set {
    pub name: String,
    pub train: Vec<Text>,
    pub test: Vec<Text>,
    pub language: Language,
}

/// The folder of the variable `FRONTDESK_NLU`, if it is set.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("FRONTDESK_NLU").map(PathBuf::from)
}

pub fn banking77(folder: &Path) -> Option<Set> {
    let read = |file: &str| {
        let table = fs::read_to_string(folder.join("banking77").join(file)).ok()?.replacen("category", "intent", 1);
        let rows = samples::read(file, table.as_bytes()).unwrap();
        Some(rows.into_iter().map(|row| text(&row.text, row.intent.as_deref())).collect())
    };
    let (train, test) = (read("train.csv")?, read("test.csv")?);
    Some(Set { name: "BANKING77".into(), train, test, language: Language::EN })
}

/// Its out-of-scope sentences for training are learned from as what is not for us.
pub fn clinc150(folder: &Path) -> Option<Set> {
    let json = fs::read(folder.join("clinc150/data_full.json")).ok()?;
    let parts: BTreeMap<String, Vec<(String, String)>> = serde_json::from_slice(&json).unwrap();
    let part = |names: [&str; 2]| {
        let rows = names.iter().flat_map(|name| &parts[*name]);
        rows.map(|(said, intent)| text(said, Some(intent.as_str()).filter(|intent| *intent != "oos"))).collect()
    };
    let (train, test) = (part(["train", "oos_train"]), part(["test", "oos_test"]));
    Some(Set { name: "CLINC150".into(), train, test, language: Language::EN })
}

pub fn latvian(folder: &Path, part: &str, name: &str) -> Option<Set> {
    let lines = |file: &str| fs::read_to_string(folder.join("tilde-lv").join(part).join(file)).ok();
    let read = |split: &str| {
        let (said, intents) = (lines(&format!("{split}_q.txt"))?, lines(&format!("{split}_ans.txt"))?);
        Some(said.lines().zip(intents.lines()).map(|(said, intent)| text(said, Some(intent))).collect())
    };
    Some(Set { name: name.into(), train: read("train")?, test: read("test")?, language: Language::LV })
}

impl Set {
    /// So many sentences an intent to learn from, drawn anew for each number.
    pub fn draw(&self, shots: usize, number: u64) -> Vec<Text> {
        let mut by_intent: BTreeMap<&Option<String>, Vec<&Text>> = BTreeMap::new();
        for text in &self.train {
            by_intent.entry(&text.intent).or_default().push(text);
        }
        let mut dice = Dice::new(number);
        let mut drawn = Vec::new();
        for mut texts in by_intent.into_values() {
            for _ in 0..shots.min(texts.len()) {
                drawn.push(texts.swap_remove(dice.roll(texts.len())).clone());
            }
        }
        drawn
    }
}

fn text(said: &str, intent: Option<&str>) -> Text {
    Text { text: said.to_owned(), intent: intent.map(str::to_owned), place: None }
}
