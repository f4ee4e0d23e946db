//! Byte strings as numbers from 0, in the order in which they first came, so that what is looked up often is a number in a
//! flat array. The same strings in the same order get the same numbers on every machine. Sorts nothing and forgets nothing.

use crate::packed::{Packed, pack_bytes, pack_numbers, unpack_bytes, unpack_numbers};

/// Strings with their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Interner {
    /// All strings, one behind the other, each behind its kind.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// Numbers plus one by hash, with open addressing; 0 is a free place. At most half is taken. The upper bits are some of
    /// the hash: other strings are passed by without a look at them.
    table: Vec<u32>,
}

/// So many bits of a place are the number.
const NUMBER_BITS: u32 = 28;

/// What of a place in the table is of the hash.
const fn tag(hash: u64) -> u32 {
    ((hash >> (32 + NUMBER_BITS)) as u32) << NUMBER_BITS
}

/// The number plus one that lies in a place.
const fn untagged(place: u32) -> u32 {
    place & ((1 << NUMBER_BITS) - 1)
}

impl Interner {
    /// How many strings there are.
    pub(super) fn len(&self) -> u32 {
        number(self.ends.len())
    }

    /// The number of a string, if it came before. The same bytes of another kind are another string.
    pub(super) fn find(&self, kind: u8, key: &[u8]) -> Option<u32> {
        self.place(kind, key).ok()
    }

    /// The number of a string, a new one if it never came before.
    pub(super) fn intern(&mut self, kind: u8, key: &[u8]) -> u32 {
        if self.table.len() < 2 * (self.ends.len() + 1) {
            self.grow();
        }
        let free = match self.place(kind, key) {
            Ok(id) => return id,
            Err(free) => free,
        };
        let id = self.len();
        self.bytes.push(kind);
        self.bytes.extend_from_slice(key);
        self.ends.push(number(self.bytes.len()));
        if let Some(place) = self.table.get_mut(free) {
            *place = tag(hash(kind, key)) | (id + 1);
        }
        id
    }

    /// A string and its kind.
    pub(super) fn get(&self, id: u32) -> Option<(u8, &[u8])> {
        let at = index(id);
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        let (kind, key) = self.bytes.get(index(start)..index(*self.ends.get(at)?))?.split_first()?;
        Some((*kind, key))
    }

    /// The number of a string, or the free place in the table where it belongs.
    fn place(&self, kind: u8, key: &[u8]) -> Result<u32, usize> {
        let mask = self.table.len().wrapping_sub(1);
        let hash = hash(kind, key);
        let mut place = low(hash) & mask;
        for _ in 0..self.table.len() {
            let taken = self.table.get(place).copied().unwrap_or_default();
            let Some(id) = untagged(taken).checked_sub(1) else { return Err(place) };
            if tag(hash) | (id + 1) == taken && self.get(id) == Some((kind, key)) {
                return Ok(id);
            }
            place = (place + 1) & mask;
        }
        Err(usize::MAX)
    }

    fn grow(&mut self) {
        let size = (4 * (self.ends.len() + 1)).next_power_of_two();
        let mut table = vec![0; size];
        for id in 0..self.len() {
            let Some((kind, key)) = self.get(id) else { continue };
            let hash = hash(kind, key);
            let mut place = low(hash) & (size - 1);
            while table.get(place).is_some_and(|taken| *taken != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(place) = table.get_mut(place) {
                *place = tag(hash) | (id + 1);
            }
        }
        self.table = table;
    }
}

impl Packed for Interner {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_bytes(&self.bytes, to);
        pack_numbers(&self.ends, to);
        pack_numbers(&self.table, to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let bytes = unpack_bytes(from)?.to_vec();
        let (ends, table) = (unpack_numbers(from)?, unpack_numbers(from)?);
        Some(Self { bytes, ends, table }).filter(|read| read.table.is_empty() || read.table.len().is_power_of_two())
    }
}

/// A fast hash, always the same. Whoever could choose strings that meet writes the bot, and would make it slow, not wrong.
fn hash(kind: u8, key: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(MIX);
        mixed ^ (mixed >> 29)
    };
    let (words, rest) = key.as_chunks::<8>();
    let hash = words.iter().fold(u64::from(kind), |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    mix(mix(hash, u64::from_le_bytes(last)), key.len() as u64)
}

/// Counts fit: there is never memory for more.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A number as a place in an array.
pub(super) const fn index(number: u32) -> usize {
    number as usize
}

const fn low(hash: u64) -> usize {
    hash as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_string_of_a_kind_has_one_number() {
        let mut interner = Interner::default();
        assert_eq!(interner.find(0, b"bill"), None);
        let mut numbers = Vec::new();
        for round in 0..2 {
            for number in 0..2_000_u32 {
                let key = format!("word {}", number / 2);
                let kind = u8::from(number % 2 == 0);
                let id = interner.intern(kind, key.as_bytes());
                if round == 0 {
                    numbers.push(id);
                }
                assert_eq!((id, interner.get(id)), (number, Some((kind, key.as_bytes()))));
            }
        }
        assert_eq!((interner.len(), interner.get(2_000)), (2_000, None));
        assert_eq!(interner.find(1, b"word 7"), Some(14));
        assert_eq!(interner.find(2, b"word 7"), None);
        assert_eq!(interner.intern(0, b""), 2_000);
        assert_eq!(interner.find(0, b""), Some(2_000));
    }

    #[test]
    fn bytes_that_look_alike_hash_apart() {
        let keys: [&[u8]; 6] = [b"", b"\0", b"\0\0\0\0\0\0\0\0", b"a", b"a\0", b"abcdefgh"];
        let hashes: std::collections::BTreeSet<u64> = keys.iter().map(|key| hash(0, key)).collect();
        assert_eq!(hashes.len(), keys.len());
        assert_ne!(hash(0, b"a"), hash(1, b"a"));
    }
}
