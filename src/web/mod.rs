//! What all pages share: headers that keep them safe, files that belong to them, messages as bubbles, the rules' words for
//! people, what may be told of reasons, charts, problems as JSON, and what changes as a stream. Knows no page.

pub mod asset;
pub mod bubble;
pub mod chart;
pub mod headers;
pub mod live;
pub mod marks;
pub mod origin;
pub mod problem;
pub mod reasons;
pub mod words;
