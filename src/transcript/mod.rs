//! Conversations as tests: `.chat` files parsed, played on the real machine with a clock of their own, and reported on.
//! Owns the format and its strictness; reads no files and no clock, and never decides what a bot should say.

pub mod format;
mod line;
pub mod matching;
pub mod outcome;
mod player;
pub mod script;
mod verdict;
mod world;
pub mod write;

pub use format::parse;
pub use player::{RunOptions, run, run_one};
pub use script::{Script, Test};
