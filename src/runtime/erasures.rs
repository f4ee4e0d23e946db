//! Contacts that were erased by another way in, a command beside the server say (R42): nobody on the floor holds a place
//! for them any more. Finds them in the audit log, which every erasure is recorded in; erases nothing itself.

use std::sync::Arc;

use crate::store::{ContactId, Store, StoreError};

const PAGE: u32 = 100;

/// How far the audit log has been read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Erasures {
    read_to: i64,
}

impl Erasures {
    /// From now on.
    pub(super) async fn from_now(store: &Arc<dyn Store>) -> Result<Self, StoreError> {
        let newest = store.audit_log(None, 1).await?;
        Ok(Self { read_to: newest.first().map_or(0, |(id, _)| *id) })
    }

    /// Who was erased since it was asked last.
    pub(super) async fn news(&mut self, store: &Arc<dyn Store>) -> Result<Vec<ContactId>, StoreError> {
        let (mut erased, mut newest, mut before) = (Vec::new(), self.read_to, None);
        loop {
            let page = store.audit_log(before, PAGE).await?;
            let new: Vec<_> = page.iter().take_while(|(id, _)| *id > self.read_to).collect();
            erased.extend(new.iter().filter_map(|(_, row)| row.erased()));
            newest = newest.max(new.first().map_or(0, |(id, _)| *id));
            before = new.last().map(|(id, _)| *id);
            if before.is_none() || new.len() < page.len() {
                self.read_to = newest;
                return Ok(erased);
            }
        }
    }
}
