//! The files of a model: which there are, how large they may be, and the digest by which one model is told from another.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::Trouble;

/// Larger models are too slow for one message anyway.
const MODEL_BYTES_MAX: u64 = 2_000_000_000;
const TOKENIZER_BYTES_MAX: u64 = 64_000_000;
const SETTINGS_BYTES_MAX: u64 = 1_000_000;

/// Cuts texts into tokens.
const TOKENIZER: &str = "tokenizer.json";
/// A table of tokens.
pub(super) const TABLE: &str = "model.safetensors";
/// A network, in the folder itself or where exports lie beside the original.
const NETWORKS: [&str; 2] = ["model.onnx", "onnx/model.onnx"];
const POOLING: &str = "1_Pooling/config.json";
const PROMPTS: &str = "config_sentence_transformers.json";

/// A folder whose files are read one after the other.
pub(super) struct Folder {
    path: PathBuf,
    digest: Sha256,
}

/// A file as it was read.
pub(super) struct Bytes {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Self, Trouble> {
        if !path.is_dir() {
            let reason = if path.exists() { "it is no folder" } else { "there is no such folder" };
            let way_out = format!("name the folder that holds `{TOKENIZER}` and `{TABLE}` or `model.onnx`");
            return Err(Trouble::new(path, reason, way_out));
        }
        Ok(Self { path: path.to_owned(), digest: Sha256::new() })
    }

    /// What cuts texts into tokens: every model has it.
    pub(super) fn tokenizer(&mut self) -> Result<Bytes, Trouble> {
        let file = self.file(TOKENIZER, TOKENIZER_BYTES_MAX)?;
        file.ok_or_else(|| {
            Trouble::new(
                self.path.join(TOKENIZER),
                "there is no such file",
                "take it from where the model is from; a `vocab.txt` or `sentencepiece.bpe.model` does not do",
            )
        })
    }

    pub(super) fn table(&mut self) -> Result<Option<Bytes>, Trouble> {
        self.file(TABLE, MODEL_BYTES_MAX)
    }

    pub(super) fn network(&mut self) -> Result<Option<Bytes>, Trouble> {
        for name in NETWORKS {
            if let Some(file) = self.file(name, MODEL_BYTES_MAX)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// There is neither a table nor a network.
    pub(super) fn no_model(&self) -> Trouble {
        Trouble::new(
            self.path.join(TABLE),
            format!("there is no such file, and no `{}` either", NETWORKS.join("` or `")),
            "a model is a table of tokens (the former) or a network (the latter); take the one that its makers offer",
        )
    }

    pub(super) fn pooling<T: DeserializeOwned + Default>(&mut self) -> Result<T, Trouble> {
        self.settings(POOLING)
    }

    pub(super) fn prompts<T: DeserializeOwned + Default>(&mut self) -> Result<T, Trouble> {
        self.settings(PROMPTS)
    }

    /// By which this model is told from all others: by the names and the bytes of what was read.
    pub(super) fn digest(self) -> [u8; 32] {
        self.digest.finalize().into()
    }

    /// Settings as JSON; without the file, what is usual.
    fn settings<T: DeserializeOwned + Default>(&mut self, name: &str) -> Result<T, Trouble> {
        let Some(Bytes { path, bytes }) = self.file(name, SETTINGS_BYTES_MAX)? else { return Ok(T::default()) };
        serde_json::from_slice(&bytes).map_err(|error| {
            Trouble::new(
                path,
                format!("it does not read: {error}"),
                "fetch it again, or take it away where it is not needed",
            )
        })
    }

    fn file(&mut self, name: &str, bytes_max: u64) -> Result<Option<Bytes>, Trouble> {
        let path = self.path.join(name);
        match read(&path, bytes_max) {
            Ok(bytes) => {
                self.digest.update(name);
                self.digest.update((bytes.len() as u64).to_be_bytes());
                self.digest.update(&bytes);
                Ok(Some(Bytes { path, bytes }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                let reason = format!("it is larger than {} MB", bytes_max / 1_000_000);
                Err(Trouble::new(path, reason, "take a smaller model: a message must not wait for it"))
            }
            Err(error) => {
                Err(Trouble::new(path, format!("it cannot be read: {error}"), "check it and who may read it"))
            }
        }
    }
}

fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > bytes_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}
