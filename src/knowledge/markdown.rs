//! Markdown into WhatsApp's marks: headings and bold `*x*`, italics `_x_`, struck out `~x~`, lists, quotes, code, links
//! written out. Pictures and tables have no place in a chat; their words stay.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The text as WhatsApp shows it.
#[must_use]
pub fn to_whatsapp(markdown: &str) -> String {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        writer.take(event);
    }
    writer.text.trim().to_owned()
}

#[derive(Default)]
struct Writer {
    text: String,
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
            Tag::Heading { .. } => {
                self.blank_line();
                self.text.push('*');
            }
            Tag::Paragraph if self.quoted => {}
            Tag::Paragraph if self.lists.is_empty() => self.blank_line(),
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
            Tag::Strong => self.text.push('*'),
            Tag::Emphasis => self.text.push('_'),
            Tag::Strikethrough => self.text.push('~'),
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.into_string(), self.text.len())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Strong => self.text.push('*'),
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
            to_whatsapp(markdown),
            "*Restart*\n\n1. Hold *power* for _10_ seconds\n2. Wait\n\nMore at our site (https://example.com).\n\n• one\n• two\n\n> quiet\n\n`code`"
        );
    }
}
