//! Conditions (`when`, `only_if`, `valid_when`): a small language that looks like Jinja's and is *typed*, so that comparing
//! an option question with a key it does not have is an error at check time. Pure and bounded; evaluation is total.

mod kinds;
mod parse;
mod token;

use std::collections::BTreeMap;

use crate::message::Value;
use crate::scope::{Scope, TextProblem};

/// What kind of value a name has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// One of these option keys.
    Choice(Vec<String>),
    /// Yes or no.
    Bool,
    /// A number.
    Number,
    /// Words.
    Text,
    /// A day, compared with ISO dates.
    Date,
    /// A file or a place: only there or not there.
    Thing,
    /// A lookup's field: not known before it is called.
    Any,
}

/// The names a condition may use: `name` or `name.field`, with their types.
pub type Types = BTreeMap<String, Type>;

/// A condition that is known to be well typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    source: String,
    root: Expr,
}

#[derive(Debug, Clone, PartialEq)]
enum Expr {
    Name(String),
    Literal(Value),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Op, Box<Expr>),
    In(Box<Expr>, Vec<Value>, bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Condition {
    /// Reads a condition and checks its types.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place in the source.
    pub fn parse(source: &str, types: &Types) -> Result<Self, Vec<TextProblem>> {
        parse::parse(source, types).map(|root| Self { source: source.to_owned(), root })
    }

    /// As the author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it holds. An answer that was not given is none and counts as no.
    #[must_use]
    pub fn eval(&self, scope: &Scope) -> bool {
        truth(&eval(&self.root, scope))
    }

    /// What it comes to whatever the answers are, if that is so.
    #[must_use]
    pub fn constant(&self) -> Option<bool> {
        constant(&self.root).map(|value| truth(&value))
    }

    /// The names it uses.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.root, &mut names);
        names
    }

    /// The option keys that a name is compared with.
    #[must_use]
    pub fn compared_with(&self, name: &str) -> Vec<String> {
        let mut keys = Vec::new();
        compared(&self.root, name, &mut keys);
        keys
    }
}

fn collect(expr: &Expr, names: &mut Vec<String>) {
    match expr {
        Expr::Name(name) => names.push(name.clone()),
        Expr::Literal(_) => {}
        Expr::Not(inner) | Expr::In(inner, ..) => collect(inner, names),
        Expr::And(a, b) | Expr::Or(a, b) | Expr::Compare(a, _, b) => {
            collect(a, names);
            collect(b, names);
        }
    }
}

fn compared(expr: &Expr, name: &str, keys: &mut Vec<String>) {
    match expr {
        Expr::Not(inner) => compared(inner, name, keys),
        Expr::And(a, b) | Expr::Or(a, b) => {
            compared(a, name, keys);
            compared(b, name, keys);
        }
        Expr::Compare(a, _, b) => {
            for (side, other) in [(a, b), (b, a)] {
                if let (Expr::Name(said), Expr::Literal(Value::Text(key))) = (side.as_ref(), other.as_ref())
                    && said == name
                {
                    keys.push(key.clone());
                }
            }
        }
        Expr::In(inner, values, _) if **inner == Expr::Name(name.to_owned()) => {
            keys.extend(values.iter().filter_map(|value| match value {
                Value::Text(key) => Some(key.clone()),
                _ => None,
            }));
        }
        _ => {}
    }
}

fn constant(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Literal(value) => Some(value.clone()),
        Expr::Name(_) => None,
        Expr::Not(inner) => constant(inner).map(|value| Value::Bool(!truth(&value))),
        Expr::And(a, b) => match (constant(a).map(|v| truth(&v)), constant(b).map(|v| truth(&v))) {
            (Some(false), _) | (_, Some(false)) => Some(Value::Bool(false)),
            (Some(true), Some(true)) => Some(Value::Bool(true)),
            _ => None,
        },
        Expr::Or(a, b) => match (constant(a).map(|v| truth(&v)), constant(b).map(|v| truth(&v))) {
            (Some(true), _) | (_, Some(true)) => Some(Value::Bool(true)),
            (Some(false), Some(false)) => Some(Value::Bool(false)),
            _ => None,
        },
        Expr::Compare(a, op, b) => Some(Value::Bool(compare(&constant(a)?, *op, &constant(b)?))),
        Expr::In(inner, values, negated) => {
            let value = constant(inner)?;
            Some(Value::Bool(values.iter().any(|other| compare(&value, Op::Eq, other)) != *negated))
        }
    }
}

fn eval(expr: &Expr, scope: &Scope) -> Value {
    match expr {
        Expr::Literal(value) => value.clone(),
        Expr::Name(name) => {
            let (name, field) = name.split_once('.').map_or((name.as_str(), None), |(name, field)| (name, Some(field)));
            scope.get(name, field).map_or(Value::None, |named| named.value.clone())
        }
        Expr::Not(inner) => Value::Bool(!truth(&eval(inner, scope))),
        Expr::And(a, b) => Value::Bool(truth(&eval(a, scope)) && truth(&eval(b, scope))),
        Expr::Or(a, b) => Value::Bool(truth(&eval(a, scope)) || truth(&eval(b, scope))),
        Expr::Compare(a, op, b) => Value::Bool(compare(&eval(a, scope), *op, &eval(b, scope))),
        Expr::In(inner, values, negated) => {
            let value = eval(inner, scope);
            Value::Bool(values.iter().any(|other| compare(&value, Op::Eq, other)) != *negated)
        }
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::None => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => *number != 0.0,
        Value::Text(text) => !text.is_empty(),
        _ => true,
    }
}

