//! `bot.yaml` as designers write it.

use crate::compile::shape::{Kind, Shape, key, must};

const NUMBER: Shape = Shape {
    name: "a number",
    keys: &[
        must("id", Kind::Words, "WhatsApp's phone number id, in quotes"),
        key("department", Kind::Name, "the department it belongs to"),
        key("queue", Kind::Words, "its own queue"),
    ],
};

const HOURS: Shape = Shape {
    name: "`hours`",
    keys: &[
        key("zone", Kind::Words, "the time zone, such as `Asia/Jerusalem`"),
        must("open", Kind::Words, "opening hours as OpenStreetMap writes them: `Su-Th 08:00-18:00; PH off`"),
        key("holidays", Kind::Words, "the country whose public holidays count, such as `IL`"),
        key("exceptions", Kind::MapOf(&Kind::Words), "days that differ: a date to `closed` or `08:00-12:00`"),
    ],
};

const QUEUE: Shape = Shape {
    name: "a queue",
    keys: &[
        key("label", Kind::Text, "what customers and agents call it"),
        key("hours", Kind::Shape(&HOURS), "its own hours"),
        key("first_reply", Kind::Duration, "target for the first reply"),
        key("next_reply", Kind::Duration, "target for later replies"),
    ],
};

const MORNING_CHECK: Shape = Shape {
    name: "`morning_check`",
    keys: &[
        key("after_opening", Kind::Duration, "how long after opening it goes out"),
        key("per_minute", Kind::Number, "at most so many a minute"),
        key("skip_younger", Kind::Duration, "not asked when held, or heard from, within this"),
        key("silent_after", Kind::Duration, "joins the queue after this much opening time without an answer"),
    ],
};

const LOOP: Shape = Shape {
    name: "`loop`",
    keys: &[
        key("messages", Kind::Number, "so many times the same message"),
        key("within", Kind::Duration, "within this time"),
    ],
};

const THRESHOLDS: Shape = Shape {
    name: "`thresholds`",
    keys: &[
        key("confident", Kind::Number, "from this probability on an intent is picked, 0 to 1"),
        key("torn", Kind::Number, "from this probability on the customer is asked which, 0 to 1"),
    ],
};

const POLICY: Shape = Shape {
    name: "`policy`",
    keys: &[
        key("gather", Kind::Duration, "messages so near to each other are one turn (media: a second more)"),
        key("sitting", Kind::Duration, "how long a settled enquiry can be taken up again"),
        key("welcome_again", Kind::Duration, "the welcome is said again after this"),
        key("repeat_contact", Kind::Duration, "who comes back within this goes to a person"),
        key("question_reminder", Kind::Duration, "a quiet customer is reminded of a question once"),
        key("reminders", Kind::List(&Kind::Duration), "reminders after an agent's message"),
        key("closing_after", Kind::Duration, "the earliest closing notice after an agent's message"),
        key("quiet_hours", Kind::Words, "no reminders in these hours: `21:00-08:00`"),
        key("short_closure", Kind::Duration, "a shorter closure holds nothing"),
        key("phone_hint_after", Kind::Duration, "a promise further off mentions the phone line"),
        key("morning_check", Kind::Shape(&MORNING_CHECK), "whether held enquiries are still relevant"),
        key("reassign_after", Kind::Duration, "an agent who has not answered loses the enquiry"),
        key("offline_after", Kind::Duration, "an agent who is gone so long gives back what needs a reply"),
        key("capacity", Kind::Number, "enquiries that may wait for one agent"),
        key("warn_at", Kind::Number, "per cent of a target at which agents are warned"),
        key("window_alert", Kind::Duration, "so long before the window shuts agents are alerted"),
        key("loop", Kind::Shape(&LOOP), "when the bot repeats itself"),
        key("thresholds", Kind::Shape(&THRESHOLDS), "overrides of what cross-validation chose"),
    ],
};

const WORDS: Shape = Shape {
    name: "`words`",
    keys: &[
        key("person", Kind::List(&Kind::Words), "more words for a person"),
        key("menu", Kind::List(&Kind::Words), "more words for the menu"),
        key("cancel", Kind::List(&Kind::Words), "more words for leaving a flow"),
        key("stop", Kind::List(&Kind::Words), "more words against reminders"),
        key("start", Kind::List(&Kind::Words), "more words that undo `stop`"),
        key("record", Kind::List(&Kind::Words), "more words for the record"),
    ],
};

const TEMPLATE: Shape = Shape {
    name: "a template",
    keys: &[
        must("name", Kind::Words, "its name at WhatsApp"),
        key("languages", Kind::List(&Kind::Words), "the languages it is approved in"),
        key("parameters", Kind::List(&Kind::Words), "names as in texts, in the template's order"),
        key("buttons", Kind::MapOf(&Kind::Text), "its quick-reply buttons: `yes` and `no` with their labels"),
    ],
};

/// The occasions that templates are for.
pub const OCCASIONS: &[&str] =
    &["still_relevant", "answer_ready", "reminder", "closing", "promise_renewed", "record", "continue_here"];

const LOOKUP: Shape = Shape {
    name: "a lookup",
    keys: &[
        must("get", Kind::Words, "the address; may use answers: `https://api.example.com/orders/{{ order_number }}`"),
        key("headers", Kind::MapOf(&Kind::Words), "headers; may use `{{ env.NAME }}`"),
        key("timeout", Kind::Duration, "how long one try may take"),
        key("result", Kind::MapOf(&Kind::Words), "names for what is taken from the answer, each a JSONPath"),
    ],
};

/// `bot.yaml`.
pub const BOT: Shape = Shape {
    name: "bot.yaml",
    keys: &[
        must("bot", Kind::Words, "what the bot is called"),
        key("languages", Kind::List(&Kind::Words), "the languages it speaks, the default first"),
        key("locale", Kind::MapOf(&Kind::Words), "how dates and numbers are written per language: `{ en: en-IE }`"),
        key("menu", Kind::List(&Kind::Words), "intents in the order of the menu's rows"),
        key("numbers", Kind::List(&Kind::Shape(&NUMBER)), "the business's WhatsApp numbers"),
        key("hours", Kind::Shape(&HOURS), "for every queue that has none of its own"),
        key("when_open", Kind::OneOf(&["handoff", "flows"]), "in business hours a person, or flows first"),
        key("queues", Kind::MapOf(&Kind::Shape(&QUEUE)), "teams of agents"),
        key("policy", Kind::Shape(&POLICY), "the values that the rules name"),
        key("words", Kind::Shape(&WORDS), "more anytime words"),
        key("wording", Kind::MapOf(&Kind::Text), "built-in texts in the bot's own words"),
        key("templates", Kind::MapOf(&Kind::Shape(&TEMPLATE)), "approved WhatsApp templates by occasion"),
        key("lookups", Kind::MapOf(&Kind::Shape(&LOOKUP)), "what may be looked up over HTTP"),
    ],
};
