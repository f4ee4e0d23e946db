//! What WhatsApp tells the business: what customers write, what staff write in its app, who is known by something else, and
//! how far our messages have come; late, and in whatever order that makes.

use frontdesk::clock::Timestamp;
use frontdesk::store::JobId;
use serde_json::{Value, json};
use tokio::time::Duration;

use super::world::{Happening, World};

/// How people dial the business.
const PHONE: &str = "15550100001";
/// What a message fails with that was taken.
const LATER: [u32; 6] = [131_026, 131_049, 131_053, 131_000, 131_047, 130_472];

/// What it will tell of a message that it took.
pub fn statuses(world: &mut World, customer: usize, job: JobId, number: &str, wamid: &str) {
    let faults = world.plan.faults.clone();
    if world.dice.chance(faults.no_status) {
        return;
    }
    let fails = world.dice.chance(faults.fails_later);
    let told: &[&str] = if fails { &["sent", "failed"] } else { &["sent", "delivered", "read"] };
    let at_once = world.dice.chance(faults.status_first);
    let mut after = Duration::ZERO;
    for status in told {
        after += if at_once { Duration::from_millis(1) } else { world.dice.millis(100, 20_000) };
        if world.dice.chance(0.2) {
            continue;
        }
        let mut said = json!({
            "id": wamid, "status": status, "timestamp": (world.now().timestamp() + after.as_secs() as i64).to_string(),
            "biz_opaque_callback_data": job.to_string(),
        });
        if let Some(customer) = world.customers.get(customer) {
            customer.name_in(&mut said, "recipient_id", "recipient_user_id");
        }
        if *status == "failed" {
            let code = world.dice.pick(&LATER).copied().unwrap_or(131_026);
            said["errors"] = json!([{"code": code, "title": "it failed"}]);
            world.laws.outbox.gave_up(job);
        }
        let after = if at_once { after } else { after + on_the_way(world) };
        post(world, number, "messages", json!({"statuses": [said]}), format!("{status} of {job}"), None, after);
    }
}

/// A customer writes. WhatsApp stamps it with the second.
pub fn write(world: &mut World, customer: usize, number: &'static str, content: &Value, after: Duration) {
    let (mut message, wamid, at) = stamped(world, customer, "IN", content);
    let Some(who) = world.customers.get_mut(customer) else { return };
    who.writes(number, at);
    who.name_in(&mut message, "from", "from_user_id");
    let mut card = json!({"profile": {"name": "Ana"}});
    who.name_in(&mut card, "wa_id", "user_id");
    world.stir(format_args!("customer {customer} writes {wamid} to {number}: {content}"));
    let value = json!({"contacts": [card], "messages": [message]});
    let after = after + on_the_way(world);
    post(world, number, "messages", value, wamid.clone(), Some(wamid), after);
}

/// Staff write to a customer in the WhatsApp app.
pub fn echo(world: &mut World, customer: usize, number: &'static str) {
    let content = json!({"type": "text", "text": {"body": "I have just seen it."}});
    let (mut message, wamid, _) = stamped(world, customer, "APP", &content);
    let Some(who) = world.customers.get(customer) else { return };
    who.name_in(&mut message, "to", "to_user_id");
    message["from"] = PHONE.into();
    world.stir(format_args!("staff write {wamid} to customer {customer} from {number}"));
    let after = on_the_way(world);
    post(world, number, "smb_message_echoes", json!({"message_echoes": [message]}), wamid.clone(), Some(wamid), after);
}

/// A message of or to a customer, its name and when it was written.
fn stamped(world: &mut World, customer: usize, kind: &str, content: &Value) -> (Value, String, Timestamp) {
    let wamid = world.whatsapp.name(kind);
    world.whatsapp.concerns(&wamid, customer);
    let stamp = world.now().timestamp();
    let mut message = content.clone();
    message["id"] = wamid.as_str().into();
    message["timestamp"] = stamp.to_string().into();
    (message, wamid, Timestamp::from_timestamp(stamp, 0).unwrap_or_default())
}

/// A business number is told that a customer is known by something else.
pub fn tell_change(world: &mut World, number: &str, old: &str, new: &str) {
    let after = on_the_way(world);
    let about = format!("{old} is {new}");
    let stamp = world.now().timestamp().to_string();
    if new.contains('.') {
        let value = json!({"user_id_update": [{"user_id": {"previous": old, "current": new}, "timestamp": stamp}]});
        post(world, number, "user_id_update", value, about, None, after);
        return;
    }
    let id = world.whatsapp.name("SYS");
    let system = json!({"type": "user_changed_number", "wa_id": new, "body": "the number changed"});
    let message = json!({"id": id, "from": old, "timestamp": stamp, "type": "system", "system": system});
    post(world, number, "messages", json!({"messages": [message]}), about, None, after);
}

/// How long a delivery takes.
fn on_the_way(world: &mut World) -> Duration {
    let late = world.plan.faults.late;
    let late = if world.dice.chance(late) { world.dice.millis(5_000, 7_200_000) } else { Duration::ZERO };
    late + world.dice.millis(20, 2_000)
}

fn post(
    world: &mut World,
    number: &str,
    field: &str,
    mut value: Value,
    about: String,
    message: Option<String>,
    after: Duration,
) {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": PHONE, "phone_number_id": number});
    let change = json!({"field": field, "value": value});
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]});
    let delivery = world.whatsapp.post(body.to_string(), about, message);
    world.push_after(after, Happening::Deliver(delivery));
}
