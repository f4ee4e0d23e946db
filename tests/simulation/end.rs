//! What must be true at the end, long after the last fault: everything that came was taken, everything that was to be sent
//! was sent or shown to a person, nothing is overdue, no promise was forgotten.

use std::collections::BTreeSet;
use std::time::Duration;

use frontdesk::conversation::unsent;
use frontdesk::message::Delivery;
use frontdesk::runtime::payload::Line;
use frontdesk::store::{ContactId, Entry, StoreError, ThreadQuery, TimerClaim, Who};

use super::agents::Outcome;
use super::laws::law;
use super::world::{GRACE, Sim};

const PAGE: u32 = 1_000;

/// Whether all ended well.
pub async fn well(sim: &Sim) -> Result<(), String> {
    checks(sim).await.map_err(|error| error.to_string())?
}

async fn checks(sim: &Sim) -> Result<Result<(), String>, StoreError> {
    let now = sim.time.now();
    let depths = sim.store.depths().await?;
    let (worker, lease) = ("the end".to_owned(), Duration::from_secs(1));
    let claim = TimerClaim { worker, now: now - GRACE, lease, except: Vec::new(), limit: 10 };
    let overdue = sim.store.claim_timers(claim).await?;
    for contact in sim.with(|world| world.laws.threads.gone()) {
        let left = nothing_left(sim, contact).await?;
        if left.is_err() {
            return Ok(left);
        }
    }
    let mut lines = Vec::new();
    for contact in sim.with(|world| world.laws.contacts()) {
        lines.extend(thread(sim, contact).await?);
    }
    Ok(sim.with(|world| {
        let undelivered = world.whatsapp.undelivered();
        law(undelivered.is_none(), || format!("{undelivered:?} was never answered with 200"))?;
        law(depths.inbox == 0, || format!("R2: {} rows wait in the inbox", depths.inbox))?;
        law(depths.outbox == 0, || format!("R39: {} jobs wait in the outbox", depths.outbox))?;
        law(overdue.is_empty(), || format!("R40: timers are overdue: {overdue:?}"))?;
        world.laws.nothing_waits()?;
        world.laws.no_promise_forgotten(now - GRACE)?;
        world.laws.no_lookup_awaited(now - GRACE)?;
        world.laws.done_as_told(&world.deeds)?;
        let taken: BTreeSet<&str> = world.whatsapp.taken.iter().map(|taken| taken.wamid.as_str()).collect();
        for line in &lines {
            sent(line, &taken)?;
        }
        let gone = world.laws.threads.gone();
        for said in world.agents.iter().flat_map(|agent| &agent.said).filter(|said| !gone.contains(&said.to)) {
            let said_in: Vec<&Entry> = lines.iter().filter(|line| is_said(line, &said.words)).collect();
            // Words that fell out of the window go again when the customer is back (R32).
            let (count, again) = (said_in.len(), said_in.iter().filter(|line| !has_fallen_out(line)).count());
            let kept = match said.outcome {
                Outcome::Done => count > 0 && again <= 1,
                Outcome::Refused => count == 0,
                Outcome::Unknown => again <= 1,
            };
            law(kept, || format!("{:?} was {:?}, and stands in the thread {count} times", said.words, said.outcome))?;
        }
        Ok(())
    }))
}

/// Of whoever was erased nothing is there (R42).
async fn nothing_left(sim: &Sim, contact: ContactId) -> Result<Result<(), String>, StoreError> {
    let (thread, why) = (thread(sim, contact).await?, sim.store.why(contact, None, PAGE).await?);
    let (there, export) = (sim.store.load(vec![contact]).await?, sim.store.export(contact).await?);
    let left = [thread.len(), why.len(), there.len(), export.iter().len()];
    Ok(law(left == [0; 4], || format!("R42: contact {contact} was erased, and there is something left: {left:?}")))
}

async fn thread(sim: &Sim, contact: ContactId) -> Result<Vec<Entry>, StoreError> {
    let mut lines = Vec::new();
    let mut before = None;
    loop {
        let mut page = sim.store.thread(ThreadQuery { contact, before, after: 0, limit: PAGE }).await?;
        let Some(first) = page.first() else { return Ok(lines) };
        before = Some(first.seq);
        page.append(&mut lines);
        lines = page;
    }
}

/// What the thread says was sent, WhatsApp took.
fn sent(line: &Entry, taken: &BTreeSet<&str>) -> Result<(), String> {
    match (&line.who, line.delivery) {
        (Who::Customer | Who::Phone | Who::Note(_), _) | (_, Some(Delivery::Failed) | None) => Ok(()),
        (_, Some(Delivery::Queued)) => Err(format!("R39: line {} of contact {} waits", line.seq, line.contact)),
        (_, Some(_)) => {
            let known = line.message_id.as_deref().is_some_and(|id| taken.contains(id));
            law(known, || format!("R39: line {} of contact {} counts as sent, and was not", line.seq, line.contact))
        }
    }
}

fn has_fallen_out(line: &Entry) -> bool {
    line.delivery == Some(Delivery::Failed) && line.failure.as_deref() == Some(unsent::TITLE)
}

fn is_said(line: &Entry, words: &str) -> bool {
    let Ok(Line::Sent(message)) = serde_json::from_str(&line.message) else { return false };
    matches!(line.who, Who::Agent(_)) && message.text() == words
}
