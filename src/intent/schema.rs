//! Intents as designers write them.

use crate::compile::shape::{HANDOFF, Kind, Shape, key, must};

const DESTINATION: Shape = Shape {
    name: "`leads_to`",
    keys: &[
        key("flow", Kind::Words, "a flow"),
        key("article", Kind::Words, "an article, followed by \"Did that help?\""),
        key("handoff", HANDOFF, "a person"),
        key("say", Kind::List(&Kind::Text), "a sentence"),
    ],
};

/// An intent.
pub const INTENT: Shape = Shape {
    name: "an intent",
    keys: &[
        must("intent", Kind::Name, "its name"),
        key("leads_to", Kind::Shape(&DESTINATION), "what happens: a flow, an article, a handoff or a sentence"),
        key("label", Kind::Text, "its row in the menu and in \"Did you mean\", at most 24 characters"),
        key("menu", Kind::Flag, "`false`: it has no row in the menu"),
        key("keywords", Kind::List(&Kind::Words), "whole words or phrases"),
        key("patterns", Kind::List(&Kind::Words), "regular expressions"),
        key("never", Kind::List(&Kind::Words), "words that rule it out"),
        key("examples", Kind::List(&Kind::Words), "how customers put it"),
        key("examples_from", Kind::Words, "a file with examples: `text,intent`, or one text a line"),
        key("departments", Kind::List(&Kind::Words), "the departments it is limited to"),
        key("confirm", Kind::Flag, "ask \"You want to …?\" before its flow"),
    ],
};

/// What customers ask that is not for the bot.
pub const NOT_FOR_US: Shape = Shape {
    name: "`not_for_us`",
    keys: &[must(
        "not_for_us",
        Kind::List(&Kind::Words),
        "what customers ask that the bot must not pretend to understand",
    )],
};
