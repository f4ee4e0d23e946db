use frontdesk::bot::Bot;
use frontdesk::diagnostic::{Sources, human};

/// A bot from files in one text: each begins with a line `== path`.
pub fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    for part in text.split("== ").skip(1) {
        let (path, body) = part.split_once('\n').unwrap();
        sources.add(path.trim(), body.as_bytes());
    }
    sources
}

#[test]
fn the_smallest_bot_is_two_lines_and_one_intent() {
    let sources = sources(
        "== bot.yaml\nbot: My shop\nlanguages: [en]\n== intents/hours.yaml\nintent: opening_hours\nlabel: Opening hours\nleads_to: { say: We are open all day. }\nexamples:\n  - when are you open\n  - opening hours please\n  - what time do you close\n  - are you open on sunday\n  - when can i come by\n",
    );
    let (bot, problems) = Bot::compile(&sources);
    assert_eq!(human(&problems, &sources, false), "No problems found\n");
    let bot = bot.unwrap();
    assert_eq!(bot.menu, ["opening_hours"]);
    let understood = bot.classifier.classify("when do you open", &|_| true);
    assert_eq!(understood.best().map(|best| format!("{:?}", best.topic)), Some("Intent(\"opening_hours\")".to_owned()));
}
