//! Conditions (`when`, `only_if`, `valid_when`): a small language that looks like Jinja's and is *typed*, so that comparing
//! an option question with a key it does not have is an error at check time. Pure and bounded; evaluation is total.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::message::Value;
use crate::scope::{Scope, TextProblem, TextProblemKind};
use crate::text::nearest;

/// Longer conditions are refused.
const SOURCE_MAX: usize = 2_000;
/// Deeper ones too.
const DEPTH_MAX: usize = 40;

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
        if source.len() > SOURCE_MAX {
            return Err(vec![problem(
                0..source.len(),
                TextProblemKind::Syntax,
                "this condition is too long",
                "split the flow",
            )]);
        }
        let tokens = lex(source).map_err(|problem| vec![problem])?;
        let mut parser = Parser { source, tokens, at: 0, depth: 0, types, problems: Vec::new() };
        let root = parser.either().map_err(|problem| vec![problem])?;
        if let Some((token, range)) = parser.tokens.get(parser.at) {
            return Err(vec![parser.unexpected(token, range.clone())]);
        }
        if parser.problems.is_empty() {
            Ok(Self { source: source.to_owned(), root: root.0 })
        } else {
            Err(parser.problems)
        }
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

// ── reading ──

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Op(Op),
    Mark(char),
}

fn problem(
    range: Range<usize>,
    kind: TextProblemKind,
    message: impl Into<String>,
    help: impl Into<String>,
) -> TextProblem {
    TextProblem { range, kind, message: message.into(), help: Some(help.into()) }
}

fn lex(source: &str) -> Result<Vec<(Token, Range<usize>)>, TextProblem> {
    let mut tokens = Vec::new();
    let mut chars = source.char_indices().peekable();
    let syntax = TextProblemKind::Syntax;
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        let token = match c {
            c if c.is_whitespace() => continue,
            c if c.is_alphabetic() || c == '_' => {
                while let Some((at, next)) =
                    chars.next_if(|(_, next)| next.is_alphanumeric() || matches!(next, '_' | '.'))
                {
                    end = at + next.len_utf8();
                }
                Token::Name(source[start..end].to_owned())
            }
            c if c.is_ascii_digit() || c == '-' => {
                while let Some((at, next)) = chars.next_if(|(_, next)| next.is_ascii_digit() || *next == '.') {
                    end = at + next.len_utf8();
                }
                let text = &source[start..end];
                let number = text.parse().map_err(|_| {
                    problem(start..end, syntax, format!("`{text}` is not a number"), "write numbers like `3` or `1.5`")
                })?;
                Token::Number(number)
            }
            '"' | '\'' => {
                let mut text = String::new();
                let mut closed = false;
                for (at, next) in chars.by_ref() {
                    end = at + next.len_utf8();
                    if next == c {
                        closed = true;
                        break;
                    }
                    text.push(next);
                }
                if !closed {
                    return Err(problem(start..end, syntax, "the text is never closed", format!("close it with {c}")));
                }
                Token::Text(text)
            }
            '=' | '!' | '<' | '>' => {
                let equal = chars.next_if(|(_, next)| *next == '=').is_some();
                end += usize::from(equal);
                match (c, equal) {
                    ('=', true) => Token::Op(Op::Eq),
                    ('!', true) => Token::Op(Op::Ne),
                    ('<', true) => Token::Op(Op::Le),
                    ('>', true) => Token::Op(Op::Ge),
                    ('<', false) => Token::Op(Op::Lt),
                    ('>', false) => Token::Op(Op::Gt),
                    ('=', false) => return Err(problem(start..end, syntax, "`=` does not compare", "write `==`")),
                    _ => return Err(problem(start..end, syntax, "`!` means nothing here", "write `not`")),
                }
            }
            '&' | '|' => {
                let doubled = chars.next_if(|(_, next)| *next == c).is_some();
                end += usize::from(doubled);
                let word = if c == '&' { "and" } else { "or" };
                return Err(problem(
                    start..end,
                    syntax,
                    format!("`{}` means nothing here", &source[start..end]),
                    format!("write `{word}`"),
                ));
            }
            '(' | ')' | '[' | ']' | ',' => Token::Mark(c),
            _ => {
                return Err(problem(
                    start..end,
                    syntax,
                    format!("`{c}` means nothing here"),
                    "conditions compare names with values: `box == \"x1\"`",
                ));
            }
        };
        tokens.push((token, start..end));
    }
    Ok(tokens)
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
    types: &'s Types,
    problems: Vec<TextProblem>,
}

type Parsed = (Expr, Type, Range<usize>);

