//! What we send Meta: each kind of message as a golden body, and every limit.

use frontdesk::language::Language;
use frontdesk::message::{Choice, Location, MediaKind, MediaSource, Outbound};
use frontdesk::text::utf16_len;
use frontdesk::whatsapp::limits;
use frontdesk::whatsapp::render::{Recipient, RenderProblem, read_mark, render};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::json as sample;
use crate::golden;

fn ana() -> Recipient {
    Recipient::Number("15550100099".into())
}

fn text(text: &str) -> Outbound {
    Outbound::Text { text: text.into() }
}

fn choice(id: &str, title: &str) -> Choice {
    Choice { id: id.into(), title: title.into(), description: None }
}

fn choices(count: usize) -> Vec<Choice> {
    (0..count).map(|n| choice(&n.to_string(), &format!("Choice {n}"))).collect()
}

fn buttons(buttons: Vec<Choice>) -> Outbound {
    Outbound::Buttons { text: "Which?".into(), buttons }
}

fn list(rows: Vec<Choice>) -> Outbound {
    Outbound::List { text: "Which?".into(), button: "Choose".into(), rows }
}

fn media(kind: MediaKind, source: MediaSource) -> Outbound {
    Outbound::Media { kind, source, caption: Some("the *manual*".into()), filename: Some("manual.pdf".into()) }
}

fn place() -> Location {
    Location { latitude: 32.0853, longitude: 34.7818, name: Some("Shop".into()), address: Some("1 Main Street".into()) }
}

fn template(parameters: &[&str], buttons: Vec<Choice>) -> Outbound {
    Outbound::Template {
        occasion: "answer_ready".into(),
        name: "answer_ready".into(),
        language: Language::HE,
        parameters: parameters.iter().map(|&parameter| parameter.to_owned()).collect(),
        buttons,
    }
}

fn body(message: &Outbound) -> Value {
    let rendered = render(message, &ana(), "job-42").unwrap();
    assert_eq!(rendered.cuts, [], "{message:?}");
    rendered.body
}

fn problem(message: &Outbound) -> RenderProblem {
    render(message, &ana(), "job-42").unwrap_err()
}

/// What was sent where this path leads, and what was lost.
fn cut(message: &Outbound, path: &str) -> (String, Vec<String>) {
    let rendered = render(message, &ana(), "").unwrap();
    let kept = rendered.body.pointer(path).unwrap().as_str().unwrap().to_owned();
    (kept, rendered.cuts.into_iter().map(|cut| cut.lost).collect())
}

#[test]
fn every_kind_has_its_golden() {
    let described = Choice { description: Some("Devices we sold".into()), ..choice("repair", "Repair") };
    let link = || MediaSource::Link("https://example.com/a".into());
    for (name, message) in [
        ("text", text("Hello ☺")),
        ("text-with-link", text("See https://example.com/help")),
        ("text-hebrew", text("שלום, ההזמנה \u{2068}A-12\u{2069} בדרך 👩🏽‍🍳")),
        ("buttons", buttons(vec![choice("yes", "כן"), choice("no", "לא"), choice("person", "Talk to a person")])),
        ("list", list(vec![described, choice("other", "Something else")])),
        (
            "link",
            Outbound::Link { text: "Our terms:".into(), label: "Read".into(), url: "https://example.com/t".into() },
        ),
        ("image", media(MediaKind::Image, link())),
        ("document", media(MediaKind::Document, MediaSource::Id("900".into()))),
        (
            "voice",
            Outbound::Media { kind: MediaKind::Voice, source: link(), caption: None, filename: Some("x.ogg".into()) },
        ),
        ("location", Outbound::Location(place())),
        ("location-bare", Outbound::Location(Location { name: None, address: Some(" ".into()), ..place() })),
        ("location-request", Outbound::LocationRequest { text: "Where are you?".into() }),
        ("template", template(&["Ana", "two\n lines", " "], vec![choice("held:7", "Show me")])),
        ("template-bare", template(&[], vec![])),
    ] {
        let text = serde_json::to_string_pretty(&body(&message)).unwrap() + "\n";
        golden::check(&format!("whatsapp/outbound/{name}.json"), &text);
    }
}

