//! A folder of files into a bot, or into everything that is wrong with it. The kinds of file are compiled by their own
//! modules; what holds between them is checked here and in `whole`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::compile::{Context, NameKind};
use crate::diagnostic::{Code, Problem, Severity, Sources, Spot};
use crate::flow;
use crate::intent::{
    self, Anytime, Lesson, Topic,
    classifier::{Classifier, Learned, Lessons},
    semantic::Embedder,
};
use crate::knowledge;
use crate::parallel;
use crate::policy;
use crate::text::{nearest, utf16_len};
use crate::yaml::{self, Node};

use super::kept::{self, Kept, Traces};
use super::{Aids, Bot, Taught, whole};

/// How many letters of the hash name a version: button ids carry them (R16).
const VERSION_LETTERS: usize = 16;

const BOT_FILE: &str = "bot.yaml";

struct Document {
    file: Arc<str>,
    node: Node,
}

/// Everything compiled, before it is known whether the whole holds.
pub(super) struct Parts {
    pub(super) settings: policy::compile::Settings,
    pub(super) flows: BTreeMap<String, flow::program::Program>,
    pub(super) intents: BTreeMap<String, intent::compile::Compiled>,
    pub(super) articles: BTreeMap<String, knowledge::Article>,
    pub(super) menu: Vec<String>,
    /// `bot.yaml`.
    pub(super) file: Arc<str>,
    pub(super) node: Node,
}

impl Bot {
    /// Compiles a bot's files. The problems are sorted by place; with errors among them there is no bot.
    #[must_use]
    pub fn compile(sources: &Sources) -> (Option<Self>, Vec<Problem>) {
        Self::compile_with(sources, &Aids::default())
    }

    /// The same with what was kept of the very same files and model, if anything was; else what can be kept is.
    #[must_use]
    pub fn compile_with(sources: &Sources, aids: &Aids<'_>) -> (Option<Self>, Vec<Problem>) {
        let files = hash(sources);
        let semantic = aids.semantic.as_ref();
        let cache = aids.cache.map(|cache| (cache, kept::key(&files, semantic.map(|semantic| semantic.digest()))));
        let known = cache.as_ref().and_then(|(cache, key)| kept::open(key, &cache.get(key)?));
        let is_new = known.is_none();
        let mut context = Context::new(sources);
        let compiled = compile(&mut context, known, semantic);
        let bot = compiled.map(|(parts, traces, classifier)| {
            if let Some((cache, key)) = cache.filter(|_| is_new) {
                cache.put(&key, &kept::seal(&key, &parts.articles, &traces, classifier.learned()));
            }
            assemble(version(&files), parts, classifier)
        });
        let mut problems = context.problems;
        let broken = |code: Code| {
            matches!(
                code,
                Code::YamlSyntax
                    | Code::DuplicateKey
                    | Code::Encoding
                    | Code::TooLarge
                    | Code::UnquotedBraces
                    | Code::UnknownKind
            )
        };
        let partial = |code: Code| {
            matches!(code, Code::WrongType | Code::UnknownKey | Code::MissingKey | Code::BadName | Code::MissingFile)
        };
        if problems.iter().any(|problem| broken(problem.code)) {
            problems.retain(|problem| !matches!(problem.code, Code::UnknownReference | Code::Unused));
        }
        if problems.iter().any(|problem| partial(problem.code)) {
            problems.retain(|problem| problem.code != Code::Unused);
        }
        crate::diagnostic::sort(&mut problems);
        let failed = problems.iter().any(|problem| problem.severity() == Severity::Error);
        (bot.filter(|_| !failed), problems)
    }
}

/// The parts, what the articles left in the context, and the classifier; what is known of the very same files already is
/// not worked out again.
fn compile(
    context: &mut Context<'_>,
    known: Option<Kept>,
    semantic: Option<&Arc<dyn Embedder>>,
) -> Option<(Parts, Traces, Classifier)> {
    let (parts, not_for_us, traces, learned) = compile_parts(context, known)?;
    let classifier = match learned {
        Some(learned) => Classifier::of(learned, &words(&parts), &parts.settings.languages, semantic.cloned()),
        None => {
            let lessons = Lessons { semantic: semantic.cloned(), ..lessons(&parts, in_words(&not_for_us)) };
            Classifier::build(&lessons)
        }
    };
    whole::confusable(context, &parts, &classifier);
    Some((parts, traces, classifier))
}

