//! Plays a test on the real machine and holds it to what its lines expect.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::event::{Act, Event};
use crate::conversation::{Editions, gather};
use crate::locale as when;
use crate::message::{Content, Inbound, Location, Media, MediaKind};

use super::line::alert_name;
use super::matching::{Pattern, choices, same_label, show};
use super::outcome::{Failure, Status, TestResult, explain, side_by_side};
use super::script::{AgentAct, Check, Line, Said, Script, Step, Test, When, Who};
use super::verdict;
use super::world::World;

/// What tests are played with.
#[derive(Clone)]
pub struct RunOptions<'a> {
    /// The bot.
    pub bot: Arc<Bot>,
    /// The bot that `bot: DIR` publishes; `None` when it cannot be read.
    pub version: &'a dyn Fn(&str) -> Option<Arc<Bot>>,
    /// Only tests whose name contains this, in any letter case.
    pub filter: Option<&'a str>,
}

/// Plays every test of a script; those that the filter leaves out are not in the answer.
#[must_use]
pub fn run(script: &Script, options: &RunOptions<'_>) -> Vec<TestResult> {
    let filter = options.filter.map(str::to_lowercase);
    let chosen = |test: &&Test| filter.as_ref().is_none_or(|filter| test.name.to_lowercase().contains(filter));
    script.tests.iter().filter(chosen).map(|test| run_one(script, test, options)).collect()
}

/// Plays one test, or says why it is skipped.
#[must_use]
pub fn run_one(script: &Script, test: &Test, options: &RunOptions<'_>) -> TestResult {
    let skipped = match &test.skip {
        Some(reason) => Some(reason.clone()),
        None => (script.has_only && !test.only).then(|| "another test says `only`".to_owned()),
    };
    let mut result = TestResult {
        name: test.name.clone(),
        file: Arc::clone(&script.file),
        line: test.line,
        status: skipped.clone().map_or(Status::Passed, Status::Skipped),
        failure: None,
        reached: std::collections::BTreeSet::new(),
        turns: 0,
    };
    if skipped.is_some() {
        return result;
    }
    let mut player = Player::new(&test.steps, options, Manner::Strict);
    if let Err(failure) = player.play() {
        result.status = Status::Failed;
        result.failure = Some(*failure);
    }
    result.turns = player.world.turns;
    result.reached = player.world.reached;
    result
}

/// What really happened at a step, for rewriting.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact {
    /// Messages that came after this acting step, as lines.
    Sent(Vec<crate::message::Outbound>),
    /// How the checks of this step would hold.
    Checks(Vec<Check>),
}

/// Plays a test without holding it to anything; what happened, by step. Stops where a line cannot be played.
pub(super) fn record(test: &Test, options: &RunOptions<'_>) -> (Vec<(usize, Fact)>, Option<Box<Failure>>) {
    let mut player = Player::new(&test.steps, options, Manner::Record);
    let stopped = player.play().err();
    (player.facts, stopped)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Strict,
    Record,
}

/// A row of the conversation: the step it stands at, and the message that came.
struct Row {
    step: Option<usize>,
    sent: Option<usize>,
}

struct Player<'a> {
    steps: &'a [Line],
    options: &'a RunOptions<'a>,
    manner: Manner,
    world: World,
    zone: Tz,
    number: String,
    who: Who,
    contact: i64,
    pending: Vec<Inbound>,
    /// Messages (positions in `world.sent`) that no line has expected yet.
    unexpected: VecDeque<usize>,
    taken: usize,
    rows: Vec<Row>,
    strict_alerts: bool,
    facts: Vec<(usize, Fact)>,
    at: usize,
    acted: usize,
}

type Played = Result<(), Box<Failure>>;

