//! Plays a test and holds it to what its lines expect; the first line that is not fulfilled ends it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::bot::Bot;

use super::difference::difference;
use super::line::alert_name;
use super::matching::{Pattern, show};
use super::outcome::{Failure, Status, TestResult};
use super::script::{Check, Line, Script, Step, Test};
use super::stage::{Stage, Versions};
use super::telling::{Seen, Wrong, tell};

/// What tests are played with.
#[derive(Clone)]
pub struct RunOptions<'a> {
    /// The bot.
    pub bot: Arc<Bot>,
    /// The bot that `bot: DIR` publishes, or why it cannot be read.
    pub version: &'a Versions<'a>,
}

/// Plays a test.
#[must_use]
pub fn run(script: &Script, test: &Test, options: &RunOptions<'_>) -> TestResult {
    let mut player = Player::new(&test.steps, options);
    let failure = player.play().err().map(|failure| *failure);
    let status = if failure.is_some() { Status::Failed } else { Status::Passed };
    let world = player.stage.world;
    TestResult { status, failure, reached: world.reached, turns: world.turns, ..result(script, test) }
}

/// Does not play a test, and says why.
#[must_use]
pub fn skip(script: &Script, test: &Test, reason: String) -> TestResult {
    TestResult { status: Status::Skipped(reason), ..result(script, test) }
}

fn result(script: &Script, test: &Test) -> TestResult {
    TestResult {
        name: test.name.clone(),
        file: Arc::clone(&script.file),
        line: test.line,
        status: Status::Passed,
        failure: None,
        reached: BTreeSet::new(),
        turns: 0,
        millis: 0.0,
    }
}

pub(super) struct Player<'a> {
    steps: &'a [Line],
    stage: Stage<'a>,
    /// Messages (positions in `world.sent`) that no line has expected yet.
    unexpected: VecDeque<usize>,
    /// The step that expected each message so far.
    seen: Vec<(usize, usize)>,
    taken: usize,
    strict_alerts: bool,
    /// The step that is played.
    at: usize,
    /// The last step at which something happened.
    acted: Option<usize>,
}

type Played = Result<(), Box<Failure>>;

impl<'a> Player<'a> {
    fn new(steps: &'a [Line], options: &RunOptions<'a>) -> Self {
        Self {
            steps,
            stage: Stage::new(&options.bot, options.version),
            unexpected: VecDeque::new(),
            seen: Vec::new(),
            taken: 0,
            strict_alerts: steps.iter().any(|line| matches!(line.step, Step::Alert { .. })),
            at: 0,
            acted: None,
        }
    }

    fn play(&mut self) -> Played {
        for (index, line) in self.steps.iter().enumerate() {
            if line.step.acts() {
                if !self.stage.gathers() {
                    self.nothing_left()?;
                }
                self.acted = Some(index);
            }
            self.at = index;
            self.step(&line.step)?;
            self.take_up();
            if let Some(broken) = self.stage.world.broken.take() {
                return Err(self.failure(broken, "", ""));
            }
        }
        self.nothing_left()
    }

    fn step(&mut self, step: &Step) -> Played {
        match step {
            Step::Expect(lines) => self.expect(lines),
            Step::Check(checks) => self.check(checks),
            Step::Alert { to, event } => self.alert(to, event),
            _ => {
                let following = self.steps.get(self.at + 1..).unwrap_or_default();
                let stuck = self.stage.take(step, following).err();
                stuck.map_or(Ok(()), |stuck| {
                    Err(self.failure(stuck.message, &super::write::step(step), &stuck.possible))
                })
            }
        }
    }

    /// Takes up what was sent by the last step.
    fn take_up(&mut self) {
        let sent = self.taken..self.stage.world.sent.len();
        self.taken = sent.end;
        self.unexpected.extend(sent);
        if !self.strict_alerts {
            self.stage.world.alerts.clear();
        }
    }

    fn expect(&mut self, lines: &[String]) -> Played {
        let pattern = Pattern::read(lines);
        let expected = super::write::expected(lines);
        let Some(first) = self.unexpected.front().copied() else {
            let message = if self.acted.is_some() {
                "The bot said nothing more, but this was expected"
            } else {
                "Nothing happened yet, so nothing could be said"
            };
            return Err(self.failure(message.to_owned(), &expected, ""));
        };
        let fits = |index: &usize| self.stage.world.sent.get(*index).is_some_and(|sent| pattern.matches(&sent.message));
        if fits(&first) {
            self.seen.push((self.at, first));
            self.unexpected.pop_front();
            return Ok(());
        }
        let message = if self.unexpected.iter().any(fits) {
            "The bot said this too, but something else first".to_owned()
        } else {
            let sent = self.stage.world.sent.get(first).map(|sent| show(&sent.message));
            let where_from = difference(lines, &sent.unwrap_or_default());
            where_from.map_or_else(
                || "The bot said something else".to_owned(),
                |difference| format!("The bot said something else: {difference}"),
            )
        };
        let actual = self.written(first);
        Err(self.failure(message, &expected, &actual))
    }

    fn written(&self, sent: usize) -> String {
        let sent = self.stage.world.sent.get(sent);
        sent.map(|sent| super::write::expected(&show(&sent.message))).unwrap_or_default()
    }

    /// Everything that was said and told has been expected.
    fn nothing_left(&mut self) -> Played {
        if let Some(first) = self.unexpected.front().copied() {
            let actual = self.written(first);
            return Err(self.failure("The bot said something that no line expects".to_owned(), "", &actual));
        }
        if self.strict_alerts
            && let Some((to, alert)) = self.stage.world.alerts.front()
        {
            let actual = format!("! alert {to} {}", alert_name(*alert));
            return Err(self.failure("An alert went out that no line expects".to_owned(), "", &actual));
        }
        Ok(())
    }

    fn alert(&mut self, to: &str, event: &str) -> Played {
        let actual = self.stage.world.alerts.pop_front();
        let (message, actual) = match actual {
            Some((name, alert)) if name == to && alert_name(alert) == event => return Ok(()),
            None => ("No alert went out, but this one was expected", String::new()),
            Some((name, alert)) => ("Another alert went out", format!("! alert {name} {}", alert_name(alert))),
        };
        Err(self.failure(message.to_owned(), &format!("! alert {to} {event}"), &actual))
    }

    fn check(&mut self, checks: &[Check]) -> Played {
        let judged = self.stage.judged(checks);
        let Some((wrong, right)) = checks.iter().zip(&judged).find(|(check, right)| check != right) else {
            return Ok(());
        };
        let message = format!("`{wrong}` does not hold: it is `{right}`");
        let written = |checks: &[Check]| super::write::step(&Step::Check(checks.to_vec()));
        Err(self.failure(message, &written(checks), &written(&judged)))
    }

    fn failure(&self, message: String, expected: &str, actual: &str) -> Box<Failure> {
        let seen = Seen {
            steps: self.steps,
            sent: &self.stage.world.sent,
            seen: &self.seen,
            unexpected: self.unexpected.iter().copied().collect(),
            last: &self.stage.world.why,
            at: self.at,
            acted: self.acted,
        };
        Box::new(tell(&seen, Wrong { message, expected, actual }))
    }
}
