//! Text to ranked topics.

/// The compiled classifier of one bot.
#[derive(Debug)]
pub struct Classifier;
