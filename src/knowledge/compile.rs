//! An article's file (front matter and Markdown) into an article that can be sent.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::compile::shape::{Kind, Shape, key};
use crate::compile::{Context, NameKind, TextNames, values};
use crate::diagnostic::{Code, Place, Severity, Spot};
use crate::language::Language;
use crate::template::{LocalText, is_plain};
use crate::text::utf16_len;
use crate::yaml::{self, Node};

use super::markdown::{self, Marked};
use super::passages::beginnings;
use super::{Article, MESSAGE_MAX, messages};

/// How many messages an article may take.
const PARTS_MAX: usize = 3;

const DESTINATION: Shape =
    Shape { name: "`leads_to`", keys: &[key("flow", Kind::Words, "the flow that the article leads to")] };

/// An article's front matter.
pub const ARTICLE: Shape = Shape {
    name: "an article",
    keys: &[
        key("article", Kind::Words, "its name; left out: the file's name up to its first dot"),
        key("title", Kind::Text, "its title"),
        key(
            "leads_to",
            Kind::Shape(&DESTINATION),
            "a flow; left out: the article is the answer, followed by \"Did that help?\"",
        ),
        key("questions", Kind::List(&Kind::Words), "how customers put it"),
        key("language", Kind::Words, "the language of this file"),
        key("link", Kind::Words, "where to read more"),
        key("departments", Kind::List(&Kind::Words), "the departments it is limited to"),
    ],
};

/// One file of an article, before its languages are brought together.
#[derive(Debug)]
pub struct Draft {
    /// The article's name.
    pub name: String,
    /// Where its name, or the file, begins.
    pub spot: Spot,
    language: Option<Language>,
    front: Option<Node>,
    file: Arc<str>,
    body: Body,
}

/// What of a file is sent.
#[derive(Debug)]
struct Body {
    /// Where it stands.
    range: Range<usize>,
    /// With WhatsApp's marks.
    marked: Marked,
}

/// What of an article one file says.
#[derive(Debug)]
struct Said {
    messages: Vec<String>,
    /// At which paragraphs its passages begin.
    passages: Vec<u32>,
}

/// A file that was read, before anything of it is held against the rest of the bot.
#[derive(Debug)]
pub struct Read {
    front: Front,
    body: Body,
}

/// The front matter of a file, with its places in the file.
#[derive(Debug)]
enum Front {
    None,
    /// It is never closed; its first line.
    Open(Range<usize>),
    Bad(yaml::YamlProblem),
    Good(Option<Node>),
}

/// Reads a file: what takes long, and needs nothing but its text.
#[must_use]
pub fn read(text: &str) -> Read {
    let (front, start) = match front_matter(text) {
        FrontMatter::None { body } => (Front::None, body),
        FrontMatter::Open { first_line } => (Front::Open(first_line), text.len()),
        FrontMatter::Some { yaml, body } => (front_of_yaml(text, &yaml), body),
    };
    let marked = markdown::to_whatsapp(text.get(start..).unwrap_or_default());
    Read { front, body: Body { range: start..text.len(), marked } }
}

/// Splits a file into front matter and body, and finds its name and language.
pub fn draft(context: &mut Context<'_>, file: &Arc<str>, read: Read) -> Option<Draft> {
    let text = context.sources.text(file);
    let Read { front, body } = read;
    let front_node = match front {
        Front::None => None,
        Front::Open(first_line) => {
            let message = "the front matter is never closed, so that customers would be sent it";
            context.problem(Code::YamlSyntax, file, &first_line, message).help =
                Some("end it with a line `---`, and begin the article below".to_owned());
            return None;
        }
        Front::Bad(problem) => {
            front_problem(context, file, problem);
            return None;
        }
        Front::Good(node) => node,
    };
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.split('.').next().unwrap_or(stem).to_owned();
    let named = front_node.as_ref().and_then(|node| node.get("article"));
    let name = named.and_then(Node::scalar).map_or(stem, str::to_owned);
    let range = named.map_or(0..text.lines().next().map_or(0, str::len), |node| node.range.clone());
    if !is_article_name(&name) {
        let rule = "article names have small letters, digits, `-` and `_`, begin with a letter and have at most 60";
        let better: String =
            name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
        let better = better.trim_matches(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit()).to_owned();
        let way = if named.is_some() { "" } else { "rename the file, or add " };
        let help = if is_article_name(&better) { format!("{rule}: {way}`article: {better}`") } else { rule.to_owned() };
        context.problem(Code::BadName, file, &range, format!("`{name}` cannot be an article's name")).help = Some(help);
        return None;
    }
    let language = language_of(context, file, front_node.as_ref());
    Some(Draft { name, spot: Spot::new(file, range), language, front: front_node, file: Arc::clone(file), body })
}

