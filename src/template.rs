//! Customer-facing texts: templates per language, checked when the bot is compiled and filled in when they are said.
//! Only `{{ names }}` with a few filters, and `{% if %}`, are allowed: enough for a sentence, and boundable.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, UndefinedBehavior, Value};

use crate::language::Language;
use crate::message::Value as Given;
use crate::scope::{Entry, Known, Named, Scope, TextProblem, TextProblemKind};
use crate::text::nearest;

/// The most a text may come to, in bytes; more is an error.
const OUTPUT_MAX: usize = 16 * 1024;
/// The most work a text may do.
const FUEL: u64 = 20_000;
/// First strong isolate and its end, around left-to-right values in a right-to-left text.
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// The filters a text may use.
pub const FILTERS: [&str; 9] =
    ["default", "upper", "lower", "title", "capitalize", "trim", "length", "round", "replace"];
const STATEMENTS: [&str; 4] = ["if", "elif", "else", "endif"];
const WORDS: [&str; 12] =
    ["and", "or", "not", "in", "is", "true", "false", "none", "defined", "undefined", "if", "else"];

/// A text in one or several languages; the bot's default language always has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalText {
    default: String,
    others: BTreeMap<Language, String>,
    default_language: Language,
}

/// A text could not be filled in.
#[derive(Debug)]
pub struct RenderError(String);

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RenderError {}

impl LocalText {
    /// A text per language. Where the default language has none, the first of the others stands for it.
    #[must_use]
    pub fn new(default: Language, mut texts: BTreeMap<Language, String>) -> Self {
        let first = texts.first_key_value().map_or(default, |(language, _)| *language);
        let language = if texts.contains_key(&default) { default } else { first };
        Self { default: texts.remove(&language).unwrap_or_default(), others: texts, default_language: default }
    }

    /// One text for every language.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { default: text.into(), others: BTreeMap::new(), default_language: Language::EN }
    }

    /// The source for a language.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        self.others.get(&language).unwrap_or(&self.default)
    }

    /// The languages that have a text of their own, the default first.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        std::iter::once(self.default_language).chain(self.others.keys().copied()).collect()
    }

    /// The sources by language.
    pub fn sources(&self) -> impl Iterator<Item = (Language, &str)> {
        let others = self.others.iter().map(|(language, text)| (*language, text.as_str()));
        std::iter::once((self.default_language, self.default.as_str())).chain(others)
    }

    /// The text with the names filled in.
    ///
    /// # Errors
    /// A name has no value, or the text grows beyond its bounds. `check` refuses texts that could do that.
    pub fn render(&self, language: Language, scope: &Scope) -> Result<String, RenderError> {
        let source = self.get(language);
        if is_plain(source) {
            return Ok(source.to_owned());
        }
        let values = context(scope, language.is_right_to_left());
        let rendered = ENGINE.with(|engine| {
            let engine = engine.get_or_init(engine_of);
            engine.render_str(source, Value::from(values)).map_err(|error| RenderError(error.to_string()))
        })?;
        if rendered.len() > OUTPUT_MAX {
            return Err(RenderError(format!("the text grew beyond {OUTPUT_MAX} bytes")));
        }
        Ok(rendered)
    }
}

/// Whether there is nothing to fill in.
#[must_use]
pub fn is_plain(source: &str) -> bool {
    !source.contains("{{") && !source.contains("{%")
}

thread_local! {
    static ENGINE: OnceCell<Environment<'static>> = const { OnceCell::new() };
}

fn engine_of() -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_fuel(Some(FUEL));
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    engine.add_filter("default", |value: Value, other: Rest<Value>, _: Kwargs| {
        if value.is_undefined() || value.is_none() { other.first().cloned().unwrap_or_default() } else { value }
    });
    engine.add_filter("upper", |text: String| text.to_uppercase());
    engine.add_filter("lower", |text: String| text.to_lowercase());
    engine.add_filter("title", minijinja::filters::title);
    engine.add_filter("capitalize", minijinja::filters::capitalize);
    engine.add_filter("trim", minijinja::filters::trim);
    engine.add_filter("length", minijinja::filters::length);
    engine.add_filter("round", minijinja::filters::round);
    engine.add_filter("replace", |text: String, from: String, to: String| text.replace(&from, &to));
    engine.add_test("defined", minijinja::tests::is_defined);
    engine.add_test("undefined", minijinja::tests::is_undefined);
    engine.add_test("none", minijinja::tests::is_none);
    engine
}

fn context(scope: &Scope, right_to_left: bool) -> BTreeMap<String, Value> {
    let entry = |(name, entry): (&String, &Entry)| {
        let value = match entry {
            Entry::One(named) => value(named, right_to_left)?,
            Entry::Fields(fields) => fields
                .iter()
                .filter_map(|(field, named)| Some((field.clone(), value(named, right_to_left)?)))
                .collect::<BTreeMap<_, _>>()
                .into(),
        };
        Some((name.clone(), value))
    };
    scope.0.iter().filter_map(entry).collect()
}

