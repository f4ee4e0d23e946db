//! What simulated customers say: lines of their own, or whatever the bot offers to tap. Reads no file.

/// What customers say when nobody wrote it down for them: words that lead somewhere in every bot.
const PLAIN: [&str; 6] = ["hello", "I have a question", "something is not working", "1", "yes", "thank you"];

/// Conversations, which customers take in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    conversations: Vec<Vec<Line>>,
    /// Whether customers tap what is offered instead of saying their next words.
    taps: bool,
}

/// What a customer wants to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Words.
    Words(String),
    /// The button or row with this title; its words, if there is none.
    Tap(String),
}

impl Default for Script {
    fn default() -> Self {
        let lines = PLAIN.iter().map(|words| Line::Words((*words).to_owned()));
        Self { conversations: vec![lines.collect()], taps: true }
    }
}

impl Script {
    /// Reads the customers' lines (`> …`) of a transcript; each `test:` begins another conversation. A file without such
    /// lines holds one conversation a line.
    ///
    /// # Errors
    /// There is nothing to say; a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut conversations: Vec<Vec<Line>> = Vec::new();
        if text.lines().any(|line| line.starts_with("> ")) {
            conversations.push(Vec::new());
            for line in text.lines() {
                if line.starts_with("test:") {
                    conversations.push(Vec::new());
                }
                let said = line.strip_prefix("> ").and_then(read_line);
                if let (Some(said), Some(conversation)) = (said, conversations.last_mut()) {
                    conversation.push(said);
                }
            }
        } else {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            conversations.extend(lines.map(|line| vec![Line::Words(line.to_owned())]));
        }
        conversations.retain(|conversation| !conversation.is_empty());
        if conversations.is_empty() {
            return Err("no customer says a word in it; write a line such as `> where is my parcel`".to_owned());
        }
        Ok(Self { conversations, taps: false })
    }

    /// How many messages a customer has to say.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.conversations.iter().map(Vec::len).max().unwrap_or(1)
    }

    /// What the customer with this number says as their `nth` message; the lines come round again.
    #[must_use]
    pub fn line(&self, customer: usize, nth: usize) -> Option<&Line> {
        let conversation = self.conversations.get(customer % self.conversations.len())?;
        conversation.get(nth % conversation.len())
    }

    /// Whether what is offered is tapped.
    #[must_use]
    pub const fn taps(&self) -> bool {
        self.taps
    }
}

/// Files and places cannot be sent by a simulated customer.
fn read_line(line: &str) -> Option<Line> {
    let line = line.trim();
    match line.strip_prefix("tap ") {
        Some(title) => Some(Line::Tap(title.trim().to_owned())),
        None => (!line.is_empty() && !line.starts_with('[')).then(|| Line::Words(line.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_give_their_customers_lines() {
        let text = "test: one\nat 2026-01-01 10:00\n> my parcel\n< Which?\n  [Red] [Blue]\n> tap Red\n> [voice]\n\ntest: two\n> hi\n";
        let script = Script::read(text).unwrap();
        assert_eq!(script.longest(), 2);
        assert_eq!(script.line(0, 0), Some(&Line::Words("my parcel".into())));
        assert_eq!(script.line(0, 1), Some(&Line::Tap("Red".into())));
        assert_eq!(script.line(3, 5), Some(&Line::Words("hi".into())));
        assert!(!script.taps());
    }

    #[test]
    fn a_plain_file_is_a_conversation_a_line() {
        let script = Script::read("# what people ask\nwhere is it\n\n  how much  \n").unwrap();
        assert_eq!(script.line(1, 0), Some(&Line::Words("how much".into())));
        assert_eq!(script.longest(), 1);
        assert!(Script::read("\n# nothing\n").is_err());
        assert!(Script::read("> [voice]\n").is_err());
    }
}
