//! Checks texts where they are written: syntax, names, filters, and whatever could fail when the text is said.

use std::collections::HashSet;
use std::ops::Range;

use crate::scope::{Known, TextProblem, TextProblemKind};
use crate::text::nearest;

use super::{ENGINE, FILTERS, engine_of};

const STATEMENTS: [&str; 4] = ["if", "elif", "else", "endif"];
const WORDS: [&str; 12] =
    ["and", "or", "not", "in", "is", "true", "false", "none", "defined", "undefined", "if", "else"];

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
                .map_err(|error| error.detail().map_or_else(|| error.to_string(), str::to_owned))
                .and_then(|read| word_as_name(&read.undeclared_variables(false)))
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

/// `{{ and }}` reads, as the value of a name that nothing can have.
fn word_as_name(names: &HashSet<String>) -> Result<(), String> {
    let word = WORDS.iter().find(|word| names.contains(**word));
    word.map_or(Ok(()), |word| Err(format!("`{word}` stands where a name is expected")))
}

struct Block {
    range: Range<usize>,
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

fn tokens<'s>(source: &'s str, range: &Range<usize>) -> Vec<(Token<'s>, Range<usize>)> {
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

/// One `{{ … }}` or `{% … %}` while it is read.
struct Reader<'s> {
    source: &'s str,
    statement: bool,
    tokens: Vec<(Token<'s>, Range<usize>)>,
    known: &'s dyn Fn(&str, Option<&str>) -> Known,
    names: &'s [String],
    problems: &'s mut Vec<TextProblem>,
}

fn check_block(
    source: &str,
    block: &Block,
    known: &dyn Fn(&str, Option<&str>) -> Known,
    names: &[String],
    problems: &mut Vec<TextProblem>,
) {
    let range = without_dashes(source, &block.range);
    let tokens = tokens(source, &range);
    let mut reader = Reader { source, statement: block.statement, tokens, known, names, problems };
    if let Some(from) = reader.begins(&range) {
        let mut at = from;
        while at < reader.tokens.len() {
            at = reader.token(at);
        }
    }
}

/// `{%- if x -%}`: the dashes only say that blank space around is left out.
fn without_dashes(source: &str, range: &Range<usize>) -> Range<usize> {
    let inside = source.get(range.clone()).unwrap_or_default();
    let start = range.start + usize::from(inside.starts_with('-'));
    let end = range.end - usize::from(inside.len() > 1 && inside.ends_with('-'));
    start..end
}

impl Reader<'_> {
    fn push(&mut self, range: Range<usize>, kind: TextProblemKind, message: String, help: impl Into<String>) {
        self.problems.push(TextProblem { range, kind, message, help: Some(help.into()) });
    }

    fn shown(&self, range: &Range<usize>) -> String {
        self.source.get(range.clone()).unwrap_or_default().to_owned()
    }

    /// Where names begin; nothing when there is nothing to read.
    fn begins(&mut self, range: &Range<usize>) -> Option<usize> {
        match (self.statement, self.tokens.first().cloned()) {
            (false, Some(_)) => Some(0),
            (true, Some((Token::Name(word), _))) if STATEMENTS.contains(&word) => Some(1),
            (false, None) => {
                let help = "write a name in it, or take it away";
                self.push(range.clone(), TextProblemKind::Syntax, "an empty `{{ }}`".to_owned(), help);
                None
            }
            (true, first) => {
                let range = first.map_or(range.clone(), |(_, range)| range);
                let message = match self.shown(&range).trim() {
                    "" => "an empty `{% %}`".to_owned(),
                    word => format!("`{word}` cannot be used here"),
                };
                self.push(range, TextProblemKind::Unknown, message, "texts know `if`, `elif`, `else` and `endif`");
                None
            }
        }
    }

    /// Checks the token at a position; where to go on.
    fn token(&mut self, at: usize) -> usize {
        let Some((token, range)) = self.tokens.get(at).cloned() else { return at + 1 };
        match token {
            Token::Mark('|') => self.filter(at + 1),
            Token::Mark(sign @ ('+' | '-' | '*' | '/' | '%')) => {
                let message = format!("`{sign}` cannot be used in a text");
                self.push(
                    range,
                    TextProblemKind::Unknown,
                    message,
                    "texts do not calculate: let a lookup give the number",
                );
                at + 1
            }
            Token::Mark('[') if at > 0 && !matches!(self.tokens.get(at - 1), Some((Token::Name("in"), _))) => {
                let message = "`[` cannot be used here".to_owned();
                self.push(range, TextProblemKind::Unknown, message, "write a field with a dot: `order.eta`");
                at + 1
            }
            Token::Name(name) if !WORDS.contains(&name) => self.name(name, range, at + 1),
            _ => at + 1,
        }
    }

    fn filter(&mut self, at: usize) -> usize {
        let Some((Token::Name(filter), range)) = self.tokens.get(at).cloned() else { return at };
        if !FILTERS.contains(&filter) {
            let near = nearest(filter, FILTERS).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("the filters are {}", FILTERS.join(", ")));
            self.push(range, TextProblemKind::Unknown, format!("there is no filter `{filter}`"), help);
        }
        at + 1
    }

    fn name(&mut self, name: &str, mut range: Range<usize>, mut at: usize) -> usize {
        let looked_into = at > 1 && matches!(self.tokens.get(at - 2), Some((Token::Name("in"), _)));
        let mut field = None;
        if let (Some((Token::Mark('.'), _)), Some((Token::Name(inner), inside))) =
            (self.tokens.get(at), self.tokens.get(at + 1))
        {
            field = Some(*inner);
            range.end = inside.end;
            at += 2;
        }
        if let Some((Token::Mark('('), _)) = self.tokens.get(at) {
            let message = format!("there is no function `{name}`");
            self.push(range, TextProblemKind::Unknown, message, "texts use names and filters only");
            return at;
        }
        let shown = self.shown(&range);
        match (self.known)(name, field) {
            Known::Certain => {}
            Known::Maybe if self.may_be_unset(at, looked_into) => {}
            Known::Maybe => {
                let message = format!("`{shown}` may have no value here");
                let help = format!("say what to print instead: `{{{{ {shown} | default(\"…\") }}}}`");
                self.push(range, TextProblemKind::MaybeUnset, message, help);
            }
            Known::Unknown(near) => {
                let near = near.or_else(|| nearest(&shown, self.names.iter().map(String::as_str)).map(str::to_owned));
                let help = near.map_or_else(
                    || format!("known here: {}", self.names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.push(range, TextProblemKind::Unknown, format!("there is no `{shown}` here"), help);
            }
        }
        at
    }

    /// Whether a name that ends before `at` may be unset: `default` mends it, and a statement may ask for it, as long as
    /// no other filter works on it first and nothing is looked for inside it.
    fn may_be_unset(&self, at: usize, looked_into: bool) -> bool {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some((Token::Mark('|'), _)), Some((Token::Name("default"), _))) => true,
            (Some((Token::Mark('|'), _)), _) => false,
            _ => self.statement && !looked_into,
        }
    }
}