/// What a name prints; nothing for `none`, which `default` replaces. In a right-to-left text, what runs left to right is
/// isolated, so that it cannot turn the words around it.
fn value(named: &Named, right_to_left: bool) -> Option<Value> {
    let isolate = right_to_left && named.shown.chars().any(|c| c.is_ascii_alphanumeric()) && !has_rtl(&named.shown);
    match &named.value {
        Given::None => None,
        Given::Bool(yes) if matches!(named.shown.as_str(), "true" | "false") => Some(Value::from(*yes)),
        Given::Number(number) if !right_to_left && named.shown == number.to_string() => Some(number_value(*number)),
        _ if isolate => Some(Value::from(format!("{}{}{}", ISOLATE.0, named.shown, ISOLATE.1))),
        _ => Some(Value::from(named.shown.as_str())),
    }
}

/// A whole number prints without a decimal point.
fn number_value(number: f64) -> Value {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE_MAX { Value::from(number as i64) } else { Value::from(number) }
}

fn has_rtl(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{0590}'..='\u{08ff}'))
}

// ── checking ──

/// Everything that is wrong with a text: its syntax, names, filters. `known` tells what is known of a name there.
#[must_use]
pub fn check(source: &str, known: &dyn Fn(&str, Option<&str>) -> Known, names: &[String]) -> Vec<TextProblem> {
    let mut problems = Vec::new();
    for block in blocks(source, &mut problems) {
        check_block(source, &block, known, names, &mut problems);
    }
    if problems.is_empty() && (source.contains("{{") || source.contains("{%")) {
        let compiled = ENGINE.with(|engine| {
            engine
                .get_or_init(engine_of)
                .template_from_str(source)
                .map(|_| ())
                .map_err(|error| error.detail().map_or_else(|| error.to_string(), str::to_owned))
        });
        if let Err(detail) = compiled {
            problems.push(TextProblem {
                range: 0..source.len(),
                kind: TextProblemKind::Syntax,
                message: format!("this text does not read: {detail}"),
                help: Some(
                    "write names like `{{ order_number }}`, and conditions like `{% if late %}…{% endif %}`".into(),
                ),
            });
        }
    }
    problems
}

struct Block {
    range: std::ops::Range<usize>,
    statement: bool,
}

/// The insides of `{{ … }}` and `{% … %}`.
fn blocks(source: &str, problems: &mut Vec<TextProblem>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(start) = source[from..].find("{{").into_iter().chain(source[from..].find("{%")).min() {
        let start = from + start;
        let statement = source[start..].starts_with("{%");
        let end = if statement { "%}" } else { "}}" };
        let Some(length) = source[start + 2..].find(end) else {
            problems.push(TextProblem {
                range: start..source.len(),
                kind: TextProblemKind::Syntax,
                message: format!("`{}` is never closed", &source[start..start + 2]),
                help: Some(format!("close it with `{end}`")),
            });
            break;
        };
        blocks.push(Block { range: start + 2..start + 2 + length, statement });
        from = start + 2 + length + 2;
    }
    blocks
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'s> {
    Name(&'s str),
    Mark(char),
    Literal,
}

fn tokens<'s>(source: &'s str, range: &std::ops::Range<usize>) -> Vec<(Token<'s>, std::ops::Range<usize>)> {
    let text = &source[range.clone()];
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let start = range.start + at;
        let mut end = start + c.len_utf8();
        let token = if c.is_alphabetic() || c == '_' {
            while let Some((_, next)) = chars.next_if(|(_, next)| next.is_alphanumeric() || *next == '_') {
                end += next.len_utf8();
            }
            Token::Name(&source[start..end])
        } else if c.is_ascii_digit() {
            while let Some((_, next)) = chars.next_if(|(_, next)| next.is_ascii_digit()) {
                end += next.len_utf8();
            }
            Token::Literal
        } else if c == '"' || c == '\'' {
            for (_, next) in chars.by_ref() {
                end += next.len_utf8();
                if next == c {
                    break;
                }
            }
            Token::Literal
        } else if c.is_whitespace() {
            continue;
        } else {
            Token::Mark(c)
        };
        tokens.push((token, start..end));
    }
    tokens
}

