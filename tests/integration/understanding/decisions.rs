//! Confident, torn or unsure, and why (R6, R8, R9, R10).

use std::fs;
use std::path::Path;

use frontdesk::bot::Bot;
use frontdesk::cli::project;
use frontdesk::intent::{Anytime, Candidate, Decision, Topic};
use proptest::prelude::*;

use super::{BOT, SHOP, compile, picked, understand};

/// Every line that goes wrong, at once.
fn all_go(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, wanted)| (text, wanted, understand(text)))
        .filter(|(_, wanted, understood)| picked(understood) != **wanted)
        .map(|(text, wanted, understood)| {
            let seen = understood
                .candidates
                .iter()
                .take(3)
                .map(|c| format!("{:?} {:.2} {:?}", c.topic, c.probability, c.reasons));
            format!(
                "{text}: {} instead of {wanted}\n    {}",
                picked(&understood),
                seen.collect::<Vec<_>>().join("\n    ")
            )
        })
        .collect();
    assert!(wrong.is_empty(), "thresholds {:?}\n{}", SHOP.classifier.thresholds(), wrong.join("\n"));
}

#[test]
fn a_whole_message_that_is_an_anytime_word_is_one_however_it_is_written() {
    for (text, word) in [
        ("person", Anytime::Person),
        ("  PERSON!! ", Anytime::Person),
        ("Talk to a human", Anytime::Person),
        ("customer service", Anytime::Person),
        ("נציג", Anytime::Person),
        ("נָצִיג", Anytime::Person),
        ("Cilvēks.", Anytime::Person),
        ("cilveks", Anytime::Person),
        ("menu", Anytime::Menu),
        ("תפריט?", Anytime::Menu),
        ("izvelne", Anytime::Menu),
        ("Cancel", Anytime::Cancel),
        ("forget it", Anytime::Cancel),
        ("STOP", Anytime::Stop),
        ("start", Anytime::Start),
        ("record", Anytime::Record),
    ] {
        assert_eq!(SHOP.classifier.anytime(text), Some(word), "{text}");
    }
    for text in ["", "the person who came", "stop the music", "menus", "👍", "p e r s o n"] {
        assert_eq!(SHOP.classifier.anytime(text), None, "{text}");
    }
}

#[test]
fn a_clear_wish_for_a_person_is_understood_inside_a_sentence() {
    all_go(&[
        ("I want to talk to a human, please", "person"),
        ("can I speak to a real person?", "person"),
        ("get me a human now", "person"),
        ("I don't want to talk to a bot", "person"),
        ("please connect me with an agent", "person"),
        ("let me speak to somebody from support", "person"),
        ("i need to talk to a real human being", "person"),
        ("hi, i would like to talk to a person", "person"),
        ("can i talk to a person about my bill", "person"),
        ("i want to talk to someone about the tv box", "person"),
        ("אני רוצה לדבר עם בן אדם", "person"),
        ("אפשר לדבר עם נציג?", "person"),
        ("תעבירו אותי לנציג", "person"),
        ("אני רוצה נציג אנושי בבקשה", "person"),
        ("אפשר לדבר עם נציג על החשבונית", "person"),
        ("es gribu runāt ar cilvēku", "person"),
        ("vai varu parunāt ar operatoru?", "person"),
        ("gribu runat ar dzivu cilveku", "person"),
    ]);
}

#[test]
fn people_and_agents_in_other_matters_are_no_wish_for_a_person() {
    for text in [
        "the person who came did not repair the tv",
        "your agent was very friendly",
        "how many people can watch at once",
        "הנציג שלכם לא הגיע אתמול",
    ] {
        assert_ne!(picked(&understand(text)), "person", "{text}");
    }
}

#[test]
fn a_keyword_that_is_the_whole_message_decides() {
    all_go(&[
        ("decoder", "tv"),
        ("Decoder!", "tv"),
        ("decoders", "tv"),
        ("the decoder", "tv"),
        ("decoedr", "tv"),
        ("invoice", "bill"),
        ("ממיר", "tv"),
        ("הממיר", "tv"),
        ("חשבונית", "bill"),
        ("rēķins", "bill"),
        ("rekins", "bill"),
        ("rēķinu", "bill"),
        ("opening hours", "hours"),
        ("moving house", "move"),
    ]);
}

