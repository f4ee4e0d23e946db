//! The training file of Rasa (`nlu.yml`, versions 2 and 3): its intents with their examples, entities reduced to their words.

use serde_json::Value;

use super::example;
use crate::yaml::{self, Node};

/// What a training file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Training {
    /// The examples of each intent, in the order of the file; retrieval intents as `faq/ask_x`.
    pub intents: Vec<(String, Vec<String>)>,
    /// What else it holds and the bot has no use for: its kind, and how often.
    pub skipped: Vec<(&'static str, usize)>,
}

const MARKDOWN: &str = "this is Rasa 1's Markdown; turn it into YAML first (`rasa data convert nlu -f yaml`)";

/// Kinds of entries that hold no intents.
const OTHERS: [(&str, &str); 3] = [
    ("synonym", "synonym: a question's options have `also:`"),
    ("regex", "regular expression: an intent has `patterns:`"),
    ("lookup", "lookup table: an intent has `keywords:`"),
];

/// Reads the training file `name`.
///
/// # Errors
/// Its line, and why it does not read.
pub fn read(name: &str, text: &str) -> Result<Training, (usize, String)> {
    // A comment in YAML may look like a heading in Markdown.
    let has_headings = || text.lines().any(|line| line.trim_start().starts_with("## intent:"));
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let is_markdown = match ending.as_str() {
        "md" => true,
        "yml" | "yaml" => false,
        _ => has_headings(),
    };
    if is_markdown {
        return Err((1, MARKDOWN.to_owned()));
    }
    let text = text.trim_start_matches('\u{feff}');
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let (documents, problems) = yaml::parse(text);
    if let Some(problem) = problems.first() {
        let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        return Err((line(problem.range.start), format!("{}{help}", problem.message)));
    }
    let lists: Vec<&Node> = documents.iter().filter_map(|root| root.get("nlu")).collect();
    if lists.is_empty() {
        if has_headings() {
            return Err((1, MARKDOWN.to_owned()));
        }
        return Err((1, "there is no `nlu:` in it; name the training file (often data/nlu.yml)".to_owned()));
    }
    let mut training = Training::default();
    for entry in lists.into_iter().flat_map(Node::items) {
        match entry.get("intent").and_then(Node::scalar) {
            Some(intent) => {
                let texts = entry.get("examples").map(examples).unwrap_or_default();
                match training.intents.iter_mut().find(|(name, _)| name == intent) {
                    Some((_, all)) => all.extend(texts),
                    None => training.intents.push((intent.to_owned(), texts)),
                }
            }
            None => match OTHERS.iter().find(|(key, _)| entry.get(key).is_some()) {
                Some((_, name)) => match training.skipped.iter_mut().find(|(known, _)| known == name) {
                    Some((_, count)) => *count += 1,
                    None => training.skipped.push((name, 1)),
                },
                None => {
                    let words =
                        "this entry is no `intent`, `synonym`, `regex` or `lookup`; correct it, or take it away";
                    return Err((line(entry.range.start), words.to_owned()));
                }
            },
        }
    }
    Ok(training)
}

/// `|` and a dash a line, or a list with a `text:` each.
fn examples(node: &Node) -> Vec<String> {
    if let Some(block) = node.scalar() {
        return listed(block).collect();
    }
    let texts = node.items().iter().filter_map(|item| item.scalar().or_else(|| item.get("text")?.scalar()));
    texts.map(|text| words(text.trim().trim_start_matches("- "))).filter(|text| !text.is_empty()).collect()
}

fn listed(block: &str) -> impl Iterator<Item = String> {
    let lines = block.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.map(|line| words(line.strip_prefix('-').unwrap_or(line))).filter(|text| !text.is_empty())
}

/// The sentence as a customer says it: of `[Riga](city)`, `[Riga]{"entity": "city"}` and
/// `[Riga][{"entity": "city"}, {"entity": "from"}]`, the word is left.
fn words(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        said.push_str(before);
        rest = behind;
        let named = behind.split_once(']').filter(|(value, _)| !value.is_empty() && !value.contains('['));
        match named.and_then(|(value, behind)| Some((value, behind.get(annotation(behind)?..)?))) {
            Some((value, behind)) => {
                said.push_str(value);
                rest = behind;
            }
            None => said.push('['),
        }
    }
    said.push_str(rest);
    example(&said)
}

