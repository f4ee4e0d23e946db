//! Messages that were not understood, put together where they say nearly the same: most frequent first, with what the bot of
//! today makes of them. What it understands by now, or has been taught, is left out. A group keeps its number for as long as
//! its first message is missed, whatever comes meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::intent::{Decision, Understanding};
use crate::text::fold;

use super::shown;

/// What stands in place of what tells who somebody is.
pub const MASK: &str = "•••";
/// Texts that share so much of their trigrams say nearly the same (Dice's coefficient).
const ALIKE_MIN: f64 = 0.6;
/// So many texts show what a group is about.
const TEXTS_MAX: usize = 3;
/// So many intents are near.
const NEAREST_MAX: usize = 3;

/// A message that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Counts up as messages are missed, and stays.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What was written, for the classifier and nobody else.
    pub words: String,
    /// The same without what tells whose it is.
    pub shown: String,
    /// The customer was asked "Did you mean".
    pub asked: bool,
}

/// Messages that say nearly the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The number of its first message.
    pub number: i64,
    /// The numbers of all its messages.
    pub numbers: Vec<i64>,
    /// How many messages.
    pub count: usize,
    /// Of how many the customer was asked "Did you mean".
    pub asked: usize,
    /// What was written, the most frequent first; three at most.
    pub texts: Vec<String>,
    /// How sure the bot of today is.
    pub decision: Decision,
    /// What it takes it for, with probabilities; three at most.
    pub nearest: Vec<(String, f32)>,
    /// When it was last written.
    pub last: Timestamp,
}

/// What was missed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Missed {
    /// The groups, the largest first.
    pub groups: Vec<Group>,
    /// How many messages the bot understands by now, or has been taught.
    pub settled: usize,
}

/// Groups what was missed. `understand` is the bot of today; `taught` are its examples and what is not for it, folded; `strangers`
/// the latter alone: what is nearly the same as one of them is settled too.
#[must_use]
pub fn groups(
    misses: &[Miss],
    understand: &dyn Fn(&str) -> Understanding,
    taught: &BTreeSet<String>,
    strangers: &BTreeSet<String>,
) -> Missed {
    let mut missed = Missed::default();
    let mut known: BTreeMap<String, Understanding> = BTreeMap::new();
    let mut leaders = Leaders::default();
    let mut strange = Leaders::default();
    for text in strangers {
        strange.join(text);
    }
    let mut members: Vec<Vec<&Miss>> = Vec::new();
    for miss in misses {
        let folded = fold(&miss.words);
        let understood = known.entry(folded.clone()).or_insert_with(|| understand(&miss.words));
        let settled = understood.decision == Decision::Confident
            || taught.contains(&folded)
            || taught.contains(&fold(&miss.shown))
            || strange.nearest(&folded).is_some();
        if settled {
            missed.settled += 1;
            continue;
        }
        // Whoever says it, and at which number they want to be called, does not matter.
        let group = leaders.join(&fold(&miss.shown));
        if group == members.len() {
            members.push(Vec::new());
        }
        if let Some(group) = members.get_mut(group) {
            group.push(miss);
        }
    }
    missed.groups = members.iter().filter_map(|members| group(members, &known)).collect();
    let asked = |group: &Group| group.decision != Decision::Unsure;
    missed.groups.sort_by_key(|group| (std::cmp::Reverse(group.count), asked(group), group.number));
    missed
}

fn group(members: &[&Miss], known: &BTreeMap<String, Understanding>) -> Option<Group> {
    let first = members.first()?;
    let understood = known.get(&fold(&first.words))?;
    // What is masked shows less, and is no good as an example: it comes last.
    let mut texts: BTreeMap<String, (bool, usize, i64, &str)> = BTreeMap::new();
    for miss in members {
        let masked = miss.shown.contains(MASK);
        let entry = texts.entry(fold(&miss.shown)).or_insert((masked, 0, miss.number, &miss.shown));
        entry.1 += 1;
        if entry.0 && !masked {
            (entry.0, entry.3) = (false, &miss.shown);
        }
    }
    let mut texts: Vec<(bool, usize, i64, &str)> = texts.into_values().collect();
    texts.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
    let nearest = understood.candidates.iter().take(NEAREST_MAX);
    Some(Group {
        number: first.number,
        numbers: members.iter().map(|miss| miss.number).collect(),
        count: members.len(),
        asked: members.iter().filter(|miss| miss.asked).count(),
        texts: texts.into_iter().take(TEXTS_MAX).map(|(.., text)| text.to_owned()).collect(),
        decision: understood.decision,
        nearest: nearest.map(|candidate| (shown(&candidate.topic), candidate.probability)).collect(),
        last: members.iter().map(|miss| miss.at).max()?,
    })
}

