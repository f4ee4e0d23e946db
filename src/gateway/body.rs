//! Reads the body of a delivery: whole, within a size, within a time, and within the memory that bodies may take. What
//! nobody has judged yet and what is signed have rooms of their own, and what is slow to come gives way to what comes later:
//! so strangers who hold room keep no signed delivery out. Looks at none of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_stream::StreamExt;

use crate::whatsapp::limits::WEBHOOK_BYTES;

/// What signed deliveries under way may take together.
const SIGNED_BYTES: usize = 256 * 1024 * 1024;
/// What deliveries that are still being read may take together, beyond [`EACH_BYTES`].
const UNREAD_BYTES: usize = 64 * 1024 * 1024;
/// Every delivery may take so much while it is read, whatever the others take: most are far shorter. The server bounds
/// their number, for each has a connection of its own.
const EACH_BYTES: usize = 64 * 1024;
/// A signed delivery takes at least so much, however short it is: so their number is bounded too.
const LEAST_BYTES: usize = 32 * 1024;
/// Room is counted in pieces of this size.
const PIECE_BYTES: usize = 1024;
/// Meta sends a delivery in one go.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells a delivery that is being read to give its room to another.
type GivesWay = oneshot::Sender<()>;

/// The rooms that deliveries under way share, and how long each may take to come.
#[derive(Debug)]
pub struct Rooms {
    unread: Arc<Semaphore>,
    /// Who takes some of it, the one that has been read for longest first.
    long: Mutex<VecDeque<GivesWay>>,
    signed: Arc<Semaphore>,
    patience: Duration,
}

/// A body that nobody has judged yet.
#[derive(Debug)]
pub struct Unjudged {
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// A signed body, and the room it takes until it is dropped.
#[derive(Debug)]
pub struct Signed {
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

impl Rooms {
    /// Room for everything that may be under way at once.
    pub fn new() -> Self {
        Self::of(UNREAD_BYTES, SIGNED_BYTES, PATIENCE)
    }

    fn of(unread: usize, signed: usize, patience: Duration) -> Self {
        let room = |bytes: usize| Arc::new(Semaphore::new(bytes / PIECE_BYTES));
        Self { unread: room(unread), long: Mutex::default(), signed: room(signed), patience }
    }

    /// Reads a body; `declared` is the length its sender named.
    ///
    /// # Errors
    /// It is too large, too slow, broken, or there is no room for it now.
    pub async fn read(&self, body: Body, declared: Option<usize>) -> Result<Unjudged, Refusal> {
        if declared.is_some_and(|length| length > WEBHOOK_BYTES) {
            return Err(TOO_LARGE);
        }
        let (gives_way, given) = oneshot::channel();
        tokio::select! {
            read = tokio::time::timeout(self.patience, self.collect(body, gives_way)) => read.unwrap_or(Err(TOO_SLOW)),
            Ok(()) = given => Err(CROWDED),
        }
    }

    /// Room is taken as the bytes come, not as they are announced: announcing costs nothing.
    async fn collect(&self, body: Body, gives_way: GivesWay) -> Result<Unjudged, Refusal> {
        let mut gives_way = Some(gives_way);
        let (mut bytes, mut covered) = (Vec::new(), EACH_BYTES);
        let mut room: Option<OwnedSemaphorePermit> = None;
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| BROKEN)?;
            let length = bytes.len() + chunk.len();
            if length > WEBHOOK_BYTES {
                return Err(TOO_LARGE);
            }
            if length > covered {
                if let Some(gives_way) = gives_way.take() {
                    self.change_long(|long| {
                        long.retain(|other| !other.is_closed());
                        long.push_back(gives_way);
                    });
                }
                let more = self.unread_room(length - covered).await?;
                covered += more.num_permits() * PIECE_BYTES;
                match &mut room {
                    Some(room) => room.merge(more),
                    None => room = Some(more),
                }
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Unjudged { bytes: bytes.into(), _room: room })
    }

