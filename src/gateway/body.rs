//! Reads the body of a delivery: whole, within a size, within a time, and within the memory that all deliveries that are
//! being read may take together. Looks at none of it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::StreamExt;

use crate::whatsapp::limits::WEBHOOK_BYTES;

/// What all deliveries under way may take together.
const ROOM_BYTES: usize = 256 * 1024 * 1024;
/// A delivery takes at least so much, however short it is: so their number is bounded too.
const LEAST_BYTES: usize = 32 * 1024;
/// Room is counted in pieces of this size.
const PIECE_BYTES: usize = 1024;
/// Meta sends a delivery in one go.
const PATIENCE: Duration = Duration::from_secs(10);

/// The room that deliveries under way share, and how long each may take to come.
#[derive(Debug)]
pub struct Room {
    pieces: Arc<Semaphore>,
    patience: Duration,
}

/// A body, and the room it takes until it is dropped.
#[derive(Debug)]
pub struct Taken {
    pub bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

/// Why a body was not read: what to answer, and the words.
pub type Refusal = (StatusCode, &'static str);

const TOO_LARGE: Refusal =
    (StatusCode::PAYLOAD_TOO_LARGE, "the delivery has more than 4 MiB; WhatsApp sends at most 3");
const CROWDED: Refusal = (StatusCode::SERVICE_UNAVAILABLE, "too many deliveries at once; send this one again");
const TOO_SLOW: Refusal = (StatusCode::REQUEST_TIMEOUT, "the delivery took longer than 10 seconds to come");
const BROKEN: Refusal = (StatusCode::BAD_REQUEST, "the delivery broke off");

impl Room {
    /// Room for everything that may be under way at once.
    pub fn new() -> Self {
        Self::of(ROOM_BYTES, PATIENCE)
    }

    fn of(bytes: usize, patience: Duration) -> Self {
        Self { pieces: Arc::new(Semaphore::new(bytes / PIECE_BYTES)), patience }
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE_BYTES)).map_err(|_| TOO_LARGE)?;
        Arc::clone(&self.pieces).try_acquire_many_owned(pieces).map_err(|_| CROWDED)
    }

    /// Reads a body; `declared` is the length its sender named.
    ///
    /// # Errors
    /// It is too large, too slow, broken, or there is no room for it now.
    pub async fn read(&self, body: Body, declared: Option<usize>) -> Result<Taken, Refusal> {
        if declared.is_some_and(|length| length > WEBHOOK_BYTES) {
            return Err(TOO_LARGE);
        }
        tokio::time::timeout(self.patience, self.collect(body)).await.unwrap_or(Err(TOO_SLOW))
    }

    /// Room is taken as the bytes come, not as they are announced: announcing costs nothing.
    async fn collect(&self, body: Body) -> Result<Taken, Refusal> {
        let mut room = self.take(LEAST_BYTES)?;
        let (mut bytes, mut covered) = (Vec::new(), LEAST_BYTES);
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| BROKEN)?;
            let length = bytes.len() + chunk.len();
            if length > WEBHOOK_BYTES {
                return Err(TOO_LARGE);
            }
            if length > covered {
                let more = self.take(length - covered)?;
                covered += more.num_permits() * PIECE_BYTES;
                room.merge(more);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Taken { bytes: bytes.into(), _room: room })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_chunks(count: usize, bytes: usize) -> Body {
        Body::from_stream(tokio_stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(vec![b'x'; bytes]))))
    }

    #[tokio::test]
    async fn room_is_given_back_when_the_delivery_is_done_with() {
        let room = Room::of(LEAST_BYTES, PATIENCE);
        let first = room.read(in_chunks(3, 5), None).await.unwrap();
        assert_eq!(first.bytes.len(), 15);
        assert_eq!(room.read(in_chunks(1, 1), None).await.unwrap_err(), CROWDED);
        drop(first);
        assert!(room.read(in_chunks(1, 1), None).await.is_ok());
    }

    #[tokio::test]
    async fn a_long_delivery_takes_its_length() {
        let room = Room::of(4 * LEAST_BYTES, PATIENCE);
        let long = room.read(in_chunks(3, LEAST_BYTES), None).await.unwrap();
        assert_eq!(room.pieces.available_permits(), LEAST_BYTES / PIECE_BYTES);
        let refused = room.read(in_chunks(2, LEAST_BYTES), None).await.unwrap_err();
        assert_eq!(refused, CROWDED, "and what it had taken is given back");
        drop(long);
        assert_eq!(room.pieces.available_permits(), 4 * LEAST_BYTES / PIECE_BYTES);
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused_before_or_while_it_comes() {
        let room = Room::new();
        let announced = room.read(in_chunks(1, 1), Some(WEBHOOK_BYTES + 1)).await.unwrap_err();
        assert_eq!(announced, TOO_LARGE);
        assert_eq!(room.read(in_chunks(5, WEBHOOK_BYTES / 4), None).await.unwrap_err(), TOO_LARGE);
        assert!(room.read(in_chunks(4, WEBHOOK_BYTES / 4), Some(WEBHOOK_BYTES)).await.is_ok());
    }

    #[tokio::test]
    async fn what_never_ends_is_given_up() {
        let room = Room::of(ROOM_BYTES, Duration::ZERO);
        let endless = Body::from_stream(tokio_stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(room.read(endless, None).await.unwrap_err(), TOO_SLOW);
    }
}