#[test]
fn two_matters_with_keywords_in_one_text_are_torn() {
    for (text, both) in [
        ("my decoder is dead and the invoice is wrong", ["bill", "tv"]),
        ("הממיר לא עובד וגם החשבונית לא נכונה", ["bill", "tv"]),
        ("dekoderis nestrādā un rēķins ir nepareizs", ["bill", "tv"]),
    ] {
        let understood = understand(text);
        assert!(matches!(understood.decision, Decision::Torn(_)), "{text}: {understood:?}");
        let mut named: Vec<String> = picked(&understood).split('|').take(2).map(str::to_owned).collect();
        named.sort();
        assert_eq!(named, both, "{text}");
    }
}

#[test]
fn a_never_word_rules_out_and_a_pattern_counts() {
    assert_ne!(picked(&understand("where is the tv guide")), "tv");
    let pattern = understand("there is no signal in the kitchen");
    assert_eq!(picked(&pattern), "tv");
    assert!(pattern.candidates[0].reasons.iter().any(|reason| reason.starts_with("pattern")), "{pattern:?}");
}

#[test]
fn a_greeting_in_front_does_not_hide_the_matter() {
    for (text, topic, greeted) in [
        ("hi, my tv isn't working", "tv", true),
        ("Good morning! why is my bill so high this month", "bill", true),
        ("שלום, הטלוויזיה לא עובדת", "tv", true),
        ("Labdien, televizors nestrādā", "tv", true),
        ("hello", "greeting", false),
        ("Hi there!", "greeting", false),
        ("בוקר טוב", "greeting", false),
        ("sveiki", "greeting", false),
        ("thanks a lot", "thanks", false),
        ("תודה רבה", "thanks", false),
        ("liels paldies", "thanks", false),
        ("goodbye", "goodbye", false),
        ("להתראות", "goodbye", false),
        ("ar labu nakti", "goodbye", false),
    ] {
        let understood = understand(text);
        assert_eq!((picked(&understood).as_str(), understood.greeted), (topic, greeted), "{text}: {understood:?}");
    }
}

#[test]
fn everyday_words_for_the_matters_of_the_bot_are_understood() {
    all_go(&[
        ("the picture is frozen again", "tv"),
        ("my television is not working", "tv"),
        ("screen is black", "tv"),
        ("i have been charged twice", "bill"),
        ("we are moving to another flat next month", "move"),
        ("are you open on sunday", "hours"),
        ("המסך שחור", "tv"),
        ("חויבתי פעמיים", "bill"),
        ("אנחנו עוברים דירה", "move"),
        ("עד מתי אתם פתוחים", "hours"),
        ("ekrāns ir melns", "tv"),
        ("paņēma naudu divreiz", "bill"),
        ("vai jūs strādājat svētdien", "hours"),
    ]);
}

#[test]
fn what_is_not_for_the_bot_is_not_picked() {
    for text in [
        "can you book me a flight to rome",
        "what is the weather like in berlin",
        "order me a large pizza",
        "who won the match yesterday",
        "asdkjh qwe zxc",
        "12345",
        "?",
        "מה מזג האוויר",
        "kāds ir laiks",
    ] {
        assert!(!matches!(understand(text).decision, Decision::Confident), "{text}: {:?}", understand(text));
    }
}

/// A bot with the intents of `intents`, each a name and what is written below it.
fn with(intents: &[(&str, &str)], more: &str) -> Bot {
    let documents = intents.iter().map(|(name, body)| {
        format!("intent: {name}\nlabel: {}\nleads_to: {{ handoff: people }}\n{body}\n", name.to_uppercase())
    });
    let documents: Vec<String> = documents.collect();
    compile(&format!(
        "== bot.yaml\nbot: Tiny\nlanguages: [en]\n{more}\n== intents/all.yaml\n{}",
        documents.join("---\n")
    ))
}

