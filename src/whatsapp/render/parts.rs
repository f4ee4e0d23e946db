//! The small parts of a request: texts that may be cut, and those that may not.

use std::collections::BTreeSet;

use super::RenderProblem;
use crate::message::Choice;
use crate::text;
use crate::whatsapp::limits;

/// Something that was too long and had to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Of what: `text`, `title of button 2`.
    pub part: String,
    /// The words that were lost.
    pub lost: String,
}

/// Cuts texts and remembers what was lost.
#[derive(Debug, Default)]
pub struct Cutter {
    pub cuts: Vec<Cut>,
}

impl Cutter {
    /// The text within `max` UTF-16 units.
    pub fn cut(&mut self, part: &str, whole: &str, max: usize) -> String {
        let (kept, cut) = text::cut_utf16(whole, max);
        if cut {
            let kept = kept.strip_suffix('…').unwrap_or(&kept);
            self.drop(part, whole.get(kept.len()..).unwrap_or_default());
        }
        kept
    }

    /// As [`Self::cut`], for a text WhatsApp insists on.
    pub fn needed(&mut self, part: &str, whole: &str, max: usize) -> Result<String, RenderProblem> {
        if whole.trim().is_empty() {
            return Err(RenderProblem::Empty(part.to_owned()));
        }
        Ok(self.cut(part, whole, max))
    }

    /// As [`Self::needed`], in one line, and different from every text in `taken`: WhatsApp refuses equal titles.
    pub fn title(&mut self, part: &str, whole: &str, max: usize, taken: &[String]) -> Result<String, RenderProblem> {
        let whole = one_line(whole);
        let title = self.needed(part, &whole, max)?;
        let numbered = |number: usize| {
            let number = format!(" {number}");
            text::cut_utf16(&title, max.saturating_sub(number.len())).0 + &number
        };
        let mut titles = std::iter::once(title.clone()).chain((2..).map(numbered));
        Ok(titles.find(|title| !taken.contains(title)).unwrap_or(title))
    }

    /// Remembers words that do not go along at all.
    pub fn drop(&mut self, part: &str, lost: &str) {
        self.cuts.push(Cut { part: part.to_owned(), lost: lost.to_owned() });
    }
}

/// A text that means something to machines, so that it is whole or not at all.
pub fn whole<'a>(part: &str, text: &'a str, max: usize) -> Result<&'a str, RenderProblem> {
    match text {
        "" => Err(RenderProblem::Empty(part.to_owned())),
        text if text::utf16_len(text) > max => Err(RenderProblem::TooLong(part.to_owned(), max)),
        text => Ok(text),
    }
}

/// An address of the web.
pub fn address(address: &str) -> Result<&str, RenderProblem> {
    let web = ["https://", "http://"].into_iter().any(|scheme| {
        address.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    });
    if !web {
        return Err(RenderProblem::Address(address.to_owned()));
    }
    whole("address", address, limits::ADDRESS)
}

/// Whether there are one to `most` choices, each with its own id.
pub fn check(what: &'static str, choices: &[Choice], most: usize) -> Result<(), RenderProblem> {
    if choices.is_empty() || choices.len() > most {
        return Err(RenderProblem::Count(what, choices.len(), most));
    }
    let mut ids = BTreeSet::new();
    match choices.iter().find(|choice| !ids.insert(&choice.id)) {
        Some(twice) => Err(RenderProblem::SameId(twice.id.clone())),
        None => Ok(()),
    }
}

/// A file's name as a name only; the end, which says what kind it is, stays.
pub fn filename(name: &str, cutter: &mut Cutter) -> String {
    let name: String = name.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c }).collect();
    if text::utf16_len(&name) <= limits::FILENAME {
        return name;
    }
    let end = name.rfind('.').filter(|at| name.len() - at <= 10).unwrap_or(name.len());
    let (stem, extension) = name.split_at(end);
    cutter.cut("file name", stem, limits::FILENAME - extension.len()) + extension
}

/// The text in one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
