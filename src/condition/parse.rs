//! Reads a condition: tokens into an expression whose names exist and whose sides can be compared. Bounded in length and
//! depth.

use std::ops::Range;

use crate::message::Value;
use crate::scope::{TextProblem, TextProblemKind};
use crate::text::nearest;

use super::token::{Spotted, Token, lex, syntax};
use super::{Expr, Op, Type, Types, kinds};

/// Longer conditions are refused.
const SOURCE_MAX: usize = 2_000;
/// Deeper ones too.
const DEPTH_MAX: usize = 40;
const SHAPE: &str = "conditions compare names with values: `box == \"x1\"`";

/// A part of a condition: what it is, of which kind, and where it stands.
pub(super) struct Side {
    pub(super) expr: Expr,
    pub(super) kind: Type,
    pub(super) range: Range<usize>,
}

/// Reads the whole of `source`; everything that is wrong with it otherwise.
pub(super) fn parse(source: &str, types: &Types) -> Result<Expr, Vec<TextProblem>> {
    if source.len() > SOURCE_MAX {
        return Err(vec![syntax(0..source.len(), "this condition is too long", "split the flow")]);
    }
    let tokens = lex(source).map_err(|problem| vec![problem])?;
    let mut parser = Parser { source, tokens, at: 0, depth: 0, types, problems: Vec::new() };
    let root = parser.either().map_err(|problem| vec![problem])?;
    if let Some((token, range)) = parser.tokens.get(parser.at) {
        return Err(vec![parser.unexpected(token, range.clone())]);
    }
    parser.holds(&root);
    if parser.problems.is_empty() { Ok(root.expr) } else { Err(parser.problems) }
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Spotted>,
    at: usize,
    depth: usize,
    types: &'s Types,
    problems: Vec<TextProblem>,
}

