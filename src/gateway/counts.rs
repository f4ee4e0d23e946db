//! What the webhook did since the server began, in numbers. Counts; knows nothing of who reads them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use chrono::Duration;

/// The upper ends of the classes of how long an answer took, in milliseconds.
pub(super) const CLASSES_MS: [i64; 9] = [1, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

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
    /// Deliveries by how long the answer took: one class each, the last beyond all ends.
    pub classes: [u64; CLASSES_MS.len() + 1],
    /// How long all answers took together, in milliseconds.
    pub took_ms: i64,
}

impl Counts {
    /// A delivery was answered.
    pub(super) fn answered(&self, status: StatusCode, took: Duration) {
        self.change(|numbers| {
            *numbers.answers.entry(status.as_u16()).or_default() += 1;
            let took = took.num_milliseconds().max(0);
            let class = CLASSES_MS.iter().position(|end| took <= *end).unwrap_or(CLASSES_MS.len());
            if let Some(count) = numbers.classes.get_mut(class) {
                *count += 1;
            }
            numbers.took_ms = numbers.took_ms.saturating_add(took);
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
