//! Who is on an older version when a new one is published, and what it would take from them (R19).

use std::collections::{BTreeMap, BTreeSet};

use crate::bot::{Bot, change};
use crate::conversation::Editions;
use crate::store::Standing;

/// So many questions are named; the others are counted.
const NAMED_MAX: usize = 8;

/// What publishing a version means for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// So many people finish on an older version.
    finish: i64,
    /// So many of them stand on a question that changes or goes away, by flow and question.
    unsettled: BTreeMap<(String, String), i64>,
    /// What versions that people are on use and the new one lacks.
    missing: BTreeSet<String>,
    /// So many people are on those.
    robbed: i64,
}

impl Meaning {
    /// What publishing `newer` means for those who stand somewhere.
    #[must_use]
    pub fn of(newer: &Bot, editions: &Editions, standing: &[Standing]) -> Self {
        let mut meaning = Self::default();
        for standing in standing.iter().filter(|standing| standing.version != newer.version) {
            let Some(older) = editions.version(&standing.version) else { continue };
            meaning.finish += standing.count;
            if let (Some(flow), Some(question)) = (&standing.flow, &standing.question)
                && !change::keeps_question(older, newer, flow, question)
            {
                *meaning.unsettled.entry((flow.clone(), question.clone())).or_default() += standing.count;
            }
            let missing = change::missing(older, newer);
            if !missing.is_empty() {
                meaning.robbed += standing.count;
            }
            meaning.missing.extend(missing);
        }
        meaning
    }

    /// Why it must not be published where customers are; none if it may be.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let missing: Vec<&str> = self.missing.iter().map(String::as_str).collect();
        (!missing.is_empty()).then(|| {
            format!(
                "{} on an older version of the bot, which uses what the new one lacks: {}; put it back into bot.yaml until \
                 their enquiries have ended",
                people(self.robbed, "is", "are"),
                missing.join(", ")
            )
        })
    }

    /// What the publisher is told; empty if nobody is concerned.
    #[must_use]
    pub fn words(&self) -> String {
        if self.finish == 0 {
            return String::new();
        }
        let mut words = format!(" {} what they began on the version before", people(self.finish, "finishes", "finish"));
        if !self.unsettled.is_empty() {
            let all = self.unsettled.values().sum();
            words += &format!("; {} on a question that changes or goes away: ", people(all, "stands", "stand"));
            words += &self.places();
        }
        words + "."
    }

    /// Where they stand, most of them first.
    fn places(&self) -> String {
        let mut places: Vec<_> = self.unsettled.iter().collect();
        places.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let named = places.iter().take(NAMED_MAX);
        let mut named: Vec<String> =
            named.map(|((flow, question), count)| format!("{count} on `{question}` of `{flow}`")).collect();
        if places.len() > NAMED_MAX {
            let rest: i64 = places.iter().skip(NAMED_MAX).map(|(_, count)| **count).sum();
            named.push(format!("{rest} on {} others", places.len() - NAMED_MAX));
        }
        named.join(", ")
    }
}

fn people(count: i64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 person {one}") } else { format!("{count} people {many}") }
}