/// Compares two values; those of different kinds, and `none` with anything but `none`, are different and in no order.
fn compare(a: &Value, op: Op, b: &Value) -> bool {
    use std::cmp::Ordering;
    let order = match (a, b) {
        (Value::None, Value::None) => Some(Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        _ => match (words(a), words(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => None,
        },
    };
    match (op, order) {
        (Op::Eq, order) => order == Some(Ordering::Equal),
        (Op::Ne, order) => order != Some(Ordering::Equal),
        (_, None) => false,
        (Op::Lt, Some(order)) => order.is_lt(),
        (Op::Le, Some(order)) => order.is_le(),
        (Op::Gt, Some(order)) => order.is_gt(),
        (Op::Ge, Some(order)) => order.is_ge(),
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Phone(text) | Value::Email(text) | Value::Choice(text) => Some(text.clone()),
        Value::Date(date) => Some(date.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Types {
        [
            ("box", Type::Choice(vec!["x1".into(), "s2".into()])),
            ("worked", Type::Bool),
            ("count", Type::Number),
            ("order.found", Type::Bool),
            ("order.eta", Type::Any),
            ("day", Type::Date),
        ]
        .map(|(name, of)| (name.to_owned(), of))
        .into()
    }

    fn scope() -> Scope {
        let mut scope = Scope::default();
        scope.value("box", Value::Choice("x1".into()), "X1");
        scope.value("worked", Value::Bool(false), "no");
        scope.value("count", Value::Number(3.0), "3");
        scope.field("order", "found", Value::Bool(true), "true");
        scope.value("day", Value::Date(chrono::NaiveDate::from_ymd_opt(2026, 3, 6).unwrap()), "Friday");
        scope
    }

    #[test]
    fn conditions_hold_or_not() {
        for (source, holds) in [
            ("box == \"x1\"", true),
            ("box != 'x1'", false),
            ("worked", false),
            ("not worked and count >= 3", true),
            ("box in [\"s2\", \"x1\"]", true),
            ("box not in [\"s2\"]", true),
            ("order.found and (order.eta == none or count < 1)", true),
            ("day > '2026-03-01'", true),
            ("count == 3 or worked", true),
        ] {
            assert_eq!(Condition::parse(source, &types()).unwrap().eval(&scope()), holds, "{source}");
        }
        assert!(!Condition::parse("count > 1", &types()).unwrap().eval(&Scope::default()));
        assert_eq!(Condition::parse("true or worked", &types()).unwrap().constant(), Some(true));
    }

    #[test]
    fn the_way_out_is_what_was_meant() {
        for (source, help) in [
            ("box == x1", "an option's key stands in quotes: `\"x1\"`"),
            ("worked == no", "write `not worked`"),
            ("worked == \"yes\"", "`worked` is yes or no: write `worked` alone, or `not worked`"),
            ("count == \"3\"", "`count` is a number: write `3` without quotes"),
            ("box is \"x1\"", "write `==`"),
            ("1 < count < 5", "compare two things at a time: `1 < count and count < 5`"),
        ] {
            let problems = Condition::parse(source, &types()).unwrap_err();
            assert_eq!(problems[0].help.as_deref(), Some(help), "{source}");
        }
    }

    #[test]
    fn problems_teach() {
        for (source, at, message) in [
            ("box = \"x1\"", "=", "`=` does not compare"),
            ("box == \"x2\"", "\"x2\"", "`box` has no option `x2`"),
            ("boks == \"x1\"", "boks", "there is no `boks` here"),
            ("count == \"3\"", "count == \"3\"", "these two cannot be compared"),
            ("worked && box", "&&", "`&&` means nothing here"),
            ("worked box", "box", "`box` is not expected here"),
            ("(worked", "", "the parenthesis is never closed"),
            ("box > \"x1\"", "box > \"x1\"", "options have no order"),
            ("box == x1", "x1", "there is no `x1` here"),
            ("worked == yes", "yes", "there is no `yes` here"),
            ("box === \"x1\"", "===", "`===` means nothing here"),
            ("box <> \"x1\"", "<>", "`<>` means nothing here"),
            ("box == \"x1\" AND worked", "AND", "`AND` must be in small letters"),
            ("box == “x1”", "“", "`“` is a curly quotation mark"),
            ("{{ box }} == \"x1\"", "{{", "a condition stands without `{{ }}`"),
            ("box == \"x1\" or \"s2\"", "\"s2\"", "`\"s2\"` alone is no condition: it would always hold"),
            ("day > \"3 March\"", "\"3 March\"", "`3 March` is not a day"),
            ("day > \"2026-02-30\"", "\"2026-02-30\"", "`2026-02-30` is not a day"),
            ("day > 5", "day > 5", "these two cannot be compared"),
            ("1 < count < 5", "<", "`<` is not expected here"),
            ("box is \"x1\"", "is", "`is` is not expected here"),
            ("", "", "something is missing here"),
        ] {
            let problems = Condition::parse(source, &types()).unwrap_err();
            assert_eq!((&source[problems[0].range.clone()], problems[0].message.as_str()), (at, message), "{source}");
        }
    }
}
