//! Many short lists of numbers in one flat array, one behind the other. Knows nothing of what the numbers mean.

use crate::packed::{Packed, pack_numbers, unpack_numbers};

use super::interner::{index, number};

/// Lists of numbers, counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// Where each list ends.
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Rows {
    /// Adds a list.
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = u32>) {
        self.values.extend(row);
        self.ends.push(number(self.values.len()));
    }

    /// A list; nothing where there is none.
    pub(super) fn row(&self, at: u32) -> &[u32] {
        let at = index(at);
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let (Some(start), Some(end)) = (start, self.ends.get(at)) else { return &[] };
        self.values.get(index(start)..index(*end)).unwrap_or_default()
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> u32 {
        number(self.ends.len())
    }

    /// All lists in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|at| self.row(at))
    }

    /// The lists turned around: for each value below `values`, the numbers of the lists it stands in, in their order; once
    /// for each time that it stands there.
    pub(super) fn turned(&self, values: u32) -> Self {
        let mut ends = vec![0_u32; index(values)];
        for value in &self.values {
            if let Some(end) = ends.get_mut(index(*value)) {
                *end += 1;
            }
        }
        let mut total = 0;
        for end in &mut ends {
            (*end, total) = (total, total + *end);
        }
        // Each end is where the next entry goes, until all are there.
        let mut turned = vec![0; index(total)];
        for (at, row) in (0_u32..).zip(self.iter()) {
            for value in row {
                let Some(end) = ends.get_mut(index(*value)) else { continue };
                if let Some(place) = turned.get_mut(index(*end)) {
                    *place = at;
                }
                *end += 1;
            }
        }
        Self { ends, values: turned }
    }

    /// The same lists with other numbers in them.
    pub(super) fn mapped(mut self, other: impl Fn(u32) -> u32) -> Self {
        self.values.iter_mut().for_each(|value| *value = other(*value));
        self
    }
}

impl Packed for Rows {
    fn pack(&self, to: &mut Vec<u8>) {
        pack_numbers(&self.ends, to);
        pack_numbers(&self.values, to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        Some(Self { ends: unpack_numbers(from)?, values: unpack_numbers(from)? })
    }
}

impl FromIterator<Vec<u32>> for Rows {
    fn from_iter<T: IntoIterator<Item = Vec<u32>>>(rows: T) -> Self {
        let mut all = Self::default();
        rows.into_iter().for_each(|row| all.push(row));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_kept_apart_and_can_be_turned_around() {
        let rows: Rows = [vec![2, 0], vec![], vec![2, 2, 9]].into_iter().collect();
        assert_eq!(rows.iter().collect::<Vec<_>>(), [&[2, 0][..], &[], &[2, 2, 9]]);
        assert_eq!((rows.len(), rows.row(3)), (3, &[][..]));
        let turned = rows.turned(4);
        assert_eq!(turned.iter().collect::<Vec<_>>(), [&[0][..], &[], &[0, 2, 2], &[]]);
        assert_eq!(Rows::default().turned(0), Rows::default());
    }
}
