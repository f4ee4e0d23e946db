//! What `check` finds in `.chat` files: lines that do not read, names that the bot does not have, taps on labels that no text
//! of it has. A test that only fails when it is played is no business of `check`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bot::Bot;
use crate::conversation::reason::HandoffReason;
use crate::conversation::state::State;
use crate::diagnostic::{Code, Problem, Sources, Spot, sort};
use crate::intent::BuiltIn;
use crate::text::nearest;
use crate::yaml::FILE_MAX;

use super::labels::Labels;
use super::script::{AgentAct, Check, CheckKind, Line, Said, Script, Step};

/// Reads a transcript of the author's files.
///
/// # Errors
/// Everything in it that does not read, with its place and a way out.
pub fn read(sources: &Sources, file: &Arc<str>) -> Result<Script, Vec<Problem>> {
    let bytes = sources.0.get(file).map(AsRef::as_ref).unwrap_or_default();
    if bytes.len() > FILE_MAX {
        let message = format!("this transcript is larger than {} MB", FILE_MAX / 1_000_000);
        let problem = Problem::new(Code::TooLarge, Spot::new(file, 0..0), message);
        return Err(vec![problem.help("split it into several files")]);
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let problem = Problem::new(Code::Encoding, Spot::new(file, at..at), "from here on this file is not UTF-8 text");
        return Err(vec![problem.help("save it again as UTF-8 (your editor's \"Save with encoding\")")]);
    }
    super::parse(file, sources.text(file))
}

/// The problems of all transcripts, sorted by place. Names and labels are looked up where there is a bot.
#[must_use]
pub fn check(sources: &Sources, bot: Option<&Bot>) -> Vec<Problem> {
    let labels = bot.map(Labels::of);
    let mut problems = Vec::new();
    for file in sources.0.keys().filter(|file| file.ends_with(".chat")) {
        match (read(sources, file), bot.zip(labels.as_ref())) {
            (Err(found), _) => problems.extend(found),
            (Ok(script), Some((bot, labels))) => {
                let checker =
                    Checker { bot, labels, text: sources.text(file), agents: agents(&script), script: &script };
                problems.extend(checker.problems());
            }
            (Ok(_), None) => {}
        }
    }
    sort(&mut problems);
    problems
}

