//! Transcripts as tests: what passes and what does not, how failures are told, and the command that plays them.

mod chat;
mod command;
mod failures;
mod properties;
mod rules;
mod shop;
mod update;