impl Parser<'_> {
    fn unexpected(&self, token: &Token, range: Range<usize>) -> TextProblem {
        let shown = self.source.get(range.clone()).unwrap_or_default();
        let help = match token {
            Token::Name(word) if matches!(word.as_str(), "is" | "equals" | "eq") => "write `==`",
            Token::Name(_) | Token::Text(_) => "join two conditions with `and` or `or`",
            Token::Op(_) => "compare two things at a time: `1 < count and count < 5`",
            _ => SHAPE,
        };
        syntax(range, format!("`{shown}` is not expected here"), help)
    }

    /// The place of the next token, or the end.
    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.source.len()..self.source.len(), |(_, range)| range.clone())
    }

    fn word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some((Token::Name(name), _)) if name == word);
        self.at += usize::from(is);
        is
    }

    fn mark(&mut self, mark: char) -> Option<Range<usize>> {
        match self.tokens.get(self.at) {
            Some((Token::Mark(found), range)) if *found == mark => {
                self.at += 1;
                Some(range.clone())
            }
            _ => None,
        }
    }

    /// Notes a side that stands where yes or no is wanted and is neither.
    fn holds(&mut self, side: &Side) {
        self.problems.extend(kinds::alone(self.source, side));
    }

    fn either(&mut self) -> Result<Side, TextProblem> {
        let mut left = self.both()?;
        while self.word("or") {
            let right = self.both()?;
            left = self.joined(left, right, Expr::Or);
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Side, TextProblem> {
        let mut left = self.negation()?;
        while self.word("and") {
            let right = self.negation()?;
            left = self.joined(left, right, Expr::And);
        }
        Ok(left)
    }

    fn joined(&mut self, left: Side, right: Side, join: fn(Box<Expr>, Box<Expr>) -> Expr) -> Side {
        self.holds(&left);
        self.holds(&right);
        let range = left.range.start..right.range.end;
        Side { expr: join(Box::new(left.expr), Box::new(right.expr)), kind: Type::Bool, range }
    }

    fn negation(&mut self) -> Result<Side, TextProblem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(syntax(0..self.source.len(), "this condition is nested too deeply", "split the flow"));
        }
        let start = self.here().start;
        let side = if self.word("not") {
            let inner = self.negation()?;
            self.holds(&inner);
            Ok(Side { expr: Expr::Not(Box::new(inner.expr)), kind: Type::Bool, range: start..inner.range.end })
        } else {
            self.comparison()
        };
        self.depth -= 1;
        side
    }

    fn comparison(&mut self) -> Result<Side, TextProblem> {
        let left = self.value()?;
        match self.tokens.get(self.at).cloned() {
            Some((Token::Op(op), _)) => {
                self.at += 1;
                let right = self.value()?;
                self.compared(&left, op, &right);
                let range = left.range.start..right.range.end;
                let expr = Expr::Compare(Box::new(left.expr), op, Box::new(right.expr));
                Ok(Side { expr, kind: Type::Bool, range })
            }
            Some((Token::Name(word), _)) if word == "in" || word == "not" => {
                self.at += 1;
                let negated = word == "not";
                if negated && !self.word("in") {
                    let message = "`not` here must be followed by `in`";
                    return Err(syntax(self.here(), message, "write `name not in [..]`"));
                }
                let (values, end) = self.list(&left)?;
                let range = left.range.start..end;
                Ok(Side { expr: Expr::In(Box::new(left.expr), values, negated), kind: Type::Bool, range })
            }
            _ => Ok(left),
        }
    }

    fn list(&mut self, left: &Side) -> Result<(Vec<Value>, usize), TextProblem> {
        if self.mark('[').is_none() {
            return Err(syntax(self.here(), "`in` needs a list", "write it like `in [\"a\", \"b\"]`"));
        }
        let mut values = Vec::new();
        loop {
            if let Some(close) = self.mark(']') {
                return Ok((values, close.end));
            }
            let item = self.value()?;
            self.compared(left, Op::Eq, &item);
            match item.expr {
                Expr::Literal(value) => values.push(value),
                _ => {
                    return Err(syntax(item.range, "a list holds values, not names", "write values in quotes"));
                }
            }
            if self.mark(',').is_none() && !matches!(self.tokens.get(self.at), Some((Token::Mark(']'), _))) {
                return Err(syntax(self.here(), "the list is never closed", "close it with `]`"));
            }
        }
    }

    fn value(&mut self) -> Result<Side, TextProblem> {
        let Some((token, range)) = self.tokens.get(self.at).cloned() else {
            return Err(syntax(self.here(), "something is missing here", SHAPE));
        };
        self.at += 1;
        let literal = |value: Value, kind: Type| Side { expr: Expr::Literal(value), kind, range: range.clone() };
        Ok(match token {
            Token::Text(text) => literal(Value::Text(text), Type::Text),
            Token::Number(number) => literal(Value::Number(number), Type::Number),
            Token::Name(name) => match name.as_str() {
                "true" => literal(Value::Bool(true), Type::Bool),
                "false" => literal(Value::Bool(false), Type::Bool),
                "none" => literal(Value::None, Type::Any),
                "and" | "or" | "in" | "not" => return Err(self.unexpected(&Token::Mark(' '), range)),
                _ => self.name(name, range),
            },
            Token::Mark('(') => {
                let inner = self.either()?;
                let Some(close) = self.mark(')') else {
                    return Err(syntax(self.here(), "the parenthesis is never closed", "close it with `)`"));
                };
                Side { range: range.start..close.end, ..inner }
            }
            other => return Err(self.unexpected(&other, range)),
        })
    }

    fn name(&mut self, name: String, range: Range<usize>) -> Side {
        let known = self.types.get(&name).cloned();
        if known.is_none() {
            let near = nearest(&name, self.types.keys().map(String::as_str));
            let help = near.map_or_else(
                || format!("known here: {}", self.types.keys().cloned().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("there is no `{name}` here");
            let kind = TextProblemKind::Unknown;
            self.problems.push(TextProblem { range: range.clone(), kind, message, help: Some(help) });
        }
        Side { expr: Expr::Name(name), kind: known.unwrap_or(Type::Any), range }
    }

    /// Notes a comparison that makes no sense. An unknown name gets the help that the other side suggests.
    fn compared(&mut self, left: &Side, op: Op, right: &Side) {
        for (side, other) in [(left, right), (right, left)] {
            let Expr::Name(name) = &side.expr else { continue };
            if let Some(help) = kinds::meant(name, other, self.source)
                && let Some(unknown) = self.problems.iter_mut().find(|problem| problem.range == side.range)
            {
                unknown.help = Some(help);
            }
        }
        self.problems.extend(kinds::compare(self.source, left, op, right));
    }
}
