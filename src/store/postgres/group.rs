//! One task that writes down what arrives. It takes whatever waits into one transaction, so that one fsync serves many;
//! what cannot be kept fails alone. Nobody hears of success before the transaction is committed.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;

use super::fault::Fault;
use super::link::{Again, Link};
use super::param::{get, params};
use crate::clock::Timestamp;
use crate::message::Delivery;
use crate::store::names::{TRIES_MAX, delivery, delivery_name};
use crate::store::{Arrival, Arrived, JobId, StoreError};

/// At most so many arrivals share a transaction.
const BATCH_MAX: usize = 256;

/// What arrived together, and who waits to hear of it.
pub struct Call {
    pub arrivals: Vec<Arrival>,
    pub now: Timestamp,
    pub waiting: oneshot::Sender<Result<Vec<Arrived>, StoreError>>,
}

/// Writes until nobody can ask any more.
pub async fn write_until_closed(link: Arc<Link>, mut calls: mpsc::Receiver<Call>) {
    while let Some(first) = calls.recv().await {
        let mut size = first.arrivals.len();
        let mut batch = vec![first];
        while size < BATCH_MAX
            && let Ok(next) = calls.try_recv()
        {
            size += next.arrivals.len();
            batch.push(next);
        }
        write(&link, batch).await;
    }
}

async fn write(link: &Link, batch: Vec<Call>) {
    match receive(link, &batch).await {
        Ok(mut came) => {
            for call in batch {
                let rest = came.split_off(call.arrivals.len().min(came.len()));
                // Whoever asked may have stopped waiting; the work stays done.
                drop(call.waiting.send(Ok(std::mem::replace(&mut came, rest))));
            }
        }
        Err(Fault::Data(_)) if batch.len() > 1 => {
            // Somebody brought what cannot be kept: each for itself.
            for call in batch {
                let came = receive(link, std::slice::from_ref(&call)).await;
                drop(call.waiting.send(came.map_err(|fault| fault.told(link.address.place()))));
            }
        }
        Err(fault) => {
            let error = fault.told(link.address.place());
            for call in batch {
                drop(call.waiting.send(Err(error.clone())));
            }
        }
    }
}

async fn receive(link: &Link, batch: &[Call]) -> Result<Vec<Arrived>, Fault> {
    let arrivals: Vec<Value> =
        batch.iter().flat_map(|call| call.arrivals.iter().map(|arrival| spell(arrival, call.now))).collect();
    let wanted = arrivals.len();
    // Not repeated: what was written down and not told would be called a duplicate, and WhatsApp delivers it again anyway.
    let sql = "SELECT came, contact, number, delivery FROM frontdesk_receive($1, $2)";
    let rows = link.tell(Again::No, sql, params![Value::from(arrivals), link.node.as_str()]).await?;
    let came: Vec<Arrived> = rows.iter().map(arrived).collect::<Result<_, _>>().map_err(Fault::Other)?;
    if came.len() == wanted {
        Ok(came)
    } else {
        Err(Fault::Other(StoreError::Corrupt("answers are missing".to_owned())))
    }
}

fn spell(arrival: &Arrival, now: Timestamp) -> Value {
    let part = |part: &Option<String>| part.clone().filter(|part| !part.is_empty());
    match arrival {
        Arrival::Message { number_id, who, kind, message_id, at, payload } => json!({
            "is": "message", "number": number_id, "user_id": part(&who.user_id), "wa_id": part(&who.wa_id),
            "name": part(&who.name), "id": message_id, "kind": kind.name(), "at": at.timestamp_millis(),
            "payload": payload, "now": now.timestamp_millis(),
        }),
        Arrival::Renamed { number_id, old, new, at, payload } => json!({
            "is": "renamed", "number": number_id, "old_user_id": part(&old.user_id), "old_wa_id": part(&old.wa_id),
            "user_id": part(&new.user_id), "wa_id": part(&new.wa_id), "at": at.timestamp_millis(), "payload": payload,
            "now": now.timestamp_millis(),
        }),
        Arrival::Status { number_id, message_id, job, delivery, failure, retry_at, payload } => json!({
            "is": "status", "number": number_id, "id": message_id, "contact": job.map(|job| job.contact),
            "job": job.map(|job| job.number), "delivery": delivery_name(*delivery), "failure": failure,
            "retry_at": retry_at.map(|at| at.timestamp_millis()), "payload": payload, "tries_max": TRIES_MAX,
            "now": now.timestamp_millis(),
        }),
    }
}

fn arrived(row: &Row) -> Result<Arrived, StoreError> {
    let contact = || get::<Option<i64>>(row, "contact").map(Option::unwrap_or_default);
    let number = || get::<Option<i64>>(row, "number").map(Option::unwrap_or_default);
    Ok(match get::<String>(row, "came")?.as_str() {
        "stored" => Arrived::Stored { contact: contact()?, inbox: number()? },
        "duplicate" => Arrived::Duplicate { contact: contact()? },
        "settled" => {
            let name: Option<String> = get(row, "delivery")?;
            let delivery = name.as_deref().map_or(Delivery::Queued, delivery);
            Arrived::Settled { job: JobId { contact: contact()?, number: number()? }, delivery }
        }
        _ => Arrived::Unknown,
    })
}
