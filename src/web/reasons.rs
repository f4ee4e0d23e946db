//! The reasons of turns (R41) as pages may tell them: without what could give away a secret answer (R42), unless they were
//! asked for it. How they read is the pages' own.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::conversation::reason::{Reached, Reason};
use crate::store::{Entry, Why};

/// A turn with the reasons that may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Which turn.
    pub turn: i64,
    /// When it was taken.
    pub at: Timestamp,
    /// Why it went as it did.
    pub reasons: Vec<Reason>,
}

/// What may be told of these turns beside these lines of their thread. Whether a turn holds a secret is only known where all
/// its lines are here: turns from before the lines are left out, and so is the first one if the lines may begin in its
/// middle, for what the customer wrote stands first in a turn.
#[must_use]
pub fn told(kept: Vec<Why>, lines: &[Entry], reveal: bool) -> Vec<Told> {
    let Some(line) = lines.iter().min_by_key(|line| line.seq) else { return Vec::new() };
    let first = if reveal || line.seq == 1 { line.turn } else { line.turn + 1 };
    let hidden: BTreeSet<i64> = lines.iter().filter(|line| line.secret && !reveal).map(|line| line.turn).collect();
    let told = kept.into_iter().filter(|why| why.turn >= first).map(|why| {
        let mut reasons: Vec<Reason> = serde_json::from_str(&why.reasons).unwrap_or_default();
        if hidden.contains(&why.turn) {
            reasons.retain(|reason| !gives_away(reason));
        }
        Told { turn: why.turn, at: why.at, reasons }
    });
    told.collect()
}

/// What the classifier saw, which words an article was arranged by, and which option was chosen. Rules are told without the
/// customer's words.
const fn gives_away(reason: &Reason) -> bool {
    matches!(reason, Reason::Understood(_) | Reason::PutFirst { .. } | Reason::Reached(Reached::Option(..)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_words_of_the_customers_gives_away_what_they_wrote() {
        assert!(gives_away(&Reason::PutFirst { passage: "The code".into(), words: vec!["4711".into()] }));
        assert!(!gives_away(&Reason::Rule { rule: "R12".into(), did: "an article".into() }));
    }
}