fn of(bot: &Bot, text: &str) -> String {
    picked(&bot.classifier.classify(text, &|_| true))
}

#[test]
fn only_what_is_likely_to_be_meant_is_offered() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (bot, ..) = project::compile(sample).unwrap();
    let files = fs::read_dir(sample.join("intents")).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()));
    let texts: String = files.map(Result::unwrap).collect();
    let mut torn = 0;
    // The beginning of a sentence is what a bot is torn about.
    for text in texts.lines().filter_map(|line| line.strip_prefix("  - ")) {
        let words: Vec<&str> = text.split(' ').collect();
        for begun in (1..=words.len().min(3)).filter_map(|length| words.get(..length)) {
            let understood = bot.classifier.classify(&begun.join(" "), &|_| true);
            let Decision::Torn(count) = understood.decision else { continue };
            torn += 1;
            let offered = &understood.candidates[..usize::from(count)];
            let claims = |of: &&Candidate| of.reasons.iter().any(|reason| reason.starts_with("keyword"));
            let likely = offered.iter().skip(1).all(|candidate| candidate.probability >= 0.06);
            assert!(likely || offered.iter().filter(claims).count() > 1, "{begun:?}: {offered:#?}");
        }
    }
    assert!(torn > 50, "only {torn} texts are torn");
}

#[test]
fn a_sentence_that_is_not_for_us_is_never_picked_and_draws_its_neighbours() {
    let taxi = "examples: [call me a taxi, i need a taxi to the office, taxi at eight please, send a car, book a ride]";
    let lost = "examples: [i lost my bag in the car, my phone is in the taxi, where is my umbrella, lost and found, i forgot a coat]";
    let before = with(&[("ride", taxi), ("lost", lost)], "");
    assert_eq!(of(&before, "send a car to the moon"), "ride");
    let not_for_us = "---\nnot_for_us: [send a car to the moon, sell me a car, i want to talk to a human]";
    let after = with(&[("ride", taxi), ("lost", &format!("{lost}\n{not_for_us}"))], "");
    for text in ["send a car to the moon", "Send a CAR to the moon!", "hello, sell me a car", "sell me your car"] {
        assert_eq!(of(&after, text), "?", "{text}");
    }
    for (text, wanted) in [("send a car", "ride"), ("i need a taxi", "ride"), ("i lost my bag", "lost")] {
        assert_eq!(of(&after, text), wanted, "{text}");
    }
    let why = after.classifier.classify("sell me a car", &|_| true);
    let told = why.candidates[0].reasons.last().unwrap();
    assert!(told.contains("sell me a car") && told.contains("not for us"), "{why:?}");
    assert!(why.candidates[0].probability < 0.5, "{why:?}");
    let not_both = "keywords: [bag]\n---\nnot_for_us: [a taxi with a bag]";
    let keywords =
        with(&[("ride", &format!("keywords: [taxi]\n{taxi}")), ("lost", &format!("{lost}\n{not_both}"))], "");
    let literal = keywords.classifier.classify("A taxi with a bag?", &|_| true);
    assert_eq!(picked(&literal), "?", "{literal:?}");
    assert!(literal.candidates.iter().all(|candidate| candidate.probability < 0.05), "{literal:?}");
    assert!(of(&keywords, "a bag in a taxi").contains('|'));
    assert_eq!(of(&after, "i want to talk to a human"), "person", "nobody closes the way to a person");
}

#[test]
fn a_few_letters_in_common_with_a_greeting_are_none() {
    let parcel = "keywords: [parcel]\nexamples: [where is my parcel, my parcel has not come, when does the parcel come, I am waiting for a parcel, parcel delivery]";
    let bot = with(&[("parcel", parcel)], "");
    for text in ["still here", "still there", "is it there", "have a look"] {
        assert!(!["greeting", "thanks", "goodbye", "yes", "no"].contains(&of(&bot, text).as_str()), "{text}");
    }
    for (text, wanted) in [
        ("helo", "greeting"),
        ("helllo", "greeting"),
        ("good mornng", "greeting"),
        ("thank you so much", "thanks"),
        ("thanks a million", "thanks"),
        ("ok bye then", "goodbye"),
        ("have a nice evening", "goodbye"),
    ] {
        assert_eq!(of(&bot, text), wanted, "{text}");
    }
}

