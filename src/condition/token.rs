//! A condition's source into tokens. Signs that other languages use get the spelling that is meant here.

use std::ops::Range;

use crate::scope::{TextProblem, TextProblemKind};

use super::Op;

/// One word or sign of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Op(Op),
    Mark(char),
}

/// A token and where it stands.
pub(super) type Spotted = (Token, Range<usize>);

/// Something that does not read, with the way out.
pub(super) fn syntax(range: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> TextProblem {
    TextProblem { range, kind: TextProblemKind::Syntax, message: message.into(), help: Some(help.into()) }
}

/// Splits a condition.
pub(super) fn lex(source: &str) -> Result<Vec<Spotted>, TextProblem> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = source.get(at..).and_then(|rest| rest.chars().next()) {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, range) = next(source, at, c)?;
        at = range.end;
        tokens.push((token, range));
    }
    Ok(tokens)
}

fn next(source: &str, start: usize, c: char) -> Result<Spotted, TextProblem> {
    let run = |fits: &dyn Fn(char) -> bool| {
        let rest = source.get(start + c.len_utf8()..).unwrap_or_default();
        start..start + c.len_utf8() + rest.find(|c| !fits(c)).unwrap_or(rest.len())
    };
    let shown = |range: &Range<usize>| source.get(range.clone()).unwrap_or_default().to_owned();
    match c {
        _ if c.is_alphabetic() || c == '_' => {
            let range = run(&|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
            name(shown(&range), range)
        }
        _ if c.is_ascii_digit() || c == '-' => {
            let range = run(&|c| c.is_ascii_digit() || c == '.');
            let text = shown(&range);
            match text.parse() {
                Ok(number) => Ok((Token::Number(number), range)),
                Err(_) => {
                    Err(syntax(range, format!("`{text}` is not a number"), "write numbers like `3`, `-3` or `1.5`"))
                }
            }
        }
        '"' | '\'' => quoted(source, start, c),
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' => Err(syntax(
            start..start + c.len_utf8(),
            format!("`{c}` is a curly quotation mark"),
            "write straight ones: `box == \"x1\"`",
        )),
        '=' | '!' | '<' | '>' => {
            let range = run(&|c| matches!(c, '=' | '!' | '<' | '>'));
            operator(&shown(&range), range)
        }
        '&' | '|' => {
            let range = run(&|other| other == c);
            let word = if c == '&' { "and" } else { "or" };
            Err(syntax(range.clone(), format!("`{}` means nothing here", shown(&range)), format!("write `{word}`")))
        }
        '{' | '}' | '%' => {
            let message = "a condition stands without `{{ }}`";
            Err(syntax(run(&|c| matches!(c, '{' | '}' | '%')), message, "write the names as they are: `box == \"x1\"`"))
        }
        '(' | ')' | '[' | ']' | ',' => Ok((Token::Mark(c), start..start + 1)),
        _ => Err(syntax(
            start..start + c.len_utf8(),
            format!("`{c}` means nothing here"),
            "conditions compare names with values: `box == \"x1\"`",
        )),
    }
}

/// A name, or a word of the language in the wrong letters.
fn name(name: String, range: Range<usize>) -> Result<Spotted, TextProblem> {
    let lower = name.to_lowercase();
    let known = matches!(lower.as_str(), "and" | "or" | "not" | "in" | "true" | "false" | "none");
    if known && name != lower {
        return Err(syntax(range, format!("`{name}` must be in small letters"), format!("write `{lower}`")));
    }
    if matches!(lower.as_str(), "null" | "nil") {
        return Err(syntax(range, format!("`{name}` is not known"), "write `none`"));
    }
    Ok((Token::Name(name), range))
}

fn quoted(source: &str, start: usize, mark: char) -> Result<Spotted, TextProblem> {
    let inside = source.get(start + 1..).unwrap_or_default();
    match inside.find(mark) {
        Some(length) => {
            let text = inside.get(..length).unwrap_or_default().to_owned();
            Ok((Token::Text(text), start..start + length + 2))
        }
        None => Err(syntax(start..source.len(), "the text is never closed", format!("close it with {mark}"))),
    }
}

fn operator(shown: &str, range: Range<usize>) -> Result<Spotted, TextProblem> {
    let op = match shown {
        "==" => Op::Eq,
        "!=" => Op::Ne,
        "<" => Op::Lt,
        "<=" => Op::Le,
        ">" => Op::Gt,
        ">=" => Op::Ge,
        _ => {
            let meant = match shown {
                "=" => return Err(syntax(range, "`=` does not compare", "write `==`")),
                "!" => "not",
                "<>" | "><" | "!==" => "!=",
                "=<" => "<=",
                "=>" => ">=",
                _ => "==",
            };
            return Err(syntax(range, format!("`{shown}` means nothing here"), format!("write `{meant}`")));
        }
    };
    Ok((Token::Op(op), range))
}
