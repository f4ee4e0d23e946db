//! What every store must do, as small tests over the seam. Nothing here knows an engine.

pub mod erasing;
pub mod identity;
pub mod inbox;
pub mod lists;
pub mod outbox;
pub mod people;
pub mod status;
pub mod thread;
pub mod timers;
pub mod turns;
pub mod versions;