#[test]
fn what_was_typed_on_another_keyboard_layout_is_read_as_meant() {
    for (typed, meant) in
        [("vykuuhzhv kt gucs,", "הטלוויזיה לא עובדת"), ("צט ןמהםןבק", "my invoice"), ("jacubh,", "חשבונית")]
    {
        let (typed, meant) = (understand(typed), understand(meant));
        assert_eq!((typed.decision, &typed.best().unwrap().topic), (meant.decision, &meant.best().unwrap().topic));
        assert_eq!(typed.language, meant.language);
        let reasons = typed.best().unwrap().reasons.join("; ");
        assert!(reasons.contains("another keyboard layout"), "{reasons}");
    }
    let bot = &SHOP;
    assert_eq!(bot.classifier.anytime("bmhd"), Some(Anytime::Person));
    assert_eq!(bot.classifier.anytime("צקמו"), Some(Anytime::Menu));
    for text in ["my tv", "asdkjh qwe", "ok", "???", "תודה"] {
        assert!(!understand(text).candidates.iter().any(|of| of.reasons.join("").contains("layout")), "{text}");
    }
}

#[test]
fn a_keyword_decides_alone_over_whatever_else_is_alike() {
    let lamp = "keywords: [lamp, desk light]\nexamples: [it went dark, nothing shines, no light in here, dark in the hall, light it up]";
    let shop = "examples: [lamp, i want a lamp, sell me a lamp, a lamp please, the lamp in the window]";
    let bot = with(&[("broken", lamp), ("shop", shop)], "");
    for text in ["lamp", "the lamp", "Lamps!", "desk lihgt", "hi, lamp"] {
        let understood = bot.classifier.classify(text, &|_| true);
        assert_eq!(picked(&understood), "broken", "{text}: {understood:?}");
        assert!(understood.candidates[0].probability >= 0.9, "{text}: {understood:?}");
    }
}

#[test]
fn keywords_inside_a_text_weigh_much_and_two_intents_with_one_are_torn_whatever_else_is_alike() {
    let red = "keywords: [apple]\nexamples: [a red one, the sweet red one, red and round, from the tree, red fruit]";
    let sour = "keywords: [lemon]\nexamples: [a sour one, the yellow one, sour and long, from the south, sour fruit]";
    let tea = "examples: [a cup of tea with milk, a cup of hot tea with milk and sugar please, tea in the afternoon, hot tea with sugar, tea with a biscuit, black tea]";
    let bot = with(&[("red", red), ("sour", sour), ("tea", tea)], "");
    assert_eq!(of(&bot, "a cup of tea with milk"), "tea");
    assert!(of(&bot, "tea with apple or so").starts_with("red"), "{}", of(&bot, "tea with apple or so"));
    for text in ["a cup of tea with lemon and apple", "a cup of hot tea with milk and sugar and lemon and apple please"]
    {
        let mut both: Vec<String> = of(&bot, text).split('|').map(str::to_owned).collect();
        both.sort();
        assert_eq!(both, ["red", "sour"], "{text}");
    }
}

#[test]
fn an_example_to_the_letter_decides() {
    let red = "keywords: [apple]\nexamples: [a red one, apple or lemon, red and round, from the tree, red fruit]";
    let sour = "keywords: [lemon]\nexamples: [a sour one, the yellow one, sour and long, from the south, sour fruit]";
    let bot = with(&[("red", red), ("sour", sour)], "");
    assert_eq!(of(&bot, "Apple or lemon?"), "red");
    assert!(of(&bot, "lemon or apple").contains('|'), "{}", of(&bot, "lemon or apple"));
}

