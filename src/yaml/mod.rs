//! YAML with places: every value keeps the bytes it came from and the text that stands there, so that `no`, `0412` and
//! `1.0` stay what the author wrote. Bounded: size, depth and what aliases expand to. Knows nothing of bots.

mod trouble;

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span};

pub(crate) use trouble::in_quotes;

/// Larger files are refused.
pub const FILE_MAX: usize = 4_000_000;
/// Deeper nesting is refused.
const DEPTH_MAX: usize = 48;
/// More values than this, aliases expanded, are refused.
const NODES_MAX: usize = 400_000;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes it came from.
    pub range: Range<usize>,
    /// What it is.
    pub kind: NodeKind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Words; `plain` when they stand without quotes.
    Scalar {
        /// What stands there.
        text: String,
        /// Without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written.
    Map(Vec<(Node, Node)>),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlProblem {
    /// Where.
    pub range: Range<usize>,
    /// What.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// The first place, when a key stands twice.
    pub first: Option<Range<usize>>,
}

impl Node {
    /// The words, when it is words.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether nothing stands there (`key:` and no more).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if text.is_empty() || text == "~" || text == "null")
    }

    /// The value of a key, when it is a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key and its value, when it is a map.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        self.entries().iter().find(|(name, _)| name.scalar() == Some(key)).map(|(name, value)| (name, value))
    }

    /// Keys and values in the order written; nothing when it is not a map.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list; a single value is a list of one, nothing an empty one.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ if self.is_empty() => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// "text", "a list", "a map": for messages.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self.kind {
            NodeKind::Scalar { .. } => "text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
        }
    }
}

/// The documents of a file. What stands before the first problem is given too.
#[must_use]
pub fn parse(text: &str) -> (Vec<Node>, Vec<YamlProblem>) {
    let mut options = Options::default();
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    let mut loader = Loader {
        text,
        documents: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        problems: Vec::new(),
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                if loader.take(event, &span).is_err() {
                    break;
                }
            }
            Err(error) => {
                loader.problems.push(trouble::syntax(text, &error));
                break;
            }
        }
    }
    (loader.documents, loader.problems)
}

struct Loader<'a> {
    text: &'a str,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    problems: Vec<YamlProblem>,
}

struct Open {
    start: usize,
    anchor: usize,
    first_node: usize,
    what: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

/// The file is beyond its bounds; the problem has been noted.
struct Stop;

impl Loader<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Stop> {
        let range = range(span, self.text.len());
        match event {
            Event::Scalar(_, _, _, Some(tag)) if !tag.is_yaml_core_schema() => {
                self.problems.push(trouble::sign(self.text, range.start));
                self.complete(Node { range, kind: NodeKind::Scalar { text: String::new(), plain: false } }, 0, 1)
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                self.complete(Node { range, kind: NodeKind::Scalar { text: text.into_owned(), plain } }, anchor, 1)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(range.start, anchor, OpenKind::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.begin(range.start, anchor, OpenKind::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let kind = match open.what {
                    OpenKind::List(items) => NodeKind::List(items),
                    OpenKind::Map(entries, _) => NodeKind::Map(entries),
                };
                let size = self.nodes - open.first_node;
                let end = range.end.max(open.start);
                self.complete(Node { range: open.start..end, kind }, open.anchor, size)
            }
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                Some((node, size)) => self.complete(Node { range, ..node }, 0, size),
                None => self.refuse(range, "an alias can only stand after what it names, not inside it"),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, start: usize, anchor: usize, what: OpenKind) -> Result<(), Stop> {
        if self.open.len() >= DEPTH_MAX {
            return self.refuse(start..start + 1, "the file is nested too deeply");
        }
        self.open.push(Open { start, anchor, first_node: self.nodes, what });
        Ok(())
    }

    fn refuse(&mut self, range: Range<usize>, message: &str) -> Result<(), Stop> {
        let help = Some("split the file, or write it out more plainly".to_owned());
        self.problems.push(YamlProblem { range, message: message.to_owned(), help, first: None });
        Err(Stop)
    }

    fn complete(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Stop> {
        self.nodes += size.max(1);
        if self.nodes > NODES_MAX {
            return self.refuse(node.range, "the file holds too many values, with its aliases (`*name`) written out");
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size.max(1)));
        }
        match self.open.last_mut().map(|open| &mut open.what) {
            None => self.documents.push(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map(entries, key)) => match key.take() {
                None => {
                    let first =
                        node.scalar().and_then(|name| entries.iter().find(|(key, _)| key.scalar() == Some(name)));
                    if let Some((first, _)) = first {
                        self.problems.push(YamlProblem {
                            range: node.range.clone(),
                            message: format!("the key `{}` stands here twice", node.scalar().unwrap_or_default()),
                            help: Some("keep one of the two, or give one another name".to_owned()),
                            first: Some(first.range.clone()),
                        });
                    }
                    *key = Some(node);
                }
                Some(key) => entries.push((key, node)),
            },
        }
        Ok(())
    }
}

fn range(span: &Span, length: usize) -> Range<usize> {
    let at = |marker: &granit_parser::Marker| marker.byte_offset().unwrap_or_else(|| marker.index()).min(length);
    let start = at(&span.start);
    start..at(&span.end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_what_the_author_wrote_and_where() {
        let (documents, problems) = parse("a: no\nb: 0412\nc: [1.0, 'x']\n---\nd: &t hi\ne: *t\n");
        assert_eq!(problems, []);
        let [first, second] = documents.as_slice() else { panic!("{documents:?}") };
        assert_eq!(first.get("a").and_then(Node::scalar), Some("no"));
        assert_eq!(first.get("b").map(|b| b.range.clone()), Some(9..13));
        assert_eq!(first.get("c").map(|c| c.items().len()), Some(2));
        assert_eq!(second.get("e").and_then(Node::scalar), Some("hi"));
    }

    #[test]
    fn alias_bombs_deep_nesting_and_duplicate_keys_are_problems() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", before.trim_end_matches(", ")));
        }
        assert!(parse(&bomb).1[0].message.contains("too many values"));
        assert!(!parse(&"[".repeat(10_000)).1.is_empty());
        assert_eq!(parse("a: 1\na: 2\n").1[0].first, Some(0..1));
        assert_eq!(parse("a:\n\tb: 1\n").1[0].message, "a tab stands where spaces must");
    }
}
