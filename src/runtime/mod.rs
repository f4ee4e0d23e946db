//! The loop: load, step, commit; then the outbox and the timers.