/// The first text of each group, found again by the trigrams of others.
#[derive(Default)]
struct Leaders {
    sizes: Vec<usize>,
    by_trigram: BTreeMap<[char; 3], Vec<usize>>,
}

impl Leaders {
    /// The group of a text; its own, if none is near.
    fn join(&mut self, folded: &str) -> usize {
        if let Some(near) = self.nearest(folded) {
            return near;
        }
        let trigrams = trigrams(folded);
        let own = self.sizes.len();
        self.sizes.push(trigrams.len());
        for trigram in trigrams {
            self.by_trigram.entry(trigram).or_default().push(own);
        }
        own
    }

    /// The group whose first text is the nearest, if it is near enough; of several the first.
    fn nearest(&self, folded: &str) -> Option<usize> {
        let trigrams = trigrams(folded);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for group in trigrams.iter().filter_map(|trigram| self.by_trigram.get(trigram)).flatten() {
            *shared.entry(*group).or_default() += 1;
        }
        let alike = |(group, both): (usize, usize)| {
            let all = self.sizes.get(group)? + trigrams.len();
            Some((group, super::share(2 * both, all)))
        };
        let near = shared.into_iter().filter_map(alike).filter(|(_, alike)| *alike >= ALIKE_MIN);
        near.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(group, _)| group)
    }
}

/// Every three signs in a row, with blanks around the text; what folds to nothing is all alike.
fn trigrams(folded: &str) -> BTreeSet<[char; 3]> {
    if folded.is_empty() {
        return BTreeSet::from([[' '; 3]]);
    }
    let signs: Vec<char> = " ".chars().chain(folded.chars()).chain(" ".chars()).collect();
    signs.windows(3).filter_map(|window| <[char; 3]>::try_from(window).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{Candidate, Topic};

    fn misses(texts: &[&str]) -> Vec<Miss> {
        let miss = |(number, text): (usize, &&str)| Miss {
            number: i64::try_from(number).unwrap() + 10,
            at: Timestamp::from_timestamp(i64::try_from(number).unwrap(), 0).unwrap(),
            words: (*text).to_owned(),
            shown: text.replace("Ana", MASK),
            asked: number % 2 == 1,
        };
        texts.iter().enumerate().map(miss).collect()
    }

    fn understand(text: &str) -> Understanding {
        let decision = if text.contains("parcel") { Decision::Confident } else { Decision::Unsure };
        let topic = Topic::Intent("invoice".to_owned());
        let candidates = vec![Candidate { topic, probability: 0.2, reasons: Vec::new() }];
        Understanding { candidates, decision, greeted: false, language: None }
    }

    fn grouped(texts: &[&str], taught: &[&str], strangers: &[&str]) -> Missed {
        let set = |texts: &[&str]| texts.iter().map(|text| fold(text)).collect::<BTreeSet<_>>();
        groups(&misses(texts), &understand, &set(taught), &set(strangers))
    }

    #[test]
    fn what_says_nearly_the_same_is_one_group_and_the_largest_comes_first() {
        let missed = grouped(
            &[
                "can I park here",
                "do you have a shop in Riga",
                "Can i park here?",
                "can I park here, Ana",
                "do you have shops in riga",
                "where is my parcel",
                "can I park hier",
            ],
            &[],
            &[],
        );
        let told: Vec<_> = missed.groups.iter().map(|g| (g.number, g.count, g.asked, g.texts.as_slice())).collect();
        let park = ["can I park here", "can I park hier"].map(str::to_owned);
        let shop = ["do you have a shop in Riga", "do you have shops in riga"].map(str::to_owned);
        assert_eq!(told, [(10, 4, 1, &park[..]), (11, 2, 1, &shop[..])]);
        assert_eq!((missed.settled, missed.groups[0].nearest.as_slice()), (1, &[("invoice".to_owned(), 0.2)][..]));
    }

    #[test]
    fn what_was_taught_is_settled_and_what_is_like_a_stranger_too() {
        let texts = ["can I park here", "can I park hier", "sing a song", "sing a song!!", "sing us a song"];
        let missed = grouped(&texts, &["Can I park here?"], &[]);
        assert_eq!(missed.groups.iter().map(|group| group.number).collect::<Vec<_>>(), [12, 11]);
        assert_eq!(grouped(&texts, &[], &["sing a song"]).settled, 3);
    }

    #[test]
    fn signs_alone_and_nothing_at_all_are_groups_too() {
        let missed = grouped(&["👍", "🙈", "??"], &[], &[]);
        assert_eq!((missed.groups.len(), missed.groups[0].count), (1, 3));
        assert_eq!(grouped(&[], &[], &[]), Missed::default());
    }
}
