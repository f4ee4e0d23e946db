//! What can happen to a conversation, drawn at random and small, so that a case that shrank is readable.

use frontdesk::conversation::event::{Act, PhoneAct};
use proptest::prelude::*;
use proptest::sample::select;

use super::bots::MATTERS;

/// One thing that happens, independent of the bot it happens to.
#[derive(Debug, Clone)]
pub enum Happens {
    /// The customer writes.
    Says(&'static str),
    /// The customer taps what was offered so many choices ago, on any message.
    Taps(usize),
    /// A tap on a button that we never sent, or that another version sent.
    Forges(&'static str),
    /// The customer sends something without words.
    Sends(Sent),
    /// Words and something without words in one turn.
    Both(&'static str, Sent),
    /// Words that WhatsApp stamped thirty hours ago.
    SaysLate(&'static str),
    /// Time passes; what is due happens at its time.
    Waits(i64),
    /// The server is away for so many minutes; what is due happens late.
    IsAway(i64),
    /// An agent does something.
    Agent(usize, Does),
    /// Agents come and go.
    Online(usize, bool),
    /// What lookups answer from here on.
    Lookups(Answers),
    /// A message of ours cannot be delivered.
    Undeliverable,
    /// Words of an agent's waited to be sent until their window shut.
    WindowShut(usize),
    /// Staff answer in the WhatsApp app.
    Echo,
    /// Another bot is published.
    Publish(usize),
    /// The phone line acts.
    Phone(PhoneAct),
    /// WhatsApp reports another number.
    Renamed,
}

#[derive(Debug, Clone, Copy)]
pub enum Sent {
    Voice,
    Image,
    Document,
    Sticker,
    Location,
    Contact,
    Order,
    Unsupported,
    Reaction,
    Edit,
}

#[derive(Debug, Clone, Copy)]
pub enum Answers {
    Found,
    NotFound,
    Fails,
    Never,
}

/// An agent's act, its times relative.
#[derive(Debug, Clone)]
pub enum Does {
    Simple(Act),
    Promise(i64),
    Snooze(i64),
}

const WORDS: [&str; 34] = [
    "hello",
    "thanks",
    "bye",
    "person",
    "i want to talk to a human please",
    "menu",
    "cancel",
    "stop",
    "start",
    "record",
    "yes",
    "no",
    "1",
    "2",
    "9",
    "7",
    "One",
    "Tow",
    "Ant",
    "A-10234",
    "A-10234 and A-10235",
    "tomorrow",
    "yesterday",
    "050-123-4567",
    "ana@example.com",
    "purple elephants",
    "where is the alpha",
    "alpha bravo",
    "alpha tomorrow, order A-10234, One",
    "שלום",
    "נציג",
    "😀",
    "\u{200f} ",
    "Something else",
];

pub fn words() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => select(WORDS.as_slice()), 2 => select(MATTERS.as_slice())]
}

const FORGED: [&str; 16] = [
    "q|alpha|q_one|0000000000000000|one",
    "q|alpha|q_one|0000000000000000|yes",
    "q|bravo|q_two|0000000000000000|a",
    "q|nothing|q_one|0|one",
    "i|alpha",
    "i|yes",
    "i|person",
    "i|nothing",
    "k|help",
    "k|nothing",
    "h|no|help",
    "h|yes|nothing",
    "c|yes|alpha",
    "c|no|bravo",
    "s|no",
    "callback_data",
];

pub fn by_customer() -> impl Strategy<Value = Happens> {
    let sent = || {
        use Sent::{Contact, Document, Edit, Image, Location, Order, Reaction, Sticker, Unsupported, Voice};
        select(vec![Voice, Image, Document, Sticker, Location, Contact, Order, Unsupported, Reaction, Edit])
    };
    prop_oneof![
        10 => words().prop_map(Happens::Says),
        8 => (0..12_usize).prop_map(Happens::Taps),
        1 => select(FORGED.as_slice()).prop_map(Happens::Forges),
        3 => sent().prop_map(Happens::Sends),
        1 => (words(), sent()).prop_map(|(words, sent)| Happens::Both(words, sent)),
        1 => words().prop_map(Happens::SaysLate),
    ]
}

fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..5_i64, 3 => 5..90_i64, 2 => 90..800_i64, 2 => 800..3_000_i64, 1 => 3_000..12_000_i64]
}

fn by_agent() -> impl Strategy<Value = Happens> {
    let does = prop_oneof![
        4 => Just(Does::Simple(Act::Take)),
        8 => Just(Does::Simple(Act::Reply { text: "Here I am.".to_owned(), file: None })),
        1 => Just(Does::Simple(Act::HeldReply { text: "It is ready.".to_owned() })),
        1 => Just(Does::Simple(Act::Template { occasion: "still_relevant".to_owned() })),
        1 => Just(Does::Simple(Act::Note { text: "A note.".to_owned() })),
        2 => (1..2_000_i64).prop_map(Does::Promise),
        2 => (1..2_000_i64).prop_map(Does::Snooze),
        3 => select(MATTERS.as_slice()).prop_map(|flow| Does::Simple(Act::Flow { flow: flow.to_owned() })),
        1 => Just(Does::Simple(Act::Article { article: "help".to_owned() })),
        1 => Just(Does::Simple(Act::TransferToQueue { queue: "second".to_owned() })),
        1 => Just(Does::Simple(Act::TransferToAgent { agent: "Avi".to_owned() })),
        3 => Just(Does::Simple(Act::End)),
    ];
    (0..2_usize, does).prop_map(|(agent, does)| Happens::Agent(agent, does))
}

/// Anything that can happen.
pub fn anything() -> impl Strategy<Value = Happens> {
    use Answers::{Fails, Found, Never, NotFound};
    use PhoneAct::{ContinueByPhone, ContinueOnWhatsapp, Done, Invite};
    prop_oneof![
        24 => by_customer(),
        10 => minutes().prop_map(Happens::Waits),
        2 => minutes().prop_map(Happens::IsAway),
        6 => by_agent(),
        3 => (0..2_usize, any::<bool>()).prop_map(|(agent, online)| Happens::Online(agent, online)),
        2 => select(vec![Found, NotFound, Fails, Never]).prop_map(Happens::Lookups),
        1 => Just(Happens::Undeliverable),
        1 => (0..2_usize).prop_map(Happens::WindowShut),
        1 => Just(Happens::Echo),
        1 => any::<usize>().prop_map(|bot| Happens::Publish(bot % 1_000)),
        1 => select(vec![ContinueByPhone, ContinueOnWhatsapp, Done, Invite]).prop_map(Happens::Phone),
        1 => Just(Happens::Renamed),
    ]
}
