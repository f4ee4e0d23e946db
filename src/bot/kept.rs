//! What of a compiled bot takes long to work out, as bytes: its articles, and what the classifier learned. A later start from
//! the very same files takes it from there. Owns the form and what makes it void; where the bytes lie is the caller's affair.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::compile::{Context, NameKind};
use crate::diagnostic::{Problem, Spot};
use crate::intent::classifier::Learned;
use crate::knowledge::Article;
use crate::packed::{Packed, checksum, pack_bytes, unpack, unpack_bytes};

/// Raised whenever the bytes, or what is learned from the same sentences, become others.
const FORM: u32 = 10;
const MAGIC: &[u8; 16] = b"frontdesk/kept\r\n";

/// Where bytes are kept under a name, to be found again by a later start. Whatever goes wrong is nothing found: it is worked
/// out anew.
pub trait Cache {
    /// The bytes that were kept under this name.
    fn get(&self, key: &str) -> Option<Vec<u8>>;

    /// Keeps bytes under a name.
    fn put(&self, key: &str, bytes: &[u8]);
}

/// What is kept of a bot without errors.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) articles: BTreeMap<String, Article>,
    pub(super) traces: Traces,
    pub(super) learned: Learned,
}

/// What compiling the articles left in the context for the rest of the bot.
#[derive(Debug)]
pub(super) struct Traces {
    /// Their names, and where each stands.
    names: Vec<(String, Spot)>,
    /// The flows that something led to by then.
    used: Vec<String>,
    /// What is amiss with them.
    problems: Vec<Problem>,
}

impl Traces {
    /// Takes note of what compiling the articles left; it noted every problem behind the first `before`.
    pub(super) fn of(context: &Context<'_>, before: usize) -> Self {
        Self {
            names: context.declared(NameKind::Article).map(|(name, spot)| (name.to_owned(), spot.clone())).collect(),
            used: context.used(NameKind::Flow).map(str::to_owned).collect(),
            problems: context.problems.get(before..).unwrap_or_default().to_vec(),
        }
    }

    /// Leaves it again.
    pub(super) fn leave(&self, context: &mut Context<'_>) {
        for (name, spot) in &self.names {
            context.declare_as(NameKind::Article, name.clone(), spot.clone());
        }
        self.used.iter().for_each(|flow| context.mark_used(NameKind::Flow, flow));
        context.problems.extend(self.problems.iter().cloned());
    }
}

impl Packed for Traces {
    fn pack(&self, to: &mut Vec<u8>) {
        self.names.pack(to);
        self.used.pack(to);
        self.problems.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self { names: Packed::unpack(from)?, used: Packed::unpack(from)?, problems: Packed::unpack(from)? })
    }
}

/// The name under which a bot is kept whose files have this hash, and whose model of sentences this digest, if it has one.
/// Another release may see the same files differently.
pub(super) fn key(files: &[u8], semantic: Option<[u8; 32]>) -> String {
    let mut hash = Sha256::new();
    hash.update(FORM.to_be_bytes());
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(files);
    if let Some(model) = semantic {
        hash.update(model);
    }
    hex::encode(hash.finalize())
}

/// What is to be kept, sealed with its name.
pub(super) fn seal(key: &str, articles: &BTreeMap<String, Article>, traces: &Traces, learned: &Learned) -> Vec<u8> {
    let mut body = Vec::new();
    articles.pack(&mut body);
    traces.pack(&mut body);
    learned.pack(&mut body);
    let mut sealed = MAGIC.to_vec();
    key.to_owned().pack(&mut sealed);
    checksum(&body).pack(&mut sealed);
    pack_bytes(&body, &mut sealed);
    sealed
}

/// What was kept under a name; `None` for anything else, and for what is damaged.
pub(super) fn open(key: &str, sealed: &[u8]) -> Option<Kept> {
    let mut rest = sealed.strip_prefix(MAGIC)?;
    let name = String::unpack(&mut rest)?;
    let sum = u64::unpack(&mut rest)?;
    let mut body = unpack_bytes(&mut rest)?;
    if !rest.is_empty() || name != key || sum != checksum(body) {
        return None;
    }
    let (articles, traces) = (Packed::unpack(&mut body)?, Packed::unpack(&mut body)?);
    Some(Kept { articles, traces, learned: unpack(body)? })
}