#[test]
fn bodies_are_as_other_clients_send_them() {
    let sent = sample("pywa/api/send_message.json")["json"].clone();
    let ours = render(&text("hi"), &ana(), "tracker").unwrap().body;
    for member in ["messaging_product", "recipient_type", "type", "biz_opaque_callback_data"] {
        assert_eq!(ours[member], sent[member]);
    }
    assert_eq!(ours["text"]["body"], sent["text"]["body"]);
    assert_eq!(read_mark("wamid.1", false), sample("pywa/api/mark_message_as_read.json")["json"]);
    assert_eq!(read_mark("wamid.1", true), sample("pywa/api/set_indicator.json")["json"]);
}

#[test]
fn recipients_are_named_by_number_or_by_business_scoped_id() {
    let to = |wa_id, user_id| render(&text("hi"), &Recipient::of(wa_id, user_id).unwrap(), "").unwrap().body;
    let body = to(Some("15550100099"), Some("US.1234"));
    assert_eq!((&body["to"], &body["recipient"]), (&json!("+15550100099"), &Value::Null));
    let body = to(None, Some("US.1234"));
    assert_eq!((&body["to"], &body["recipient"]), (&Value::Null, &json!("US.1234")));
    assert_eq!(body["biz_opaque_callback_data"], Value::Null);
    assert_eq!(Recipient::of(None, None), None);
    for bad in ["", "bla", "+15550100099", "12", "1555010009912345678901", "١٥٥٥٠١٠٠٠٩٩"] {
        let problem = render(&text("hi"), &Recipient::Number(bad.into()), "").unwrap_err();
        assert_eq!(problem, RenderProblem::Recipient(bad.into()));
    }
    assert!(render(&text("hi"), &Recipient::UserId("1234".into()), "").is_err());
}

#[test]
fn what_is_too_long_is_cut_and_said() {
    let long = "a".repeat(5000);
    let (kept, lost) = cut(&text(&long), "/text/body");
    assert_eq!((utf16_len(&kept), kept.ends_with('…'), lost[0].len()), (limits::TEXT, true, 5000 - limits::TEXT + 1));
    let bodies = [
        Outbound::Buttons { text: long.clone(), buttons: choices(1) },
        Outbound::List { text: long.clone(), button: "Choose".into(), rows: choices(1) },
        Outbound::Link { text: long.clone(), label: "Go".into(), url: "https://example.com".into() },
        Outbound::LocationRequest { text: long },
    ];
    for message in bodies {
        assert_eq!(utf16_len(&cut(&message, "/interactive/body/text").0), limits::BODY);
    }
    let title = "/interactive/action/buttons/0/reply/title";
    let (kept, lost) = cut(&buttons(vec![choice("a", "Talk to a person now, please")]), title);
    assert_eq!((kept.as_str(), lost[0].as_str()), ("Talk to a person no…", "w, please"));
    let row = Choice { description: Some("d".repeat(100)), ..choice("a", &"t".repeat(30)) };
    let (kept, lost) = cut(&list(vec![row]), "/interactive/action/sections/0/rows/0/description");
    assert_eq!((utf16_len(&kept), lost.len()), (limits::ROW_DESCRIPTION, 2));
}

#[test]
fn an_emoji_is_never_cut_in_two() {
    let family = "👨‍👩‍👧‍👦";
    let (kept, lost) = cut(
        &buttons(vec![choice("a", &format!("Family {family}{family}"))]),
        "/interactive/action/buttons/0/reply/title",
    );
    assert_eq!((kept, lost), (format!("Family {family}…"), vec![family.to_owned()]));
}

#[test]
fn titles_differ_even_when_cut() {
    let long = "Repair of a device we sold";
    let rendered =
        render(&buttons(vec![choice("a", long), choice("b", long), choice("c", "Other")]), &ana(), "").unwrap();
    let titles: Vec<&str> = (0..3)
        .map(|n| rendered.body["interactive"]["action"]["buttons"][n]["reply"]["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Repair of a device…", "Repair of a devic… 2", "Other"]);
}

#[test]
fn captions_go_only_where_they_can() {
    let voice = media(MediaKind::Voice, MediaSource::Id("900".into()));
    let rendered = render(&voice, &ana(), "").unwrap();
    assert_eq!(rendered.body["audio"], json!({"id": "900", "voice": true}));
    assert_eq!(rendered.cuts[0].lost, "the *manual*");
}

