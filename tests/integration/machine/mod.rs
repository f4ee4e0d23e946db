//! The machine, held to `behaviour.md`: a transcript per rule, and laws over generated bots and conversations.

mod rules;
