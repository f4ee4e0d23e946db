//! The desk through its pages: forms are sent as browsers send them, and customers see what comes of them.

mod bot;
mod cases;
mod files;
mod lists;
mod live;
mod pages;
mod people;
mod roles;
mod signing;
mod test_desk;
