//! Every page of the desk, rendered from its sample.

use askama::Template;
use frontdesk::desk::view::{CasePage, CasePart, Choose, ListPart, Message, People, QueuePage, SignIn};

use crate::golden;

#[test]
fn pages_look_as_they_did() {
    let pages: [(&str, String); 8] = [
        ("sign_in", SignIn::sample().render().unwrap()),
        ("choose", Choose::sample().render().unwrap()),
        ("message", Message::sample().render().unwrap()),
        ("queue", QueuePage::sample().render().unwrap()),
        ("list", ListPart::sample().render().unwrap()),
        ("case", CasePage::sample().render().unwrap()),
        ("case_part", CasePart::sample().render().unwrap()),
        ("people", People::sample().render().unwrap()),
    ];
    for (name, html) in pages {
        for written in ["<script>alert", "<b>Noa", "</textarea> already", "Noa <3"] {
            assert!(!html.contains(written), "{name}: {written} was not escaped");
        }
        golden::check(&format!("pages/desk/{name}.html"), &html);
    }
}
