//! Texts into numbers of tokens, as the model's own `tokenizer.json` says.

use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationParams};

use super::Trouble;
use super::folder::Bytes;

/// Longer texts are cut: a message's matter stands in its beginning, and a network takes long for what is long.
const TOKENS_MAX: usize = 128;
/// No more letters are looked at.
const LETTERS_MAX: usize = 2_000;
/// So many letters tell whether the model was made for their language …
const LETTERS_TO_TELL: usize = 8;
/// … for then a token has more letters than this: some four in English, one where only the letters are known.
const LETTERS_IN_TOKEN_MIN: f32 = 1.5;

/// Cuts texts into tokens.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    /// The token that stands for whatever is not known.
    unknown: Option<u32>,
}

/// What of a `tokenizer.json` its own library does not tell.
#[derive(Default, Deserialize)]
struct Written {
    #[serde(default)]
    model: Model,
}

#[derive(Default, Deserialize)]
struct Model {
    #[serde(default)]
    unk_token: Option<String>,
    #[serde(default)]
    unk_id: Option<u32>,
}

/// Whether a text falls apart into letters: then all texts like it point the same way, whatever they mean. Signs that are
/// words by themselves are no letters here.
fn is_in_pieces(text: &str, tokens: usize) -> bool {
    let is_letter = |c: &char| {
        c.is_alphabetic()
            && !matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..)
    };
    let letters = text.chars().filter(is_letter).count();
    letters >= LETTERS_TO_TELL && (letters as f32) < LETTERS_IN_TOKEN_MIN * tokens as f32
}

impl Tokens {
    pub(super) fn read(file: &Bytes) -> Result<Self, Trouble> {
        let trouble = |reason: String| {
            Trouble::new(
                &file.path,
                reason,
                "fetch it again from where the model is from; a fast tokenizer's file is meant",
            )
        };
        let unreadable = |error: tokenizers::Error| trouble(format!("it does not read as a tokenizer: {error}"));
        let mut tokenizer = Tokenizer::from_bytes(&file.bytes).map_err(unreadable)?;
        // Its own habits are those of whoever trained it: to fill short texts up, or to cut at another length.
        tokenizer.with_padding(None);
        let cut = TruncationParams { max_length: TOKENS_MAX, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(unreadable)?;
        let written: Written = serde_json::from_slice(&file.bytes).unwrap_or_default();
        let by_name = written.model.unk_token.and_then(|token| tokenizer.token_to_id(&token));
        Ok(Self { unknown: by_name.or(written.model.unk_id), tokenizer })
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.tokenizer.get_vocab_size(false)
    }

    /// The tokens of a text with those that begin and end it, as a network wants them.
    pub(super) fn framed(&self, text: &str) -> Option<Vec<u32>> {
        self.encode(text, true)
    }

    /// The same, whether or not the text is in a language that the model was made for.
    pub(super) fn whatever(&self, text: &str) -> Option<Vec<u32>> {
        Some(self.tokenizer.encode(text, true).ok()?.get_ids().to_vec())
    }

    /// The tokens of a text alone, without what is not known.
    pub(super) fn known(&self, text: &str) -> Option<Vec<u32>> {
        let mut tokens = self.encode(text, false)?;
        tokens.retain(|token| Some(*token) != self.unknown);
        Some(tokens)
    }

    /// The tokens of a text; none where it is in a language that the model was not made for.
    fn encode(&self, text: &str, is_framed: bool) -> Option<Vec<u32>> {
        let end = text.char_indices().nth(LETTERS_MAX).map_or(text.len(), |(end, _)| end);
        let encoding = self.tokenizer.encode(text.get(..end)?, is_framed).ok()?;
        let tokens = encoding.get_special_tokens_mask().iter().filter(|mask| **mask == 0).count();
        let read = encoding.get_offsets().iter().map(|(_, end)| *end).max().unwrap_or_default();
        let in_pieces = is_in_pieces(text.get(..read).unwrap_or(text), tokens);
        Some(if in_pieces { Vec::new() } else { encoding.get_ids().to_vec() })
    }
}