/// All but the classifier: the parts, what is not for us, what the articles left, and what was learned before.
fn compile_parts(
    context: &mut Context<'_>,
    known: Option<Kept>,
) -> Option<(Parts, Vec<intent::compile::Placed>, Traces, Option<Learned>)> {
    let documents = documents(context);
    data(context);
    let bot_document = bot_document(context, &documents)?;
    let (file, node) = (Arc::clone(&bot_document.file), bot_document.node.clone());
    policy::compile::declare(context, &file, &node);
    let of_kind = |kind: &str| {
        let others = documents.iter().filter(|document| document.file.as_ref() != BOT_FILE);
        others.filter(|document| document.node.get(kind).is_some()).collect::<Vec<_>>()
    };
    let (flow_documents, intent_documents) = (of_kind("flow"), of_kind("intent"));
    for (kind, key, documents) in
        [(NameKind::Flow, "flow", &flow_documents), (NameKind::Intent, "intent", &intent_documents)]
    {
        for document in documents {
            if let Some(name) = document.node.get(key) {
                context.declare(kind, &document.file, name);
            }
        }
    }
    let (articles, traces, learned) = match known {
        Some(Kept { articles, traces, learned }) => {
            traces.leave(context);
            (articles, traces, Some(learned))
        }
        None => {
            let before = context.problems.len();
            let articles = articles(context);
            (articles, Traces::of(context, before), None)
        }
    };
    let settings = policy::compile::compile(context, &file, &node);
    let flows = flows(context, &flow_documents, &articles);
    let mut intents = BTreeMap::new();
    for document in &intent_documents {
        if let Some(compiled) = intent::compile::compile(context, &document.file, &document.node) {
            intents.entry(compiled.intent.name.clone()).or_insert(compiled);
        }
    }
    let not_for_us = not_for_us(context, &documents);
    let menu = whole::menu(context, &file, &node, &intents);
    let parts = Parts { settings: settings?, flows, intents, articles, menu, file, node };
    whole::check(context, &parts, &not_for_us);
    if context.problems.iter().any(|problem| problem.severity() == Severity::Error) {
        return None;
    }
    Some((parts, not_for_us, traces, learned))
}

fn in_words(placed: &[intent::compile::Placed]) -> Vec<String> {
    placed.iter().map(|placed| placed.text.clone()).collect()
}

/// What a bot's files give its classifier to learn from, and where the sentences stand.
pub(super) fn taught(sources: &Sources) -> (Option<Taught>, Vec<Problem>) {
    let mut context = Context::new(sources);
    let compiled = compile_parts(&mut context, None);
    let taught = compiled.map(|(parts, not_for_us, ..)| Taught {
        name: parts.settings.name.clone(),
        examples: parts.intents.iter().map(|(name, compiled)| (name.clone(), compiled.examples.clone())).collect(),
        lessons: lessons(&parts, in_words(&not_for_us)),
        menu_rows: parts.node.get("menu").is_none().then_some(parts.menu.len()),
        not_for_us,
    });
    let mut problems = context.problems;
    crate::diagnostic::sort(&mut problems);
    (taught, problems)
}

fn assemble(version: String, parts: Parts, classifier: Classifier) -> Bot {
    let Parts { settings, flows, intents, articles, menu, .. } = parts;
    Bot {
        version,
        name: settings.name,
        languages: settings.languages,
        locales: settings.locales,
        numbers: settings.numbers,
        hours: settings.hours,
        country: settings.country,
        when_open: settings.when_open,
        queues: settings.queues,
        policy: settings.policy,
        wording: settings.wording,
        templates: settings.templates,
        lookups: settings.lookups,
        flows,
        intents: intents.into_iter().map(|(name, compiled)| (name, compiled.intent)).collect(),
        articles,
        menu,
        classifier,
    }
}

