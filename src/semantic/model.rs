//! A folder into a model that is known to work: it was asked once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

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
    let model = Sentences { tokens, kind, prompt, digest: folder.digest() };
    let direction = model.direction(TRIAL).map_err(|reason| {
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
        self.direction(text).unwrap_or_else(|reason| {
            tracing::warn!("the model of sentences says nothing of a text: {reason}");
            Vec::new()
        })
    }
}

impl fmt::Debug for Sentences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sentences({})", hex::encode(self.digest))
    }
}
