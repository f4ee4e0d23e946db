//! Puts sentences into a list of a YAML file, in place: comments, order, quotes and indentation stay as they are, and what is
//! added looks like what stands there. What came of it is read again; where anything else would have changed, nothing is.

use super::scalar::{Within, written};
use crate::yaml::{self, Node, NodeKind};

/// Longer lines between brackets are broken.
const LINE_MAX: usize = 110;

/// A file with sentences added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The whole file.
    pub text: String,
    /// The line of the first sentence added, from 1.
    pub line: usize,
}

/// Adds sentences to the list `key` of a document of a file, which is made if it is not there.
///
/// # Errors
/// Why it cannot be done, in words: the file does not read, or the list is an alias.
pub fn add(source: &str, document: usize, key: &str, texts: &[String]) -> Result<Edited, String> {
    let (documents, problems) = yaml::parse(source);
    if let Some(problem) = problems.first() {
        return Err(format!("the file does not read: {}", problem.message));
    }
    let root = documents.get(document).ok_or("there is no such document in the file")?;
    let place = match root.entry(key) {
        None => without_key(source, root, key, texts),
        Some((key, value)) => with_key(source, root, key, value, texts),
    };
    let Insert { range, words, lead } = place.ok_or("its list is written in a way that only its author understands")?;
    let mut text = String::with_capacity(source.len() + words.len());
    text.push_str(source.get(..range.start).unwrap_or_default());
    text.push_str(&words);
    text.push_str(source.get(range.end..).unwrap_or_default());
    let before = text.get(..range.start + lead).unwrap_or_default();
    let edited = Edited { line: before.matches('\n').count() + 1, text };
    if is_whole(&documents, document, key, texts, &edited.text) {
        Ok(edited)
    } else {
        Err("its list is written in a way that only its author understands".to_owned())
    }
}

/// What is put where, and how many bytes of it stand in front of the first sentence.
struct Insert {
    range: std::ops::Range<usize>,
    words: String,
    lead: usize,
}

fn insert(at: usize, words: String, lead: usize) -> Insert {
    Insert { range: at..at, words, lead }
}

fn with_key(source: &str, root: &Node, key: &Node, value: &Node, texts: &[String]) -> Option<Insert> {
    let in_braces = starts_with(source, root, '{');
    let quote = common_quote(source, value.items());
    match &value.kind {
        NodeKind::List(items) if starts_with(source, value, '[') => into_brackets(source, value, items, texts, quote),
        NodeKind::List(items) => {
            let last = items.last()?;
            let indent = items.iter().rev().find_map(|item| dash(source, value.range.start, item))?;
            Some(lines(source, end_of_line(source, value_end(source, last)), &indent, texts, quote))
        }
        NodeKind::Map(_) => None,
        NodeKind::Scalar { .. } if in_braces => {
            let first = (!value.is_empty()).then(|| source.get(value.range.clone())).flatten();
            let all = first.map(str::to_owned).into_iter().chain(brackets(texts, quote));
            let words = format!("[{}]", all.collect::<Vec<_>>().join(", "));
            Some(Insert { range: value.range.clone(), lead: words.len() - 1, words })
        }
        NodeKind::Scalar { .. } if value.is_empty() => {
            // `key:`, `key: ~`: the list takes the place of nothing.
            let colon = source.get(key.range.end..)?.find(':')? + key.range.end + 1;
            let indent = format!("{}  - ", indent(source, key.range.start));
            if value.range.end <= colon || value.range.is_empty() {
                return Some(lines(source, end_of_line(source, colon), &indent, texts, quote));
            }
            let begin = source.get(..value.range.start)?.trim_end().len();
            Some(Insert { range: begin..value.range.end, ..lines(source, begin, &indent, texts, quote) })
        }
        NodeKind::Scalar { .. } => {
            // One text becomes the first of a list.
            let indent = format!("{}  - ", indent(source, key.range.start));
            let line_end = end_of_line(source, value.range.end);
            let rest = source.get(value.range.start..line_end)?;
            let made = lines(source, line_end, &indent, texts, quote);
            let words = format!("{}{indent}{rest}{}", newline(source), made.words);
            let start = source.get(..value.range.start)?.trim_end().len();
            Some(Insert { range: start..line_end, lead: words.len() - made.words.len() + made.lead, words })
        }
    }
}

