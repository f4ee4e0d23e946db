//! Models that are a table: a direction for each token, and a sentence is the mean of its tokens'. Reads safetensors: the
//! length of a header, the header as JSON, the numbers.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

use super::Trouble;
use super::folder::Bytes;
use super::tokens::Tokens;

const HEADER_BYTES_MAX: usize = 10_000_000;
const DIMENSIONS_MAX: usize = 4_096;
const TOKENS_MAX: usize = 5_000_000;
/// What the table is called; else it is the only one there is.
const NAMES: [&str; 2] = ["embeddings", "embedding.weight"];

/// A direction for each token.
pub(super) struct Table {
    dimensions: usize,
    numbers: Numbers,
    /// How much each token counts; all the same where this is empty.
    weights: Vec<f32>,
    /// The row of each token; its own number where this is empty.
    rows: Vec<usize>,
}

/// Numbers as they stand in the file, and how to read them.
struct Numbers {
    bytes: Vec<u8>,
    at: Range<usize>,
    kind: Kind,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Kind {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I8,
    #[serde(other)]
    Other,
}

/// A tensor as the header tells it.
#[derive(Debug, Clone, Deserialize)]
struct Tensor {
    dtype: Kind,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl Table {
    /// The table in a file; `None` where it holds a whole network instead.
    pub(super) fn read(file: Bytes) -> Result<Option<Self>, Trouble> {
        let path = file.path.clone();
        let trouble =
            |reason: String| Trouble::new(&path, reason, "fetch it again; it must be as long as its makers say");
        let (header, body) = header(&file.bytes).map_err(&trouble)?;
        let Some((name, found)) = table_of(&header) else { return Ok(None) };
        let [tokens, dimensions] = found.shape[..] else { return Ok(None) };
        let shape = format!("its table `{name}` has {tokens} rows of {dimensions} numbers");
        if !(1..=TOKENS_MAX).contains(&tokens) || !(1..=DIMENSIONS_MAX).contains(&dimensions) {
            let way_out = format!("take a model with at most {TOKENS_MAX} tokens and {DIMENSIONS_MAX} dimensions");
            return Err(Trouble::new(&path, shape, way_out));
        }
        let of = |tensor: &Tensor| numbers(tensor, body, file.bytes.len());
        let at = of(found).map_err(|reason| trouble(format!("its table `{name}` {reason}")))?;
        let list = |name: &str| -> Result<Vec<f32>, Trouble> {
            let Some(tensor) = header.get(name).filter(|tensor| tensor.shape.len() == 1) else { return Ok(Vec::new()) };
            let at = of(tensor).map_err(|reason| trouble(format!("its list `{name}` {reason}")))?;
            let bytes = file.bytes.get(at).unwrap_or_default();
            Ok(bytes.chunks_exact(tensor.dtype.width()).map(|bytes| tensor.dtype.value(bytes)).collect())
        };
        let weights = list("weights")?;
        let rows: Vec<usize> = list("mapping")?.into_iter().map(|row| row as usize).collect();
        let kind = found.dtype;
        Ok(Some(Self { dimensions, weights, rows, numbers: Numbers { bytes: file.bytes, at, kind } }))
    }

    /// How many tokens it can tell.
    pub(super) fn len(&self) -> usize {
        if self.rows.is_empty() { self.numbers.at.len() / self.row_bytes() } else { self.rows.len() }
    }

    /// The mean direction of a text's tokens; those that stand in no row count for nothing.
    pub(super) fn embed(&self, text: &str, tokens: &Tokens) -> Option<Vec<f32>> {
        let mut sum = vec![0.0_f32; self.dimensions];
        for token in tokens.known(text)? {
            let token = usize::try_from(token).ok()?;
            let weight = if self.weights.is_empty() { 1.0 } else { self.weights.get(token).copied().unwrap_or(1.0) };
            for (sum, value) in sum.iter_mut().zip(self.row(token)) {
                *sum += weight * value;
            }
        }
        Some(sum)
    }

    fn row(&self, token: usize) -> impl Iterator<Item = f32> {
        let row = if self.rows.is_empty() { Some(token) } else { self.rows.get(token).copied() };
        let Numbers { bytes, at, kind } = &self.numbers;
        let start = row.and_then(|row| row.checked_mul(self.row_bytes())).and_then(|start| start.checked_add(at.start));
        let end = start.and_then(|start| start.checked_add(self.row_bytes())).filter(|end| *end <= at.end);
        let row = start.zip(end).and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
        row.chunks_exact(kind.width()).map(|bytes| kind.value(bytes))
    }

    const fn row_bytes(&self) -> usize {
        self.dimensions * self.numbers.kind.width()
    }
}

/// The tensors of a file, and where their numbers begin.
fn header(bytes: &[u8]) -> Result<(BTreeMap<String, Tensor>, usize), String> {
    let (length, rest) = bytes.split_first_chunk().ok_or("it is too short to be one")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let header = rest.get(..length).filter(|_| length <= HEADER_BYTES_MAX);
    let header = header.ok_or("its first bytes are no length of a header")?;
    let all: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(|error| format!("its header does not read: {error}"))?;
    let tensors = all.into_iter().filter(|(name, _)| name != "__metadata__").map(|(name, value)| {
        let tensor =
            serde_json::from_value(value).map_err(|error| format!("`{name}` in its header does not read: {error}"))?;
        Ok((name, tensor))
    });
    Ok((tensors.collect::<Result<_, String>>()?, length + 8))
}

fn table_of(header: &BTreeMap<String, Tensor>) -> Option<(&str, &Tensor)> {
    let is_table = |tensor: &Tensor| tensor.shape.len() == 2;
    let named = NAMES.iter().find_map(|name| header.get_key_value(*name)).filter(|(_, tensor)| is_table(tensor));
    let mut tables = header.iter().filter(|(_, tensor)| is_table(tensor));
    let only = tables.next().filter(|_| tables.next().is_none());
    named.or(only).map(|(name, tensor)| (name.as_str(), tensor))
}

/// Where a tensor's numbers stand in the file.
fn numbers(tensor: &Tensor, body: usize, length: usize) -> Result<Range<usize>, String> {
    let count = tensor.shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side));
    let wanted = count.and_then(|count| count.checked_mul(tensor.dtype.width()));
    let (from, to) = tensor.data_offsets;
    let range = body.checked_add(from).zip(body.checked_add(to)).map(|(from, to)| from..to);
    match range {
        _ if tensor.dtype == Kind::Other => Err("holds numbers of a kind that cannot be read".to_owned()),
        Some(range) if range.end > length => Err("ends behind the end of the file".to_owned()),
        Some(range) if to.checked_sub(from) == wanted => Ok(range),
        _ => Err("is not as long as its shape says".to_owned()),
    }
}

