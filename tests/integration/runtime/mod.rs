//! The running whole: a store in a file, a clock that stands still until it is moved, and a stand-in for WhatsApp over real
//! HTTP. Nothing sleeps; tests wait until nothing is due.

mod agents;
mod balky;
mod erasing;
mod lookups;
mod misses;
mod nodes;
mod outages;
mod restart;
mod sending;
mod trouble;
mod turns;
mod versions;
mod world;
