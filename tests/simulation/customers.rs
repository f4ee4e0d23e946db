//! Customers, who write to one business number or another, tap old buttons, change their number and go silent; staff, who
//! write to them in the WhatsApp app beside us.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::whatsapp::webhook::Sender;
use serde_json::{Value, json};

use super::shop::{NUMBERS, WORDS};
use super::telling;
use super::whatsapp::Taken;
use super::world::{Happening, World};

/// By what a customer is known: a number, an id, or both.
pub struct Customer {
    number: Option<String>,
    id: Option<String>,
    /// By what they were known once.
    former: BTreeSet<String>,
    left: i64,
    /// The business number they mostly write to.
    home: &'static str,
    /// When they last wrote to a business number, as WhatsApp stamped it.
    wrote_at: BTreeMap<&'static str, Timestamp>,
}

impl Customer {
    /// Whether a message to `name` is to them.
    pub fn is(&self, name: &str) -> bool {
        self.number.as_deref() == Some(name) || self.id.as_deref() == Some(name)
    }

    /// Whether a message to `name` would have been to them once.
    pub fn was(&self, name: &str) -> bool {
        self.former.contains(name)
    }

    /// As WhatsApp names them in an answer.
    pub fn sender(&self) -> Sender {
        Sender { wa_id: self.number.clone(), user_id: self.id.clone(), name: None }
    }

    /// Names them in a delivery.
    pub fn name_in(&self, value: &mut Value, number: &str, id: &str) {
        for (member, name) in [(number, &self.number), (id, &self.id)] {
            if let Some(name) = name {
                value[member] = name.as_str().into();
            }
        }
    }

    /// When they last wrote to this business number.
    pub fn wrote_at(&self, number: &str) -> Option<Timestamp> {
        self.wrote_at.get(number).copied()
    }

    /// They write to this business number.
    pub fn writes(&mut self, number: &'static str, at: Timestamp) {
        self.wrote_at.insert(number, at);
    }
}

/// All of them are there from the beginning, and begin to write some time later.
pub fn arrive(world: &mut World) {
    let (start, span) = (world.plan.start, (world.plan.heals - world.plan.start).num_seconds());
    for customer in 0..world.plan.customers {
        let kind = world.dice.below(3);
        let number = (kind != 1).then(|| format!("97250000000{customer}"));
        let id = (kind != 0).then(|| format!("IL.100{customer}"));
        let home = NUMBERS[world.dice.below(world.plan.numbers)];
        let left = world.plan.messages;
        let (former, wrote_at) = (BTreeSet::new(), BTreeMap::new());
        world.customers.push(Customer { number, id, former, left, home, wrote_at });
        let begins = TimeDelta::seconds(world.dice.between(1, span / 4));
        world.push(start + begins, Happening::Customer(customer));
    }
}

/// A customer writes once, or a few times in a row, and does so again later.
pub fn writes(world: &mut World, position: usize) {
    if world.healed {
        return;
    }
    let burst = if world.dice.chance(0.2) { 1 + world.dice.below(4) } else { 1 };
    for _ in 0..burst {
        let number = to(world, position);
        let content = content(world, position, number);
        let after = Duration::from_millis(u64::try_from(world.dice.between(0, 300)).unwrap_or_default());
        telling::write(world, position, number, &content, after);
    }
    let Some(customer) = world.customers.get_mut(position) else { return };
    customer.left -= 1;
    if customer.left > 0 {
        let quick = world.dice.chance(0.6);
        let wait = if quick { world.dice.millis(1_000, 120_000) } else { world.dice.millis(60_000, 30 * 3_600_000) };
        world.push_after(wait, Happening::Customer(position));
    }
}

/// The business number they write to now.
fn to(world: &mut World, customer: usize) -> &'static str {
    let home = world.customers.get(customer).map_or(NUMBERS[0], |customer| customer.home);
    if world.dice.chance(0.8) { home } else { NUMBERS[world.dice.below(world.plan.numbers)] }
}

fn content(world: &mut World, customer: usize, number: &str) -> Value {
    let tap = world.dice.chance(0.3).then(|| tap(world, customer, number)).flatten();
    if let Some(tap) = tap {
        return tap;
    }
    match world.dice.below(20) {
        0 => json!({"type": "image", "image": {"id": "7001", "mime_type": "image/jpeg", "caption": "look"}}),
        1 => json!({"type": "audio", "audio": {"id": "7002", "mime_type": "audio/ogg", "voice": true}}),
        2 => json!({"type": "reaction", "reaction": {"message_id": "wamid.OUT1", "emoji": "👍"}}),
        3 => json!({"type": "unsupported", "errors": [{"code": 131_051, "title": "Unsupported"}]}),
        _ => {
            let words = world.dice.pick(&WORDS).copied().unwrap_or("hello");
            json!({"type": "text", "text": {"body": words}})
        }
    }
}

/// A tap on a button that the customer has in this chat, mostly on one of the last.
fn tap(world: &mut World, customer: usize, number: &str) -> Option<Value> {
    let theirs = world.whatsapp.taken.iter().filter(|taken| taken.customer == customer && taken.number == number);
    let mut taps: Vec<Value> = theirs.flat_map(taps).collect();
    if world.dice.chance(0.7) {
        taps.drain(..taps.len().saturating_sub(4));
    }
    world.dice.pick(&taps).cloned()
}

fn taps(taken: &Taken) -> Vec<Value> {
    let action = &taken.body["interactive"]["action"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let context = json!({"id": taken.wamid});
    let buttons = list(&action["buttons"]).into_iter().map(|button| {
        let reply = button["reply"].clone();
        json!({"type": "interactive", "context": context, "interactive": {"type": "button_reply", "button_reply": reply}})
    });
    let rows = list(&action["sections"][0]["rows"]).into_iter().map(|row| {
        let reply = json!({"id": row["id"], "title": row["title"]});
        json!({"type": "interactive", "context": context, "interactive": {"type": "list_reply", "list_reply": reply}})
    });
    let replies = list(&taken.body["template"]["components"]).into_iter().filter_map(|component| {
        let payload = component["parameters"][0]["payload"].as_str()?.to_owned();
        Some(json!({"type": "button", "context": context, "button": {"payload": payload, "text": "Yes"}}))
    });
    buttons.chain(rows).chain(replies).collect()
}

/// Somebody has another number, or another id, from now on. WhatsApp tells every business number they wrote to.
pub fn changes(world: &mut World) {
    let position = world.dice.below(world.customers.len());
    let by_id = world.dice.chance(0.5);
    let Some(customer) = world.customers.get_mut(position) else { return };
    let (number, id) = (customer.number.as_mut(), customer.id.as_mut());
    let Some(name) = (if by_id { id.or(number) } else { number.or(id) }) else { return };
    let old = std::mem::replace(name, format!("{name}7"));
    let new = name.clone();
    customer.former.insert(old.clone());
    let told: Vec<&'static str> = customer.wrote_at.keys().copied().collect();
    world.stir(format_args!("customer {position} is {new} now, was {old}"));
    for number in told {
        telling::tell_change(world, number, &old, &new);
    }
}

/// Staff write to somebody in the WhatsApp app (R5).
pub fn echo(world: &mut World) {
    let position = world.dice.below(world.customers.len());
    let number = to(world, position);
    telling::echo(world, position, number);
}
