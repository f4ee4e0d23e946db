//! Which language a short text is in.

use frontdesk::language::Language;

use super::SHOP;

#[test]
fn short_texts_tell_their_language_or_nothing() {
    for (text, language) in [
        ("hello", Some(Language::EN)),
        ("my bill is wrong", Some(Language::EN)),
        ("is there a technician", Some(Language::EN)),
        ("internet is down", Some(Language::EN)),
        ("I need help", Some(Language::EN)),
        ("שלום", Some(Language::HE)),
        ("החשבון שלי", Some(Language::HE)),
        ("הנתב router לא עובד", Some(Language::HE)),
        ("paldies", Some(Language::LV)),
        ("labdien", Some(Language::LV)),
        ("man nav interneta", Some(Language::LV)),
        ("kāpēc rēķins ir tik liels", Some(Language::LV)),
        ("kad jus stradajat", Some(Language::LV)),
        ("rekins nav pareizs", Some(Language::LV)),
        ("ok", None),
        ("A-10234", None),
        ("Dana", None),
        ("0501234567", None),
        ("😀", None),
        ("", None),
    ] {
        assert_eq!(SHOP.classifier.guess_language(text), language, "{text}");
    }
}
