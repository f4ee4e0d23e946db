//! Files that customers sent (R4): fetched soon after their turn, while WhatsApp still has them, and kept; fetched when
//! somebody looks where that failed, or where another node did it. A file nobody can have holds up nobody.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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
/// So many are fetched at once as they come, and as many for those who look; each is in memory until it is whole.
const AT_ONCE: usize = 2;
/// A customer who sends more than so many bytes in all is one of whom no more is kept: others need the disk, too.
const CONTACT_MAX: u64 = 1024 * 1024 * 1024;
/// When WhatsApp, or our disk, is in trouble for long, it is tried so often, so many times: for two days.
const LATER: Duration = Duration::from_secs(15 * 60);
const LATER_MAX: u32 = 2 * 24 * 4;
const PAGE: u32 = 100;
/// So many may wait to be fetched; more are fetched when somebody looks.
pub(super) const WAITING_MAX: usize = 1_024;

/// Where files are kept, and what fetches them.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) files: Files,
    as_they_come: Semaphore,
    for_agents: Semaphore,
}

impl Keeping {
    pub(super) fn new(files: Files) -> Self {
        let places = || Semaphore::new(AT_ONCE);
        Self { files, as_they_come: places(), for_agents: places() }
    }
}

/// A file that came.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) contact: ContactId,
    pub(super) number_id: String,
    pub(super) media: Media,
}

/// A file that is kept.
#[derive(Debug)]
pub struct KeptFile {
    /// What is said of it; untrusted.
    pub media: Media,
    /// Where its bytes lie.
    pub place: PathBuf,
    /// It is a secret answer, or came with one (R42).
    pub secret: bool,
}

/// Why there is no file.
#[derive(Debug)]
pub enum NoFile {
    /// The thread cannot be read.
    Store(StoreError),
    /// It will not come any more; a sentence.
    Gone(String),
    /// It cannot be had now; a sentence.
    NotNow(String),
}

impl fmt::Display for NoFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(out),
            Self::Gone(why) | Self::NotNow(why) => out.write_str(why),
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
    /// This customer has sent too much.
    TooMuch,
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
            Self::TooMuch => Class::Rejected,
            Self::Disk(_) => crate::whatsapp::errors::PASSING,
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whatsapp(error) => error.fmt(out),
            Self::TooMuch => write!(out, "this customer has sent more than {} MB", CONTACT_MAX >> 20),
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
        let Err(failed) = fetch(&inner, whatsapp, &came, |keeping| &keeping.as_they_come).await else { return };
        let passes = next_try(failed.class(), 1).is_some() && attempt < LATER_MAX;
        let Some(wait) = next_try(failed.class(), attempt).or_else(|| passes.then_some(LATER)) else {
            tracing::warn!(error = %failed, "a file of a customer's could not be fetched; tried again when somebody looks");
            return;
        };
        tokio::time::sleep(spread(wait, inner.chance.part())).await;
    }
}

/// Fetches a file and keeps it, unless it is kept already; where it lies. Whoever was erased meanwhile leaves none behind.
async fn fetch(
    inner: &Inner,
    whatsapp: &Whatsapp,
    came: &Came,
    places: impl Fn(&Keeping) -> &Semaphore,
) -> Result<Option<PathBuf>, Failed> {
    let Some(keeping) = &whatsapp.keeping else { return Ok(None) };
    let Came { contact, number_id, media } = came;
    if let Some(place) = keeping.files.find(*contact, media) {
        return Ok(Some(place));
    }
    let _place = places(keeping).acquire().await;
    if let Some(place) = keeping.files.find(*contact, media) {
        return Ok(Some(place));
    }
    if keeping.files.size(*contact).map_err(Failed::Disk)? > CONTACT_MAX {
        return Err(Failed::TooMuch);
    }
    let bytes = whatsapp.graph.fetch_media(number_id, &media.id, LARGEST).await.map_err(Failed::Whatsapp)?;
    let (files, contact, media) = (keeping.files.clone(), *contact, media.clone());
    let kept = spawn_blocking(move || files.keep(contact, &media, &bytes)).await;
    let place = kept.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(Failed::Disk)?;
    match inner.store.load(vec![contact]).await {
        Ok(known) if known.is_empty() => {
            forget(inner, contact).await;
            Ok(None)
        }
        Ok(_) => Ok(Some(place)),
        Err(error) => {
            // Nobody knows whether it may be kept: it is fetched again.
            drop(std::fs::remove_file(&place));
            Err(Failed::Disk(std::io::Error::other(error)))
        }
    }
}

