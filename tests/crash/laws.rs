//! What must hold at the end, whatever was killed when. It is read from the store's tables and from what came to WhatsApp,
//! and compared with what customers were told with a 200.

use std::collections::{BTreeMap, HashMap, HashSet};

use frontdesk::store::JobId;

use crate::kept::Kept;
use crate::shop;
use crate::whatsapp::Sent;
use crate::world::World;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Turns there are, and those that took messages.
    pub turns: u64,
    pub turns_of_messages: u64,
    /// Messages that waited for one another and were one turn with another's.
    pub together: u64,
    /// Messages to customers.
    pub sent: u64,
    /// Of them, those that a killed server had in hand: they waited for the end of its lease.
    pub taken_up: u64,
    pub lost: Vec<String>,
    pub double_turns: Vec<String>,
    pub double_sends: Vec<String>,
    pub disordered: Vec<String>,
    pub other: Vec<String>,
}

/// The store's tables, as far as they matter.
struct Tables {
    /// A message's row: whose, and the turn that took it.
    inbox: HashMap<String, Vec<(i64, i64)>>,
    entries: Vec<Entry>,
    outbox: HashMap<JobId, Job>,
}

struct Entry {
    contact: i64,
    seq: i64,
    turn: i64,
    who: String,
    message_id: String,
}

