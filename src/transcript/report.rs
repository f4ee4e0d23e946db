//! What a run of transcripts comes to: a value, and what people and programs read of it. Prints nothing itself.

use serde_json::{Value, json};

use super::coverage::Coverage;
use super::outcome::{Failure, Status, TestResult};

/// A run of transcripts.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The tests in the order of files and lines.
    pub tests: Vec<TestResult>,
    /// What they reached of the bot.
    pub coverage: Coverage,
}

/// How much is said of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShowCoverage {
    /// Nothing: only some of the tests ran.
    No,
    /// How much.
    Percent,
    /// How much, and what was not reached.
    Missing,
}

impl Report {
    /// How many tests went so; of skipped ones whatever the reason.
    fn count(&self, status: &str) -> usize {
        self.tests.iter().filter(|test| test.status.name() == status).count()
    }

    /// How many tests went as expected.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.count("passed")
    }

    /// How many tests did not go as expected.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count("failed")
    }

    /// How many tests did not run.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.count("skipped")
    }

    /// The text that people read: a line per test, the failures, a summary, coverage.
    #[must_use]
    pub fn human(&self, coverage: ShowCoverage) -> String {
        let mut out = String::new();
        let mut file = "";
        for test in &self.tests {
            if &*test.file != file {
                file = &test.file;
                out.push_str(&format!("{file}\n"));
            }
            out.push_str(&line(test));
        }
        for test in &self.tests {
            if let Some(failure) = &test.failure {
                out.push_str(&failed(test, failure));
            }
        }
        out.push_str(&format!("\n{}\n", self.summary()));
        match coverage {
            ShowCoverage::No => {}
            ShowCoverage::Percent => {
                let rest = if self.coverage.missing().next().is_some() { "; --coverage lists the rest" } else { "" };
                out.push_str(&format!("{}{rest}\n", self.covered()));
            }
            ShowCoverage::Missing => {
                out.push_str(&format!("{}\n", self.covered()));
                for part in self.coverage.missing() {
                    out.push_str(&format!("  {}:{}: {}\n", part.place.file, part.place.line, part.what));
                }
            }
        }
        out
    }

    fn summary(&self) -> String {
        let millis: f64 = self.tests.iter().map(|test| test.millis).sum();
        let tests = self.tests.len();
        let mut parts = vec![format!("{} passed", self.passed())];
        for (count, word) in [(self.failed(), "failed"), (self.skipped(), "skipped")] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        format!("{tests} test{}: {} ({})", if tests == 1 { "" } else { "s" }, parts.join(", "), time(millis))
    }

    fn covered(&self) -> String {
        let (reached, all) = (self.coverage.reached(), self.coverage.parts.len());
        format!("coverage {} %: {reached} of {all} parts of the bot were reached", self.coverage.percent())
    }

    /// The JSON of `test --json` (`interfaces.md`): keys are stable.
    #[must_use]
    pub fn json(&self) -> Value {
        let tests: Vec<Value> = self.tests.iter().map(test_json).collect();
        let missing: Vec<Value> = self
            .coverage
            .missing()
            .map(|part| json!({ "what": part.what, "file": &*part.place.file, "line": part.place.line }))
            .collect();
        json!({
            "tests": tests, "passed": self.passed(), "failed": self.failed(), "skipped": self.skipped(),
            "coverage": { "percent": self.coverage.percent(), "missing": missing },
        })
    }
}

fn line(test: &TestResult) -> String {
    match &test.status {
        Status::Passed => format!("  pass  {} ({})\n", test.name, time(test.millis)),
        Status::Failed => format!("  FAIL  {} ({})\n", test.name, time(test.millis)),
        Status::Skipped(reason) => format!("  skip  {}: {reason}\n", test.name),
    }
}

fn time(millis: f64) -> String {
    format!("{millis:.1} ms")
}

fn failed(test: &TestResult, failure: &Failure) -> String {
    let mut out = format!("\n{}:{}: `{}` failed\n", test.file, failure.line, test.name);
    out.push_str(&format!("  {}\n\n", failure.message));
    for line in failure.side_by_side.lines() {
        out.push_str(format!("  {line}").trim_end());
        out.push('\n');
    }
    if !failure.why.is_empty() {
        out.push_str("\n  Why the bot decided so:\n");
        for why in &failure.why {
            out.push_str(&format!("    {why}\n"));
        }
    }
    out
}

fn test_json(test: &TestResult) -> Value {
    let mut value = json!({
        "name": test.name, "file": &*test.file, "line": test.line, "status": test.status.name(),
        "millis": test.millis,
    });
    if let Some(failure) = &test.failure {
        value["failure"] = json!(failure);
    }
    if let Status::Skipped(reason) = &test.status {
        value["reason"] = json!(reason);
    }
    value
}
