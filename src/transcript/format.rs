//! Reads a `.chat` file: which lines belong together, which test they belong to. What one line says is `line`'s.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Problem, Spot};

use super::line::{self, Wrong};
use super::script::{AgentAct, Line, Said, Script, Step, Test};

/// Reads a transcript.
///
/// # Errors
/// Every line that does not read, with its place and a way out.
pub fn parse(file: &Arc<str>, text: &str) -> Result<Script, Vec<Problem>> {
    let mut reader = Reader::default();
    for (number, range) in lines(text) {
        let content = text.get(range.clone()).unwrap_or_default();
        if let Err(wrong) = reader.take(content, number, range.clone()) {
            let mut problem = Problem::new(Code::ChatSyntax, Spot::new(file, range), wrong.message);
            problem.help = wrong.help;
            reader.problems.push(problem);
        }
    }
    reader.finish(file)
}

/// The lines of a text with their number and bytes, without line ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u32, Range<usize>)> {
    let mut start = 0;
    text.split('\n').enumerate().map(move |(index, line)| {
        let range = start..start + line.strip_suffix('\r').unwrap_or(line).len();
        start += line.len() + 1;
        (u32::try_from(index + 1).unwrap_or(u32::MAX), range)
    })
}

#[derive(Default)]
struct Reader {
    shared: Vec<Line>,
    tests: Vec<Test>,
    problems: Vec<Problem>,
    /// Whether an indented line may follow.
    open: bool,
    /// Blank lines since the message above; they belong to it when an indented line follows.
    blank: usize,
    /// The line before was `test:` or one of its marks.
    at_head: bool,
    /// The last line did not read: what is indented below it is not told again.
    lost: bool,
}

impl Reader {
    fn take(&mut self, content: &str, number: u32, range: Range<usize>) -> Result<(), Wrong> {
        let content = content.strip_prefix('\u{feff}').unwrap_or(content);
        if content.trim().is_empty() {
            self.blank += 1;
            return Ok(());
        }
        if content.starts_with('#') {
            return Ok(());
        }
        if content.starts_with([' ', '\t']) {
            return if self.lost { Ok(()) } else { self.go_on(content, range) };
        }
        (self.open, self.lost, self.blank) = (false, true, 0);
        if let Some(name) = content.strip_prefix("test:") {
            self.begin(name.trim(), number, range)?;
        } else if !self.mark(content, &range)? {
            let mut step = line::read(content)?;
            self.at_head = false;
            self.open = matches!(step, Step::Expect(_)) || message(&mut step).is_some();
            let line = Line { step, line: number, range, shared: self.tests.is_empty() };
            self.steps().push(line);
        }
        self.lost = false;
        Ok(())
    }

    fn steps(&mut self) -> &mut Vec<Line> {
        self.tests.last_mut().map_or(&mut self.shared, |test| &mut test.steps)
    }

    fn begin(&mut self, name: &str, line: u32, head: Range<usize>) -> Result<(), Wrong> {
        if name.is_empty() {
            return Err(Wrong::new("a test needs a name", "write `test: what the customer wants`"));
        }
        if let Some(same) = self.tests.iter().find(|test| test.name == name) {
            let message = format!("there is a test `{name}` already, on line {}", same.line);
            return Err(Wrong::new(message, "give each test of a file a name of its own"));
        }
        let steps = Vec::new();
        self.tests.push(Test { name: name.to_owned(), line, head, only: false, skip: None, steps });
        self.at_head = true;
        Ok(())
    }

    /// `only` and `skip: REASON` below a test's name.
    fn mark(&mut self, content: &str, range: &Range<usize>) -> Result<bool, Wrong> {
        let skip = content.strip_prefix("skip:").map(str::trim);
        if content.trim_end() != "only" && skip.is_none() {
            return Ok(false);
        }
        let Some(test) = self.tests.last_mut().filter(|_| self.at_head) else {
            return Err(Wrong::new("`only` and `skip` stand on the line after a test's name", "move it below `test:`"));
        };
        match skip {
            Some("") => return Err(Wrong::new("a skipped test needs a reason", "write `skip: why`")),
            Some(reason) => test.skip = Some(reason.to_owned()),
            None => test.only = true,
        }
        test.head.end = range.end;
        Ok(true)
    }

    /// An indented line goes on the message above it.
    fn go_on(&mut self, content: &str, range: Range<usize>) -> Result<(), Wrong> {
        let (open, blank) = (self.open, std::mem::take(&mut self.blank));
        let Some(line) = self.steps().last_mut().filter(|_| open) else {
            let help = "only what follows a `<` or `>` line is indented; take the spaces away";
            return Err(Wrong::new("this indented line follows no message", help));
        };
        let content = unindent(content).trim_end();
        line.range.end = range.end;
        if let Step::Expect(lines) = &mut line.step {
            lines.extend(std::iter::repeat_n(String::new(), blank));
            lines.push(content.to_owned());
        } else if let Some(text) = message(&mut line.step) {
            text.push_str(&"\n".repeat(blank + 1));
            text.push_str(&line::unescape_start(content));
        }
        Ok(())
    }

    fn finish(mut self, file: &Arc<str>) -> Result<Script, Vec<Problem>> {
        if let Some(first) = self.shared.first().filter(|_| self.tests.is_empty() && self.problems.is_empty()) {
            let message = "no test begins in this file, so nothing of it is ever played";
            let problem = Problem::new(Code::ChatSyntax, Spot::new(file, first.range.clone()), message);
            self.problems.push(problem.help("write `test: what the customer wants` above it"));
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        for test in &mut self.tests {
            let own = std::mem::take(&mut test.steps);
            test.steps = self.shared.iter().cloned().chain(own).collect();
        }
        let has_only = self.tests.iter().any(|test| test.only);
        Ok(Script { file: Arc::clone(file), tests: self.tests, has_only })
    }
}

/// The words of a step that may go on over several lines.
fn message(step: &mut Step) -> Option<&mut String> {
    match step {
        Step::Customer(Said::Text(text)) | Step::Agent { act: AgentAct::Write(text), .. } | Step::Phone(text) => {
            Some(text)
        }
        _ => None,
    }
}

/// The line without the two spaces that continue a message; more of them belong to the text.
fn unindent(content: &str) -> &str {
    content.strip_prefix("  ").or_else(|| content.strip_prefix([' ', '\t'])).unwrap_or(content)
}
