//! What was missed, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::authoring::naming::NOT_FOR_US;
use crate::evaluation::decision_name;
use crate::evaluation::misses::{Group, Missed};
use crate::intent::Decision;

/// What is shown of it.
pub struct Shown<'a> {
    /// What was missed.
    pub missed: &'a Missed,
    /// How many messages that was.
    pub all: usize,
    /// So many groups at most.
    pub top: usize,
    /// How far was looked back.
    pub since: chrono::Duration,
}

impl Shown<'_> {
    /// For programs; keys are stable.
    pub fn json(&self) -> Value {
        let Self { missed, all, top, .. } = self;
        let group = |group: &Group| {
            let nearest: Vec<_> = group
                .nearest
                .iter()
                .map(|(name, probability)| {
                    let probability = (f64::from(*probability) * 1e4).round() / 1e4;
                    match name.strip_prefix("article:") {
                        Some(article) => json!({ "article": article, "probability": probability }),
                        None => json!({ "intent": name, "probability": probability }),
                    }
                })
                .collect();
            json!({
                "number": group.number, "count": group.count, "asked": group.asked, "texts": group.texts,
                "decision": decision_name(group.decision), "nearest": nearest, "last": group.last,
            })
        };
        let shown: Vec<_> = missed.groups.iter().take(*top).map(group).collect();
        json!({ "misses": shown, "groups": missed.groups.len(), "messages": all, "settled": missed.settled })
    }

    /// For people.
    pub fn words(&self) -> String {
        let Self { missed, all, top, since } = self;
        let (all, top) = (*all, *top);
        let mut out = String::new();
        let days = days(*since);
        if missed.groups.is_empty() {
            let _ = match (all, missed.settled) {
                (0, _) => writeln!(out, "Nothing was missed in the last {days}."),
                _ => writeln!(
                    out,
                    "Nothing is left of {} missed in the last {days}: the bot understands it by now.",
                    messages(all)
                ),
            };
            return out;
        }
        let _ = writeln!(
            out,
            "{} not understood in the last {days}, in {} groups",
            messages(all - missed.settled),
            missed.groups.len()
        );
        if missed.settled > 0 {
            let _ = writeln!(out, "({} more by now understood, or taught)", missed.settled);
        }
        missed.groups.iter().take(top).for_each(|group| tell(&mut out, group));
        if missed.groups.len() > top {
            let _ =
                writeln!(out, "\n… and {} smaller groups (--top {})", missed.groups.len() - top, missed.groups.len());
        }
        let number = missed.groups.first().map_or(1, |group| group.number);
        let _ = writeln!(
            out,
            "\nTeach the bot: `frontdesk misses --assign {number} INTENT` makes an example of that intent out of it;\n`--assign {number} {NOT_FOR_US}` if it is nothing for the bot."
        );
        out
    }
}

fn tell(out: &mut String, group: &Group) {
    let asked = if group.decision == Decision::Unsure { "" } else { "  (the customer would be asked which)" };
    let _ = writeln!(out, "\n#{}  {} ×{asked}", group.number, group.count);
    for text in &group.texts {
        let _ = writeln!(out, "    “{text}”");
    }
    let shown = |(name, probability): &(String, f32)| format!("{name} {:.0} %", probability * 100.0);
    let nearest: Vec<String> = group.nearest.iter().map(shown).collect();
    let nearest =
        if nearest.is_empty() { "nothing is near".to_owned() } else { format!("nearest: {}", nearest.join(", ")) };
    let _ = writeln!(out, "    {nearest}");
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

fn days(span: chrono::Duration) -> String {
    match (span.num_days(), span.num_hours()) {
        (1, _) => "day".to_owned(),
        (0, 1) => "hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (days, _) => format!("{days} days"),
    }
}