#[test]
fn file_names_keep_their_end_and_lose_their_folders() {
    let document = |filename: &str| Outbound::Media {
        kind: MediaKind::Document,
        source: MediaSource::Id("900".into()),
        caption: None,
        filename: Some(filename.into()),
    };
    assert_eq!(body(&document("../etc/a\nb.pdf"))["document"]["filename"], ".._etc_a_b.pdf");
    let (kept, _) = cut(&document(&format!("{}.pdf", "מ".repeat(400))), "/document/filename");
    assert!(kept.ends_with("….pdf") && utf16_len(&kept) == limits::FILENAME, "{kept}");
}

#[test]
fn what_cannot_be_sent_says_why() {
    let id = |length: usize| vec![choice(&"i".repeat(length), "A")];
    let link = |url: &str| Outbound::Link { text: "See".into(), label: "Go".into(), url: url.into() };
    let source = |source| media(MediaKind::Image, source);
    for (message, says) in [
        (text(" \n"), "the text is empty; WhatsApp needs words there"),
        (buttons(vec![]), "the message has 0 buttons; WhatsApp takes 1 to 3"),
        (buttons(choices(4)), "the message has 4 buttons; WhatsApp takes 1 to 3"),
        (list(choices(11)), "the message has 11 rows; WhatsApp takes 1 to 10"),
        (template(&[], choices(11)), "the message has 11 buttons; WhatsApp takes 1 to 10"),
        (buttons(vec![choice("a", "A"), choice("a", "B")]), "two choices have the id `a`; give each its own"),
        (buttons(vec![choice("a", " ")]), "the title of button 1 is empty; WhatsApp needs words there"),
        (buttons(id(257)), "the id of a button is longer than the 256 characters WhatsApp takes"),
        (list(id(201)), "the id of a row is longer than the 200 characters WhatsApp takes"),
        (link("javascript:alert(1)"), "`javascript:alert(1)` is not an address that begins with `https://`"),
        (link("https://"), "`https://` is not an address that begins with `https://`"),
        (source(MediaSource::Stored("0f".into())), "the file is not at WhatsApp yet; upload it and send its id"),
        (
            Outbound::Record { enquiry: 1, filename: "a.html".into(), caption: None },
            "the file is not at WhatsApp yet; upload it and send its id",
        ),
        (
            Outbound::Location(Location { latitude: f64::NAN, ..place() }),
            "the place has no latitude within ±90 and longitude within ±180",
        ),
    ] {
        assert_eq!(problem(&message).to_string(), says);
    }
    let callback = render(&text("hi"), &ana(), &"c".repeat(513)).unwrap_err();
    assert_eq!(callback, RenderProblem::TooLong("callback".into(), 512));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_bot_says_stays_within_the_limits(
        text in ".{1,1500}",
        titles in prop::collection::vec(".{1,60}", 1..=10),
        description in prop::option::of(".{0,120}"),
    ) {
        let rows: Vec<Choice> = titles.iter().enumerate().map(|(n, title)| Choice {
            id: n.to_string(),
            title: title.clone(),
            description: description.clone(),
        }).collect();
        let message = Outbound::List { text, button: "Choose".into(), rows };
        match render(&message, &ana(), "") {
            Err(problem) => prop_assert!(matches!(problem, RenderProblem::Empty(_)), "{problem}"),
            Ok(rendered) => {
                let interactive = &rendered.body["interactive"];
                prop_assert!(utf16_len(interactive["body"]["text"].as_str().unwrap()) <= limits::LIST_BODY);
                let rows = interactive["action"]["sections"][0]["rows"].as_array().unwrap();
                let mut titles: Vec<&str> = rows.iter().map(|row| row["title"].as_str().unwrap()).collect();
                for (row, title) in rows.iter().zip(&titles) {
                    prop_assert!((1..=limits::ROW_TITLE).contains(&utf16_len(title)), "{title}");
                    let description = row["description"].as_str().unwrap_or_default();
                    prop_assert!(utf16_len(description) <= limits::ROW_DESCRIPTION);
                }
                let count = titles.len();
                titles.sort_unstable();
                titles.dedup();
                prop_assert_eq!(titles.len(), count, "equal titles");
            }
        }
    }
}
