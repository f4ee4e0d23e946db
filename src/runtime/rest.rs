//! Waiting until nothing is due, and moving the clock from one due moment to the next: what local mode and tests need to
//! see a week in a second.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::clock::Timestamp;
use crate::store::StoreError;

use super::{Runtime, Wanted};

/// More moments than this on the way are not visited one by one.
const MOMENTS_MAX: usize = 10_000;

impl Runtime {
    /// Moves the clock to a later moment. What is due on the way happens at its time and in its order (local mode).
    ///
    /// # Errors
    /// The runtime was stopped.
    pub async fn advance_to(&self, target: Timestamp) -> Result<(), StoreError> {
        let clock = self.clock();
        for visited in 0.. {
            let next = self.at_rest().await?;
            let now = clock.now();
            if now >= target {
                return Ok(());
            }
            let next = next.filter(|_| visited < MOMENTS_MAX);
            clock.advance(next.map_or(target, |next| next.clamp(now, target)) - now);
        }
        Ok(())
    }

    /// Waits until nothing is due any more: turns are taken, lookups have answered, and what could be sent was sent.
    pub async fn settle(&self) {
        // A runtime that was stopped does nothing more.
        drop(self.at_rest().await);
    }

    /// Waits until nothing is due any more; when something will be.
    async fn at_rest(&self) -> Result<Option<Timestamp>, StoreError> {
        loop {
            let done = self.0.done.load(Ordering::SeqCst);
            let turns = self.turns_at_rest().await?;
            let mut calls = self.0.calls.subscribe();
            // The sender lives as long as `self`.
            drop(calls.wait_for(|calls| *calls == 0).await);
            let sends = self.sends_at_rest().await?;
            // What was sent or answered may have led to a turn, and the other way round.
            let again = self.turns_at_rest().await?;
            if self.0.done.load(Ordering::SeqCst) == done && turns == again {
                return Ok(again.into_iter().chain(sends).min());
            }
        }
    }

    async fn turns_at_rest(&self) -> Result<Option<Timestamp>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.wanted.send(Wanted::Rest(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }

    async fn sends_at_rest(&self) -> Result<Option<Timestamp>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.asked.send(answer).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }
}
