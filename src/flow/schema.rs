//! Flows as designers write them.

use crate::compile::shape::{HANDOFF, Key, Kind, Shape, key, must};

const ANSWER_OPTION: Shape = Shape {
    name: "an option",
    keys: &[
        must("label", Kind::Text, "what the customer sees: at most 20 characters on a button, 24 in a list"),
        key("hint", Kind::Text, "the second line in a list, at most 72 characters"),
        key("also", Kind::List(&Kind::Words), "other words for it"),
    ],
};

const TEXT_LIMITS: Shape = Shape {
    name: "`text`",
    keys: &[key("min", Kind::Number, "the fewest characters"), key("max", Kind::Number, "the most characters")],
};

const NUMBER_LIMITS: Shape = Shape {
    name: "`number`",
    keys: &[
        key("min", Kind::Number, "the lowest"),
        key("max", Kind::Number, "the highest"),
        key("integer", Kind::Flag, "whole numbers only"),
    ],
};

const DATE_LIMITS: Shape = Shape {
    name: "`date`",
    keys: &[
        key("from", Kind::Words, "the first day: `today`, `+3d`, `-30d` or a date like `2026-03-06`"),
        key("to", Kind::Words, "the last day, in the same way"),
    ],
};

/// What `accept` may say in one word.
pub(super) const ACCEPT_WORDS: &[&str] =
    &["text", "yes_no", "number", "date", "phone", "email", "location", "photo", "document", "media"];

const ACCEPT: Shape = Shape {
    name: "`accept`",
    keys: &[
        key("text", Kind::Shape(&TEXT_LIMITS), "free words with a length"),
        key("number", Kind::Shape(&NUMBER_LIMITS), "a number with limits"),
        key("date", Kind::Shape(&DATE_LIMITS), "a day with limits"),
        key("pattern", Kind::Words, "a regular expression; needs `example`"),
        key("example", Kind::Words, "an input that the pattern matches"),
        key("normalise", Kind::OneOf(&["upper", "lower", "digits"]), "how the match is brought into one form"),
    ],
};

const QUESTION: Shape = Shape {
    name: "a question",
    keys: &[
        must("ask", Kind::Text, "what is asked"),
        key(
            "options",
            Kind::MapOf(&Kind::Either(&[Kind::Shape(&ANSWER_OPTION), Kind::Text])),
            "the answers to choose from: 1 to 3 are buttons, 4 to 10 a list",
        ),
        key("accept", Kind::Either(&[Kind::Shape(&ACCEPT), Kind::OneOf(ACCEPT_WORDS)]), "what counts as an answer"),
        key("article", Kind::Words, "an article shown above the question"),
        key("only_if", Kind::Words, "asked only if this condition holds"),
        key("if_unclear", Kind::Text, "said when the answer could not be read"),
        key("if_invalid", Kind::Text, "said when the answer was read but is not allowed"),
        key("lookup", Kind::Words, "a lookup that runs as soon as the answer is in"),
        key("valid_when", Kind::Words, "the answer counts only if this condition holds"),
        key("called", Kind::Text, "how the answer is named to customer and agent, at most 24 characters"),
        key("secret", Kind::Flag, "masked everywhere but in the case"),
    ],
};

const LOCATION: Shape = Shape {
    name: "`location`",
    keys: &[
        must("latitude", Kind::Number, "in degrees, north is positive"),
        must("longitude", Kind::Number, "in degrees, east is positive"),
        key("name", Kind::Words, "what is there"),
        key("address", Kind::Words, "its postal address"),
    ],
};

const LINK: Shape = Shape {
    name: "`link`",
    keys: &[
        must("label", Kind::Text, "the button's label, at most 20 characters"),
        must("url", Kind::Text, "where it leads"),
    ],
};

const DOCUMENT: Shape = Shape {
    name: "`document`",
    keys: &[must("url", Kind::Words, "where it is"), key("filename", Kind::Words, "what it is called")],
};

const SEND: Shape = Shape {
    name: "`send`",
    keys: &[
        key("document", Kind::Either(&[Kind::Shape(&DOCUMENT), Kind::Words]), "a document at an address"),
        key("image", Kind::Words, "a picture at an address"),
        key("location", Kind::Shape(&LOCATION), "a place"),
        key("link", Kind::Shape(&LINK), "a button that opens a web page"),
        key("template", Kind::Words, "an approved template, by its occasion in bot.yaml"),
    ],
};

const OUTCOME_KEYS: &[Key] = &[
    key("when", Kind::Words, "taken only if this condition holds"),
    key("otherwise", Kind::Nothing, "taken when nothing before fits"),
    key("say", Kind::List(&Kind::Text), "what is said"),
    key("article", Kind::Words, "an article shown"),
    key("lookup", Kind::Words, "a lookup that runs first"),
    key("send", Kind::Shape(&SEND), "something sent along"),
    key("handoff", HANDOFF, "a person takes over"),
    key("start", Kind::Words, "another flow begins; its questions count"),
];

const OUTCOME: Shape = Shape { name: "an outcome", keys: OUTCOME_KEYS };

/// A flow.
pub const FLOW: Shape = Shape {
    name: "a flow",
    keys: &[
        must("flow", Kind::Name, "its name"),
        key(
            "hours",
            Kind::OneOf(&["any", "open", "closed"]),
            "when it exists; left out: decided by `when_open` in bot.yaml",
        ),
        key("failures", Kind::OneOf(&["1", "2"]), "how many failures hand off to a person"),
        key("say", Kind::List(&Kind::Text), "what is said first"),
        key("questions", Kind::MapOf(&Kind::Shape(&QUESTION)), "at most two, asked in order"),
        must("outcomes", Kind::List(&Kind::Shape(&OUTCOME)), "the first that fits wins; the last must be `otherwise`"),
        key("departments", Kind::List(&Kind::Words), "the departments it is limited to"),
    ],
};
