//! What all pages share: headers that keep them safe, files that belong to them, messages as bubbles, and what changes as
//! a stream. Knows no page.

pub mod asset;
pub mod bubble;
pub mod headers;
pub mod live;
pub mod marks;
