//! Rewrites the expectations of failing tests (`--update`): the `<`, `=` and `!` lines that do not hold become what really
//! happened, and every other byte stays. What holds keeps its `…`; what the tests of a file share is nobody's to change.

use std::ops::Range;

use chrono::Duration;

use crate::message::Outbound;

use super::align::align;
use super::line::alert_name;
use super::matching::{Pattern, show};
use super::player::RunOptions;
use super::script::{Check, CheckKind, Line, Said, Step, Test};
use super::stage::Stage;
use super::write;

/// The text of a transcript in which these tests expect what really happens. A test that cannot be played to its end is
/// rewritten up to where it stops.
#[must_use]
pub fn rewrite(text: &str, failing: &[&Test], options: &RunOptions<'_>) -> String {
    let mut edits: Vec<Edit> = failing.iter().flat_map(|test| Rewriter { text, test }.edits(options)).collect();
    edits.sort_by_key(|edit| edit.range.start);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        out.push_str(text.get(done..edit.range.start).unwrap_or_default());
        out.push_str(&edit.text);
        done = edit.range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// What is written within this may be one turn (R3); a line too many keeps apart what is apart anyway.
const GATHERED_WITHIN: Duration = Duration::minutes(1);

/// Bytes to replace.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// What happened between one thing that happens and the next, and what was expected there.
#[derive(Default)]
struct Segment {
    /// The last step at which something happened.
    acted: Option<usize>,
    expects: Vec<usize>,
    /// Messages with the step they came at.
    sent: Vec<(usize, Outbound)>,
    alerts: Vec<usize>,
    /// Alerts, written down, with the step they came at.
    told: Vec<(usize, String)>,
    /// Checks that do not hold, as they would.
    checks: Vec<(usize, Vec<Check>)>,
    /// The state at the last expectation.
    state: Vec<Check>,
}

/// Plays a test without holding it to anything.
fn play(test: &Test, options: &RunOptions<'_>) -> Vec<Segment> {
    let mut stage = Stage::new(&options.bot, options.version);
    let mut segments = vec![Segment::default()];
    let mut taken = 0;
    for (index, line) in test.steps.iter().enumerate() {
        if line.step.acts() && !stage.gathers() {
            segments.push(Segment::default());
        }
        let stuck = stage.take(&line.step, test.steps.get(index + 1..).unwrap_or_default()).is_err();
        let Some(segment) = segments.last_mut() else { break };
        if stuck || stage.world.broken.is_some() {
            segments.pop();
            break;
        }
        match &line.step {
            step if step.acts() => segment.acted = Some(index),
            Step::Expect(_) => {
                segment.expects.push(index);
                segment.state = stage.describe(&[CheckKind::State]);
            }
            Step::Alert { .. } => {
                segment.alerts.push(index);
                segment.state = stage.describe(&[CheckKind::State]);
            }
            Step::Check(checks) => {
                let judged = stage.judged(checks);
                if judged != *checks {
                    segment.checks.push((index, judged));
                }
            }
            _ => {}
        }
        let sent = stage.world.sent.get(taken..).unwrap_or_default();
        segment.sent.extend(sent.iter().map(|sent| (index, sent.message.clone())));
        taken = stage.world.sent.len();
        let told = stage.world.alerts.drain(..);
        segment.told.extend(told.map(|(to, alert)| (index, format!("! alert {to} {}", alert_name(alert)))));
    }
    segments
}

struct Rewriter<'a> {
    text: &'a str,
    test: &'a Test,
}

