//! Markdown into WhatsApp's marks: headings and bold `*x*`, italics `_x_`, struck out `~x~`, lists, quotes, code, links
//! written out. Pictures and tables have no place in a chat; their words stay. Notes where headings and paragraphs that open
//! in bold begin; what is made of them is not its affair.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The level of a paragraph that opens in bold: below all headings.
const BOLD: u8 = 7;

/// A text as WhatsApp shows it.
#[derive(Debug)]
pub struct Marked {
    /// With WhatsApp's marks.
    pub text: String,
    /// Where something of the text's own structure opens.
    pub openings: Vec<Opening>,
}

/// A heading, or a paragraph that opens in bold, outside of lists and quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// 1 to 6 for headings; more for what opens in bold.
    pub level: u8,
    /// How many paragraphs stand before it, none of them blank.
    pub paragraph: u32,
}

/// The text as WhatsApp shows it.
#[must_use]
pub fn to_whatsapp(markdown: &str) -> Marked {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        writer.take(event);
    }
    Marked { text: writer.text.trim().to_owned(), openings: writer.openings }
}

/// The paragraphs of a text with WhatsApp's marks.
pub fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(str::trim_end).filter(|paragraph| !paragraph.trim().is_empty())
}

#[derive(Default)]
struct Writer {
    text: String,
    openings: Vec<Opening>,
    /// Where a paragraph outside of lists and quotes began last.
    paragraph: Option<usize>,
    in_heading: bool,
    /// Numbers of the open lists; `None` is a list of dots.
    lists: Vec<Option<u64>>,
    link: Option<(String, usize)>,
    quoted: bool,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text.push_str(&text),
            Event::Code(code) => self.text.push_str(&format!("`{code}`")),
            Event::SoftBreak | Event::HardBreak => self.text.push_str(if self.quoted { "\n> " } else { "\n" }),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.blank_line();
                if self.lists.is_empty() && !self.quoted {
                    self.opens(level as u8);
                }
                self.text.push('*');
                self.in_heading = true;
            }
            Tag::Paragraph if self.quoted => {}
            Tag::Paragraph if self.lists.is_empty() => {
                self.blank_line();
                self.paragraph = Some(self.text.len());
            }
            Tag::BlockQuote(_) => {
                self.blank_line();
                self.text.push_str("> ");
                self.quoted = true;
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.blank_line();
                self.text.push_str("```");
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.blank_line();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                if !self.text.is_empty() && !self.text.ends_with('\n') {
                    self.text.push('\n');
                }
                let depth = self.lists.len().saturating_sub(1);
                self.text.push_str(&"  ".repeat(depth));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.text.push_str(&format!("{number}. "));
                        *number += 1;
                    }
                    _ => self.text.push_str("• "),
                }
            }
            // A heading is bold as a whole.
            Tag::Strong if self.in_heading => {}
            Tag::Strong => {
                if self.paragraph == Some(self.text.len()) {
                    self.opens(BOLD);
                }
                self.text.push('*');
            }
            Tag::Emphasis => self.text.push('_'),
            Tag::Strikethrough => self.text.push('~'),
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.into_string(), self.text.len())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.text.push('*');
                self.in_heading = false;
            }
            TagEnd::Strong if self.in_heading => {}
            TagEnd::Strong => self.text.push('*'),
            TagEnd::Emphasis => self.text.push('_'),
            TagEnd::Strikethrough => self.text.push('~'),
            TagEnd::BlockQuote(_) => self.quoted = false,
            TagEnd::CodeBlock => self.text.push_str("```"),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Link => {
                if let Some((url, start)) = self.link.take()
                    && self.text.get(start..) != Some(url.as_str())
                {
                    self.text.push_str(&format!(" ({url})"));
                }
            }
            _ => {}
        }
    }

    /// Something of this level begins here.
    fn opens(&mut self, level: u8) {
        let before = paragraphs(&self.text).count();
        self.openings.push(Opening { level, paragraph: u32::try_from(before).unwrap_or(u32::MAX) });
    }

    fn blank_line(&mut self) {
        let end = self.text.trim_end().len();
        self.text.truncate(end);
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_whatsapps_marks() {
        let markdown = "# Restart\n\n1. Hold **power** for *10* seconds\n2. Wait\n\nMore at [our site](https://example.com).\n\n- one\n- two\n\n> quiet\n\n`code`";
        assert_eq!(
            to_whatsapp(markdown).text,
            "*Restart*\n\n1. Hold *power* for _10_ seconds\n2. Wait\n\nMore at our site (https://example.com).\n\n• one\n• two\n\n> quiet\n\n`code`"
        );
    }
    #[test]
    fn headings_and_what_opens_in_bold_are_openings() {
        let markdown = "Hello.\n\n# A **bold** one\nText.\n```\n\n**code**\n```\n\n**Leaving**: write.\n1. **One**\n\n> **quoted**\n\nAll **free**.";
        let marked = to_whatsapp(markdown);
        let paragraphs: Vec<&str> = paragraphs(&marked.text).collect();
        let openings = marked.openings.iter().map(|opening| (opening.level, paragraphs[opening.paragraph as usize]));
        assert_eq!(openings.collect::<Vec<_>>(), [(1, "*A bold one*"), (BOLD, "*Leaving*: write.")], "{paragraphs:#?}");
    }
}
