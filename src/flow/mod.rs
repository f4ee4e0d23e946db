//! Flows: what the bot asks and what comes of it. `schema` is as written, `compile` checks, `program` is what runs.
//! Knows neither other kinds of file nor conversations: what it needs of them is passed in.

mod accept;
pub mod chain;
pub mod compile;
mod outcome;
mod outcomes;
pub mod program;
mod question;
pub mod schema;
