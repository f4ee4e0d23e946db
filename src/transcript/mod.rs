//! Conversations as tests: `.chat` files parsed, played on the real machine with a clock of their own, and reported on.
//! Owns the format and its strictness; reads no files and no clock, and never decides what a bot should say.

mod align;
mod check;
mod checks;
pub mod coverage;
mod difference;
pub mod format;
pub mod junit;
mod labels;
mod line;
pub mod matching;
pub mod outcome;
pub mod plan;
mod player;
pub mod report;
pub mod script;
pub mod session;
mod stage;
mod telling;
mod update;
mod verdict;
mod world;
pub mod write;

pub use check::{check, read};
pub use format::parse;
pub use plan::plan;
pub use player::{RunOptions, run, skip};
pub use report::Report;
pub use script::{Script, Test};
pub use stage::Versions;
pub use update::rewrite;
