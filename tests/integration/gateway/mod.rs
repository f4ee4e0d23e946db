//! The way in from WhatsApp, through its routes: who is let in, what is kept of what was delivered, what is answered.

mod checking;
mod crowded;
mod delivering;
mod fixtures;
mod front;
mod health;
mod hostile;
mod metrics;
mod outages;
mod statuses;
mod trouble;
