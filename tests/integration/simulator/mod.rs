//! The simulator through its routes: the page, what it asks, and whole conversations over HTTP.

mod asking;
mod clock;
mod demo;
mod help;
mod live;
mod page;
mod saving;
mod talking;