impl<'a> Player<'a> {
    fn new(steps: &'a [Line], options: &'a RunOptions<'a>, manner: Manner) -> Self {
        let zone = options.bot.hours.zone();
        let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
        let now = when::moment(start, zone).unwrap_or_default();
        let mut world = World::new(Editions::new(Arc::clone(&options.bot)), now);
        let number = options.bot.numbers.first().map(|number| number.id.clone()).unwrap_or_default();
        let who = Who { name: "Dana".to_owned(), number: None, language: None };
        let first_is_named = steps.iter().find_map(|line| match &line.step {
            Step::Contact(_) => Some(true),
            Step::Customer(_) => Some(false),
            _ => None,
        });
        let contact = if first_is_named == Some(true) { 0 } else { world.contact(&who, &number) };
        let strict_alerts = steps.iter().any(|line| matches!(line.step, Step::Alert { .. }));
        Self {
            steps,
            options,
            manner,
            world,
            zone,
            number,
            who,
            contact,
            pending: Vec::new(),
            unexpected: VecDeque::new(),
            taken: 0,
            rows: Vec::new(),
            strict_alerts,
            facts: Vec::new(),
            at: 0,
            acted: 0,
        }
    }

    fn play(&mut self) -> Played {
        let steps = self.steps;
        for (index, line) in steps.iter().enumerate() {
            self.at = index;
            if line.step.acts() {
                if self.pending.is_empty() {
                    self.nothing_left()?;
                }
                self.acted = index;
            }
            if !matches!(line.step, Step::Expect(_)) {
                self.rows.push(Row { step: Some(index), sent: None });
            }
            self.step(&line.step)?;
            self.take_up();
            if let Some(broken) = self.world.broken.take() {
                return Err(self.failure(broken, "", ""));
            }
        }
        self.nothing_left()
    }

    fn step(&mut self, step: &Step) -> Played {
        match step {
            Step::At(when) => self.move_to(*when),
            Step::Wait(time) => {
                let to = self.world.now.checked_add_signed(*time);
                self.world.advance(to.unwrap_or(self.world.now));
                Ok(())
            }
            Step::Contact(who) => {
                self.who = who.clone();
                self.contact = self.world.contact(who, &self.number);
                Ok(())
            }
            Step::Number(name) => self.write_to(name),
            Step::Customer(said) => self.customer(said),
            Step::Expect(lines) => self.expect(lines),
            Step::Check(checks) => self.check(checks),
            Step::Agent { name, act } => self.agent(name, act),
            Step::Phone(text) => {
                let echo = self.world.inbound(Content::Text(text.clone()));
                self.world.happen(self.contact, &Event::Echo(echo));
                Ok(())
            }
            Step::Alert { to, event } => self.alert(to, event),
            Step::Lookup { name, reply } => {
                self.world.lookups.insert(name.clone(), reply.clone());
                Ok(())
            }
            Step::Deliver(code) => self.deliver(*code),
            Step::Bot(dir) => self.publish(dir),
        }
    }

    // ── what happens ──

    fn move_to(&mut self, when: When) -> Played {
        let local = self.world.now.with_timezone(&self.zone).naive_local();
        let next = |matching: &dyn Fn(NaiveDate) -> bool, time: NaiveTime| {
            let day = local.date().iter_days().take(9).find(|day| matching(*day) && day.and_time(time) > local);
            day.unwrap_or(local.date()).and_time(time)
        };
        let to = match when {
            When::Day(day) => day,
            When::Time(time) => next(&|_| true, time),
            When::Weekday(weekday, time) => next(&|day| day.weekday() == weekday, time),
        };
        let to = when::moment(to, self.zone).unwrap_or(self.world.now);
        if to < self.world.now {
            let message = format!("The clock never goes backwards: it is {} already", self.shown(self.world.now));
            return Err(self.failure(message, "", ""));
        }
        self.world.advance(to);
        Ok(())
    }