/// The hash of everything but the tests.
fn hash(sources: &Sources) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (file, bytes) in sources.0.iter().filter(|(file, _)| !file.starts_with("tests/")) {
        hash.update((file.len() as u64).to_be_bytes());
        hash.update(file.as_bytes());
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

/// The name of a version by the hash of its files.
fn version(files: &[u8]) -> String {
    let mut version = hex::encode(files);
    version.truncate(VERSION_LETTERS);
    version
}

// ── reading ──

fn is_yaml(file: &str) -> bool {
    (file.ends_with(".yaml") || file.ends_with(".yml")) && !file.starts_with("tests/") && !file.starts_with("data/")
}

/// Files of examples are read as text too: what is wrong with them is said once, wherever they are used.
fn data(context: &mut Context<'_>) {
    let is_data = |file: &Arc<str>| file.starts_with("data/") && (file.ends_with(".csv") || file.ends_with(".txt"));
    let files: Vec<Arc<str>> = context.sources.0.keys().filter(|file| is_data(file)).cloned().collect();
    for file in files {
        readable(context, &file);
    }
}

/// Every document of every YAML file that reads.
fn documents(context: &mut Context<'_>) -> Vec<Document> {
    let sources = context.sources;
    let mut files: Vec<Arc<str>> = sources.0.keys().filter(|file| is_yaml(file)).cloned().collect();
    files.retain(|file| readable(context, file));
    let read = parallel::map(&files, |file| yaml::parse(sources.text(file)));
    let mut documents = Vec::new();
    for (file, (nodes, problems)) in files.into_iter().zip(read) {
        let failed = !problems.is_empty();
        for problem in problems {
            yaml_problem(context, &file, problem);
        }
        if failed {
            continue;
        }
        for node in nodes.into_iter().filter(|node| !node.is_empty()) {
            if file.as_ref() == BOT_FILE || knows_kind(context, &file, &node) {
                documents.push(Document { file: Arc::clone(&file), node });
            }
        }
    }
    documents
}

fn readable(context: &mut Context<'_>, file: &Arc<str>) -> bool {
    let Some(bytes) = context.sources.0.get(file) else { return false };
    if bytes.len() > yaml::FILE_MAX {
        let message = format!(
            "this file has {} MB; frontdesk reads files up to {} MB",
            bytes.len() / 1_000_000,
            yaml::FILE_MAX / 1_000_000
        );
        context.problem(Code::TooLarge, file, &(0..0), message).help =
            Some("split it into several files, or give examples as data with `examples_from:`".to_owned());
        return false;
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let message = if utf16 { "this file is saved as UTF-16" } else { "from here on this file is not UTF-8 text" };
        context.problem(Code::Encoding, file, &(at..at), message).help =
            Some("save it again as UTF-8 (your editor's \"Save with encoding\")".to_owned());
        return false;
    }
    true
}

fn yaml_problem(context: &mut Context<'_>, file: &Arc<str>, problem: yaml::YamlProblem) {
    let text = context.sources.text(file);
    let at = problem.range.start.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    // The parser stops after the value, sometimes on the next line; braces without quotes are the likelier cause.
    let before =
        text.get(..start.saturating_sub(1)).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    for line_start in [start, before] {
        let line = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let value = line
            .find(": {{")
            .map(|at| at + 2)
            .or_else(|| line.trim_start().starts_with("- {{").then(|| line.find("{{").unwrap_or(0)));
        if let Some(value) = value
            && problem.first.is_none()
        {
            let rest = line.get(value..).unwrap_or_default().trim_end();
            let range = line_start + value..line_start + value + rest.len();
            let before = line.get(..value).unwrap_or_default().trim().trim_start_matches("- ");
            let (message, help) = if matches!(before, "when:" | "only_if:" | "valid_when:") {
                let bare = rest.replace("{{", "").replace("}}", "");
                let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
                ("a condition stands without `{{ }}`", format!("write `{before} {bare}`"))
            } else {
                let message = "a text that begins with `{{` must be in quotes: without them YAML reads a map";
                (message, format!("write {}", yaml::in_quotes(rest)))
            };
            context.problem(Code::UnquotedBraces, file, &range, message).help = Some(help);
            return;
        }
    }
    let code = if problem.first.is_some() { Code::DuplicateKey } else { Code::YamlSyntax };
    let related = problem.first.map(|first| (Spot::new(file, first), "the first".to_owned()));
    let noted = context.problem(code, file, &problem.range, problem.message);
    noted.help = problem.help;
    noted.related.extend(related);
}

fn knows_kind(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> bool {
    const KINDS: [&str; 3] = ["flow", "intent", "not_for_us"];
    if KINDS.iter().any(|kind| node.get(kind).is_some()) {
        return true;
    }
    let keys: Vec<&str> = node.entries().iter().filter_map(|(key, _)| key.scalar()).collect();
    let near = keys.iter().find_map(|key| Some((*key, nearest(key, KINDS)?)));
    let range = node.entries().first().map_or(node.range.start..node.range.start + 1, |(key, _)| key.range.clone());
    let help = match near {
        Some((key, near)) => format!("is `{key}:` meant to be `{near}:`?"),
        None => "a document begins with `flow: NAME`, `intent: NAME` or `not_for_us: […]`".to_owned(),
    };
    context.problem(Code::UnknownKind, file, &range, "this document does not say what it is").help = Some(help);
    false
}

fn bot_document<'d>(context: &mut Context<'_>, documents: &'d [Document]) -> Option<&'d Document> {
    let mut found = documents.iter().filter(|document| document.file.as_ref() == BOT_FILE);
    let first = found.next();
    if let Some(second) = found.next() {
        context.problem(Code::UnknownKind, &second.file, &second.node.range, "bot.yaml holds one document").help =
            Some("take away the `---`, or move what follows it into flows/ or intents/".to_owned());
    }
    if first.is_none() && !context.problems.iter().any(|problem| problem.spot.file.as_ref() == BOT_FILE) {
        let file: Arc<str> = Arc::from(BOT_FILE);
        let message =
            if context.sources.0.contains_key(BOT_FILE) { "bot.yaml is empty" } else { "there is no bot.yaml" };
        context.problem(Code::MissingFile, &file, &(0..0), message).help =
            Some("two lines make one: `bot: My shop` and `languages: [en]`".to_owned());
    }
    first
}

// ── the parts ──

fn articles(context: &mut Context<'_>) -> BTreeMap<String, knowledge::Article> {
    let sources = context.sources;
    let is_article = |file: &&Arc<str>| file.starts_with("knowledge/") && file.ends_with(".md");
    let mut files: Vec<Arc<str>> = sources.0.keys().filter(is_article).cloned().collect();
    files.retain(|file| readable(context, file));
    let read = parallel::map(&files, |file| knowledge::compile::read(sources.text(file)));
    let mut drafts: BTreeMap<String, Vec<knowledge::compile::Draft>> = BTreeMap::new();
    for (file, read) in files.iter().zip(read) {
        if let Some(draft) = knowledge::compile::draft(context, file, read) {
            drafts.entry(draft.name.clone()).or_default().push(draft);
        }
    }
    for (name, drafts) in &drafts {
        if let Some(first) = drafts.first() {
            context.declare_as(NameKind::Article, name.clone(), first.spot.clone());
        }
    }
    drafts
        .into_iter()
        .filter_map(|(name, drafts)| Some((name, knowledge::compile::compile(context, &drafts)?)))
        .collect()
}

fn flows(
    context: &mut Context<'_>,
    documents: &[&Document],
    articles: &BTreeMap<String, knowledge::Article>,
) -> BTreeMap<String, flow::program::Program> {
    let lengths = articles.iter().map(|(name, article)| (name.clone(), longest_first_part(article))).collect();
    let before = questions_before(documents);
    let mut flows = BTreeMap::new();
    for document in documents {
        let name = document.node.get("flow").and_then(Node::scalar).unwrap_or_default();
        let none = BTreeSet::new();
        let around = flow::compile::Surroundings { articles: &lengths, before: before.get(name).unwrap_or(&none) };
        if let Some(program) = flow::compile::compile(context, &document.file, &document.node, &around) {
            flows.entry(program.name.clone()).or_insert(program);
        }
    }
    flows
}

/// What of an article stands right above a question: its last message.
fn longest_first_part(article: &knowledge::Article) -> usize {
    article
        .parts
        .last()
        .map(|part| part.sources().map(|(_, text)| utf16_len(text)).max().unwrap_or_default())
        .unwrap_or_default()
}

/// For each flow, the questions of flows that may have started it.
fn questions_before(documents: &[&Document]) -> BTreeMap<String, BTreeSet<String>> {
    let mut starts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut questions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for document in documents {
        let Some(name) = document.node.get("flow").and_then(Node::scalar) else { continue };
        let outcomes = document.node.get("outcomes").map(Node::items).unwrap_or_default();
        let nexts = outcomes.iter().filter_map(|outcome| outcome.get("start")?.scalar()).map(str::to_owned);
        starts.entry(name.to_owned()).or_default().extend(nexts);
        let asked = document.node.get("questions").map(Node::entries).unwrap_or_default();
        questions
            .entry(name.to_owned())
            .or_default()
            .extend(asked.iter().filter_map(|(key, _)| key.scalar()).map(str::to_owned));
    }
    let before = flow::chain::before(&starts);
    let of =
        |flows: &BTreeSet<String>| flows.iter().filter_map(|flow| questions.get(flow)).flatten().cloned().collect();
    before
        .iter()
        .map(|(flow, flows)| (flow.clone(), of(&flows.iter().filter(|f| *f != flow).cloned().collect())))
        .collect()
}

fn not_for_us(context: &mut Context<'_>, documents: &[Document]) -> Vec<intent::compile::Placed> {
    let mut texts = Vec::new();
    for document in documents.iter().filter(|document| document.node.get("not_for_us").is_some()) {
        let kind = crate::compile::shape::Kind::Shape(&intent::schema::NOT_FOR_US);
        context.fits(&document.file, &document.node, kind, "not_for_us");
        texts.extend(intent::compile::placed(&document.file, &document.node, "not_for_us"));
    }
    texts
}

/// What the classifier learns from: intents, and articles, which teach the one intent that leads to them, if there is one.
fn lessons(parts: &Parts, not_for_us: Vec<String>) -> Lessons {
    let mut topics: BTreeMap<Topic, Lesson> =
        parts.intents.iter().map(|(name, compiled)| (Topic::Intent(name.clone()), compiled.lesson.clone())).collect();
    for (name, article) in &parts.articles {
        let topic = whole::intent_for(parts, article).map_or_else(|| Topic::Article(name.clone()), Topic::Intent);
        let lesson = topics.entry(topic).or_default();
        lesson.examples.extend(article.questions.iter().cloned());
        lesson.labels.extend(article.title.sources().map(|(_, title)| title.to_owned()));
        for part in &article.parts {
            let lines = part.sources().flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>());
            lesson.body.extend(lines.filter(|line| line.chars().filter(|c| c.is_alphabetic()).count() >= 8).take(40));
        }
    }
    Lessons {
        topics,
        not_for_us,
        words: words(parts),
        languages: parts.settings.languages.clone(),
        confident: parts.settings.thresholds.0,
        torn: parts.settings.thresholds.1,
        alone: false,
        semantic: None,
    }
}

/// The words under `words:` as the machine knows them.
fn words(parts: &Parts) -> Vec<(Anytime, String)> {
    parts.settings.words.iter().filter_map(added_word).collect()
}

/// A word under `words:` as the machine knows it.
pub(super) fn added_word((name, word): &(policy::AnytimeName, String)) -> Option<(Anytime, String)> {
    Some((anytime(name.key())?, word.clone()))
}

fn anytime(name: &str) -> Option<Anytime> {
    Some(match name {
        "person" => Anytime::Person,
        "menu" => Anytime::Menu,
        "cancel" => Anytime::Cancel,
        "stop" => Anytime::Stop,
        "start" => Anytime::Start,
        "record" => Anytime::Record,
        _ => return None,
    })
}
