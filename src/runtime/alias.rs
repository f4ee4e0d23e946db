//! Names under which the log speaks of customers and messages (R42): always the same for the same, and telling nothing. A
//! message's id at WhatsApp holds the customer's number, and the numbers of contacts can be counted through: both are
//! hashed with a salt that only the store knows.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::store::{Store, StoreError};

use super::Chance;

/// Where the salt is kept.
const SALT: &str = "log_salt";

/// Gives names.
#[derive(Debug)]
pub(super) struct Aliases {
    salt: String,
}

impl Aliases {
    /// With the salt of the store; the first start makes it.
    pub(super) async fn of(store: &Arc<dyn Store>, chance: &Chance) -> Result<Self, StoreError> {
        let made = format!("{:016x}{:016x}", chance.number(), chance.number());
        store.change_setting(SALT.to_owned(), None, Some(made)).await?;
        let salt = store.setting(SALT.to_owned()).await?.unwrap_or_default();
        Ok(Self { salt })
    }

    /// The name of something in the log.
    pub(super) fn name(&self, of: &str) -> String {
        let digest = Sha256::new().chain_update(&self.salt).chain_update([0]).chain_update(of).finalize();
        hex::encode(digest.get(..8).unwrap_or_default())
    }
}