/// The key and its list behind what stands in the document last.
fn without_key(source: &str, root: &Node, key: &str, texts: &[String]) -> Option<Insert> {
    let (last_key, last) = root.entries().last()?;
    if starts_with(source, root, '{') {
        let close = source.get(..root.range.end)?.rfind('}')?;
        let at = source.get(..close)?.trim_end().len();
        let comma = if source.get(..at)?.ends_with(',') { " " } else { ", " };
        let words = format!("{comma}{key}: [{}]", brackets(texts, None).join(", "));
        return Some(insert(at, words, 0));
    }
    let end = value_end(source, last).max(last_key.range.end);
    let at = end_of_line(source, end);
    let first = indent(source, root.entries().first()?.0.range.start);
    let made = lines(source, at, &format!("{first}  - "), texts, None);
    let head = format!("{}{first}{key}:", newline(source));
    Some(Insert { lead: head.len() + made.lead, words: head + &made.words, range: at..at })
}

/// Sentences on lines of their own, behind the line that ends at `at`.
fn lines(source: &str, at: usize, prefix: &str, texts: &[String], quote: Option<char>) -> Insert {
    let newline = newline(source);
    let words = texts.iter().map(|text| format!("{newline}{prefix}{}", written(text, Within::Lines, quote)));
    insert(at, words.collect(), newline.len())
}

