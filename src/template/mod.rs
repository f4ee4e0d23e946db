//! Customer-facing texts: templates per language, checked when the bot is compiled and filled in when they are said.
//! Only `{{ names }}` with a few filters, and `{% if %}`, are allowed: enough for a sentence, and boundable.

mod check;
mod filters;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;

use minijinja::{Environment, UndefinedBehavior, Value};

use crate::language::Language;
use crate::message::Value as Given;
use crate::packed::Packed;
use crate::scope::{Entry, Named, Scope};

pub use check::check;
pub use filters::FILTERS;

/// The most a text may come to, in bytes; more is an error.
const OUTPUT_MAX: usize = 16 * 1024;
/// The most work a text may do.
const FUEL: u64 = 20_000;
/// First strong isolate and its end, around left-to-right values in a right-to-left text.
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

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

impl Packed for LocalText {
    fn pack(&self, to: &mut Vec<u8>) {
        self.default.pack(to);
        self.others.pack(to);
        self.default_language.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            default: Packed::unpack(from)?,
            others: Packed::unpack(from)?,
            default_language: Packed::unpack(from)?,
        })
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
    filters::add(&mut engine);
    engine.add_test("defined", minijinja::tests::is_defined);
    engine.add_test("undefined", minijinja::tests::is_undefined);
    engine.add_test("none", |value: Value| value.is_none() || value.is_undefined());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scope::{Known, TextProblemKind};

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

    fn known(name: &str, field: Option<&str>) -> Known {
        match (name, field) {
            ("name" | "screens" | "late", None) => Known::Certain,
            ("order", Some("eta")) => Known::Maybe,
            _ => Known::Unknown(None),
        }
    }

    #[test]
    fn filters_work_on_whatever_they_get() {
        for (source, said) in [
            ("{{ name | upper }} {{ screens | upper }}", "DANA 3"),
            ("{{ 'dana lev' | title }}, {{ 'dANA' | capitalize }}", "Dana Lev, Dana"),
            ("{{ name | round }} {{ metres | round }} {{ metres | round(1) }}", "Dana 3 2.5"),
            ("{{ name | replace('a', 'o') }} {{ name | replace('a') }}", "Dono Dana"),
            ("{{ name | length }} {{ ' x ' | trim }}|", "4 x|"),
            ("{% if order.eta is none %}none{% endif %} {%- if late %} late{% endif -%} ", "none late"),
        ] {
            assert_eq!(render(source).unwrap(), said, "{source}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_check_lets_through_can_be_said(pieces in prop::collection::vec(prop::sample::select(vec![
            "{{ ", " }}", "{% if ", " %}", "{% else %}", "{% endif %}", "name", "order.eta", "screens", "late", " | upper",
            " | default('x')", " | round", " | replace('a','b')", " | length", " == ", " < ", " is none", " is defined",
            "not ", " and ", " or ", " in ", "'a'", "3", "(", ")", "some words ", "-", " ~ ", " + ", "[", "]", " if ",
            " else ", ".", "{#", "#}", "\n",
        ]), 1..12)) {
            let source = pieces.concat();
            if check(&source, &known, &[]).is_empty() {
                for language in [Language::EN, Language::HE] {
                    let said = LocalText::plain(source.as_str()).render(language, &scope());
                    prop_assert!(said.is_ok(), "{source}: {said:?}");
                }
            }
        }
    }

    #[test]
    fn problems_have_their_place() {
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
        assert_eq!(problems("{{ and }}"), vec![("{{ and }}".into(), TextProblemKind::Syntax)]);
        assert_eq!(problems("{{ name | shout }}"), vec![("shout".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{{ order.eta | upper }}"), vec![("order.eta".into(), TextProblemKind::MaybeUnset)]);
        assert_eq!(problems("{{ screens + 1 }}"), vec![("+".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{{ name[0] }}"), vec![("[".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{%- if late -%}x{%- endif %}"), vec![]);
        assert_eq!(problems("{{ range(9) }}"), vec![("range".into(), TextProblemKind::Unknown)]);
        assert_eq!(problems("{{ name "), vec![("{{ name ".into(), TextProblemKind::Syntax)]);
        assert_eq!(problems("{% for x in name %}"), vec![("for".into(), TextProblemKind::Unknown)]);
    }
}
