//! What is printed at the end: a table, and what was found that must not be.

use std::fmt;
use std::time::Duration;

use crate::laws::Found;
use crate::world::Tally;
use crate::{Options, StoreKind};

/// At most so many of a kind are told.
const TOLD_MAX: usize = 10;

/// When servers were killed.
#[derive(Debug, Default, Clone, Copy)]
pub struct Moments {
    pub at_a_time: u64,
    pub at_a_send: u64,
    pub at_a_200: u64,
    pub at_its_start: u64,
    /// Of all of these, those in which the server had not answered anything yet.
    pub before_it_served: u64,
}

/// How it went.
pub struct Report {
    rows: Vec<(&'static str, String)>,
    wrong: Vec<(&'static str, Vec<String>)>,
}

impl Report {
    pub fn of(
        options: &Options,
        moments: &Moments,
        tally: Tally,
        found: Found,
        customers: usize,
        killed_for: Duration,
        drained: Option<Duration>,
    ) -> Self {
        let Moments { at_a_time, at_a_send, at_a_200, at_its_start, before_it_served } = moments;
        let store = match (options.store, options.nodes) {
            (StoreKind::Sqlite, _) => "SQLite".to_owned(),
            (StoreKind::Postgres, 1) => "PostgreSQL".to_owned(),
            (StoreKind::Postgres, nodes) => format!("PostgreSQL, {nodes} nodes of which one is killed"),
        };
        let (accepted, again, needless) = (tally.accepted.len(), tally.again, tally.needless);
        let (rate, sent) = (per_second(accepted, killed_for), found.sent);
        let drain = drained.map_or_else(|| "never".to_owned(), |took| format!("{:.0} s", took.as_secs_f64()));
        let rows = vec![
            ("store", store),
            ("rounds", format!("{} in {:.0} s, seed {}", options.rounds, killed_for.as_secs_f64(), options.seed)),
            ("killed at some time", at_a_time.to_string()),
            ("  with a send under way", at_a_send.to_string()),
            ("  just after a 200", at_a_200.to_string()),
            ("  while it started", format!("{at_its_start} ({before_it_served} lives ended before a 200)")),
            ("customers", customers.to_string()),
            ("messages accepted", format!("{accepted} ({rate:.0} a second)")),
            ("deliveries repeated", format!("{again} for want of a 200, {needless} in spite of it")),
            (
                "turns",
                format!(
                    "{} ({} took messages, {} of them together)",
                    found.turns, found.turns_of_messages, found.together
                ),
            ),
            ("answers sent", format!("{sent} ({} read marks)", tally.marks)),
            ("  WhatsApp's answer was late", tally.late.to_string()),
            ("  its answer broke off", tally.broken.to_string()),
            ("  a kill hid its answer", tally.unheard.to_string()),
            ("  taken over from the dead", found.taken_up.to_string()),
            ("lost", found.lost.len().to_string()),
            ("double turns", found.double_turns.len().to_string()),
            ("double sends", found.double_sends.len().to_string()),
            ("out of order", found.disordered.len().to_string()),
            ("start to first 200", times(tally.first_200)),
            ("kill to next answer", times(tally.first_answer)),
            ("until all had come to its end", drain),
        ];
        let drained = if drained.is_some() { vec![] } else { vec!["something never came to its end".to_owned()] };
        let wrong = vec![
            ("lost", found.lost),
            ("double turn", found.double_turns),
            ("double send", found.double_sends),
            ("out of order", found.disordered),
            ("strange", [found.other, tally.strange, drained].concat()),
        ];
        Self { rows, wrong }
    }

    /// Nothing was lost, doubled, out of order or strange.
    pub fn is_well(&self) -> bool {
        self.wrong.iter().all(|(_, all)| all.is_empty())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of messages")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(0.001)
}

fn times(mut times: Vec<Duration>) -> String {
    times.sort();
    let (Some(slowest), Some(middle)) = (times.last(), times.get(times.len() / 2)) else { return "never".to_owned() };
    format!("{:.2} s at the slowest, {:.2} s in the middle", slowest.as_secs_f64(), middle.as_secs_f64())
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.rows {
            writeln!(out, "{name:32}{value}")?;
        }
        for (kind, all) in self.wrong.iter().filter(|(_, all)| !all.is_empty()) {
            for one in all.iter().take(TOLD_MAX) {
                writeln!(out, "{kind}: {one}")?;
            }
            if all.len() > TOLD_MAX {
                writeln!(out, "{kind}: and {} more", all.len() - TOLD_MAX)?;
            }
        }
        if self.is_well() {
            writeln!(out, "Nothing lost, nothing done twice, nothing sent twice.")?;
        }
        Ok(())
    }
}
