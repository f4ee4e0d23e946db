//! The author's files are changed as an author would, by hand or by `frontdesk import`.

mod edit;
mod import;