impl Rewriter<'_> {
    fn edits(&self, options: &RunOptions<'_>) -> Vec<Edit> {
        let strict_alerts = self.test.steps.iter().any(|line| matches!(line.step, Step::Alert { .. }));
        let mut edits = Vec::new();
        for segment in play(self.test, options) {
            let came = !segment.sent.is_empty() || strict_alerts && !segment.told.is_empty();
            match self.keeping_turns_apart(&segment) {
                Some(all) if !came => self.state_instead(all, &segment.state, &mut edits),
                _ => {
                    self.messages(&segment, &mut edits);
                    if strict_alerts {
                        self.alerts(&segment, &mut edits);
                    }
                }
            }
            for (index, checks) in &segment.checks {
                self.replace(*index, &write::step(&Step::Check(checks.clone())), &mut edits);
            }
        }
        edits
    }

    fn messages(&self, segment: &Segment, edits: &mut Vec<Edit>) {
        let patterns: Vec<Option<Pattern>> = segment
            .expects
            .iter()
            .map(|index| match &self.test.steps.get(*index)?.step {
                Step::Expect(lines) => Some(Pattern::read(lines)),
                _ => None,
            })
            .collect();
        let fits = |expected: usize, sent: usize| {
            let pattern = patterns.get(expected).and_then(Option::as_ref);
            pattern.zip(segment.sent.get(sent)).is_some_and(|(pattern, (_, message))| pattern.matches(message))
        };
        let came: Vec<(usize, String)> =
            segment.sent.iter().map(|(at, message)| (*at, write::expected(&show(message)))).collect();
        self.align(&segment.expects, &came, &fits, edits);
    }

    /// Where nothing but expected messages and alerts stands between what the customer wrote and what they write next: these
    /// lines. Without any, the customer's lines would become one turn (R3).
    fn keeping_turns_apart(&self, segment: &Segment) -> Option<Range<usize>> {
        let acted = segment.acted.filter(|_| !segment.state.is_empty())?;
        let step = |at: usize| self.test.steps.get(at).map(|line| &line.step);
        let is_expected = |at: &usize| matches!(step(*at), Some(Step::Expect(_) | Step::Alert { .. }));
        let next = acted + 1 + (acted + 1..).take_while(is_expected).count();
        let goes_on = match step(next) {
            Some(Step::Wait(time)) => *time < GATHERED_WITHIN && matches!(step(next + 1), Some(Step::Customer(_))),
            other => matches!(other, Some(Step::Customer(_))),
        };
        let wrote = |at| matches!(step(at), Some(Step::Customer(said)) if !matches!(said, Said::Tap(_)));
        let wrote = match step(acted) {
            // What was expected before a short wait may have to go, too.
            Some(Step::Wait(time)) if *time < GATHERED_WITHIN => {
                (0..acted).rev().find(|at| !is_expected(at)).is_some_and(wrote)
            }
            _ => wrote(acted),
        };
        let are_all = next - acted - 1 == segment.expects.len() + segment.alerts.len();
        (wrote && goes_on && are_all && next > acted + 1).then_some(acted + 1..next)
    }

    /// What did not come becomes how it stands there.
    fn state_instead(&self, all: Range<usize>, state: &[Check], edits: &mut Vec<Edit>) {
        self.replace(all.start, &write::step(&Step::Check(state.to_vec())), edits);
        all.skip(1).for_each(|index| self.take_away(index, edits));
    }

    fn alerts(&self, segment: &Segment, edits: &mut Vec<Edit>) {
        let expected: Vec<Option<String>> = segment
            .alerts
            .iter()
            .map(|index| self.test.steps.get(*index).map(|line| write::step(&line.step)))
            .collect();
        let fits = |expected_at: usize, told: usize| {
            let expected = expected.get(expected_at).and_then(Option::as_ref);
            expected.zip(segment.told.get(told)).is_some_and(|(expected, (_, alert))| expected == alert)
        };
        self.align(&segment.alerts, &segment.told, &fits, edits);
    }

    /// Makes the expectations at these steps what came.
    fn align(
        &self,
        expects: &[usize],
        came: &[(usize, String)],
        fits: &dyn Fn(usize, usize) -> bool,
        edits: &mut Vec<Edit>,
    ) {
        let mut behind = 0;
        for pair in align(expects.len(), came.len(), fits) {
            let expected = pair.expected.and_then(|at| expects.get(at)).copied();
            let new = pair.came.and_then(|at| came.get(at));
            match (expected, new) {
                (Some(index), Some((_, new))) => {
                    if !pair.matches {
                        self.replace(index, new, edits);
                    }
                    behind = index;
                }
                (Some(index), None) => self.take_away(index, edits),
                (None, Some((at, new))) => {
                    behind = behind.max(*at);
                    self.insert(behind, new, edits);
                }
                (None, None) => {}
            }
        }
    }

    fn own(&self, index: usize) -> Option<&Line> {
        self.test.steps.get(index).filter(|line| !line.shared)
    }

    fn replace(&self, index: usize, new: &str, edits: &mut Vec<Edit>) {
        let Some(line) = self.own(index) else { return };
        let mut lines: Vec<&str> = new.split('\n').collect();
        lines.extend(self.comments(line));
        edits.push(Edit { range: line.range.clone(), text: lines.join(self.line_end(line.range.end)) });
    }

    fn take_away(&self, index: usize, edits: &mut Vec<Edit>) {
        let Some(line) = self.own(index) else { return };
        let comments = self.comments(line);
        let mut range = line.range.clone();
        if comments.is_empty() {
            let rest = self.text.get(range.end..).unwrap_or_default();
            range.end += rest.find('\n').map_or(rest.len(), |at| at + 1);
        }
        edits.push(Edit { text: comments.join(self.line_end(line.range.end)), range });
    }

    /// Adds lines below a step, or below the test's name where the step is shared.
    fn insert(&self, index: usize, new: &str, edits: &mut Vec<Edit>) {
        let at = self.own(index).map_or(self.test.head.end, |line| line.range.end);
        let end = self.line_end(at);
        let text = new.split('\n').map(|line| format!("{end}{line}")).collect();
        edits.push(Edit { range: at..at, text });
    }

    /// Comments that stand between the lines of one message.
    fn comments(&self, line: &Line) -> Vec<&str> {
        let inside = self.text.get(line.range.clone()).unwrap_or_default();
        inside.lines().filter(|line| line.starts_with('#')).collect()
    }

    /// How the lines end there.
    fn line_end(&self, at: usize) -> &'static str {
        let rest = self.text.get(at..).unwrap_or_default();
        let windows = rest.starts_with("\r\n") || rest.is_empty() && self.text.contains("\r\n");
        if windows { "\r\n" } else { "\n" }
    }
}