#[test]
fn reasons_name_the_keyword_the_example_or_the_article() {
    let bot = compile(&format!(
        "{BOT}\n== knowledge/fibre.md\n---\ntitle: How fibre gets into the house\nquestions: [do you dig up the garden]\n---\nWe dig a trench from the street.\n"
    ));
    for (text, topic, reason) in [
        ("a decoder", Topic::Intent("tv".into()), "keyword `decoder`"),
        ("why is my bill so high", Topic::Intent("bill".into()), "like \"why is my bill so high this month\""),
        ("do you dig up my garden", Topic::Article("fibre".into()), "like \"do you dig up the garden\""),
    ] {
        let understood = bot.classifier.classify(text, &|_| true);
        let best = &understood.candidates[0];
        assert!(best.topic == topic && best.reasons.iter().any(|why| why.starts_with(reason)), "{text}: {best:?}");
    }
}

#[test]
fn thresholds_can_be_overridden() {
    let bot = |thresholds: &str| {
        compile(&BOT.replace("bot: Orbit\n", &format!("bot: Orbit\npolicy: {{ thresholds: {thresholds} }}\n")))
    };
    let with = |thresholds: &str| of(&bot(thresholds), "the picture on the screen");
    assert_eq!(with("{ confident: 0.01 }"), "tv");
    assert!(with("{ confident: 1.0, torn: 0 }").starts_with("tv"), "{}", with("{ confident: 1.0, torn: 0 }"));
    assert_eq!(with("{ confident: 1.0, torn: 1.0 }"), "?");
    let never_sure = bot("{ confident: 1.0, torn: 1.0 }");
    for (whole, topic) in [("decoder", "tv"), ("decoedr", "tv"), ("i was charged twice", "bill"), ("hello", "greeting")]
    {
        let understood = never_sure.classifier.classify(whole, &|_| true);
        assert_eq!((picked(&understood).as_str(), understood.decision), (topic, Decision::Confident), "{whole}");
    }
}

#[test]
fn the_bots_own_words_win_over_what_every_bot_knows() {
    let bot = compile(&BOT.replace("== intents/all.yaml\n", "== intents/all.yaml\nintent: call_back\nlabel: Call me back\nleads_to: { handoff: people }\nexamples:\n  - can someone call me\n  - please phone me\n  - ring me back\n  - i want a phone call\n  - give me a call tomorrow\n---\n"));
    assert_eq!(picked(&bot.classifier.classify("can someone call me", &|_| true)), "call_back");
}

#[test]
fn the_same_sources_understand_alike_whatever_the_files_are_called() {
    let other = compile(BOT);
    let parts: Vec<&str> = BOT.split("---\n").collect();
    let split = format!(
        "{}== intents/z.yaml\n{}== intents/b.yaml\n{}== intents/a.yaml\n{}== intents/n.yaml\n{}",
        parts[0], parts[1], parts[2], parts[3], parts[4]
    );
    let renamed = compile(&split);
    for text in
        ["my tv isn't working", "bill", "decoder and invoice", "hello there", "קצת ארוך אבל ברור", "new adress", "zzz"]
    {
        let (a, b, c) = (
            understand(text),
            other.classifier.classify(text, &|_| true),
            renamed.classifier.classify(text, &|_| true),
        );
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "{text}");
        assert_eq!(format!("{a:?}"), format!("{c:?}"), "{text}");
    }
    assert_eq!(SHOP.classifier.thresholds(), renamed.classifier.thresholds());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn probabilities_are_probabilities_in_order_and_reasons_are_given(text in ".{0,120}") {
        let understood = understand(&text);
        for candidate in &understood.candidates {
            prop_assert!((0.0..=1.0).contains(&candidate.probability), "{candidate:?}");
            prop_assert!(!candidate.reasons.is_empty(), "{candidate:?}");
        }
        prop_assert!(understood.candidates.is_sorted_by(|a, b| a.probability >= b.probability), "{understood:?}");
        if let Decision::Torn(count) = understood.decision {
            prop_assert!((1..=3).contains(&count) && usize::from(count) <= understood.candidates.len());
        }
    }
}
