//! Opening hours in the OpenStreetMap syntax, with holidays and dated exceptions (R24), and time counted in them.

/// When a queue is open.
#[derive(Debug, Clone)]
pub struct Hours;
