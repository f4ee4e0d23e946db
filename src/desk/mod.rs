//! The desk: where agents live all day.
