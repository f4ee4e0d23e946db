//! What happened, in order: as a digest always, as lines when somebody wants to read them.

use std::fmt::{Arguments, Write as _};
use std::hash::{DefaultHasher, Hasher};

use frontdesk::clock::Timestamp;

/// Written down as it happens.
#[derive(Default)]
pub struct Trace {
    digest: DefaultHasher,
    /// How much was written down.
    pub steps: u64,
    lines: Option<Vec<String>>,
    line: String,
}

impl Trace {
    /// A trace, with its lines if `told`.
    pub fn new(told: bool) -> Self {
        Self { lines: told.then(Vec::new), ..Self::default() }
    }

    /// One thing happened.
    pub fn note(&mut self, at: Timestamp, what: Arguments<'_>) {
        self.steps += 1;
        self.line.clear();
        // Writing to a string cannot fail.
        let _ = self.line.write_fmt(what);
        self.digest.write_i64(at.timestamp_millis());
        self.digest.write(self.line.as_bytes());
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{} {}", at.format("%a %d %H:%M:%S%.3f"), self.line));
        }
    }

    /// The same for the same happenings only.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// The lines, if they were kept.
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
