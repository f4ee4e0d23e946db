//! Values as bytes and back, for what is kept between two starts. Numbers stand with the lowest byte first, texts and lists
//! behind their length. Reading trusts nothing: what does not fit is nothing, and no memory is taken for more than there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value that can be written as bytes and read back.
pub trait Packed: Sized {
    /// Writes it behind what is there.
    fn pack(&self, to: &mut Vec<u8>);

    /// Reads it from the beginning, and takes it off; `None` where no such value stands.
    fn unpack(from: &mut &[u8]) -> Option<Self>;
}

/// Writes a value.
pub fn pack<T: Packed>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.pack(&mut bytes);
    bytes
}

/// Reads a value that is all there is.
pub fn unpack<T: Packed>(mut bytes: &[u8]) -> Option<T> {
    T::unpack(&mut bytes).filter(|_| bytes.is_empty())
}

/// Takes so many bytes off.
fn take<'a>(from: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(taken)
}

impl Packed for u8 {
    fn pack(&self, to: &mut Vec<u8>) {
        to.push(*self);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        take(from, 1)?.first().copied()
    }
}

impl Packed for bool {
    fn pack(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        match u8::unpack(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Packed for u32 {
    fn pack(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        take(from, 4)?.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Packed for f32 {
    fn pack(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        take(from, 4)?.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Packed for u64 {
    fn pack(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        take(from, 8)?.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Packed for usize {
    fn pack(&self, to: &mut Vec<u8>) {
        (*self as u64).pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        u64::unpack(from)?.try_into().ok()
    }
}

impl Packed for String {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_bytes(self.as_bytes(), to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        std::str::from_utf8(unpack_bytes(from)?).ok().map(str::to_owned)
    }
}

impl Packed for Arc<str> {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_bytes(self.as_bytes(), to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        std::str::from_utf8(unpack_bytes(from)?).ok().map(Self::from)
    }
}

impl<T: Packed> Packed for Option<T> {
    fn pack(&self, to: &mut Vec<u8>) {
        self.is_some().pack(to);
        if let Some(value) = self {
            value.pack(to);
        }
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        if bool::unpack(from)? { T::unpack(from).map(Some) } else { Some(None) }
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn pack(&self, to: &mut Vec<u8>) {
        self.0.pack(to);
        self.1.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some((A::unpack(from)?, B::unpack(from)?))
    }
}

impl<T: Packed, const N: usize> Packed for [T; N] {
    fn pack(&self, to: &mut Vec<u8>) {
        self.iter().for_each(|value| value.pack(to));
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let values: Option<Vec<T>> = (0..N).map(|_| T::unpack(from)).collect();
        values?.try_into().ok()
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn pack(&self, to: &mut Vec<u8>) {
        list(self.len(), self, to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let length = usize::unpack(from)?;
        // Nothing takes less than a byte: a length that cannot be true takes no memory.
        (length <= from.len()).then_some(())?;
        (0..length).map(|_| T::unpack(from)).collect()
    }
}

impl<T: Packed + Ord> Packed for BTreeSet<T> {
    fn pack(&self, to: &mut Vec<u8>) {
        list(self.len(), self, to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Vec::unpack(from).map(Self::from_iter)
    }
}

impl<K: Packed + Ord, V: Packed> Packed for BTreeMap<K, V> {
    fn pack(&self, to: &mut Vec<u8>) {
        self.len().pack(to);
        for (key, value) in self {
            key.pack(to);
            value.pack(to);
        }
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Vec::unpack(from).map(Self::from_iter)
    }
}

fn list<'a, T: Packed + 'a>(length: usize, values: impl IntoIterator<Item = &'a T>, to: &mut Vec<u8>) {
    length.pack(to);
    values.into_iter().for_each(|value| value.pack(to));
}

/// Bytes as they are.
pub fn pack_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    bytes.len().pack(to);
    to.extend_from_slice(bytes);
}

/// Reads what [`pack_bytes`] wrote.
pub fn unpack_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::unpack(from)?;
    take(from, length)
}

/// A long list of numbers, read in one go.
pub fn pack_numbers(numbers: &[u32], to: &mut Vec<u8>) {
    numbers.len().pack(to);
    to.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// Reads what [`pack_numbers`] wrote.
pub fn unpack_numbers(from: &mut &[u8]) -> Option<Vec<u32>> {
    let length = usize::unpack(from)?;
    let (numbers, _) = take(from, length.checked_mul(4)?)?.as_chunks();
    Some(numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
}

/// A long list of numbers with fractions.
pub fn pack_floats(numbers: &[f32], to: &mut Vec<u8>) {
    numbers.len().pack(to);
    to.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// Reads what [`pack_floats`] wrote.
pub fn unpack_floats(from: &mut &[u8]) -> Option<Vec<f32>> {
    Some(unpack_numbers(from)?.into_iter().map(f32::from_bits).collect())
}

/// A sum over bytes by which damage is found. It keeps nobody out who wants to write something else.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| {
        let mixed = (sum ^ word).wrapping_mul(MIX);
        mixed ^ (mixed >> 32)
    };
    let (words, rest) = bytes.as_chunks();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Value = (Vec<(String, Option<u32>)>, (BTreeMap<u8, BTreeSet<String>>, (bool, f32)));

    fn numbers(mut bytes: &[u8]) -> Option<Vec<u32>> {
        unpack_numbers(&mut bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn values_come_back(value in any::<Value>().prop_filter("equal to itself", |value| !value.1.1.1.is_nan())) {
            let bytes = pack(&value);
            prop_assert_eq!(unpack::<Value>(&bytes), Some(value));
            prop_assert!(unpack::<Value>(&bytes[..bytes.len() - 1]).is_none());
        }

        #[test]
        fn anything_else_is_nothing_or_another_value(bytes in any::<Vec<u8>>()) {
            let (value, numbers) = (unpack::<Value>(&bytes), numbers(&bytes));
            prop_assert!(value.is_none_or(|value| pack(&value).len() <= bytes.len()));
            prop_assert!(numbers.is_none_or(|numbers| numbers.len() * 4 < bytes.len()));
        }

        #[test]
        fn a_byte_that_is_another_changes_the_sum(bytes in prop::collection::vec(any::<u8>(), 1..200), at: usize, by: u8) {
            let mut other = bytes.clone();
            let at = at % other.len();
            other[at] = other[at].wrapping_add(by.max(1));
            prop_assert_ne!(checksum(&bytes), checksum(&other));
            prop_assert_ne!(checksum(&bytes), checksum(&bytes[1..]));
        }
    }

    #[test]
    fn a_length_that_cannot_be_true_takes_no_memory() {
        let mut bytes = pack(&u64::MAX);
        bytes.extend([7; 40]);
        assert_eq!(unpack::<Vec<u8>>(&bytes), None);
        assert_eq!(unpack::<String>(&bytes), None);
        assert_eq!(numbers(&bytes), None);
        let mut list = Vec::new();
        pack_numbers(&[3, u32::MAX], &mut list);
        assert_eq!(numbers(&list), Some(vec![3, u32::MAX]));
    }
}