    fn shown(&self, at: Timestamp) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string()
    }

    fn write_to(&mut self, name: &str) -> Played {
        let numbers = &self.world.editions.newest().numbers;
        let found = numbers.iter().find(|n| n.id == name || n.department.as_deref() == Some(name));
        let Some(found) = found else {
            return Err(self.failure(format!("The bot has no number or department `{name}`"), "", ""));
        };
        self.number.clone_from(&found.id);
        let who = self.who.clone();
        self.contact = self.world.contact(&who, &self.number);
        Ok(())
    }

    fn customer(&mut self, said: &Said) -> Played {
        let content = self.content(said)?;
        let tap = gather::is_tap(&content);
        let message = self.world.inbound(content);
        self.pending.push(message);
        if !tap && self.pending.len() < gather::MESSAGES_MAX && self.goes_on() {
            return Ok(());
        }
        let messages = std::mem::take(&mut self.pending);
        self.world.happen(self.contact, &Event::Messages(messages));
        Ok(())
    }

    /// Whether the next line belongs to the same turn (R3).
    fn goes_on(&self) -> bool {
        let next = |ahead: usize| self.steps.get(self.at + ahead).map(|line| &line.step);
        match next(1) {
            Some(Step::Customer(_)) => true,
            Some(Step::Wait(time)) if matches!(next(2), Some(Step::Customer(_))) => {
                let received: Vec<(Timestamp, &Inbound)> = self.pending.iter().map(|m| (m.at, m)).collect();
                let ready = gather::ready_at(&self.world.editions.newest().policy, &received);
                ready.is_some_and(|ready| self.world.now + *time <= ready)
            }
            _ => false,
        }
    }

    fn content(&mut self, said: &Said) -> Result<Content, Box<Failure>> {
        Ok(match said {
            Said::Text(text) => Content::Text(text.clone()),
            Said::Tap(label) => return self.tap(label),
            Said::Media(kind, words) => Content::Media(self.media(*kind, words.clone())),
            Said::Location(latitude, longitude) => {
                Content::Location(Location { latitude: *latitude, longitude: *longitude, name: None, address: None })
            }
            Said::Contact => Content::ContactCard {
                summary: "Noa Levi +972 50 765 4321".to_owned(),
                phone: Some("+972507654321".to_owned()),
            },
            Said::Order => Content::Order { summary: "1 item".to_owned() },
            Said::Reaction(emoji) => Content::Reaction { emoji: Some(emoji.clone()), to: "wamid.0".to_owned() },
            Said::Unsupported => Content::Unsupported { kind: "unknown".to_owned() },
        })
    }

    fn media(&mut self, kind: MediaKind, words: Option<String>) -> Media {
        let mime = match kind {
            MediaKind::Image => "image/jpeg",
            MediaKind::Video => "video/mp4",
            MediaKind::Voice | MediaKind::Audio => "audio/ogg",
            MediaKind::Document => "application/pdf",
            MediaKind::Sticker => "image/webp",
        };
        let (caption, filename) = if kind == MediaKind::Document { (None, words) } else { (words, None) };
        Media {
            kind,
            id: format!("media-{}", self.world.message_id()),
            mime: mime.to_owned(),
            caption,
            filename,
            sha256: None,
        }
    }

    /// The latest message to this customer that has the label.
    fn tap(&self, label: &str) -> Result<Content, Box<Failure>> {
        let theirs = || self.world.sent.iter().rev().filter(|sent| sent.contact == self.contact);
        let found = theirs().flat_map(|sent| choices(&sent.message)).find(|choice| same_label(label, &choice.title));
        if let Some(choice) = found {
            return Ok(Content::Tap { id: choice.id.clone(), title: choice.title.clone() });
        }
        let offered =
            theirs().map(|sent| choices(&sent.message)).find(|choices| !choices.is_empty()).unwrap_or_default();
        let offered: Vec<String> = offered.iter().map(|choice| format!("[{}]", choice.title)).collect();
        let message = if offered.is_empty() {
            format!("There is nothing to tap: no message had buttons, so none says `{label}`")
        } else {
            format!("There is no button or row `{label}` to tap; what could be tapped was {}", offered.join(" "))
        };
        Err(self.failure(message, label, &offered.join(" ")))
    }

    fn agent(&mut self, name: &str, act: &AgentAct) -> Played {
        let act = match act {
            AgentAct::Online(queues) => {
                self.world.online(name, queues);
                return Ok(());
            }
            AgentAct::Offline => {
                self.world.offline(name);
                return Ok(());
            }
            AgentAct::Write(text) => Act::Reply { text: text.clone(), file: None },
            AgentAct::Take => Act::Take,
            AgentAct::Promise(time) => Act::Promise { at: self.time(time)? },
            AgentAct::Snooze(time) => Act::Snooze { at: self.time(time)? },
            AgentAct::Flow(flow) => Act::Flow { flow: flow.clone() },
            AgentAct::Article(article) => Act::Article { article: article.clone() },
            AgentAct::Note(text) => Act::Note { text: text.clone() },
            AgentAct::Transfer(queue) if self.world.editions.newest().queues.contains_key(queue) => {
                Act::TransferToQueue { queue: queue.clone() }
            }
            AgentAct::Transfer(agent) => Act::TransferToAgent { agent: agent.clone() },
            AgentAct::End => Act::End,
        };
        let event = Event::Agent { agent: name.to_owned(), act };
        match self.world.happen(self.contact, &event) {
            Some(why) => Err(self.failure(format!("What {name} does was refused: {why}"), "", "")),
            None => Ok(()),
        }
    }

    fn time(&self, text: &str) -> Result<Timestamp, Box<Failure>> {
        let bot = self.world.editions.newest();
        let locale = bot.locales.get(&bot.default_language());
        let read = locale.and_then(|locale| locale.parse_when(text, self.world.now, self.zone));
        read.ok_or_else(|| {
            let message = format!("`{text}` is not a time; write `2h`, `14:00` or `tomorrow 09:00`");
            self.failure(message, "", "")
        })
    }

    fn deliver(&mut self, code: u32) -> Played {
        let Some(contact) = self.world.sent.last().map(|sent| sent.contact) else {
            return Err(self.failure("No message was sent that could fail".to_owned(), "", ""));
        };
        let title = "WhatsApp could not deliver it".to_owned();
        self.world.happen(contact, &Event::Undeliverable { code, title });
        Ok(())
    }

    fn publish(&mut self, dir: &str) -> Played {
        let Some(newest) = (self.options.version)(dir) else {
            return Err(self.failure(format!("There is no bot to publish in `{dir}`"), "", ""));
        };
        self.zone = newest.hours.zone();
        self.world.editions = self.world.editions.publish(newest);
        self.world.settle();
        Ok(())
    }

    // ── what is expected ──

    /// Takes up what was sent by the last step.
    fn take_up(&mut self) {
        let sent = self.taken..self.world.sent.len();
        self.taken = sent.end;
        if self.manner == Manner::Record {
            let messages: Vec<_> =
                sent.filter_map(|i| self.world.sent.get(i)).map(|sent| sent.message.clone()).collect();
            if !messages.is_empty() {
                self.facts.push((self.at, Fact::Sent(messages)));
            }
            self.world.alerts.clear();
        } else {
            self.unexpected.extend(sent);
            if !self.strict_alerts {
                self.world.alerts.clear();
            }
        }
    }

    fn expect(&mut self, lines: &[String]) -> Played {
        if self.manner == Manner::Record {
            return Ok(());
        }
        let pattern = Pattern::read(lines);
        let Some(first) = self.unexpected.front().copied() else {
            let message = if self.acted == self.at {
                "Nothing happened yet, so nothing could be said".to_owned()
            } else {
                "The bot said nothing more, but this was expected".to_owned()
            };
            self.rows.push(Row { step: Some(self.at), sent: None });
            return Err(self.failure(message, &lines.join("\n"), ""));
        };
        self.rows.push(Row { step: Some(self.at), sent: Some(first) });
        let fits = |index: &usize| self.world.sent.get(*index).is_some_and(|sent| pattern.matches(&sent.message));
        if fits(&first) {
            self.unexpected.pop_front();
            return Ok(());
        }
        let message = if self.unexpected.iter().any(fits) {
            "The bot said this too, but something else first"
        } else {
            "The bot said something else"
        };
        Err(self.failure(message.to_owned(), &lines.join("\n"), &self.written(first)))
    }

    fn written(&self, sent: usize) -> String {
        self.world.sent.get(sent).map(|sent| show(&sent.message).join("\n")).unwrap_or_default()
    }

    /// Everything that was said and told has been expected.
    fn nothing_left(&mut self) -> Played {
        if let Some(first) = self.unexpected.front().copied() {
            self.at = self.acted;
            let actual = self.written(first);
            let message = "The bot said something that no line expects".to_owned();
            return Err(self.failure(message, "", &actual));
        }
        if self.strict_alerts
            && let Some((to, alert)) = self.world.alerts.front()
        {
            let actual = format!("! alert {to} {}", alert_name(*alert));
            self.at = self.acted;
            return Err(self.failure("An alert went out that no line expects".to_owned(), "", &actual));
        }
        Ok(())
    }

    fn alert(&mut self, to: &str, event: &str) -> Played {
        if self.manner == Manner::Record {
            return Ok(());
        }
        let actual = self.world.alerts.pop_front();
        let matches = actual.as_ref().is_some_and(|(name, alert)| name == to && alert_name(*alert) == event);
        if matches {
            return Ok(());
        }
        let expected = format!("! alert {to} {event}");
        let (message, actual) = match actual {
            None => ("No alert went out", String::new()),
            Some((to, alert)) => ("Another alert went out", format!("! alert {to} {}", alert_name(alert))),
        };
        Err(self.failure(message.to_owned(), &expected, &actual))
    }

    fn check(&mut self, checks: &[Check]) -> Played {
        let trail = self.world.trail.get(&self.contact).map(|(_, trail)| trail.as_slice()).unwrap_or_default();
        let Some(conversation) = self.world.contacts.get(&self.contact) else { return Ok(()) };
        let judged: Vec<Option<Check>> =
            checks.iter().map(|check| verdict::judge(check, conversation, trail, self.zone)).collect();
        let actual: Vec<Check> =
            checks.iter().zip(&judged).map(|(check, other)| other.clone().unwrap_or_else(|| check.clone())).collect();
        if self.manner == Manner::Record {
            self.facts.push((self.at, Fact::Checks(actual)));
            return Ok(());
        }
        let Some((wrong, right)) = checks.iter().zip(judged).find_map(|(check, other)| Some((check, other?))) else {
            return Ok(());
        };
        let message = format!("After this, `{wrong}` does not hold: it is `{right}`");
        Err(self.failure(message, &wrong.to_string(), &right.to_string()))
    }

    // ── telling ──

    fn failure(&self, message: String, expected: &str, actual: &str) -> Box<Failure> {
        const ROWS: usize = 16;
        let mut rows: Vec<(String, String, bool)> = self.rows.iter().map(|row| self.row(row)).collect();
        let shown: Vec<usize> = self.rows.iter().filter_map(|row| row.sent).collect();
        rows.extend(
            self.unexpected
                .iter()
                .filter(|sent| !shown.contains(sent))
                .map(|sent| (String::new(), said('<', &self.written(*sent)), true)),
        );
        if rows.last().is_some_and(|(_, _, differs)| !differs) && !expected.is_empty() {
            rows.pop();
            let mark = self
                .steps
                .get(self.at)
                .map_or(' ', |line| if matches!(line.step, Step::Customer(_)) { '>' } else { '=' });
            let mark = |text: &str| {
                if text.starts_with('!') || text.is_empty() { text.to_owned() } else { format!("{mark} {text}") }
            };
            rows.push((mark(expected), mark(actual), true));
        }
        let from = rows.len().saturating_sub(ROWS);
        let blamed = self.unexpected.front().and_then(|sent| self.world.sent.get(*sent)).map(|sent| &sent.why);
        Box::new(Failure {
            line: self.steps.get(self.at).map_or(0, |line| line.line),
            message,
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            side_by_side: side_by_side(rows.get(from..).unwrap_or_default()),
            why: explain(blamed.unwrap_or(&self.world.why)),
        })
    }

    fn row(&self, row: &Row) -> (String, String, bool) {
        let step = row.step.and_then(|step| self.steps.get(step)).map(|line| &line.step);
        let right = row.sent.map(|sent| said('<', &self.written(sent))).unwrap_or_default();
        match step {
            Some(Step::Expect(lines)) => {
                let matches = row
                    .sent
                    .and_then(|sent| self.world.sent.get(sent))
                    .is_some_and(|sent| Pattern::read(lines).matches(&sent.message));
                (said('<', &lines.join("\n")), right, !matches)
            }
            Some(step) => {
                let line = super::write::step(step);
                (line.clone(), line, false)
            }
            None => (String::new(), right, true),
        }
    }
}

fn said(mark: char, text: &str) -> String {
    format!("{mark} {}", text.replace('\n', "\n  "))
}

/// How long a wait is, as a transcript writes it.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.num_seconds().max(0);
    match seconds {
        s if s > 0 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
