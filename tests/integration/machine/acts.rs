//! What no transcript can tell: old stamps (R2), held replies (R32) and the phone line (R35).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;
use frontdesk::bot::Bot;
use frontdesk::cli::project;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::effect::Effect;
use frontdesk::conversation::event::{Act, Event, PhoneAct};
use frontdesk::conversation::floor::{AgentOnFloor, Floor};
use frontdesk::conversation::reason::HandoffReason;
use frontdesk::conversation::state::{Contact, Conversation, State};
use frontdesk::conversation::{Editions, step};
use frontdesk::message::{Content, Inbound, Outbound};

use super::rules::folder;

struct Case {
    editions: Editions,
    floor: Floor,
    c: Conversation,
    now: Timestamp,
}

impl Case {
    /// A conversation on the desk's bot, at a moment of its opening hours.
    fn new() -> Self {
        let bot: Arc<Bot> = project::compile(&folder().join("bots/desk")).unwrap().0;
        let contact = Contact {
            number: "1001".to_owned(),
            wa_id: Some("972501234567".to_owned()),
            user_id: None,
            name: "Dana".to_owned(),
            language: None,
        };
        let mut floor = Floor::default();
        floor.agents.insert("Noa".to_owned(), AgentOnFloor { online: true, queues: Some(BTreeSet::new()) });
        Self {
            editions: Editions::new(bot),
            floor,
            c: Conversation::new(contact),
            now: "2026-03-03T09:00:00Z".parse().unwrap(),
        }
    }

    fn happens(&mut self, event: &Event) -> Vec<Outbound> {
        let done = step(&self.editions, &self.floor, &self.c, event, self.now);
        assert_eq!(done.refused, None);
        self.c = done.after;
        self.floor.update(1, &self.c);
        let sent = |effect| match effect {
            Effect::Send { message, .. } => Some(message),
            _ => None,
        };
        done.effects.into_iter().filter_map(sent).collect()
    }

    fn says(&mut self, text: &str, ago: Duration) -> Vec<Outbound> {
        let content = Content::Text(text.to_owned());
        self.comes(content, ago)
    }

    fn comes(&mut self, content: Content, ago: Duration) -> Vec<Outbound> {
        let message = Inbound { id: "m".to_owned(), at: self.now - ago, content, quotes: None, referral: None };
        self.happens(&Event::Messages(vec![message]))
    }

    fn agent(&mut self, act: Act) -> Vec<Outbound> {
        self.happens(&Event::Agent { agent: "Noa".to_owned(), act })
    }

    /// The clock moves, and what is due happens.
    fn wait(&mut self, hours: i64) -> Vec<Outbound> {
        let to = self.now + Duration::hours(hours);
        let mut sent = Vec::new();
        while let Some((kind, at)) = self.c.timers.next().filter(|(_, at)| *at <= to) {
            self.now = at;
            sent.extend(self.happens(&Event::Timer(kind)));
        }
        self.now = to;
        sent
    }

    fn handoff(&self) -> Option<HandoffReason> {
        self.c.enquiry.as_ref()?.handoff.as_ref().map(|handoff| handoff.reason)
    }
}

fn occasion(sent: &[Outbound]) -> Vec<&str> {
    let names = sent.iter().map(|message| match message {
        Outbound::Template { occasion, .. } => occasion.as_str(),
        other => other.text(),
    });
    names.collect()
}

#[test]
fn r02_what_was_stamped_a_day_ago_goes_to_a_person_and_is_told_by_template() {
    let mut case = Case::new();
    let sent = case.says("what is the address", Duration::hours(25));
    assert_eq!(occasion(&sent), ["promise_renewed"]);
    assert_eq!((case.c.state(), case.handoff()), (State::Waiting, Some(HandoffReason::Late)));
}

#[test]
fn r02_a_day_is_not_late_yet() {
    let mut case = Case::new();
    let sent = case.says("what is the address", Duration::hours(23));
    assert_eq!(occasion(&sent), ["Welcome.\nWe are at 1 Main Street."]);
}

#[test]
fn r32_a_held_reply_waits_for_the_tap_even_after_the_end() {
    for hours in [2, 30] {
        let mut case = Case::new();
        case.says("person", Duration::zero());
        case.agent(Act::Take);
        case.agent(Act::Promise { at: case.now + Duration::hours(72) });
        case.wait(48);
        let asked = case.agent(Act::HeldReply { text: "It is ready.".to_owned() });
        assert_eq!(occasion(&asked), ["answer_ready"]);
        let Outbound::Template { buttons, .. } = &asked[0] else { panic!("{asked:?}") };
        let tap = Content::Tap { id: buttons[0].id.clone(), title: buttons[0].title.clone() };
        case.wait(hours);
        assert_eq!(case.c.state(), if hours == 2 { State::AwaitingCustomer } else { State::Ended });
        let sent = case.comes(tap, Duration::zero());
        assert_eq!(occasion(&sent), ["It is ready."], "after {hours} hours");
        assert_eq!(case.c.state(), State::AwaitingCustomer);
    }
}

#[test]
fn r35_the_phone_line_goes_on_with_it_gives_it_back_and_ends_it() {
    let mut case = Case::new();
    case.says("person", Duration::zero());
    let phone = |act| Event::Phone { by: "Rami".to_owned(), act };
    let told = case.happens(&phone(PhoneAct::ContinueByPhone));
    assert_eq!(occasion(&told), ["We go on by phone, as you wished."]);
    assert_eq!(case.c.state(), State::Promised);
    assert_eq!(case.wait(3), []);
    let told = case.happens(&phone(PhoneAct::ContinueOnWhatsapp));
    assert!(told[0].text().starts_with("We go on here: Technical will answer you by"), "{told:?}");
    assert_eq!(case.c.state(), State::Waiting);
    case.happens(&phone(PhoneAct::Done));
    assert_eq!(case.c.state(), State::Ended);
    assert_eq!(occasion(&case.happens(&phone(PhoneAct::Invite))), ["continue_here"]);
}

#[test]
fn r35_given_back_at_night_it_is_held() {
    let mut case = Case::new();
    case.says("person", Duration::zero());
    case.happens(&Event::Phone { by: "Rami".to_owned(), act: PhoneAct::ContinueByPhone });
    case.wait(10);
    let told = case.happens(&Event::Phone { by: "Rami".to_owned(), act: PhoneAct::ContinueOnWhatsapp });
    assert!(told[0].text().starts_with("We are back"), "{told:?}");
    assert_eq!(case.c.state(), State::Held);
}