/// How many bytes at the beginning say what entity the word before them is; `None` where nothing does.
fn annotation(text: &str) -> Option<usize> {
    match text.chars().next()? {
        '(' => closed(text, '(', ')'),
        '{' => json(text).map(|(_, end)| end).or_else(|| closed(text, '{', '}')),
        '[' => json(text).filter(|(value, _)| is_list_of_entities(value)).map(|(_, end)| end),
        _ => None,
    }
}

/// Where the bracket closes that the text begins with: at the first that closes, if those within do not pair.
fn closed(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let end = text.char_indices().find(|(_, c)| {
        depth += usize::from(*c == open);
        depth -= usize::from(*c == close);
        depth == 0
    });
    end.map(|(at, _)| at).or_else(|| text.find(close)).map(|at| at + close.len_utf8())
}

fn json(text: &str) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

fn is_list_of_entities(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents_are_read_as_rasa_writes_them() {
        let training = read("nlu.yml", concat!(
            "version: \"3.1\"\nnlu:\n- intent: greet\n  examples: |\n    - hey\n    - hello   [there](x)\n",
            "- intent: faq/ask_x\n  examples: |\n    - from [Riga]{\"entity\": \"city\", \"role\": \"from\"} to [Rome](city)?\n",
            "- synonym: credit\n  examples: |\n    - card\n- regex: zip\n  examples: |\n    - \\d{5}\n",
            "- intent: mood\n  examples:\n  - text: |\n      i am [fine]\n    metadata:\n      sentiment: good\n  - text: bad\n",
            "- synonym: b\n  examples: |\n    - c\n- lookup: city\n  examples: |\n    - Riga\n",
        ))
        .unwrap();
        let named =
            |name: &str, texts: &[&str]| (name.to_owned(), texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(
            training.intents,
            [
                named("greet", &["hey", "hello there"]),
                named("faq/ask_x", &["from Riga to Rome?"]),
                named("mood", &["i am [fine]", "bad"]),
            ]
        );
        let skipped: Vec<usize> = training.skipped.iter().map(|(_, count)| *count).collect();
        assert_eq!(skipped, [2, 1, 1]);
    }

    #[test]
    fn of_an_entity_the_word_is_left() {
        for (written, said) in [
            (r#"from [Riga][{"entity":"city"},{"entity":"from"}] on"#, "from Riga on"),
            (r#"[Riga][{"entity": "city", "role": "[a]"}]"#, "Riga"),
            (r#"to [Riga]{"entity": "city", "value": "R{i}ga}"}!"#, "to Riga!"),
            ("to [Riga (centre)](city:Riga (LV)), please", "to Riga (centre), please"),
            ("to [Riga](city:a(b), please", "to Riga, please"),
            ("to [Riga](city) [Rome](city)", "to Riga Rome"),
            ("press [OK] [twice] (or [1][2])", "press [OK] [twice] (or [1][2])"),
            ("[[Riga](city)]", "[Riga]"),
            ("[", "["),
            ("[]()", "[]()"),
        ] {
            assert_eq!(words(written), said, "{written}");
        }
    }

    #[test]
    fn a_comment_makes_no_markdown_of_yaml() {
        let text = "## intent: these greet\nnlu:\n- intent: greet\n  examples: |\n    - hey\n";
        for name in ["data/nlu.yml", "data/NLU.YAML"] {
            assert_eq!(read(name, text).unwrap().intents, [("greet".to_owned(), vec!["hey".to_owned()])]);
        }
        assert!(read("nlu.md", text).unwrap_err().1.contains("Markdown"));
        assert!(read("nlu", text).unwrap_err().1.contains("Markdown"));
    }

    #[test]
    fn files_of_another_kind_say_so() {
        for name in ["nlu.md", "nlu.yml", "nlu"] {
            assert!(read(name, "## intent:greet\n- hey\n").unwrap_err().1.contains("Markdown"));
        }
        assert!(read("nlu.yml", "stories: []\n").unwrap_err().1.contains("no `nlu:`"));
        assert_eq!(read("nlu.yml", "nlu:\n- intent: a\n  examples: |\n    - b\n- inten: c\n").unwrap_err().0, 5);
        assert_eq!(read("nlu.yml", "nlu:\n- intent: a\n\tb: c\n").unwrap_err().0, 3);
    }
}
