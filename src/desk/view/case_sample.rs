//! An example of a case, with everything in it that somebody outside can write.

use crate::message::{Choice, Delivery};
use crate::text::MASK;
use crate::web::bubble::Bubble;

use super::case::{
    Approved, CasePage, CasePart, CaseView, Colleague, Composer, Earlier, Fit, Fitting, Learned, Line, Other, Reading,
    Row, Said, Why,
};
use super::{Frame, List, Notice, QueueChoice, Show};

impl CasePage {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        let notice = Some(Notice::bad("Yossi has it already.".to_owned()));
        Self {
            frame: Frame { here: "case", ..Frame::sample() },
            list: List::sample(),
            case: CaseView::sample(),
            notice,
        }
    }
}

impl CasePart {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        let mut case = CaseView::sample();
        case.composer.shut = true;
        "WhatsApp's 24 hours are over".clone_into(&mut case.composer.window);
        Self { frame: Frame::sample(), case }
    }
}

impl CaseView {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        let list = List::sample();
        let countdown =
            list.groups.first().and_then(|group| group.cards.first()).and_then(|card| card.countdown.clone());
        Self {
            contact: 7,
            show: Show::Mine,
            name: "<b>Noa & co</b>".to_owned(),
            state: "needs a reply".to_owned(),
            tone: "warm",
            countdown,
            queue: Some("Technical support".to_owned()),
            agent: Some("Dana".to_owned()),
            mine: true,
            can_take: false,
            over: false,
            earlier: Some(12),
            latest: true,
            rows: sample_rows(),
            learned: sample_learned(),
            composer: sample_composer(),
        }
    }
}

fn sample_bubble(seq: i64, side: &'static str, text: &str) -> Bubble {
    Bubble {
        seq,
        at: crate::clock::Timestamp::default(),
        side,
        author: None,
        html: crate::web::marks::html(text),
        text: text.to_owned(),
        choices: Vec::new(),
        list: None,
        link: None,
        stand_in: None,
        called: None,
        file: false,
        record: None,
        delivery: None,
        failure: None,
        secret: false,
    }
}

fn sample_rows() -> Vec<Row> {
    let line = |bubble, time: &str| Line {
        bubble,
        time: time.to_owned(),
        follows: false,
        event: false,
        file: None,
        why: None,
    };
    let row = |line| Row::Line(Box::new(line));
    let why = Why {
        rules: vec![("R21".to_owned(), "handed off: second_failure".to_owned())],
        decision: Some("It was not sure of any."),
        readings: vec![Reading {
            label: "My TV is not working".to_owned(),
            percent: 41,
            reasons: "like \"my tv isn't working\" (52 %)".to_owned(),
        }],
    };
    let choices = vec![Choice { id: "q|a".to_owned(), title: "X1 (black)".to_owned(), description: None }];
    let asked = Bubble { choices, delivery: Some(Delivery::Read), ..sample_bubble(14, "bot", "Which box?") };
    let photo =
        Bubble { stand_in: Some("image"), ..sample_bubble(15, "customer", "This one: <script>alert(1)</script>") };
    let secret = Bubble { secret: true, ..sample_bubble(16, "customer", MASK) };
    let agent = Bubble {
        author: Some("Dana".to_owned()),
        delivery: Some(Delivery::Failed),
        failure: Some("131026: not on WhatsApp".to_owned()),
        ..sample_bubble(18, "agent", "*Hello* Noa")
    };
    vec![
        Row::Day("Today".to_owned()),
        Row::Enquiry(2),
        row(line(sample_bubble(13, "customer", "שלום, הטלוויזיה לא עובדת"), "12:20")),
        row(line(asked, "12:20")),
        row(Line { file: Some("/desk/cases/7/files/15".to_owned()), ..line(photo, "12:21") }),
        row(Line { follows: true, why: Some(why), ..line(secret, "12:22") }),
        row(Line {
            event: true,
            ..line(sample_bubble(17, "note", "Handed over: the bot did not understand twice"), "12:22")
        }),
        row(line(agent, "12:25")),
        row(line(Bubble { author: Some("Yossi".to_owned()), ..sample_bubble(19, "note", "She called, too") }, "12:26")),
    ]
}

fn sample_learned() -> Learned {
    let said = |called: &str, value: &str, secret| Said { called: called.to_owned(), value: value.to_owned(), secret };
    Learned {
        name: "<b>Noa & co</b>".to_owned(),
        phone: Some("+972501234567".to_owned()),
        language: Some("Hebrew".to_owned()),
        stopped: true,
        number: Some(2),
        opened: Some("12:20".to_owned()),
        subject: Some("My TV is not working".to_owned()),
        percent: Some(83),
        handoff: Some("the bot did not understand twice"),
        note: Some("X1 box, restart did not help".to_owned()),
        queue: Some("Technical support".to_owned()),
        promise: Some("12:31 by the bot".to_owned()),
        unanswered_check: true,
        held_reply: Some("Dana: It is ready".to_owned()),
        stays_open: true,
        secrets: true,
        answers: vec![said("Box", "X1 (black)", false), said("PIN", MASK, true)],
        results: vec![said("order eta", "Tuesday 3 March", false)],
        earlier: vec![Earlier {
            number: 1,
            when: "3 Nov 2026, 10:00".to_owned(),
            subject: Some("Pay a bill".to_owned()),
            how: "ended by an agent",
            agent: Some("Yossi".to_owned()),
        }],
        others: vec![Other { contact: 12, number: "billing".to_owned(), state: "with the bot".to_owned() }],
    }
}

fn sample_composer() -> Composer {
    let fit =
        |kind, name: &str, label: &str, percent| Fit { kind, name: name.to_owned(), label: label.to_owned(), percent };
    Composer {
        window: "Free text until Thursday at 12:15".to_owned(),
        shut: false,
        text: "Typed </textarea> already".to_owned(),
        note: false,
        when: String::new(),
        held_reply: true,
        fits: Fitting {
            best: vec![fit("flow", "restart_tv_box", "My TV is not working", Some(83))],
            flows: vec![fit("flow", "restart_tv_box", "My TV is not working", None)],
            articles: vec![fit("article", "pair-remote", "Pairing the remote", None)],
            sentence: "This goes quicker with a question or two from our assistant; I'm right here.".to_owned(),
        },
        templates: vec![Approved { occasion: "reminder".to_owned(), label: "reminder".to_owned() }],
        queues: vec![QueueChoice { name: "billing".to_owned(), label: "Billing".to_owned(), chosen: false }],
        colleagues: vec![Colleague { name: "Yossi".to_owned(), online: true }],
    }
}
