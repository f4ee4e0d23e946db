//! Where everything is kept: one seam, and SQLite behind it.
