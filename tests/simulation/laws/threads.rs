//! Who is who: one customer, one thread on each business number, whatever they call themselves (R1), and nothing left of
//! whoever was erased (R42).

use std::collections::{BTreeMap, BTreeSet};

use frontdesk::clock::Timestamp;
use frontdesk::store::{ContactId, Identity, JobId};

use super::law;

/// A business number, and a name on it.
type Name = (String, String);

/// Every thread that was seen.
#[derive(Default)]
pub struct Threads {
    /// Whose a thread is: which customer's, on which business number.
    owners: BTreeMap<ContactId, (usize, String)>,
    /// Whom a name leads to, as far as we were told.
    known: BTreeMap<Name, ContactId>,
    /// Names that are a contact's no more, and since when we know.
    left: BTreeMap<(ContactId, String), Timestamp>,
    erased: BTreeMap<ContactId, Timestamp>,
}

fn names(who: &Identity) -> impl Iterator<Item = &String> {
    who.user_id.iter().chain(&who.wa_id)
}

impl Threads {
    /// A message of a customer's, or to one, was kept in a thread.
    pub fn message(&mut self, contact: ContactId, number: &str, who: &Identity, customer: usize) -> Result<(), String> {
        self.alive(contact)?;
        let named: Vec<Name> = names(who).map(|name| (number.to_owned(), name.clone())).collect();
        let known: BTreeSet<ContactId> = named.iter().filter_map(|name| self.known.get(name)).copied().collect();
        law(known.is_empty() || known.contains(&contact), || {
            format!("R1: what customer {customer} wrote to {number} stands in thread {contact}, theirs is {known:?}")
        })?;
        let owner = (customer, number.to_owned());
        let owns = self.owners.entry(contact).or_insert_with(|| owner.clone());
        law(*owns == owner, || format!("R1: thread {contact} of {owns:?} has a message of {owner:?}"))?;
        for name in named {
            // A message may be from the time before they left a name.
            if !self.left.contains_key(&(contact, name.1.clone())) {
                self.known.insert(name, contact);
            }
        }
        Ok(())
    }

    /// A contact was said to be known by something else.
    pub fn renamed(
        &mut self,
        contact: ContactId,
        number: &str,
        old: &Identity,
        new: &Identity,
        now: Timestamp,
    ) -> Result<(), String> {
        self.alive(contact)?;
        let kinds = [(&old.wa_id, &new.wa_id), (&old.user_id, &new.user_id)];
        for (old, new) in kinds {
            let Some(new) = new else { continue };
            self.known.insert((number.to_owned(), new.clone()), contact);
            self.left.remove(&(contact, new.clone()));
            if let Some(old) = old.as_ref().filter(|old| *old != new) {
                self.left.insert((contact, old.clone()), now);
            }
        }
        Ok(())
    }

    /// Others who are known by one of these names.
    pub fn others(&self, contact: ContactId, number: &str, who: &Identity) -> BTreeSet<ContactId> {
        let known = names(who).filter_map(|name| self.known.get(&(number.to_owned(), name.clone())));
        known.copied().filter(|known| *known != contact).collect()
    }

    /// A contact proved to be another, and is gone: it was the same customer's.
    pub fn joined(&mut self, early: ContactId, contact: ContactId, now: Timestamp) -> Result<(), String> {
        let (owned, owns) = (self.owners.remove(&early), self.owners.get(&contact));
        law(owned.is_none() || owns.is_none() || owned.as_ref() == owns, || {
            format!("R1: thread {early} of {owned:?} came into thread {contact} of {owns:?}")
        })?;
        self.known.values_mut().filter(|known| **known == early).for_each(|known| *known = contact);
        self.erased.insert(early, now);
        Ok(())
    }

    /// Whose a thread is.
    pub fn owner(&self, contact: ContactId) -> Option<(usize, &str)> {
        self.owners.get(&contact).map(|(customer, number)| (*customer, number.as_str()))
    }

    /// A message goes to a name that its contact has, or had when the message was handed out.
    pub fn addressed(&self, job: JobId, number: &str, to: &str, given: Timestamp) -> Result<(), String> {
        let left = self.left.get(&(job.contact, to.to_owned()));
        law(left.is_none_or(|left| *left >= given), || format!("R1: {job} goes to {to}, whom the contact was"))?;
        let erased = self.erased.get(&job.contact);
        law(erased.is_none_or(|erased| *erased >= given), || format!("R42: {job} is sent, whose contact was erased"))?;
        let theirs = self.owner(job.contact).map(|(_, number)| number);
        law(theirs == Some(number), || format!("R36: {job} goes out from {number}, and the thread is on {theirs:?}"))
    }

    /// A contact was erased.
    pub fn erased(&mut self, contact: ContactId, now: Timestamp) {
        self.erased.insert(contact, now);
        self.known.retain(|_, known| *known != contact);
    }

    /// Whoever was erased comes back nowhere.
    pub fn alive(&self, contact: ContactId) -> Result<(), String> {
        law(!self.erased.contains_key(&contact), || format!("R42: contact {contact} was erased, and is there again"))
    }

    /// Everybody who was erased.
    pub fn gone(&self) -> Vec<ContactId> {
        self.erased.keys().copied().collect()
    }
}