    /// Room for bytes that nobody has judged; where there is none, the delivery that has been read for longest gives way.
    async fn unread_room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let room = take(&self.unread, bytes);
        if room.is_ok() {
            return room;
        }
        // Whoever is told too late has been read already.
        self.change_long(|long| while long.pop_front().is_some_and(|oldest| oldest.send(()).is_err()) {});
        Arc::clone(&self.unread).acquire_many_owned(pieces(bytes)?).await.map_err(|_| CROWDED)
    }

    fn change_long(&self, change: impl FnOnce(&mut VecDeque<GivesWay>)) {
        change(&mut self.long.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes in a delivery whose signature fits.
    ///
    /// # Errors
    /// There is no room for it now.
    pub fn admit(&self, delivery: Unjudged) -> Result<Signed, Refusal> {
        let room = take(&self.signed, delivery.bytes.len().max(LEAST_BYTES))?;
        Ok(Signed { bytes: delivery.bytes, _room: room })
    }
}

fn take(room: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(room).try_acquire_many_owned(pieces(bytes)?).map_err(|_| CROWDED)
}

fn pieces(bytes: usize) -> Result<u32, Refusal> {
    u32::try_from(bytes.div_ceil(PIECE_BYTES)).map_err(|_| TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_chunks(count: usize, bytes: usize) -> Body {
        Body::from_stream(tokio_stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(vec![b'x'; bytes]))))
    }

    #[tokio::test]
    async fn room_is_given_back_when_the_delivery_is_done_with() {
        let rooms = Rooms::of(0, LEAST_BYTES, PATIENCE);
        let signed = async || rooms.admit(rooms.read(in_chunks(3, 5), None).await?);
        let first = signed().await.unwrap();
        assert_eq!(first.bytes.len(), 15);
        assert_eq!(signed().await.unwrap_err(), CROWDED);
        drop(first);
        assert!(signed().await.is_ok());
    }

    #[tokio::test]
    async fn a_long_delivery_takes_its_length() {
        let rooms = Rooms::of(2 * EACH_BYTES, 4 * EACH_BYTES, PATIENCE);
        let pieces = |bytes: usize| pieces(bytes).unwrap() as usize;
        let long = rooms.read(in_chunks(3, EACH_BYTES), None).await.unwrap();
        assert_eq!(rooms.unread.available_permits(), 0);
        let refused = rooms.read(in_chunks(2, EACH_BYTES), None).await.unwrap_err();
        assert_eq!(refused, CROWDED);
        assert!(rooms.read(in_chunks(2, EACH_BYTES / 2), None).await.is_ok(), "what everybody may take is there");
        let long = rooms.admit(long).unwrap();
        assert_eq!(rooms.unread.available_permits(), pieces(2 * EACH_BYTES), "it is read");
        assert_eq!(rooms.signed.available_permits(), pieces(EACH_BYTES));
        drop(long);
        assert_eq!(rooms.signed.available_permits(), pieces(4 * EACH_BYTES));
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused_before_or_while_it_comes() {
        let rooms = Rooms::new();
        let announced = rooms.read(in_chunks(1, 1), Some(WEBHOOK_BYTES + 1)).await.unwrap_err();
        assert_eq!(announced, TOO_LARGE);
        assert_eq!(rooms.read(in_chunks(5, WEBHOOK_BYTES / 4), None).await.unwrap_err(), TOO_LARGE);
        assert!(rooms.read(in_chunks(4, WEBHOOK_BYTES / 4), Some(WEBHOOK_BYTES)).await.is_ok());
    }

    #[tokio::test]
    async fn what_never_ends_is_given_up() {
        let rooms = Rooms::of(UNREAD_BYTES, SIGNED_BYTES, Duration::ZERO);
        let endless = Body::from_stream(tokio_stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(rooms.read(endless, None).await.unwrap_err(), TOO_SLOW);
    }
}