/// Everybody who is an agent in some test of the file.
fn agents(script: &Script) -> BTreeSet<&str> {
    let lines = script.tests.iter().flat_map(|test| &test.steps);
    lines
        .filter_map(|line| match &line.step {
            Step::Agent { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

struct Checker<'a> {
    bot: &'a Bot,
    labels: &'a Labels,
    text: &'a str,
    agents: BTreeSet<&'a str>,
    script: &'a Script,
}

impl Checker<'_> {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (number, test) in self.script.tests.iter().enumerate() {
            // What another version of the bot has is not known here.
            let lines = test.steps.iter().take_while(|line| !matches!(line.step, Step::Bot(_)));
            for line in lines.filter(|line| number == 0 || !line.shared) {
                self.line(line, &mut problems);
            }
        }
        problems
    }

    fn line(&self, line: &Line, problems: &mut Vec<Problem>) {
        let bot = self.bot;
        match &line.step {
            Step::Check(checks) => checks.iter().for_each(|check| problems.extend(self.holds(line, check))),
            Step::Customer(Said::Tap(label)) => problems.extend(self.tap(line, label)),
            Step::Number(name) => {
                let ids = bot.numbers.iter().map(|number| number.id.as_str());
                let departments = bot.numbers.iter().filter_map(|number| number.department.as_deref());
                problems.extend(self.known(line, "number or department", name, ids.chain(departments)));
            }
            Step::Lookup { name, .. } => {
                problems.extend(self.known(line, "lookup", name, bot.lookups.keys().map(String::as_str)));
            }
            Step::Alert { to, .. } => {
                let agents = self.agents.iter().copied();
                let queues = bot.queues.keys().map(String::as_str);
                problems.extend(self.known(line, "queue or agent", to, queues.chain(agents)));
            }
            Step::Agent { act, .. } => self.act(line, act, problems),
            Step::Expect(lines) => {
                let occasions =
                    lines.iter().filter_map(|line| line.trim().strip_prefix("[template ")?.split(']').next());
                for occasion in occasions {
                    let known = bot.templates.keys().map(String::as_str);
                    problems.extend(self.known(line, "template", occasion.trim(), known));
                }
            }
            _ => {}
        }
    }

    fn act(&self, line: &Line, act: &AgentAct, problems: &mut Vec<Problem>) {
        let bot = self.bot;
        let queues = || bot.queues.keys().map(String::as_str);
        match act {
            AgentAct::Flow(name) => {
                problems.extend(self.known(line, "flow", name, bot.flows.keys().map(String::as_str)));
            }
            AgentAct::Article(name) => {
                problems.extend(self.known(line, "article", name, bot.articles.keys().map(String::as_str)));
            }
            AgentAct::Transfer(name) => {
                problems.extend(self.known(line, "queue or agent", name, queues().chain(self.agents.iter().copied())));
            }
            AgentAct::Online(names) => {
                problems.extend(names.iter().filter_map(|name| self.known(line, "queue", name, queues())));
            }
            _ => {}
        }
    }

    fn holds(&self, line: &Line, check: &Check) -> Option<Problem> {
        let bot = self.bot;
        if check.kind == CheckKind::Answer {
            let questions = bot.flows.values().flat_map(|flow| &flow.questions);
            return self.known(line, "question", &check.name, questions.map(|question| question.name.as_str()));
        }
        if check.value == "none" {
            return None;
        }
        let names: Vec<&str> = match check.kind {
            CheckKind::Flow => bot.flows.keys().map(String::as_str).collect(),
            CheckKind::Intent => {
                bot.intents.keys().map(String::as_str).chain(BuiltIn::ALL.map(BuiltIn::name)).collect()
            }
            CheckKind::Article => bot.articles.keys().map(String::as_str).collect(),
            CheckKind::Queue => bot.queues.keys().map(String::as_str).collect(),
            CheckKind::Agent => self.agents.iter().copied().collect(),
            CheckKind::State => State::ALL.map(State::name).to_vec(),
            CheckKind::Handoff => HandoffReason::ALL.map(HandoffReason::name).to_vec(),
            _ => return None,
        };
        let what = match check.kind {
            CheckKind::Handoff => "reason for a handoff",
            kind => kind.word(),
        };
        self.known(line, what, &check.value, names)
    }

    fn known<'n>(
        &self,
        line: &Line,
        what: &str,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<Problem> {
        let mut names: Vec<&str> = names.into_iter().collect();
        if names.contains(&name) {
            return None;
        }
        names.dedup();
        let few: Vec<&str> = names.iter().take(8).copied().collect();
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if few.is_empty() => format!("there is no {what} at all"),
            None => format!("there are: {}", few.join(", ")),
        };
        let message = format!("there is no {what} named `{name}`");
        Some(Problem::new(Code::ChatUnknown, self.spot(line, name), message).help(help))
    }

    fn tap(&self, line: &Line, label: &str) -> Option<Problem> {
        if self.labels.has(label) {
            return None;
        }
        let help = self.labels.nearest(label).map_or_else(
            || "a tap names a button or row as the customer sees it, in their language".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("no button or row of the bot says `{label}`");
        Some(Problem::new(Code::ChatTap, self.spot(line, label), message).help(help))
    }

    /// Where the line says the word: behind its first word if it is there, else the whole line.
    fn spot(&self, line: &Line, word: &str) -> Spot {
        let text = self.text.get(line.range.clone()).unwrap_or_default();
        let first = text.find([' ', ':']).unwrap_or_default();
        let found = text.get(first..).and_then(|rest| rest.find(word)).filter(|_| !word.is_empty());
        let range = found.map_or(line.range.clone(), |at| {
            let start = line.range.start + first + at;
            start..start + word.len()
        });
        Spot::new(&self.script.file, range)
    }
}
