//! A small matter of a shop that tests of the whole server deliver: one intent that leads to one flow.

/// `flows/parcel.yaml`.
pub const FLOW: &str = "
flow: parcel
hours: any
questions:
  size:
    ask: How large is the parcel?
    options: { small: Small, large: Large }
  fragile:
    ask: Can it break?
    accept: yes_no
outcomes:
  - when: fragile
    say: We carry it with care.
  - otherwise:
    say: We carry it fast.
";
/// `intents/parcel.yaml`.
pub const INTENT: &str = "
intent: parcel
leads_to: { flow: parcel }
label: My parcel
keywords: [parcel]
examples:
  - where is my parcel
  - my parcel has not come
  - when does the parcel come
  - I am waiting for a parcel
  - parcel delivery
";