struct Job {
    entry: i64,
    status: String,
    delivery: String,
    attempts: u64,
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

/// Reads and compares everything.
pub async fn check(world: &World, kept: &Kept) -> Found {
    let mut found = Found::default();
    let tables = read(kept).await;
    received(world, &tables, &mut found);
    turned(kept, &tables, &mut found).await;
    let came = world.sent().clone();
    sent(&tables, &came, &mut found);
    said(world, &tables, &came, &mut found);
    found
}

async fn read(kept: &Kept) -> Tables {
    let mut inbox: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
    for row in kept.rows("SELECT message_id, contact, taken_by FROM inbox WHERE kind = 'message'").await {
        inbox.entry(row[0].clone()).or_default().push((number(&row[1]), number(&row[2])));
    }
    let sql = "SELECT contact, seq, turn, who, message_id FROM entries ORDER BY contact, seq";
    let entries = kept.rows(sql).await.into_iter().map(|row| Entry {
        contact: number(&row[0]),
        seq: number(&row[1]),
        turn: number(&row[2]),
        who: row[3].clone(),
        message_id: row[4].clone(),
    });
    let sql = "SELECT contact, number, entry, status, delivery, attempts FROM outbox";
    let outbox = kept.rows(sql).await.into_iter().map(|row| {
        let job = Job {
            entry: number(&row[2]),
            status: row[3].clone(),
            delivery: row[4].clone(),
            attempts: row[5].parse().unwrap_or_default(),
        };
        (JobId { contact: number(&row[0]), number: number(&row[1]) }, job)
    });
    Tables { inbox, entries: entries.collect(), outbox: outbox.collect() }
}

/// Every message that was answered with 200 is there once, and was taken by one turn, which says so in the thread.
fn received(world: &World, tables: &Tables, found: &mut Found) {
    let mut threads: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in tables.entries.iter().filter(|entry| entry.who == "customer") {
        threads.entry(&entry.message_id).or_default().push(entry);
    }
    let accepted = world.tally().accepted.clone();
    let mut told: HashSet<String> = HashSet::new();
    for (customer, nth) in accepted {
        let id = world.ids.message(customer, nth);
        match tables.inbox.get(&id).map(Vec::as_slice) {
            None => found.lost.push(format!("{id} was answered with 200 and is not there")),
            Some([(contact, turn)]) if *turn > 0 => {
                let lines = threads.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
                match lines {
                    [line] if (line.contact, line.turn) == (*contact, *turn) => {}
                    [] => found.lost.push(format!("{id} was taken by turn {turn} and is not in the thread")),
                    [line] => found.other.push(format!("{id} was taken by turn {turn}, the thread says {}", line.turn)),
                    more => found.double_turns.push(format!("{id} is {} times in the thread", more.len())),
                }
            }
            Some([_]) => found.lost.push(format!("{id} was never taken by a turn")),
            Some(more) => found.double_turns.push(format!("{id} is {} times in the inbox", more.len())),
        }
        told.insert(id);
    }
    for id in tables.inbox.keys().filter(|id| !told.contains(*id)) {
        found.other.push(format!("{id} is in the store, but nobody was told so"));
    }
}

/// A contact's turns are counted by its version, one by one; each turn that took messages answers them.
async fn turned(kept: &Kept, tables: &Tables, found: &mut Found) {
    let sql = "SELECT c.id, c.row_version, count(t.turn), coalesce(max(t.turn), 0) FROM contacts AS c \
               LEFT JOIN turns AS t ON t.contact = c.id GROUP BY c.id, c.row_version";
    for row in kept.rows(sql).await {
        if row[1] != row[2] || row[1] != row[3] {
            found
                .double_turns
                .push(format!("contact {}: version {}, {} turns up to {}", row[0], row[1], row[2], row[3]));
        }
        found.turns += row[2].parse::<u64>().unwrap_or_default();
    }
    let mut taken: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for (contact, turn) in tables.inbox.values().flatten() {
        *taken.entry((*contact, *turn)).or_default() += 1;
    }
    let answers = tables.entries.iter().filter(|entry| entry.who == "bot");
    let answered: HashSet<(i64, i64)> = answers.map(|entry| (entry.contact, entry.turn)).collect();
    for (turn, messages) in &taken {
        if !answered.contains(turn) {
            found
                .lost
                .push(format!("turn {} of contact {} took {messages} messages and answered nothing", turn.1, turn.0));
        }
        found.together += if *messages > 1 { *messages } else { 0 };
    }
    found.turns_of_messages = u64::try_from(taken.len()).unwrap_or_default();
}

/// Every line of the bot's went out once, in order, and nothing else did.
fn sent(tables: &Tables, came: &[Sent], found: &mut Found) {
    let mut by_job: HashMap<JobId, Vec<&Sent>> = HashMap::new();
    let mut last: HashMap<usize, JobId> = HashMap::new();
    for sent in came {
        let times = by_job.entry(sent.job).or_default();
        times.push(sent);
        if times.len() > 1 {
            continue;
        }
        if let Some(before) = last.insert(sent.customer, sent.job).filter(|before| before.number > sent.job.number) {
            found.disordered.push(format!("{} came behind {before}", sent.job));
        }
    }
    for (job, times) in &by_job {
        if let [first, .., again] = times[..] {
            let known = first.told.is_some_and(|told| told < again.at);
            let told = if known { "although a status had told" } else { "before any status had told" };
            found.double_sends.push(format!("{job} was sent {} times, {told}", times.len()));
        }
        if !tables.outbox.contains_key(job) {
            found.other.push(format!("{job} was sent and is not in the outbox"));
        }
    }
    for (id, job) in &tables.outbox {
        found.sent += 1;
        found.taken_up += u64::from(job.attempts > 1);
        if !by_job.contains_key(id) {
            found.lost.push(format!("{id} ({}) never came to WhatsApp", job.status));
        }
        if job.status != "sent" || !matches!(job.delivery.as_str(), "sent" | "delivered" | "read") {
            found.other.push(format!("{id} is {} and {}", job.status, job.delivery));
        }
    }
}

/// What came to customers is the answer to what they had said: each line has a job, and its words fit.
fn said(world: &World, tables: &Tables, came: &[Sent], found: &mut Found) {
    let words: HashMap<JobId, &str> = came.iter().map(|sent| (sent.job, sent.words.as_str())).collect();
    let jobs: HashMap<(i64, i64), JobId> =
        tables.outbox.iter().map(|(id, job)| ((id.contact, job.entry), *id)).collect();
    let mut heard: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    let mut latest: HashMap<i64, usize> = HashMap::new();
    for entry in &tables.entries {
        match entry.who.as_str() {
            "customer" => {
                let Some((_, nth)) = world.ids.which(&entry.message_id) else { continue };
                if latest.insert(entry.contact, nth).is_some_and(|before| before > nth) {
                    found.disordered.push(format!("{} stands behind a later one in the thread", entry.message_id));
                }
                heard.entry((entry.contact, entry.turn)).or_default().push(nth);
            }
            "bot" => {
                let Some(job) = jobs.get(&(entry.contact, entry.seq)) else {
                    found.lost.push(format!("line {} of contact {} was never to be sent", entry.seq, entry.contact));
                    continue;
                };
                let turn = heard.get(&(entry.contact, entry.turn)).map(Vec::as_slice).unwrap_or_default();
                let words = words.get(job).copied().unwrap_or_default();
                if let [nth] = turn
                    && !words.contains(&shop::answer(*nth))
                {
                    found.other.push(format!("{job} answers {:?} with {words:?}", shop::WORDS[*nth]));
                }
            }
            _ => {}
        }
    }
}
