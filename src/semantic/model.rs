//! A folder into a model that is known to work: it was asked once.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Trouble;
use super::folder::{Folder, TABLE};
use super::network::Network;
use super::table::Table;
use super::tokens::Tokens;
use crate::intent::semantic::Embedder;

/// What a model is asked before it is trusted.
const TRIAL: &str = "Where is my order? 123";

/// A model of sentences.
struct Sentences {
    tokens: Tokens,
    kind: Kind,
    /// What stands before every text.
    prompt: String,
    digest: [u8; 32],
    lately: Mutex<Lately>,
    has_failed: AtomicBool,
}

/// What texts meant that were asked about lately: a message is asked about more than once. By their digests alone, so that
/// no customer's words are kept.
#[derive(Default)]
struct Lately {
    known: HashMap<[u8; 32], Vec<f32>>,
    order: VecDeque<[u8; 32]>,
}

/// So many are kept.
const LATELY_MAX: usize = 256;

impl Lately {
    fn keep(&mut self, text: [u8; 32], direction: &[f32]) {
        if self.known.insert(text, direction.to_vec()).is_none() {
            self.order.push_back(text);
        }
        while self.order.len() > LATELY_MAX {
            self.order.pop_front().map(|oldest| self.known.remove(&oldest));
        }
    }
}

enum Kind {
    Table(Box<Table>),
    Network(Box<Network>),
}

/// What makers of models say about what is to stand before a text.
#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    #[serde(default)]
    default_prompt_name: Option<String>,
}

impl Prompts {
    /// The usual one, else that of a question: messages are questions more often than answers.
    fn chosen(mut self) -> String {
        let name = self.default_prompt_name.as_deref().unwrap_or("query");
        self.prompts.remove(name).unwrap_or_default()
    }
}

/// The model in a folder.
pub(super) fn open(path: &Path) -> Result<Arc<dyn Embedder>, Trouble> {
    let mut folder = Folder::new(path)?;
    let tokenizer = folder.tokenizer()?;
    let tokens = Tokens::read(&tokenizer)?;
    let prompt = folder.prompts::<Prompts>()?.chosen();
    let table = folder.table()?.map(Table::read).transpose()?.flatten();
    let (kind, place) = match table {
        Some(table) => (Kind::Table(Box::new(fitting(table, &tokens, path)?)), path.join(TABLE)),
        None => {
            let pooling = folder.pooling()?;
            let Some(file) = folder.network()? else { return Err(folder.no_model()) };
            let place = file.path.clone();
            (Kind::Network(Box::new(Network::read(file, pooling)?)), place)
        }
    };
    let (digest, lately, has_failed) = (folder.digest(), Mutex::default(), AtomicBool::new(false));
    let model = Sentences { tokens, kind, prompt, digest, lately, has_failed };
    let direction = model.try_out().map_err(|reason| {
        Trouble::new(&place, format!("it does not work: {reason}"), "take a model of sentences with its own tokenizer")
    })?;
    if direction.iter().any(|part| !part.is_finite()) {
        return Err(Trouble::new(&place, "it gives numbers that are none", "fetch it again, or another export"));
    }
    Ok(Arc::new(model))
}

/// A table that has a row for every token.
fn fitting(table: Table, tokens: &Tokens, path: &Path) -> Result<Table, Trouble> {
    let (known, rows) = (tokens.len(), table.len());
    if known <= rows {
        return Ok(table);
    }
    let reason =
        format!("the tokenizer knows {known} tokens and the table has {rows} rows, so that they are of two models");
    Err(Trouble::new(path.join(TABLE), reason, "take both files from the same model"))
}

impl Sentences {
    fn try_out(&self) -> Result<Vec<f32>, String> {
        if let Kind::Network(network) = &self.kind {
            network.try_out(TRIAL, &self.tokens)?;
        }
        self.direction(TRIAL)
    }

    fn direction(&self, text: &str) -> Result<Vec<f32>, String> {
        let text = format!("{}{text}", self.prompt);
        match &self.kind {
            Kind::Table(table) => {
                table.embed(&text, &self.tokens).ok_or_else(|| "a text cannot be cut into tokens".to_owned())
            }
            Kind::Network(network) => network.embed(&text, &self.tokens),
        }
    }
}

impl Embedder for Sentences {
    fn digest(&self) -> [u8; 32] {
        self.digest
    }

    fn embed(&self, text: &str) -> Vec<f32> {
        let name: [u8; 32] = Sha256::digest(text).into();
        let lately = || self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lately().known.get(&name) {
            return known.clone();
        }
        let direction = self.direction(text).unwrap_or_else(|reason| {
            // Where it fails once it fails often.
            if !self.has_failed.swap(true, Ordering::Relaxed) {
                tracing::warn!("the model of sentences says nothing of a text, and may not of others: {reason}");
            }
            Vec::new()
        });
        lately().keep(name, &direction);
        direction
    }
}

impl fmt::Debug for Sentences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sentences({})", hex::encode(self.digest))
    }
}
