//! A conversation that somebody has with the bot, line by line, with a clock they move: the same stage on which tests are
//! played. It writes down what happened as a transcript that passes. Reads no terminal and no file.

use std::sync::Arc;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::message::Outbound;

use super::line;
use super::matching::{choices, show};
use super::outcome::explain;
use super::script::{Check, CheckKind, Said, Step, When, Who};
use super::stage::{Stage, Stuck, Versions, beginning};
use super::world::Sent;
use super::write;

/// What is written down whenever it changes.
const WRITTEN: [CheckKind; 4] = [CheckKind::State, CheckKind::Queue, CheckKind::Agent, CheckKind::Promise];

/// A conversation under way.
pub struct Session<'a> {
    stage: Stage<'a>,
    /// How many messages were heard.
    heard: usize,
    /// The transcript so far.
    lines: Vec<String>,
    /// Where in it the last thing stands that happened.
    acted: usize,
    /// What was last written down of the state.
    state: Vec<Check>,
}

/// A message of the bot or an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// When it was sent.
    pub at: Timestamp,
    /// To whom, where that is not the one who writes.
    pub to: Option<String>,
    /// The message.
    pub message: Outbound,
}

/// A lookup that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub lookup: String,
    /// The values its address may use, with their names.
    pub names: Vec<(String, String)>,
}

/// What a line brought about.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// What was said.
    pub heard: Vec<Heard>,
    /// What agents were told.
    pub alerts: Vec<String>,
    /// The state, where it changed.
    pub state: Option<String>,
    /// A lookup must be answered before anything else can happen.
    pub asked: Option<Asked>,
}

/// Reads a line as a transcript has it.
///
/// # Errors
/// What is wrong with it, with a way out.
pub fn read(text: &str) -> Result<Step, String> {
    line::read(text).map_err(|wrong| match wrong.help {
        Some(help) => format!("{}: {help}", wrong.message),
        None => wrong.message,
    })
}

impl<'a> Session<'a> {
    /// A conversation with nobody in it yet, at `now`; or at another moment, if one is wished for.
    ///
    /// # Errors
    /// The moment is before the first that transcripts know.
    pub fn new(
        bot: &Arc<Bot>,
        versions: &'a Versions<'a>,
        who: Who,
        now: Timestamp,
        at: Option<When>,
    ) -> Result<Self, String> {
        let mut stage = Stage::new(bot, versions);
        stage.world.patient = true;
        let zone = bot.hours.zone();
        let local = |at: Timestamp| at.with_timezone(&zone).naive_local();
        let begin = match at {
            Some(day @ When::Day(_)) => day,
            wished => {
                stage.take(&Step::At(When::Day(local(now.max(beginning(zone))))), &[]).map_err(in_words)?;
                When::Day(local(wished.map_or(stage.world.now, |at| stage.moment(at))))
            }
        };
        let mut session = Self { stage, heard: 0, lines: Vec::new(), acted: 0, state: Vec::new() };
        session.take(&Step::Contact(who))?;
        session.take(&Step::At(begin))?;
        Ok(session)
    }

    /// Takes a step.
    ///
    /// # Errors
    /// Why it cannot be taken; nothing happened then.
    pub fn take(&mut self, step: &Step) -> Result<Happened, String> {
        if matches!(step, Step::Expect(_) | Step::Check(_) | Step::Alert { .. }) {
            return Err("only a transcript expects something".to_owned());
        }
        let answers = matches!(step, Step::Lookup { .. }) && !self.stage.world.calls.is_empty();
        self.stage.take(step, &[]).map_err(in_words)?;
        if let Some(broken) = self.stage.world.broken.take() {
            return Err(broken);
        }
        let text = write::step(step);
        if answers {
            // A test has to know the answer before it is asked for.
            self.lines.insert(self.acted, text);
            self.acted += 1;
        } else {
            self.acted = self.lines.len();
            self.lines.push(text);
        }
        Ok(self.happened(step.acts() || answers, matches!(step, Step::Customer(_)) || answers))
    }

    /// What a step brought about; after the words of a customer something is always written down.
    fn happened(&mut self, acts: bool, words: bool) -> Happened {
        let sent = self.stage.world.sent.get(self.heard..).unwrap_or_default();
        let heard: Vec<Heard> = sent.iter().map(|sent| self.hear(sent)).collect();
        self.heard = self.stage.world.sent.len();
        self.lines.extend(heard.iter().map(|heard| write::expected(&show(&heard.message))));
        let told = self.stage.world.alerts.drain(..);
        let alerts = told.map(|(to, alert)| format!("{to}: {}", line::alert_name(alert))).collect();
        let asked = self.asked();
        let now = self.stage.describe(&WRITTEN);
        let changed = now != self.state;
        // Without a line between them two lines of a customer would be one turn.
        if acts && asked.is_none() && (changed || words && heard.is_empty()) {
            self.lines.push(write::step(&Step::Check(now.clone())));
        }
        self.state = now;
        let state = (acts && changed).then(|| checks(&self.state));
        Happened { heard, alerts, state, asked }
    }

    fn hear(&self, sent: &Sent) -> Heard {
        let to = self.stage.is_for_another(sent).then(|| self.stage.name_of(sent.contact).to_owned());
        Heard { at: sent.at, to, message: sent.message.clone() }
    }

    fn asked(&self) -> Option<Asked> {
        let call = self.stage.world.calls.front()?;
        let declared = self.stage.world.editions.newest().lookups.get(&call.lookup);
        let used = |name: &str| declared.is_some_and(|lookup| lookup.get.contains(name));
        let names = call.names.iter().filter(|(name, _)| used(name));
        let names = names.map(|(name, value)| (name.clone(), super::verdict::written(value))).collect();
        Some(Asked { lookup: call.lookup.clone(), names })
    }

    /// The labels that the latest message with buttons or rows offers to who writes.
    #[must_use]
    pub fn offered(&self) -> Vec<String> {
        let latest = self.stage.theirs().map(|sent| choices(&sent.message)).find(|choices| !choices.is_empty());
        latest.unwrap_or_default().iter().map(|choice| choice.title.clone()).collect()
    }

    /// A tap on the label with this number, counted from 1, or with these words.
    #[must_use]
    pub fn tap(&self, label: &str) -> Step {
        let numbered = label.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let title = numbered.and_then(|at| self.offered().into_iter().nth(at));
        Step::Customer(Said::Tap(title.unwrap_or_else(|| label.to_owned())))
    }

    /// Everything that a test could check now.
    #[must_use]
    pub fn state(&mut self) -> String {
        let kinds = CheckKind::ALL.map(|(_, kind)| kind);
        let kinds: Vec<CheckKind> = kinds.into_iter().filter(|kind| !kind.stands_alone()).collect();
        checks(&self.stage.describe(&kinds))
    }

    /// Why the last turn went as it did (R41).
    #[must_use]
    pub fn why(&self) -> Vec<String> {
        explain(&self.stage.world.why)
    }

    /// The moment on the clock.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.stage.world.now
    }

    /// The conversation as a transcript with one test that passes.
    #[must_use]
    pub fn transcript(&self, name: &str) -> String {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("test: {name}\n{}\n", self.lines.join("\n"))
    }
}

fn in_words(stuck: Stuck) -> String {
    if stuck.possible.is_empty() { stuck.message } else { format!("{}; {}", stuck.message, stuck.possible) }
}

fn checks(checks: &[Check]) -> String {
    checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
