//! `frontdesk serve` as people run it: the real program in a process of its own, against a stand-in for WhatsApp.

mod contacts;
mod crashes;
mod ending;
mod local;
mod misses;
mod nodes;
mod outages;
mod refusing;
mod reloading;
pub mod server;
mod speaking;
