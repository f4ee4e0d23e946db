//! WhatsApp's marks (`*bold*`, `_italic_`, `~struck~`, ` ```fixed``` `) and addresses as HTML. Everything else is escaped,
//! so what comes out can stand in a page as it is.

use std::fmt::Write;

/// A mark, and the element it becomes.
const MARKS: [(char, &str); 4] = [('*', "strong"), ('_', "em"), ('~', "s"), ('`', "code")];
const FIXED: &str = "```";

/// The text as HTML; lines are kept by `white-space: pre-wrap` in the page's style.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, fixed, after)) = fixed(rest) {
        lines(before, &mut out);
        out.push_str("<code>");
        escape(fixed, &mut out);
        out.push_str("</code>");
        rest = after;
    }
    lines(rest, &mut out);
    out
}

fn fixed(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(FIXED)?;
    let (inside, after) = rest.split_once(FIXED)?;
    (!inside.trim().is_empty()).then_some((before, inside, after))
}

fn lines(text: &str, out: &mut String) {
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        marked(line, out, 0);
    }
}

/// Marks hold within a line, around text that neither begins nor ends with a space, and not inside a word.
fn marked(line: &str, out: &mut String, depth: usize) {
    let mut plain = 0;
    let mut at = 0;
    let mut before = ' ';
    while let Some(letter) = line.get(at..).and_then(|rest| rest.chars().next()) {
        let next = at + letter.len_utf8();
        let mark =
            MARKS.iter().find(|(mark, _)| *mark == letter).filter(|_| depth < MARKS.len() && !before.is_alphanumeric());
        if let Some((mark, element)) = mark
            && let Some(inside) = enclosed(line.get(next..).unwrap_or_default(), *mark)
        {
            linked(line.get(plain..at).unwrap_or_default(), out);
            // Writing to a string cannot fail.
            let _ = write!(out, "<{element}>");
            marked(inside, out, depth + 1);
            let _ = write!(out, "</{element}>");
            at = next + inside.len() + mark.len_utf8();
            plain = at;
            before = *mark;
            continue;
        }
        before = letter;
        at = next;
    }
    linked(line.get(plain..).unwrap_or_default(), out);
}

fn enclosed(rest: &str, mark: char) -> Option<&str> {
    rest.match_indices(mark).find_map(|(end, _)| {
        let (inside, after) = (rest.get(..end)?, rest.get(end + mark.len_utf8()..)?);
        let fits = !inside.is_empty()
            && !inside.starts_with(char::is_whitespace)
            && !inside.ends_with(char::is_whitespace)
            && !after.starts_with(char::is_alphanumeric);
        fits.then_some(inside)
    })
}

/// Plain text in which addresses become links.
fn linked(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, address) = rest.split_at(start);
        escape(before, out);
        let end = address.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        let bare = address.trim_end_matches(['.', ',', ')', '!', '?', ';', ':']);
        out.push_str("<a rel=\"noreferrer noopener\" target=\"_blank\" href=\"");
        escape(bare, out);
        out.push_str("\">");
        escape(bare, out);
        out.push_str("</a>");
        escape(address.strip_prefix(bare).unwrap_or_default(), out);
        rest = after;
    }
    escape(rest, out);
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn marks_become_elements_and_everything_else_is_escaped() {
        assert_eq!(
            html("*Hi* _there_ ~not~ ```x < y```"),
            "<strong>Hi</strong> <em>there</em> <s>not</s> <code>x &lt; y</code>"
        );
        assert_eq!(html("*_both_*"), "<strong><em>both</em></strong>");
        assert_eq!(html("a*b*c 2 * 3 * 4 snake_case_name"), "a*b*c 2 * 3 * 4 snake_case_name");
        assert_eq!(html("*שלום* <script>"), "<strong>שלום</strong> &lt;script&gt;");
        assert_eq!(html("*open\n*"), "*open\n*");
    }

    #[test]
    fn addresses_become_links_without_the_full_stop_behind_them() {
        let link = "<a rel=\"noreferrer noopener\" target=\"_blank\" href=\"https://a.example/x?y=1&amp;z=2\">https://a.example/x?y=1&amp;z=2</a>";
        assert_eq!(html("See https://a.example/x?y=1&z=2."), format!("See {link}."));
        assert_eq!(html("javascript:alert(1)"), "javascript:alert(1)");
    }
}
