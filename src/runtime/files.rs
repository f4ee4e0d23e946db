//! Files that customers sent (R4): fetched soon after their turn, while WhatsApp still has them, and kept; fetched when
//! somebody looks where that failed, or where another node did it. A file nobody can have holds up nobody.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinSet, spawn_blocking};

use crate::conversation::event::Event;
use crate::files::Files;
use crate::message::{Content, Media};
use crate::store::{ContactId, Store, StoreError, ThreadQuery};
use crate::whatsapp::client::SendError;
use crate::whatsapp::errors::{Class, next_try, spread};

use super::payload::Line;
use super::{Channel, Inner, Runtime, Whatsapp};

/// Documents are the largest that WhatsApp takes.
const LARGEST: usize = 100 * 1024 * 1024;
/// So many are fetched at once, each in memory until it is whole.
const AT_ONCE: usize = 2;
/// So many may wait to be fetched; more are fetched when somebody looks.
pub(super) const WAITING_MAX: usize = 1_024;

/// Where files are kept, and what fetches them.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) files: Files,
    at_once: Semaphore,
}

impl Keeping {
    pub(super) const fn new(files: Files) -> Self {
        Self { files, at_once: Semaphore::const_new(AT_ONCE) }
    }
}

/// A file that came.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) contact: ContactId,
    pub(super) number_id: String,
    pub(super) media: Media,
}

/// Why there is no file.
#[derive(Debug)]
pub enum NoFile {
    /// The thread cannot be read.
    Store(StoreError),
    /// WhatsApp does not give it, now or for ever; a sentence.
    Whatsapp(String),
    /// It cannot be kept; a sentence.
    Disk(String),
}

impl fmt::Display for NoFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(out),
            Self::Whatsapp(why) | Self::Disk(why) => out.write_str(why),
        }
    }
}

impl From<StoreError> for NoFile {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why a file could not be fetched.
enum Failed {
    Whatsapp(SendError),
    Disk(std::io::Error),
}

impl Failed {
    /// What to do about it; a disk may have room later.
    const fn class(&self) -> Class {
        match self {
            Self::Whatsapp(error) => match error.class {
                Class::OutcomeUnknown => crate::whatsapp::errors::PASSING,
                class => class,
            },
            Self::Disk(_) => crate::whatsapp::errors::PASSING,
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whatsapp(error) => error.fmt(out),
            Self::Disk(error) => error.fmt(out),
        }
    }
}

/// The files of what a customer, or staff in the WhatsApp app, sent.
pub(super) fn files_of(event: &Event) -> Vec<Media> {
    let messages = match event {
        Event::Messages(messages) => messages.as_slice(),
        Event::Echo(message) => std::slice::from_ref(message),
        _ => &[],
    };
    let media = |content: &Content| match content {
        Content::Media(media) => Some(media.clone()),
        _ => None,
    };
    messages.iter().filter_map(|message| media(&message.content)).collect()
}

/// Fetches what came until told to stop. Then what waits is left: it is fetched when somebody looks.
pub(super) async fn run(inner: Arc<Inner>, mut came: mpsc::Receiver<Came>) {
    tidy(&inner).await;
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = inner.told_to_stop() => return,
            Some(_) = under_way.join_next() => {}
            Some(file) = came.recv(), if under_way.len() < WAITING_MAX => {
                under_way.spawn(fetch_patiently(Arc::clone(&inner), file));
            }
        }
    }
}

async fn fetch_patiently(inner: Arc<Inner>, came: Came) {
    let Channel::Whatsapp(whatsapp) = &inner.channel else { return };
    for attempt in 1.. {
        let Err(failed) = fetch(whatsapp, &came).await else { break };
        let Some(wait) = next_try(failed.class(), attempt) else {
            tracing::warn!(error = %failed, "a file of a customer's could not be fetched; tried again when somebody looks");
            return;
        };
        tokio::time::sleep(spread(wait, inner.chance.part())).await;
    }
    // Whoever was erased meanwhile leaves nothing behind.
    if inner.store.load(vec![came.contact]).await.is_ok_and(|known| known.is_empty()) {
        forget(&inner, came.contact).await;
    }
}

