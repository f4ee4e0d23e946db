//! Conditions (`when`, `only_if`, `valid_when`): a small typed language.

/// A condition that is known to be well typed.
#[derive(Debug, Clone)]
pub struct Condition;
