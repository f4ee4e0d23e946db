//! What the webhook did since the server began, in numbers. Counts; knows nothing of who reads them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use chrono::Duration;

use crate::runtime::Times;

/// Shared by the webhook, which counts, and `/metrics`, which tells.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<Mutex<Numbers>>);

/// The numbers at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    /// Deliveries by the status they were answered with.
    pub answers: BTreeMap<u16, u64>,
    /// What deliveries held, by its kind and what came of it.
    pub held: BTreeMap<(&'static str, &'static str), u64>,
    /// How long the answers took.
    pub took: Times,
}

impl Counts {
    /// A delivery was answered.
    pub(super) fn answered(&self, status: StatusCode, took: Duration) {
        self.change(|numbers| {
            *numbers.answers.entry(status.as_u16()).or_default() += 1;
            numbers.took.add(took);
        });
    }

    /// A delivery held something of this kind.
    pub(super) fn held(&self, kind: &'static str, became: &'static str) {
        self.change(|numbers| *numbers.held.entry((kind, became)).or_default() += 1);
    }

    /// The numbers now.
    pub(super) fn now(&self) -> Numbers {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Numbers)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