/// Removes the files of those who were erased while nobody was here (R42).
async fn tidy(inner: &Inner) {
    let Some(files) = inner.channel.files() else { return };
    let listed = files.clone();
    let Ok(Ok(contacts)) = spawn_blocking(move || listed.contacts()).await else {
        tracing::warn!("the folder of customers' files cannot be read");
        return;
    };
    match erased_of(inner, &contacts).await {
        Ok((erased, others)) => {
            for contact in erased {
                forget(inner, contact).await;
            }
            if others > 0 {
                tracing::warn!(
                    others,
                    "there are files of contacts that this database does not know; are they another's?"
                );
            }
        }
        Err(error) => tracing::warn!(%error, "the files of customers who were erased are looked for at the next start"),
    }
}

/// Whom of these the audit log says to be erased, and how many more the store does not know: it may be another's store.
async fn erased_of(inner: &Inner, contacts: &[ContactId]) -> Result<(Vec<ContactId>, usize), StoreError> {
    let mut unknown: BTreeSet<ContactId> = contacts.iter().copied().collect();
    for some in contacts.chunks(PAGE as usize) {
        for known in inner.store.load(some.to_vec()).await? {
            unknown.remove(&known.contact.id);
        }
    }
    let (mut erased, mut before) = (Vec::new(), None);
    while !unknown.is_empty() {
        let page = inner.store.audit_log(before, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        before = Some(*last);
        erased.extend(page.iter().filter_map(|(_, row)| row.erased()).filter(|contact| unknown.remove(contact)));
    }
    Ok((erased, unknown.len()))
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

    /// A file that a customer sent, as a line of their thread; fetched now if need be. `None` where there is no such line.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn file(&self, contact: ContactId, seq: i64) -> Result<Option<KeptFile>, NoFile> {
        let Channel::Whatsapp(whatsapp) = &self.0.channel else { return Ok(None) };
        let Some((came, secret)) = came(&self.0.store, contact, seq).await? else { return Ok(None) };
        match fetch(&self.0, whatsapp, &came, |keeping| &keeping.for_agents).await {
            Ok(place) => Ok(place.map(|place| KeptFile { media: came.media, place, secret })),
            Err(Failed::Whatsapp(error)) if next_try(error.class, 1).is_none() => Err(NoFile::Gone(format!(
                "WhatsApp does not have this file any more, or does not give it to us: {error}. Ask the customer to send it again."
            ))),
            Err(Failed::Whatsapp(error)) => Err(NoFile::NotNow(format!("{error}. Try again in a moment."))),
            Err(Failed::TooMuch) => Err(NoFile::Gone(format!("{}; this file is not kept.", Failed::TooMuch))),
            Err(Failed::Disk(error)) => {
                Err(NoFile::NotNow(format!("The file cannot be kept ({error}); tell who runs frontdesk.")))
            }
        }
    }
}

/// The file of a line, and whether it is a secret answer.
async fn came(store: &Arc<dyn Store>, contact: ContactId, seq: i64) -> Result<Option<(Came, bool)>, StoreError> {
    let before = seq.saturating_add(1);
    let query = ThreadQuery { contact, before: Some(before), after: seq.saturating_sub(1), limit: 1 };
    let entry = store.thread(query).await?.pop().filter(|entry| entry.seq == seq);
    let Some(entry) = entry else { return Ok(None) };
    let Ok(Line::Came(Content::Media(media))) = serde_json::from_str(&entry.message) else { return Ok(None) };
    let Some(loaded) = store.load(vec![contact]).await?.pop() else { return Ok(None) };
    Ok(Some((Came { contact, number_id: loaded.contact.number_id, media }, entry.secret)))
}
