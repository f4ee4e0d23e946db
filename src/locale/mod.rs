//! How people of a locale write dates, numbers and phone numbers, and how they read them (R17).

/// One locale.
#[derive(Debug, Clone)]
pub struct Locale;