/// Sentences between the brackets, behind the last one there.
fn into_brackets(source: &str, list: &Node, items: &[Node], texts: &[String], quote: Option<char>) -> Option<Insert> {
    let Some(last) = items.last() else {
        return Some(insert(list.range.start + 1, brackets(texts, quote).join(", "), 0));
    };
    if last.range.end > list.range.end || last.range.start < list.range.start {
        return None;
    }
    let behind = source.get(last.range.end..list.range.end)?;
    let spaces = behind.len() - behind.trim_start().len();
    let comma = behind.trim_start().starts_with(',');
    let at = if comma { last.range.end + spaces + 1 } else { last.range.end };
    let line_start = source.get(..last.range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let blank = indent(source, last.range.start);
    let own_line = source.get(line_start..last.range.start)?.trim().is_empty();
    let inner = if list.range.start < line_start { blank } else { format!("{blank}  ") };
    let mut words = String::new();
    let mut column = source.get(line_start..at)?.chars().count();
    let mut lead = 0;
    for (number, text) in brackets(texts, quote).into_iter().enumerate() {
        if number > 0 || !comma {
            words.push(',');
        }
        let break_here = own_line || column + text.chars().count() + 3 > LINE_MAX;
        if break_here {
            words.push_str(newline(source));
            words.push_str(&inner);
            column = inner.chars().count();
        } else {
            words.push(' ');
        }
        if number == 0 {
            lead = words.len();
        }
        column += text.chars().count() + 2;
        words.push_str(&text);
    }
    if comma && own_line {
        words.push(',');
    }
    Some(insert(at, words, lead))
}

fn brackets(texts: &[String], quote: Option<char>) -> Vec<String> {
    texts.iter().map(|text| written(text, Within::Brackets, quote)).collect()
}

fn starts_with(source: &str, node: &Node, sign: char) -> bool {
    source.get(node.range.start..).is_some_and(|rest| rest.starts_with(sign))
}

/// The quotes that every item of a list is in, if they all are.
fn common_quote(source: &str, items: &[Node]) -> Option<char> {
    let quote = |node: &Node| source.get(node.range.start..)?.chars().next().filter(|c| matches!(c, '"' | '\''));
    let first = quote(items.first()?)?;
    items.iter().all(|item| quote(item) == Some(first)).then_some(first)
}

/// Where a value's last sign ends: comments behind it are not its own.
fn value_end(source: &str, node: &Node) -> usize {
    let last = match &node.kind {
        NodeKind::List(items) if !starts_with(source, node, '[') => items.last(),
        NodeKind::Map(entries) if !starts_with(source, node, '{') => entries.last().map(|(key, value)| {
            // An alias stands where it is written, what it names elsewhere; nothing stands nowhere.
            if value.range.end > key.range.end { value } else { key }
        }),
        _ => None,
    };
    match last.filter(|last| node.range.start <= last.range.start && last.range.end <= node.range.end) {
        Some(last) => value_end(source, last),
        None => {
            source.get(node.range.clone()).map_or(node.range.end, |words| node.range.start + words.trim_end().len())
        }
    }
}

/// Where the line ends in which this byte stands, without the sign that ends it.
fn end_of_line(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at + line.trim_end_matches('\r').len()
}

/// The blanks in front of the line in which this byte stands.
fn indent(source: &str, at: usize) -> String {
    let start = source.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    source.get(start..).unwrap_or_default().chars().take_while(|c| *c == ' ').collect()
}

/// What stands in front of an item of a list of lines: blanks, the dash, blanks. The list begins at `list`; an item that
/// begins with `|` stands in the lines below its dash.
fn dash(source: &str, list: usize, item: &Node) -> Option<String> {
    let from = source.get(..list)?.rfind('\n').map_or(0, |newline| newline + 1);
    let above = source.get(from..item.range.start)?.rsplit('\n');
    above.into_iter().find_map(|line| {
        let blank = line.len() - line.trim_start_matches(' ').len();
        let behind = line.get(blank..)?.strip_prefix('-')?;
        let gap = behind.len() - behind.trim_start_matches(' ').len();
        (gap > 0).then(|| format!("{}-{}", " ".repeat(blank), " ".repeat(gap)))
    })
}

fn newline(source: &str) -> &'static str {
    if source.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Whether the file reads as before, with these sentences and nothing else in it.
fn is_whole(before: &[Node], document: usize, key: &str, texts: &[String], after: &str) -> bool {
    let (after, problems) = yaml::parse(after);
    let same_elsewhere = before.iter().zip(&after).enumerate().all(|(at, (old, new))| {
        let others = |node: &Node| -> Vec<Said> {
            let entries = node.entries().iter().filter(|(name, _)| at != document || name.scalar() != Some(key));
            entries.map(|(name, value)| Said::Pair(Box::new(said(name)), Box::new(said(value)))).collect()
        };
        if at == document { others(old) == others(new) } else { said(old) == said(new) }
    });
    let list = |nodes: &[Node]| -> Vec<Said> {
        nodes
            .get(document)
            .and_then(|root| root.get(key))
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .map(said)
            .collect()
    };
    let mut wanted = list(before);
    wanted.extend(texts.iter().map(|text| Said::Words(text.clone())));
    problems.is_empty() && before.len() == after.len() && same_elsewhere && list(&after) == wanted
}

/// What a value says, wherever it stands and however it is quoted.
#[derive(Debug, PartialEq)]
enum Said {
    Words(String),
    List(Vec<Said>),
    Pair(Box<Said>, Box<Said>),
}

fn said(node: &Node) -> Said {
    match &node.kind {
        NodeKind::Scalar { text, .. } => Said::Words(text.clone()),
        NodeKind::List(items) => Said::List(items.iter().map(said).collect()),
        NodeKind::Map(entries) => Said::List(
            entries.iter().map(|(key, value)| Said::Pair(Box::new(said(key)), Box::new(said(value)))).collect(),
        ),
    }
}
