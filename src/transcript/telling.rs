//! Tells how a test failed: the conversation as it was expected beside the one that happened, and why the bot decided so.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conversation::reason::Reason;

use super::align::{Pair, align};
use super::matching::{Pattern, show};
use super::outcome::{Failure, explain, side_by_side};
use super::script::{Line, Step};
use super::world::Sent;
use super::write;

/// At most so many rows are shown: the last ones say it.
const ROWS_MAX: usize = 16;

/// What a test has come to when it fails.
pub(super) struct Seen<'a> {
    pub(super) steps: &'a [Line],
    pub(super) sent: &'a [Sent],
    /// Steps with the message each expected rightly.
    pub(super) seen: &'a [(usize, usize)],
    /// Messages that no line has expected yet.
    pub(super) unexpected: Vec<usize>,
    /// Why the last turn went as it did.
    pub(super) last: &'a Arc<[Reason]>,
    /// The step that failed; the last one when something is left over.
    pub(super) at: usize,
    /// The last step at which something happened.
    pub(super) acted: Option<usize>,
}

/// What is wrong: in a sentence, with what was expected and what came; either of them may be nothing.
pub(super) struct Wrong<'a> {
    pub(super) message: String,
    pub(super) expected: &'a str,
    pub(super) actual: &'a str,
}

/// A row of the two conversations: as expected, as it was, and whether they differ.
type Row = (String, String, bool);

pub(super) fn tell(seen: &Seen<'_>, wrong: Wrong<'_>) -> Failure {
    let Wrong { message, expected, actual } = wrong;
    let mut rows = rows(seen, !expected.is_empty());
    // Messages have their rows; a check, an alert or a line that cannot be played gets one.
    if !expected.starts_with('<') && (!expected.is_empty() || actual.starts_with('!')) {
        rows.push((expected.to_owned(), actual.to_owned(), true));
    }
    let from = rows.len().saturating_sub(ROWS_MAX);
    let left_over = expected.is_empty() && !actual.is_empty();
    let blamed = seen.unexpected.first().and_then(|sent| seen.sent.get(*sent)).map_or(seen.last, |sent| &sent.why);
    Failure {
        line: seen.steps.get(seen.acted.filter(|_| left_over).unwrap_or(seen.at)).map_or(0, |line| line.line),
        message,
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        side_by_side: side_by_side(rows.get(from..).unwrap_or_default()),
        why: explain(blamed),
    }
}

/// The conversation up to where it failed; of the messages that were due there, all that was expected and all that came.
fn rows(seen: &Seen<'_>, line_failed: bool) -> Vec<Row> {
    let failing = seen.steps.get(seen.at).filter(|_| line_failed);
    let due = if failing.is_some_and(|line| line.step.acts()) { Vec::new() } else { due(seen) };
    let told = if line_failed { seen.at } else { seen.at + 1 };
    let matched: BTreeMap<usize, usize> = seen.seen.iter().copied().collect();
    let mut segment = Segment::new(seen, due);
    let last = segment.due.last().map_or(told, |last| told.max(last + 1));
    let mut rows = Vec::new();
    for (index, line) in seen.steps.iter().enumerate().take(last) {
        match &line.step {
            Step::Expect(lines) if segment.due.contains(&index) => segment.rows_to(index, lines, &mut rows),
            Step::Expect(lines) => {
                let came = matched.get(&index).map(|sent| written(seen, *sent)).unwrap_or_default();
                rows.push((write::expected(lines), came, false));
            }
            step if index < told => {
                if segment.is_behind(index) {
                    segment.rows_left(&mut rows);
                }
                let line = write::step(step);
                rows.push((line.clone(), line, false));
            }
            _ => {}
        }
    }
    segment.rows_left(&mut rows);
    rows
}

/// The expectations between the last thing that happened and the next.
fn due(seen: &Seen<'_>) -> Vec<usize> {
    let from = seen.acted.map_or(0, |acted| acted + 1);
    let segment = seen.steps.iter().enumerate().skip(from).take_while(|(_, line)| !line.step.acts());
    segment.filter(|(_, line)| matches!(line.step, Step::Expect(_))).map(|(index, _)| index).collect()
}

/// What was due since the last thing that happened, beside what came.
struct Segment<'a> {
    seen: &'a Seen<'a>,
    due: Vec<usize>,
    came: Vec<usize>,
    pairs: std::vec::IntoIter<Pair>,
}

impl<'a> Segment<'a> {
    fn new(seen: &'a Seen<'a>, due: Vec<usize>) -> Self {
        let taken = seen.seen.iter().filter(|(step, _)| due.contains(step)).map(|(_, sent)| *sent);
        let came: Vec<usize> = taken.chain(seen.unexpected.iter().copied()).collect();
        let patterns: Vec<Option<Pattern>> = due
            .iter()
            .map(|step| match &seen.steps.get(*step)?.step {
                Step::Expect(lines) => Some(Pattern::read(lines)),
                _ => None,
            })
            .collect();
        let fits = |expected: usize, sent: usize| {
            let sent = came.get(sent).and_then(|sent| seen.sent.get(*sent));
            let pattern = patterns.get(expected).and_then(Option::as_ref);
            pattern.zip(sent).is_some_and(|(pattern, sent)| pattern.matches(&sent.message))
        };
        let pairs = align(due.len(), came.len(), &fits).into_iter();
        Self { seen, due, came, pairs }
    }

    /// The row of this expectation, and before it those of what came and was not expected.
    fn rows_to(&mut self, index: usize, lines: &[String], rows: &mut Vec<Row>) {
        while let Some(pair) = self.pairs.next() {
            let here = pair.expected.and_then(|at| self.due.get(at)) == Some(&index);
            let expected = if here { write::expected(lines) } else { String::new() };
            rows.push((expected, self.text(pair.came), !pair.matches));
            if here {
                return;
            }
        }
    }

    /// Whether nothing more was expected there, so that what is left came before.
    fn is_behind(&self, index: usize) -> bool {
        self.seen.acted.is_none_or(|acted| index > acted) && self.due.last().is_none_or(|last| index > *last)
    }

    fn rows_left(&mut self, rows: &mut Vec<Row>) {
        while let Some(pair) = self.pairs.next() {
            rows.push((String::new(), self.text(pair.came), true));
        }
    }

    fn text(&self, came: Option<usize>) -> String {
        came.and_then(|at| self.came.get(at)).map(|sent| written(self.seen, *sent)).unwrap_or_default()
    }
}

fn written(seen: &Seen<'_>, sent: usize) -> String {
    seen.sent.get(sent).map(|sent| write::expected(&show(&sent.message))).unwrap_or_default()
}