/// Fetches a file and keeps it, unless it is kept already; where it lies.
async fn fetch(whatsapp: &Whatsapp, came: &Came) -> Result<Option<PathBuf>, Failed> {
    let Some(keeping) = &whatsapp.keeping else { return Ok(None) };
    let Came { contact, number_id, media } = came;
    let _place = keeping.at_once.acquire().await;
    if let Some(place) = keeping.files.find(*contact, media) {
        return Ok(Some(place));
    }
    let bytes = whatsapp.graph.fetch_media(number_id, &media.id, LARGEST).await.map_err(Failed::Whatsapp)?;
    let (files, contact, media) = (keeping.files.clone(), *contact, media.clone());
    let kept = spawn_blocking(move || files.keep(contact, &media, &bytes)).await;
    kept.unwrap_or_else(|error| Err(std::io::Error::other(error))).map(Some).map_err(Failed::Disk)
}

/// Removes the files of those who were erased while nobody was here (R42).
async fn tidy(inner: &Inner) {
    let Some(files) = inner.channel.files() else { return };
    let listed = files.clone();
    let Ok(Ok(contacts)) = spawn_blocking(move || listed.contacts()).await else {
        tracing::warn!("the folder of customers' files cannot be read");
        return;
    };
    for some in contacts.chunks(100) {
        // Whom the store cannot tell of is left alone.
        let Ok(known) = inner.store.load(some.to_vec()).await else { return };
        let is_known = |contact: &&ContactId| known.iter().any(|loaded| loaded.contact.id == **contact);
        for contact in some.iter().filter(|contact| !is_known(contact)) {
            forget(inner, *contact).await;
        }
    }
}

/// Removes the files of a contact (R42).
pub(super) async fn forget(inner: &Inner, contact: ContactId) {
    let Some(files) = inner.channel.files().cloned() else { return };
    let forgotten = spawn_blocking(move || files.forget(contact)).await;
    if let Err(error) = forgotten.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        tracing::error!(contact, %error, "the files of an erased customer could not be removed; the next start tries again");
    }
}

impl Runtime {
    /// Whether files that customers send are kept, and can be shown.
    #[must_use]
    pub fn keeps_files(&self) -> bool {
        self.0.channel.files().is_some()
    }

    /// A file that a customer sent, as a line of their thread, and where its bytes lie; fetched now if need be. `None` where
    /// no such line is to be shown.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn file(&self, contact: ContactId, seq: i64) -> Result<Option<(Media, PathBuf)>, NoFile> {
        let Channel::Whatsapp(whatsapp) = &self.0.channel else { return Ok(None) };
        let Some(came) = came(&self.0.store, contact, seq).await? else { return Ok(None) };
        match fetch(whatsapp, &came).await {
            Ok(place) => Ok(place.map(|place| (came.media, place))),
            Err(Failed::Whatsapp(error)) if next_try(error.class, 1).is_none() => Err(NoFile::Whatsapp(format!(
                "WhatsApp does not have this file any more, or does not give it to us: {error}. Ask the customer to send it again."
            ))),
            Err(Failed::Whatsapp(error)) => Err(NoFile::Whatsapp(format!("{error}. Try again in a moment."))),
            Err(Failed::Disk(error)) => {
                Err(NoFile::Disk(format!("the file cannot be kept ({error}); tell who runs frontdesk")))
            }
        }
    }
}

/// The file of a line; a secret answer is none (R42).
async fn came(store: &Arc<dyn Store>, contact: ContactId, seq: i64) -> Result<Option<Came>, StoreError> {
    let before = seq.saturating_add(1);
    let query = ThreadQuery { contact, before: Some(before), after: seq.saturating_sub(1), limit: 1 };
    let entry = store.thread(query).await?.pop().filter(|entry| entry.seq == seq && !entry.secret);
    let Some(entry) = entry else { return Ok(None) };
    let Ok(Line::Came(Content::Media(media))) = serde_json::from_str(&entry.message) else { return Ok(None) };
    let Some(loaded) = store.load(vec![contact]).await?.pop() else { return Ok(None) };
    Ok(Some(Came { contact, number_id: loaded.contact.number_id, media }))
}
