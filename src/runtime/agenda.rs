//! Which contacts the loop looks at, and when. Bounded: what does not fit is found in the store later. Knows no
//! conversation, no store and no clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::store::ContactId;

/// At most so many contacts are kept in mind for what waits in their inbox; the store knows the others.
const CONTACTS_MAX: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Agenda {
    times: BTreeMap<ContactId, Timestamp>,
    order: BTreeSet<(Timestamp, ContactId)>,
    alone: BTreeMap<ContactId, Timestamp>,
    /// Somebody was not noted for lack of room.
    missed: bool,
}

impl Agenda {
    /// The contact is to be looked at, at `at` at the latest, and not before they are no longer left alone.
    pub(super) fn note(&mut self, contact: ContactId, at: Timestamp) {
        let at = self.alone.get(&contact).map_or(at, |until| at.max(*until));
        let earlier = self.times.get(&contact).copied();
        if earlier.is_some_and(|earlier| earlier <= at) {
            return;
        }
        if let Some(earlier) = earlier {
            self.order.remove(&(earlier, contact));
        }
        self.times.insert(contact, at);
        self.order.insert((at, contact));
    }

    /// Somebody waits for an answer about this contact: it is looked at now, also if it is left alone.
    pub(super) fn insist(&mut self, contact: ContactId, now: Timestamp) {
        self.alone.remove(&contact);
        self.note(contact, now);
    }

    /// As [`Self::note`] for something that the store knows too: left out when there is no room.
    pub(super) fn note_if_room(&mut self, contact: ContactId, at: Timestamp) {
        if self.times.len() < CONTACTS_MAX || self.times.contains_key(&contact) {
            self.note(contact, at);
        } else {
            self.missed = true;
        }
    }

    /// Whether the store knows of somebody who is not noted here, and there is room for them now. Asking forgets it.
    pub(super) fn take_missed(&mut self) -> bool {
        self.times.len() <= CONTACTS_MAX / 2 && std::mem::take(&mut self.missed)
    }

    /// Something may wait in the store that nobody could be told of.
    pub(super) fn miss(&mut self) {
        self.missed = true;
    }

    /// Takes off who is to be looked at by `now`, the longest due first.
    pub(super) fn take_due(&mut self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ContactId)> {
        let due: Vec<_> = self.order.range(..=(now, ContactId::MAX)).take(limit).copied().collect();
        for (at, contact) in &due {
            self.order.remove(&(*at, *contact));
            self.times.remove(contact);
            if self.alone.get(contact).is_some_and(|until| *until <= now) {
                self.alone.remove(contact);
            }
        }
        due
    }

    /// When somebody is to be looked at next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Nothing of this contact's is looked at before `until`: something is wrong with it, and trying at once is no use.
    pub(super) fn leave_alone(&mut self, contact: ContactId, until: Timestamp) {
        if let Some(at) = self.times.remove(&contact) {
            self.order.remove(&(at, contact));
        }
        self.alone.insert(contact, until);
        self.note(contact, until);
    }

    /// Who is left alone.
    pub(super) fn alone(&self) -> Vec<ContactId> {
        self.alone.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_longest_due_comes_first_and_each_contact_once() {
        let mut agenda = Agenda::default();
        for (contact, seconds) in [(1, 30), (2, 10), (3, 20), (1, 5), (2, 40), (4, 99)] {
            agenda.note(contact, at(seconds));
        }
        assert_eq!(agenda.next(), Some(at(5)));
        assert_eq!(agenda.take_due(at(20), 2), [(at(5), 1), (at(10), 2)]);
        assert_eq!(agenda.take_due(at(20), 2), [(at(20), 3)]);
        assert_eq!(agenda.take_due(at(98), 9), []);
        assert_eq!(agenda.next(), Some(at(99)));
    }

    #[test]
    fn who_is_left_alone_is_not_looked_at_before_that_is_over() {
        let mut agenda = Agenda::default();
        agenda.note(1, at(5));
        agenda.leave_alone(1, at(60));
        agenda.note(1, at(6));
        agenda.note_if_room(1, at(7));
        assert_eq!(agenda.take_due(at(59), 9), []);
        assert_eq!(agenda.alone(), [1]);
        assert_eq!(agenda.take_due(at(60), 9), [(at(60), 1)]);
        assert_eq!(agenda.alone(), [0; 0]);
        agenda.note(1, at(61));
        assert_eq!(agenda.next(), Some(at(61)));
        agenda.leave_alone(1, at(120));
        agenda.insist(1, at(62));
        assert_eq!(agenda.take_due(at(62), 9), [(at(62), 1)], "unless somebody waits for an answer");
    }

    #[test]
    fn what_does_not_fit_is_remembered_as_missed() {
        let mut agenda = Agenda::default();
        let most = ContactId::try_from(CONTACTS_MAX).unwrap();
        for contact in 0..most {
            agenda.note_if_room(contact, at(1));
        }
        agenda.note_if_room(0, at(0));
        assert!(!agenda.take_missed());
        agenda.note_if_room(most, at(1));
        assert!(!agenda.take_missed(), "there is no room yet");
        agenda.note(most + 1, at(1));
        assert_eq!(agenda.take_due(at(1), CONTACTS_MAX).len(), CONTACTS_MAX);
        assert!(agenda.take_missed(), "what must not be missed was noted all the same");
        assert!(!agenda.take_missed());
    }
}
