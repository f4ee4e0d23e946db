//! What a turn has to say, gathered and then sent as one message wherever WhatsApp allows it (R20).

use crate::message::{Choice, Outbound};
use crate::text::{cut_utf16, utf16_len};

/// The longest text under which buttons or a list may stand, in UTF-16 units.
const WITH_CHOICES_MAX: usize = 1024;
/// The longest text that stands alone, in UTF-16 units. `check` holds every text to it; together they may be longer.
const ALONE_MAX: usize = 4096;

/// A turn's words and what goes with them, in order.
#[derive(Debug, Default)]
pub(super) struct Speech {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Alone(Outbound),
    Buttons(Vec<Choice>),
    List { button: String, rows: Vec<Choice> },
    Link { label: String, url: String },
    LocationRequest,
    Break,
}

impl Speech {
    /// Adds words.
    pub(super) fn text(&mut self, text: String) {
        if !text.trim().is_empty() {
            self.parts.push(Part::Text(text));
        }
    }

    /// Adds buttons under the words so far.
    pub(super) fn buttons(&mut self, buttons: Vec<Choice>) {
        self.parts.push(Part::Buttons(buttons));
    }

    /// Adds a list under the words so far.
    pub(super) fn list(&mut self, button: String, rows: Vec<Choice>) {
        self.parts.push(Part::List { button, rows });
    }

    /// Adds a button that opens a page under the words so far.
    pub(super) fn link(&mut self, label: String, url: String) {
        self.parts.push(Part::Link { label, url });
    }

    /// Asks for a place under the words so far.
    pub(super) fn location_request(&mut self) {
        self.parts.push(Part::LocationRequest);
    }

    /// Adds a message of its own: a file, a place, a template, a record.
    pub(super) fn alone(&mut self, message: Outbound) {
        self.parts.push(Part::Alone(message));
    }

    /// What follows goes into the next message (articles that are longer than one).
    pub(super) fn next_message(&mut self) {
        self.parts.push(Part::Break);
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.parts.iter().any(|part| !matches!(part, Part::Break))
    }

    /// The messages, as few as WhatsApp allows. Whatever takes choices gets the last words before it; a file takes the
    /// words before it as its caption.
    pub(super) fn into_messages(self) -> Vec<Outbound> {
        let mut messages = Vec::new();
        let mut words: Vec<String> = Vec::new();
        for part in self.parts {
            match part {
                Part::Text(text) => words.push(text),
                Part::Break => flush(&mut words, &mut messages),
                Part::Alone(message) => {
                    let message = captioned(message, &mut words);
                    flush(&mut words, &mut messages);
                    messages.push(message);
                }
                Part::Buttons(buttons) => {
                    let text = body(&mut words, &mut messages);
                    messages.push(Outbound::Buttons { text, buttons });
                }
                Part::List { button, rows } => {
                    let text = body(&mut words, &mut messages);
                    messages.push(Outbound::List { text, button, rows });
                }
                Part::Link { label, url } => {
                    let text = body(&mut words, &mut messages);
                    messages.push(Outbound::Link { text, label, url });
                }
                Part::LocationRequest => {
                    let text = body(&mut words, &mut messages);
                    messages.push(Outbound::LocationRequest { text });
                }
            }
        }
        flush(&mut words, &mut messages);
        messages
    }
}

/// The words alone, in as few messages as they fit into.
fn flush(words: &mut Vec<String>, messages: &mut Vec<Outbound>) {
    let mut text = String::new();
    for part in words.drain(..) {
        if !text.is_empty() && utf16_len(&text) + 1 + utf16_len(&part) > ALONE_MAX {
            messages.push(Outbound::Text { text: std::mem::take(&mut text) });
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&cut_utf16(&part, ALONE_MAX).0);
    }
    if !text.is_empty() {
        messages.push(Outbound::Text { text });
    }
}

/// The words that stand above choices: all of them if they fit, else the last ones, and the others go ahead alone.
fn body(words: &mut Vec<String>, messages: &mut Vec<Outbound>) -> String {
    let all = words.join("\n");
    if utf16_len(&all) <= WITH_CHOICES_MAX {
        words.clear();
        return if all.is_empty() { "…".to_owned() } else { all };
    }
    let last = words.pop().unwrap_or_default();
    flush(words, messages);
    cut_utf16(&last, WITH_CHOICES_MAX).0
}

fn captioned(message: Outbound, words: &mut Vec<String>) -> Outbound {
    let all = words.join("\n");
    if all.is_empty() || utf16_len(&all) > WITH_CHOICES_MAX {
        return message;
    }
    match message {
        Outbound::Media { kind, source, caption: None, filename } => {
            words.clear();
            Outbound::Media { kind, source, caption: Some(all), filename }
        }
        Outbound::Record { enquiry, filename, caption: None } => {
            words.clear();
            Outbound::Record { enquiry, filename, caption: Some(all) }
        }
        other => other,
    }
}
