//! The machine, held to `behaviour.md`: a transcript per rule, acts that no transcript can tell, and laws over generated
//! bots and conversations.

mod acts;
mod bots;
mod generate;
mod held_reply;
mod laws;
mod life;
mod reading;
mod rules;
