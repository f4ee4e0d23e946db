//! The intents that are taken for one another, as a table: only those, so that it can be read however many intents there are.

use std::collections::BTreeMap;

use crate::evaluation::advice;
use crate::evaluation::report::Report;

/// So many intents stand in the table.
const INTENTS_MAX: usize = 24;

/// The table.
pub struct Matrix {
    /// A line for each intent that texts are about.
    pub rows: Vec<Line>,
    /// How many other intents are confused too.
    pub more: usize,
}

/// What texts about one intent were taken for.
pub struct Line {
    /// Its number, by which the columns are named.
    pub number: usize,
    /// Which.
    pub intent: String,
    /// Whether any text was about it; articles and what every bot knows are only taken for.
    pub asked: bool,
    /// In the order of the lines.
    pub cells: Vec<Cell>,
}

/// How often.
pub struct Cell {
    /// As it is shown; nothing for none.
    pub shown: String,
    /// What it says, in a sentence.
    pub about: String,
    /// How dark it is, of a hundred.
    pub shade: u8,
    /// Taken for what it is.
    pub right: bool,
}

impl Matrix {
    /// The intents that are confused most, those that are confused with one another side by side.
    pub fn of(report: &Report) -> Self {
        let mut names: Vec<String> = Vec::new();
        for pair in advice::pairs(report) {
            for name in [pair.names.0, pair.names.1] {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let more = names.len().saturating_sub(INTENTS_MAX);
        names.truncate(INTENTS_MAX);
        let counts: BTreeMap<(&str, &str), usize> =
            report.confused.iter().map(|(about, taken, n)| ((about.as_str(), taken.as_str()), *n)).collect();
        let n: BTreeMap<&str, (usize, f64)> =
            report.intents.iter().map(|of| (of.intent.as_str(), (of.n, of.recall))).collect();
        let most = counts.values().copied().max().unwrap_or(1);
        let line = |(at, about): (usize, &String)| {
            let (n, recall) = n.get(about.as_str()).copied().unwrap_or_default();
            let cells = names.iter().map(|taken| {
                if taken == about {
                    return diagonal(about, n, recall);
                }
                let count = counts.get(&(about.as_str(), taken.as_str())).copied().unwrap_or_default();
                let shade = u8::try_from(25 + 75 * count / most.max(1)).unwrap_or(100);
                Cell {
                    shown: if count == 0 { String::new() } else { count.to_string() },
                    about: format!("{about} taken for {taken}: {count} of {n}"),
                    shade: if count == 0 { 0 } else { shade },
                    right: false,
                }
            });
            Line { number: at + 1, intent: about.clone(), asked: n > 0, cells: cells.collect() }
        };
        Self { rows: names.iter().enumerate().map(line).collect(), more }
    }
}

fn diagonal(about: &str, n: usize, recall: f64) -> Cell {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a count")]
    let right = (recall * n as f64).round() as usize;
    let shown = if n == 0 { String::new() } else { right.to_string() };
    Cell { shown, about: format!("{about}: {right} of {n} are right"), shade: 0, right: n > 0 }
}
