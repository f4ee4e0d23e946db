//! `wording:`: built-in texts in the bot's own words.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::{Context, TextNames};
use crate::diagnostic::Code;
use crate::language::Language;
use crate::policy::wording::{Text, Wording};
use crate::text::nearest;
use crate::yaml::Node;

/// The built-in texts with the bot's own over them.
pub(super) fn wording(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Wording {
    let mut own: BTreeMap<Text, BTreeMap<Language, String>> = BTreeMap::new();
    for (key, value) in node.get("wording").map(Node::entries).unwrap_or_default() {
        let name = key.scalar().unwrap_or_default();
        let Some(text) = Text::from_name(name) else {
            let near = nearest(name, Text::ALL.iter().map(|text| text.name()));
            let help = near.map_or_else(
                || "`frontdesk schema wording` lists all of them".to_owned(),
                |near| format!("did you mean `{near}`? `frontdesk schema wording` lists all of them"),
            );
            context
                .problem(Code::UnknownReference, file, &key.range, format!("there is no built-in text named `{name}`"))
                .help = Some(help);
            continue;
        };
        let mut names = TextNames::everywhere();
        for name in text.names_allowed() {
            names.certain(name, 40);
        }
        let max = text.length_max().unwrap_or(1024);
        context.at_most(file, value, &names, max, "this text");
        if let Some(read) = context.text_with_gaps(file, value, &names) {
            own.insert(text, read.sources().map(|(language, text)| (language, text.to_owned())).collect());
        }
    }
    missing_wording(context, file, node, &own);
    Wording::new(context.default_language(), &own)
}

/// A language that is not shipped needs every text from the bot.
fn missing_wording(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    own: &BTreeMap<Text, BTreeMap<Language, String>>,
) {
    for language in context.languages.clone() {
        if Language::BUILT_IN.contains(&language) {
            continue;
        }
        let has = |text: &&Text| own.get(text).is_some_and(|texts| texts.contains_key(&language));
        let missing: Vec<&str> = Text::ALL.iter().filter(|text| !has(text)).map(|text| text.name()).collect();
        if !missing.is_empty() {
            let range = node.entry("languages").map_or(node.range.clone(), |(_, value)| value.range.clone());
            let some = missing.iter().take(6).copied().collect::<Vec<_>>().join(", ");
            let more = missing.len().saturating_sub(6);
            let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message =
                format!("`{language}` is not shipped, and the bot does not give it these texts: {some}{and_more}");
            context.problem(Code::MissingWording, file, &range, message).help = Some(format!(
                "write them under `wording:` for `{language}`; `frontdesk schema wording` lists all of them"
            ));
        }
    }
}