impl Parser<'_> {
    fn unexpected(&self, token: &Token, range: Range<usize>) -> TextProblem {
        let shown = &self.source[range.clone()];
        let help = match token {
            Token::Name(_) => "join two conditions with `and` or `or`",
            _ => "conditions compare names with values: `box == \"x1\"`",
        };
        problem(range, TextProblemKind::Syntax, format!("`{shown}` is not expected here"), help)
    }

    fn end(&self) -> Range<usize> {
        self.source.len()..self.source.len()
    }

    fn word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some((Token::Name(name), _)) if name == word);
        self.at += usize::from(is);
        is
    }

    fn either(&mut self) -> Result<Parsed, TextProblem> {
        let mut left = self.both()?;
        while self.word("or") {
            let right = self.both()?;
            let range = left.2.start..right.2.end;
            left = (Expr::Or(Box::new(left.0), Box::new(right.0)), Type::Bool, range);
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Parsed, TextProblem> {
        let mut left = self.negation()?;
        while self.word("and") {
            let right = self.negation()?;
            let range = left.2.start..right.2.end;
            left = (Expr::And(Box::new(left.0), Box::new(right.0)), Type::Bool, range);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Parsed, TextProblem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(problem(
                0..self.source.len(),
                TextProblemKind::Syntax,
                "this condition is nested too deeply",
                "split the flow",
            ));
        }
        let start = self.tokens.get(self.at).map_or(self.source.len(), |(_, range)| range.start);
        let parsed = if self.word("not") {
            let inner = self.negation()?;
            Ok((Expr::Not(Box::new(inner.0)), Type::Bool, start..inner.2.end))
        } else {
            self.comparison()
        };
        self.depth -= 1;
        parsed
    }

    fn comparison(&mut self) -> Result<Parsed, TextProblem> {
        let left = self.value()?;
        match self.tokens.get(self.at).cloned() {
            Some((Token::Op(op), _)) => {
                self.at += 1;
                let right = self.value()?;
                self.check_types(&left, op, &right);
                let range = left.2.start..right.2.end;
                Ok((Expr::Compare(Box::new(left.0), op, Box::new(right.0)), Type::Bool, range))
            }
            Some((Token::Name(word), _)) if word == "in" || word == "not" => {
                self.at += 1;
                let negated = word == "not";
                if negated && !self.word("in") {
                    let range = self.tokens.get(self.at).map_or(self.end(), |(_, range)| range.clone());
                    return Err(problem(
                        range,
                        TextProblemKind::Syntax,
                        "`not` here must be followed by `in`",
                        "write `name not in [..]`",
                    ));
                }
                let (values, end) = self.list(&left)?;
                let range = left.2.start..end;
                Ok((Expr::In(Box::new(left.0), values, negated), Type::Bool, range))
            }
            _ => Ok(left),
        }
    }

    fn list(&mut self, left: &Parsed) -> Result<(Vec<Value>, usize), TextProblem> {
        let open = self.tokens.get(self.at).cloned();
        if !matches!(open, Some((Token::Mark('['), _))) {
            let range = open.map_or(self.end(), |(_, range)| range);
            return Err(problem(
                range,
                TextProblemKind::Syntax,
                "`in` needs a list",
                "write it like `in [\"a\", \"b\"]`",
            ));
        }
        self.at += 1;
        let mut values = Vec::new();
        loop {
            if let Some((Token::Mark(']'), range)) = self.tokens.get(self.at) {
                let end = range.end;
                self.at += 1;
                return Ok((values, end));
            }
            let item = self.value()?;
            self.check_types(left, Op::Eq, &item);
            match item.0 {
                Expr::Literal(value) => values.push(value),
                _ => {
                    return Err(problem(
                        item.2,
                        TextProblemKind::Syntax,
                        "a list holds values, not names",
                        "write values in quotes",
                    ));
                }
            }
            match self.tokens.get(self.at) {
                Some((Token::Mark(','), _)) => self.at += 1,
                Some((Token::Mark(']'), _)) => {}
                other => {
                    let range = other.map_or(self.end(), |(_, range)| range.clone());
                    return Err(problem(
                        range,
                        TextProblemKind::Syntax,
                        "the list is never closed",
                        "close it with `]`",
                    ));
                }
            }
        }
    }

    fn value(&mut self) -> Result<Parsed, TextProblem> {
        let Some((token, range)) = self.tokens.get(self.at).cloned() else {
            return Err(problem(
                self.end(),
                TextProblemKind::Syntax,
                "something is missing here",
                "conditions compare names with values: `box == \"x1\"`",
            ));
        };
        self.at += 1;
        let literal = |value: Value, of: Type| (Expr::Literal(value), of, range.clone());
        Ok(match token {
            Token::Text(text) => literal(Value::Text(text), Type::Text),
            Token::Number(number) => literal(Value::Number(number), Type::Number),
            Token::Name(name) => match name.as_str() {
                "true" => literal(Value::Bool(true), Type::Bool),
                "false" => literal(Value::Bool(false), Type::Bool),
                "none" => literal(Value::None, Type::Any),
                "null" | "None" | "nil" => {
                    return Err(problem(
                        range,
                        TextProblemKind::Syntax,
                        format!("`{name}` is not known"),
                        "write `none`",
                    ));
                }
                "and" | "or" | "in" | "not" => return Err(self.unexpected(&Token::Mark(' '), range)),
                _ => self.name(name, range),
            },
            Token::Mark('(') => {
                let inner = self.either()?;
                match self.tokens.get(self.at) {
                    Some((Token::Mark(')'), close)) => {
                        let end = close.end;
                        self.at += 1;
                        (inner.0, inner.1, range.start..end)
                    }
                    other => {
                        let range = other.map_or(self.end(), |(_, range)| range.clone());
                        return Err(problem(
                            range,
                            TextProblemKind::Syntax,
                            "the parenthesis is never closed",
                            "close it with `)`",
                        ));
                    }
                }
            }
            other => return Err(self.unexpected(&other, range)),
        })
    }

    fn name(&mut self, name: String, range: Range<usize>) -> Parsed {
        let known = self.types.get(&name).cloned();
        if known.is_none() {
            let near = nearest(&name, self.types.keys().map(String::as_str));
            let help = near.map_or_else(
                || format!("known here: {}", self.types.keys().cloned().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.problems.push(problem(
                range.clone(),
                TextProblemKind::Unknown,
                format!("there is no `{name}` here"),
                help,
            ));
        }
        (Expr::Name(name), known.unwrap_or(Type::Any), range)
    }

    /// Whether two sides can be compared; what they are is said where they cannot.
    fn check_types(&mut self, left: &Parsed, op: Op, right: &Parsed) {
        for (side, other) in [(left, right), (right, left)] {
            let (Expr::Literal(value), Type::Choice(keys)) = (&other.0, &side.1) else { continue };
            match value {
                Value::None => {}
                Value::Text(key) if keys.contains(key) => {}
                Value::Text(key) => {
                    let help = match nearest(key, keys.iter().map(String::as_str)) {
                        Some(near) => format!("did you mean \"{near}\"?"),
                        None => format!("its options are {}", keys.join(", ")),
                    };
                    let name = &self.source[side.2.clone()];
                    self.problems.push(problem(
                        other.2.clone(),
                        TextProblemKind::Type,
                        format!("`{name}` has no option `{key}`"),
                        help,
                    ));
                    return;
                }
                _ => {
                    let help = format!("compare it with one of its options: {}", keys.join(", "));
                    self.problems.push(problem(
                        other.2.clone(),
                        TextProblemKind::Type,
                        "an option is compared with something else",
                        help,
                    ));
                    return;
                }
            }
        }
        let range = left.2.start..right.2.end;
        let ordered = !matches!(op, Op::Eq | Op::Ne);
        let (a, b) = (kind(&left.1), kind(&right.1));
        if a != b && a != "anything" && b != "anything" {
            let help = format!("the left side is {a}, the right side {b}");
            self.problems.push(problem(range, TextProblemKind::Type, "these two cannot be compared", help));
        } else if ordered && (a == "yes or no" || b == "yes or no") {
            self.problems.push(problem(
                range,
                TextProblemKind::Type,
                "yes and no have no order",
                "write the name alone, or `not name`",
            ));
        } else if ordered && matches!(left.1, Type::Choice(_)) {
            self.problems.push(problem(
                range,
                TextProblemKind::Type,
                "options have no order",
                "compare with `==` or `in [..]`",
            ));
        }
    }
}

const fn kind(of: &Type) -> &'static str {
    match of {
        Type::Choice(_) | Type::Text | Type::Date => "words",
        Type::Bool => "yes or no",
        Type::Number => "a number",
        Type::Thing => "something sent",
        Type::Any => "anything",
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
            ("", "", "something is missing here"),
        ] {
            let problems = Condition::parse(source, &types()).unwrap_err();
            assert_eq!((&source[problems[0].range.clone()], problems[0].message.as_str()), (at, message), "{source}");
        }
    }
}