fn is_article_name(name: &str) -> bool {
    name.len() <= 60
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

/// From `language:`, else from the file's name (`restart.he.md`).
fn language_of(context: &mut Context<'_>, file: &Arc<str>, front: Option<&Node>) -> Option<Language> {
    if let Some(node) = front.and_then(|front| front.get("language")) {
        let code = node.scalar().unwrap_or_default();
        let language = code.parse().ok().filter(|language| context.languages.contains(language));
        if language.is_none() && !context.languages_doubtful {
            let message = format!("`{code}` is not a language of this bot");
            context.problem(Code::UnknownLanguage, file, &node.range, message).help =
                Some("add it to `languages:` in bot.yaml, or correct it here".to_owned());
        }
        return language;
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let middle = name.split('.').rev().nth(1).filter(|_| name.split('.').count() > 2)?;
    middle.parse().ok().filter(|language| context.languages.contains(language))
}

/// What stands in front of an article; ranges are bytes of the file.
enum FrontMatter {
    None { body: usize },
    Some { yaml: Range<usize>, body: usize },
    Open { first_line: Range<usize> },
}

/// A first line `---` opens it, the next one closes it. A rule across the page, which Markdown writes the same way, has a
/// blank line below it.
fn front_matter(text: &str) -> FrontMatter {
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut lines = text.get(bom..).unwrap_or_default().split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        return FrontMatter::None { body: bom };
    }
    let start = bom + first.len();
    let mut at = start;
    for line in lines {
        if line.trim_end() == "---" {
            return FrontMatter::Some { yaml: start..at, body: at + line.len() };
        }
        at += line.len();
    }
    let below = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    if below.trim().is_empty() {
        FrontMatter::None { body: bom }
    } else {
        FrontMatter::Open { first_line: bom..bom + 3 }
    }
}

/// The front matter as values.
fn front_of_yaml(text: &str, yaml: &Range<usize>) -> Front {
    let (mut documents, problems) = yaml::parse(text.get(yaml.clone()).unwrap_or_default());
    let moved = |range: Range<usize>| range.start + yaml.start..range.end + yaml.start;
    if let Some(problem) = problems.into_iter().next() {
        let (range, first) = (moved(problem.range), problem.first.map(moved));
        return Front::Bad(yaml::YamlProblem { range, first, ..problem });
    }
    let mut node = documents.pop();
    if let Some(node) = &mut node {
        shift(node, yaml.start);
    }
    Front::Good(node)
}

fn front_problem(context: &mut Context<'_>, file: &Arc<str>, problem: yaml::YamlProblem) {
    let code = if problem.first.is_some() { Code::DuplicateKey } else { Code::YamlSyntax };
    let related = problem.first.map(|first| (Spot::new(file, first), "the first".to_owned()));
    let noted = context.problem(code, file, &problem.range, problem.message);
    noted.help = problem.help;
    noted.related.extend(related);
}

fn shift(node: &mut Node, by: usize) {
    node.range = node.range.start + by..node.range.end + by;
    match &mut node.kind {
        yaml::NodeKind::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        yaml::NodeKind::Map(entries) => {
            for (key, value) in entries {
                shift(key, by);
                shift(value, by);
            }
        }
        yaml::NodeKind::Scalar { .. } => {}
    }
}

/// Brings the files of one article together. What its body says is also what it is found by.
pub fn compile(context: &mut Context<'_>, drafts: &[Draft]) -> Option<Article> {
    let first = drafts.first()?;
    let mut article = Article {
        name: first.name.clone(),
        place: context.sources.place(&first.spot),
        title: LocalText::plain(first.name.replace(['-', '_'], " ")),
        parts: Vec::new(),
        passages: BTreeMap::new(),
        link: None,
        leads_to: None,
        questions: Vec::new(),
        departments: None,
    };
    let mut bodies: BTreeMap<Language, Said> = BTreeMap::new();
    for draft in drafts {
        if let Some(front) = &draft.front {
            front_of(context, draft, front, &mut article);
        }
        let language = draft.language.unwrap_or_else(|| context.default_language());
        if bodies.insert(language, body_of(context, draft)).is_some() {
            let problem = format!("the article `{}` stands twice in `{language}`", draft.name);
            let range = draft.spot.range.start..draft.spot.range.end;
            let spot = first.spot.clone();
            let problem = context.problem(Code::DuplicateName, &draft.file, &range, problem);
            problem.related = vec![(spot, "the first".to_owned())];
            problem.help =
                Some("give one of them another name, or say which language each has: `language: he`".to_owned());
        }
    }
    missing_languages(context, first, &bodies);
    article.parts = parts(context, &bodies);
    // As with the messages: who speaks another language gets what there is.
    let base = bodies.values().next().map(|said| said.passages.clone()).unwrap_or_default();
    article.passages = bodies.into_iter().map(|(language, said)| (language, said.passages)).collect();
    article.passages.entry(context.default_language()).or_insert(base);
    (!article.parts.is_empty()).then_some(article)
}

/// Customers of a language that an article lacks get it in another. After an error nothing is said: a file that does not
/// read may be the missing one.
fn missing_languages(context: &mut Context<'_>, first: &Draft, bodies: &BTreeMap<Language, Said>) {
    if context.problems.iter().any(|problem| problem.severity() == Severity::Error) {
        return;
    }
    let missing: Vec<String> = context
        .languages
        .iter()
        .filter(|language| !bodies.contains_key(language))
        .map(|language| language.to_string())
        .collect();
    let Some(one) = missing.first() else { return };
    let message = format!("the article `{}` is missing in `{}`", first.name, missing.join("` and `"));
    let range = first.spot.range.start..first.spot.range.end;
    let stem = first.file.split('.').next().unwrap_or_default();
    let help = format!("write it in `{stem}.{one}.md`, or give a file of its own `language: {one}`");
    context.problem(Code::MissingLanguage, &first.file, &range, message).help = Some(help);
}

fn front_of(context: &mut Context<'_>, draft: &Draft, front: &Node, article: &mut Article) {
    let file = &draft.file;
    context.fits(file, front, Kind::Shape(&ARTICLE), "article");
    if let Some(title) = front.get("title") {
        let read = context.text(file, title, &TextNames::default());
        article.title = match (read, draft.language, title.scalar()) {
            (_, Some(language), Some(words)) => {
                let mut texts: BTreeMap<Language, String> =
                    article.title.sources().map(|(language, text)| (language, text.to_owned())).collect();
                texts.insert(language, words.to_owned());
                LocalText::new(context.default_language(), texts)
            }
            (Some(read), _, _) => read,
            (None, _, _) => article.title.clone(),
        };
    }
    article.questions.extend(values::list(front, "questions"));
    if let Some(link) = front.get("link") {
        let url = link.scalar().unwrap_or_default();
        if url.starts_with("https://") || url.starts_with("http://") {
            article.link = Some(url.to_owned());
        } else {
            context.problem(Code::BadValue, file, &link.range, format!("`{url}` is not a web address")).help =
                Some("it must begin with `https://`".to_owned());
        }
    }
    if let Some(flow) = front.get("leads_to").and_then(|leads_to| leads_to.get("flow")) {
        article.leads_to = context.refer(NameKind::Flow, file, flow).or_else(|| article.leads_to.take());
    }
    if let Some(departments) = context.departments(file, front) {
        article.departments = Some(departments);
    }
}

fn body_of(context: &mut Context<'_>, draft: &Draft) -> Said {
    let Body { range, marked: Marked { text, openings } } = &draft.body;
    if !is_plain(text) {
        let kind = yaml::NodeKind::Scalar { text: text.clone(), plain: true };
        let node = Node { range: range.clone(), kind };
        context.check_text(&draft.file, &node, text, &TextNames::everywhere());
    }
    let parts = messages(text);
    let written = context.sources.text(&draft.file).get(range.clone()).unwrap_or_default();
    let first_line = range.start..range.start + written.lines().next().map_or(0, str::len);
    if parts.is_empty() {
        context.problem(Code::MissingKey, &draft.file, &first_line, "this article has no text").help =
            Some("write it below the front matter, in Markdown".to_owned());
    }
    if parts.len() > PARTS_MAX || parts.iter().any(|part| utf16_len(part) > MESSAGE_MAX) {
        let message = format!("this article needs more than {PARTS_MAX} messages of {MESSAGE_MAX} characters");
        context.problem(Code::TooLong, &draft.file, &first_line, message).help =
            Some("keep what helps at once, and put the rest behind `link:` in the front matter".to_owned());
    }
    Said { messages: parts, passages: beginnings(text, openings) }
}

/// The messages by position; a language with fewer parts says nothing more in the later ones.
fn parts(context: &Context<'_>, bodies: &BTreeMap<Language, Said>) -> Vec<LocalText> {
    let default = context.default_language();
    let base = bodies.get(&default).or_else(|| bodies.values().next());
    let count = bodies.values().map(|said| said.messages.len()).max().unwrap_or_default();
    let of = |said: &Said, at: usize| said.messages.get(at).cloned().unwrap_or_default();
    (0..count)
        .map(|at| {
            let mut texts: BTreeMap<Language, String> =
                bodies.iter().map(|(language, said)| (*language, of(said, at))).collect();
            texts.entry(default).or_insert_with(|| base.map(|said| of(said, at)).unwrap_or_default());
            LocalText::new(default, texts)
        })
        .collect()
}

/// A place for articles without one of their own.
#[must_use]
pub fn place_of(draft: &Draft) -> Place {
    Place { file: Arc::clone(&draft.file), line: 1, column: 1 }
}
