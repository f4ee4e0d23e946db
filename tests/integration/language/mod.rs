//! The language through its public door: files in, a bot or problems out.

mod sample;