fn check_block(
    source: &str,
    block: &Block,
    known: &dyn Fn(&str, Option<&str>) -> Known,
    names: &[String],
    problems: &mut Vec<TextProblem>,
) {
    let tokens = tokens(source, &block.range);
    let mut at = 0;
    let mut guarded = false;
    let mut push = |range: std::ops::Range<usize>, kind, message: String, help: Option<String>| {
        problems.push(TextProblem { range, kind, message, help });
    };
    if block.statement {
        match tokens.first() {
            Some((Token::Name(word), _)) if STATEMENTS.contains(word) => {}
            Some((_, range)) => {
                let help = "texts know `if`, `elif`, `else` and `endif`".to_owned();
                push(
                    range.clone(),
                    TextProblemKind::Unknown,
                    format!("`{}` cannot be used here", &source[range.clone()]),
                    Some(help),
                );
                return;
            }
            None => {
                push(block.range.clone(), TextProblemKind::Syntax, "an empty `{% %}`".into(), None);
                return;
            }
        }
        at = 1;
        guarded = true;
    } else if tokens.is_empty() {
        push(
            block.range.clone(),
            TextProblemKind::Syntax,
            "an empty `{{ }}`".into(),
            Some("write a name in it, or take it out".into()),
        );
        return;
    }
    while let Some((token, range)) = tokens.get(at) {
        at += 1;
        match token {
            Token::Mark('|') => {
                let Some((Token::Name(filter), range)) = tokens.get(at) else { continue };
                at += 1;
                if !FILTERS.contains(filter) {
                    let near = nearest(filter, FILTERS).map(|near| format!("did you mean `{near}`?"));
                    let help = near.unwrap_or_else(|| format!("the filters are {}", FILTERS.join(", ")));
                    push(range.clone(), TextProblemKind::Unknown, format!("there is no filter `{filter}`"), Some(help));
                }
            }
            Token::Name(name) if !WORDS.contains(name) => {
                let mut field = None;
                let mut whole = range.clone();
                if let (Some((Token::Mark('.'), _)), Some((Token::Name(inner), inner_range))) =
                    (tokens.get(at), tokens.get(at + 1))
                {
                    field = Some(*inner);
                    whole.end = inner_range.end;
                    at += 2;
                }
                if let Some((Token::Mark('('), _)) = tokens.get(at) {
                    push(
                        whole,
                        TextProblemKind::Unknown,
                        format!("there is no function `{name}`"),
                        Some("texts use names and filters only".into()),
                    );
                    continue;
                }
                let default = matches!(
                    (tokens.get(at), tokens.get(at + 1)),
                    (Some((Token::Mark('|'), _)), Some((Token::Name("default"), _)))
                );
                let shown = &source[whole.clone()];
                match known(name, field) {
                    Known::Certain => {}
                    Known::Maybe if default || guarded => {}
                    Known::Maybe => push(
                        whole,
                        TextProblemKind::MaybeUnset,
                        format!("`{shown}` may have no value here"),
                        Some(format!("say what to print instead: `{{{{ {shown} | default(\"…\") }}}}`")),
                    ),
                    Known::Unknown(near) => {
                        let near = near.or_else(|| nearest(shown, names.iter().map(String::as_str)).map(str::to_owned));
                        let help = near.map_or_else(
                            || format!("known here: {}", names.join(", ")),
                            |near| format!("did you mean `{near}`?"),
                        );
                        push(whole, TextProblemKind::Unknown, format!("there is no `{shown}` here"), Some(help));
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::default();
        scope.text("name", "Dana");
        scope.field("order", "eta", Given::None, "");
        scope.value("late", Given::Bool(true), "true");
        scope.value("screens", Given::Number(3.0), "3");
        scope.value("metres", Given::Number(2.5), "2.5");
        scope
    }

    fn render(source: &str) -> Result<String, String> {
        LocalText::plain(source).render(Language::EN, &scope()).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_filled_in() {
        assert_eq!(render("Hi {{ name }}!").unwrap(), "Hi Dana!");
        assert_eq!(render("{{ order.eta | default(\"soon\") }}").unwrap(), "soon");
        assert_eq!(render("{{ nobody | default('x') | upper }}").unwrap(), "X");
        assert_eq!(render("{% if late %}late{% else %}fine{% endif %}").unwrap(), "late");
        assert_eq!(render("{{ screens }} and {{ metres }}").unwrap(), "3 and 2.5");
        assert!(render("{{ order.eta }}").is_err());
        assert!(render("{{ nobody }}").is_err());
    }

    #[test]
    fn left_to_right_values_are_isolated_in_hebrew() {
        let text = LocalText::plain("שלום {{ name }}!").render(Language::HE, &scope()).unwrap();
        assert_eq!(text, "שלום \u{2068}Dana\u{2069}!");
    }

    #[test]
    fn problems_have_their_place() {
        let known = |name: &str, field: Option<&str>| match (name, field) {
            ("name", None) => Known::Certain,
            ("order", Some("eta")) => Known::Maybe,
            _ => Known::Unknown(None),
        };
        let names = vec!["name".to_owned(), "order.eta".to_owned()];
        let problems = |source: &str| {
            check(source, &known, &names).into_iter().map(|p| (source[p.range].to_owned(), p.kind)).collect::<Vec<_>>()
        };
        assert_eq!(
            problems("{{ name | upper }} {{ order.eta | default('-') }} {% if order.eta %}x{% endif %}"),
            vec![]
        );
        assert_eq!(problems("{{ nam }}"), vec![("nam".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{{ order.eta }}"), vec![("order.eta".into(), TextProblemKind::MaybeUnset)]);
        assert_eq!(problems("{{ name | shout }}"), vec![("shout".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{{ range(9) }}"), vec![("range".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{{ name "), vec![("{{ name ".into(), TextProblemKind::Syntax)]);
        assert_eq!(problems("{% for x in name %}"), vec![("for".into(), TextProblemKind::Unknown)]);
    }
}
