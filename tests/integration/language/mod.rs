//! The language through its public door: files in, a bot or problems out.

mod goldens;
mod hostile;
mod sample;
mod schemas;