impl Kind {
    const fn width(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::I8 | Self::Other => 1,
        }
    }

    /// The number that stands in these bytes.
    fn value(self, bytes: &[u8]) -> f32 {
        let four = || bytes.first_chunk().copied().unwrap_or_default();
        let two = || u16::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default());
        let eight = || bytes.first_chunk().copied().unwrap_or_default();
        match self {
            Self::F64 => f64::from_le_bytes(eight()) as f32,
            Self::F32 => f32::from_le_bytes(four()),
            Self::F16 => half(two()),
            Self::BF16 => f32::from_bits(u32::from(two()) << 16),
            Self::I64 => i64::from_le_bytes(eight()) as f32,
            Self::I32 => i32::from_le_bytes(four()) as f32,
            Self::I8 => f32::from(i8::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default())),
            Self::Other => 0.0,
        }
    }
}

/// A number of half the usual width.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    let magnitude = match exponent {
        // The smallest stand without a leading one.
        0 => fraction as f32 / 16_777_216.0,
        0x1f => f32::from_bits(0x7f80_0000 | fraction << 13),
        _ => f32::from_bits((exponent + 112) << 23 | fraction << 13),
    };
    f32::from_bits(magnitude.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_they_say() {
        let numbers =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0)];
        for (bits, number) in numbers {
            assert_eq!(half(bits), number, "{bits:x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan() && half(0x8000) == 0.0);
    }
}
