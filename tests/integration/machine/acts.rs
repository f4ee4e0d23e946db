//! What no transcript can tell: old stamps (R2), what happens while a lookup is under way (R6, R18), turns that fail (R21),
//! held replies (R32) and the phone line (R35).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;
use frontdesk::bot::Bot;
use frontdesk::cli::project;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::effect::Effect;
use frontdesk::conversation::event::{Act, Event, LookupAnswer, PhoneAct};
use frontdesk::conversation::floor::{AgentOnFloor, Floor, assign};
use frontdesk::conversation::reason::HandoffReason;
use frontdesk::conversation::state::{Contact, Conversation, State, TimerKind};
use frontdesk::conversation::{Editions, bot_error, step};
use frontdesk::message::{Content, Inbound, Outbound, Value};

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
        let message = self.message(content, ago);
        self.happens(&Event::Messages(vec![message]))
    }

    fn message(&self, content: Content, ago: Duration) -> Inbound {
        Inbound { id: "m".to_owned(), at: self.now - ago, content, quotes: None, referral: None }
    }

    /// The customer gave an order's number, and the shop has not answered yet.
    fn looks_up() -> Self {
        let mut case = Self::new();
        case.says("order", Duration::zero());
        case.says("A-10234", Duration::zero());
        assert!(
            case.c.enquiry.as_ref().is_some_and(|enquiry| enquiry.run.as_ref().is_some_and(|r| r.pending.is_some()))
        );
        case
    }

    fn shop_answers(&mut self, answer: LookupAnswer) -> Vec<Outbound> {
        self.happens(&Event::Lookup { call: self.c.calls, answer })
    }

    fn agent(&mut self, act: Act) -> Vec<Outbound> {
        self.happens(&Event::Agent { agent: "Noa".to_owned(), act })
    }

    /// The clock moves, and what is due happens.
    fn wait(&mut self, hours: i64) -> Vec<Outbound> {
        let to = self.now + Duration::hours(hours);
        let mut sent = Vec::new();
        while let Some((kind, at)) = self.c.timers.next().filter(|(_, at)| *at <= to) {
            self.now = self.now.max(at);
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
fn r02_r06_a_late_stop_is_obeyed_and_opens_nothing() {
    let mut case = Case::new();
    assert_eq!(case.says("stop", Duration::hours(30)), [], "the window has shut");
    assert_eq!((case.c.stopped, case.c.state(), case.handoff()), (true, State::Ended, None));
    let sent = case.says("start", Duration::zero());
    assert_eq!((occasion(&sent), case.c.stopped), (vec!["Reminders are on again."], false));
}

#[test]
fn r02_r06_a_late_start_is_obeyed_while_the_bot_serves() {
    let mut case = Case::new();
    case.says("stop", Duration::zero());
    case.says("my parcel", Duration::zero());
    assert_eq!(case.c.state(), State::Bot);
    case.now += Duration::hours(60);
    assert_eq!(case.says("start", Duration::hours(30)), [], "the window has shut");
    assert_eq!((case.c.stopped, case.c.state(), case.handoff()), (false, State::Bot, None));
}

#[test]
fn r40_what_is_due_is_due_at_a_full_millisecond_as_the_store_keeps_it() {
    let mut case = Case::new();
    case.floor.agents.insert("Noa".to_owned(), AgentOnFloor { online: true, queues: None });
    case.says("person", Duration::zero());
    case.now += Duration::milliseconds(1);
    case.happens(&Event::Assigned { agent: "Noa".to_owned() });
    let reassign = case.c.timers.get(TimerKind::Reassign).unwrap();
    assert_eq!(reassign, "2026-03-03T09:04:00.001Z".parse::<Timestamp>().unwrap(), "half of 07:59.999, and not before");
}

#[test]
fn r28_r40_an_opening_that_was_slept_through_is_no_later_one() {
    let mut case = Case::new();
    case.now = "2026-03-03T17:40:00Z".parse().unwrap();
    case.says("person", Duration::zero());
    assert_eq!(case.c.state(), State::Held);
    // The process was down from before 08:00 until 09:30, local time.
    case.now = "2026-03-04T07:30:00Z".parse().unwrap();
    case.happens(&Event::Published);
    case.happens(&Event::Timer(TimerKind::QueueOpens));
    let sent = case.happens(&Event::Timer(TimerKind::MorningCheck));
    assert_eq!(case.c.state(), State::Asked, "asked at once: 08:15 has passed");
    assert_eq!(sent.len(), 1);
}

#[test]
fn r22_r40_a_promise_whose_day_was_slept_through_is_renewed_with_an_apology_and_no_more_than_twice() {
    let mut case = Case::new();
    case.now = "2026-03-03T17:40:00Z".parse().unwrap();
    case.says("person", Duration::zero());
    assert_eq!(case.c.state(), State::Held);
    // The process is down from before opening until after closing, day after day.
    case.now = "2026-03-04T17:00:00Z".parse().unwrap();
    let again = "Sorry, this takes longer than I said. Technical will answer you here by Thursday at 08:25.";
    assert_eq!(occasion(&case.wait(0)), [again]);
    assert_eq!(case.c.state(), State::Held);
    case.now = "2026-03-05T18:00:00Z".parse().unwrap();
    assert_eq!(occasion(&case.wait(0)), ["promise_renewed"], "the window has shut");
    case.now = "2026-03-06T18:00:00Z".parse().unwrap();
    assert_eq!(case.wait(0), [], "the next word is a person's");
    assert!(case.c.enquiry.as_ref().unwrap().promise.as_ref().unwrap().over, "and the supervisors know");
}

#[test]
fn r22_r27_whoever_is_first_in_line_is_first_the_next_day_too() {
    let mut case = Case::new();
    case.now = "2026-03-03T15:55:00Z".parse().unwrap();
    case.says("person", Duration::zero());
    assert_eq!(case.c.state(), State::Waiting);
    case.now = "2026-03-03T16:30:00Z".parse().unwrap();
    case.wait(0);
    assert_eq!(case.c.state(), State::Held);
    let promised = |case: &Case| case.c.enquiry.as_ref().unwrap().promise.as_ref().unwrap().at.to_rfc3339();
    assert_eq!(promised(&case), "2026-03-04T06:10:00+00:00");
    // Nobody was there all day.
    case.now = "2026-03-04T17:30:00Z".parse().unwrap();
    assert_eq!(occasion(&case.wait(0)), ["promise_renewed"]);
    assert_eq!(promised(&case), "2026-03-05T06:10:00+00:00", "nobody is before them, they themselves neither");
}

#[test]
fn r22_r28_a_promise_that_comes_before_the_morning_check_is_renewed() {
    let mut case = Case::new();
    case.now = "2026-03-03T17:40:00Z".parse().unwrap();
    case.says("person", Duration::zero());
    case.now = "2026-03-04T06:00:00Z".parse().unwrap();
    case.happens(&Event::Timer(TimerKind::QueueOpens));
    // So many are asked before them that their turn has not come by 08:25.
    let check_at = case.now + Duration::minutes(40);
    case.c.enquiry.as_mut().unwrap().held.as_mut().unwrap().check_at = Some(check_at);
    case.happens(&Event::Published);
    case.now += Duration::minutes(25);
    let sent = case.wait(0);
    assert_eq!(occasion(&sent), ["Sorry, this takes longer than I said. Technical will answer you here by 08:33."]);
    assert_eq!(case.c.state(), State::Waiting, "joined unasked");
}

#[test]
fn r06_stop_is_obeyed_at_once_while_a_lookup_is_under_way() {
    let mut case = Case::looks_up();
    let sent = case.says("stop", Duration::zero());
    assert!(case.c.stopped);
    assert_eq!(occasion(&sent), ["All right, no more reminders from us. Write \"start\" to get them again."]);
    let sent = case.shop_answers(LookupAnswer::Failed("no answer".to_owned()));
    assert!(sent[0].text().starts_with("I can't reach our system right now"), "{sent:?}");
    assert!(case.c.stopped && case.c.state() == State::Waiting);
}

#[test]
fn r18_what_waited_for_a_lookup_is_no_answer_to_a_later_one() {
    for act in [Act::Take, Act::Promise { at: "2026-03-03T12:00:00Z".parse().unwrap() }] {
        let mut case = Case::looks_up();
        case.says("purple elephants", Duration::zero());
        case.agent(act);
        case.agent(Act::Flow { flow: "order".to_owned() });
        case.says("A-10235", Duration::zero());
        let sent = case.shop_answers(LookupAnswer::Found([("found".to_owned(), Value::Bool(true))].into()));
        assert_eq!(occasion(&sent), ["It waits to be packed."]);
        assert_eq!(case.c.state(), State::AwaitingCustomer);
    }
}

#[test]
fn r21_a_message_whose_turn_failed_is_our_turn() {
    let mut case = Case::new();
    case.floor.agents.insert("Noa".to_owned(), AgentOnFloor { online: true, queues: None });
    case.says("person", Duration::zero());
    case.agent(Act::Reply { text: "Which box?".to_owned(), file: None });
    let failed = |case: &Case, content| {
        let event = Event::Messages(vec![case.message(content, Duration::zero())]);
        bot_error(&case.editions, &case.floor, &case.c, &event, case.now).after
    };
    let after = failed(&case, Content::Text("X1".to_owned()));
    assert_eq!((after.state(), after.enquiry.as_ref().unwrap().clock.is_some()), (State::NeedsReply, true));
    let reaction = Content::Reaction { emoji: None, to: "m".to_owned() };
    assert_eq!(failed(&case, reaction).state(), State::AwaitingCustomer, "which starts nothing");
    case.agent(Act::Snooze { at: case.now + Duration::hours(2) });
    assert_eq!(failed(&case, Content::Text("X1".to_owned())).state(), State::NeedsReply);
    case.floor.agents.clear();
    assert_eq!(failed(&case, Content::Text("X1".to_owned())).state(), State::Waiting, "the agent has gone");
}

#[test]
fn r29_when_nobody_is_left_it_is_first_in_line() {
    let mut case = Case::new();
    case.floor.agents.insert("Noa".to_owned(), AgentOnFloor { online: true, queues: None });
    case.says("person", Duration::zero());
    case.agent(Act::Reply { text: "Which box?".to_owned(), file: None });
    case.now += Duration::minutes(30);
    let mut other = Case::new();
    other.now = case.now;
    other.says("person", Duration::zero());
    case.floor.update(2, &other.c);
    case.now += Duration::minutes(2);
    case.says("X1", Duration::zero());
    assert_eq!(case.c.state(), State::NeedsReply);
    case.wait(1);
    assert_eq!(case.c.state(), State::Waiting);
    case.floor.agents.insert("Tal".to_owned(), AgentOnFloor { online: true, queues: None });
    let given: Vec<(i64, String)> =
        assign(&case.floor, "technical", 1).into_iter().map(|given| (given.contact, given.agent)).collect();
    assert_eq!(given, [(1, "Tal".to_owned()), (2, "Noa".to_owned())]);
}

#[test]
fn r35_outside_the_window_the_agent_hears_that_the_customer_could_not_be_told() {
    let mut case = Case::new();
    case.says("person", Duration::zero());
    case.wait(30);
    let act = Event::Phone { by: "Rami".to_owned(), act: PhoneAct::ContinueByPhone };
    let done = step(&case.editions, &case.floor, &case.c, &act, case.now);
    let notes = |effect| match effect {
        Effect::Note { text, .. } => Some(text),
        Effect::Send { message, .. } => panic!("{message:?}"),
        _ => None,
    };
    let notes: Vec<String> = done.effects.into_iter().filter_map(notes).collect();
    assert!(notes.contains(&"Could not tell the customer that it goes on by phone: the window has shut".to_owned()));
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
fn r32_a_second_held_reply_goes_out_with_the_first() {
    let mut case = Case::new();
    case.says("person", Duration::zero());
    case.agent(Act::Take);
    case.agent(Act::Promise { at: case.now + Duration::hours(72) });
    case.wait(48);
    for text in ["It is ready.", "And it costs nothing."] {
        assert_eq!(occasion(&case.agent(Act::HeldReply { text: text.to_owned() })), ["answer_ready"]);
    }
    let act = Act::HeldReply { text: "x".repeat(4_090) };
    let event = Event::Agent { agent: "Noa".to_owned(), act };
    let done = step(&case.editions, &case.floor, &case.c, &event, case.now);
    assert!(done.refused.is_some_and(|why| why.contains("waits for the customer already")));
    let sent = case.comes(Content::Text("hello".to_owned()), Duration::zero());
    assert_eq!(occasion(&sent)[0], "It is ready.\n\nAnd it costs nothing.");
}

#[test]
fn r32_an_agent_cannot_write_freely_outside_the_window() {
    let mut case = Case::new();
    case.says("person", Duration::zero());
    case.wait(24);
    for act in [
        Act::Reply { text: "It is ready.".to_owned(), file: None },
        Act::Flow { flow: "box".to_owned() },
        Act::Article { article: "prices".to_owned() },
    ] {
        let event = Event::Agent { agent: "Noa".to_owned(), act };
        let done = step(&case.editions, &case.floor, &case.c, &event, case.now);
        assert_eq!(done.refused.as_deref(), Some("the window has shut: send a template or a held reply (R32)"));
        assert_eq!((done.after, done.effects), (case.c.clone(), Vec::new()));
    }
    let asked = case.agent(Act::HeldReply { text: "It is ready.".to_owned() });
    assert_eq!(occasion(&asked), ["answer_ready"]);
}

#[test]
fn r29_whoever_is_back_by_the_time_they_are_missed_keeps_what_needs_a_reply() {
    let mut case = Case::new();
    case.says("person", Duration::zero());
    case.agent(Act::Take);
    let gone = Event::AgentGone { agent: "Noa".to_owned() };
    case.happens(&gone);
    assert_eq!(case.c.state(), State::NeedsReply);
    assert_eq!(case.c.enquiry.as_ref().and_then(|enquiry| enquiry.agent.as_deref()), Some("Noa"));
    case.floor.agents.entry("Noa".to_owned()).and_modify(|noa| noa.online = false);
    case.happens(&gone);
    assert_eq!(case.c.state(), State::Waiting);
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

#[test]
fn what_one_nodes_clock_has_opened_another_does_not_close_again() {
    let mut case = Case::new();
    case.now = "2026-03-03T05:30:00Z".parse().unwrap();
    case.says("person", Duration::zero());
    assert_eq!(case.c.state(), State::Held);
    let opened: Timestamp = "2026-03-03T06:00:00Z".parse().unwrap();
    case.now = opened;
    case.happens(&Event::Timer(TimerKind::QueueOpens));
    assert_eq!(case.c.state(), State::Waiting, "the node ahead has opened");
    case.now = opened - Duration::minutes(9);
    case.happens(&Event::Published);
    assert_eq!(case.c.timers.get(TimerKind::QueueCloses), "2026-03-03T16:00:00Z".parse().ok(), "by the node behind");
    case.now = opened - Duration::hours(9);
    case.happens(&Event::Published);
    assert_eq!(case.c.timers.get(TimerKind::QueueCloses), Some(case.now), "that clock was set wrong, not followed");
}
