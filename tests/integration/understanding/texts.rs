//! Texts of any length and script: never a panic, never long, and what does not matter does not change the reading.

use frontdesk::text::{cut_utf16, distance, fold, slip, utf16_len, words};
use proptest::prelude::*;

use super::{SHOP, picked, understand};

#[test]
fn very_long_texts_are_understood_as_quickly_as_they_need_to_be() {
    let scripts = [
        "my tv isn't working ",
        "הטלוויזיה לא עובדת ",
        "電視壞了",
        "ทีวีเสีย ",
        "😀👨‍👩‍👧‍👦",
        "a",
        "\u{301}",
        "1",
        "\u{202e}x",
        "{{ x }} ",
    ];
    #[expect(clippy::disallowed_methods, reason = "a bound on how long it takes, far above what it should")]
    let started = std::time::Instant::now();
    for script in scripts {
        let text: String = script.chars().cycle().take(65_000).collect();
        let understood = understand(&text);
        assert!(understood.candidates.len() <= 5 && SHOP.classifier.anytime(&text).is_none(), "{script}");
        let (owner, language) = (SHOP.classifier.keyword_owner(&text), SHOP.classifier.guess_language(&text));
        assert!(owner.is_none() && language.is_none_or(|language| SHOP.languages.contains(&language)), "{script}");
        assert!(fold(&text).chars().count() <= text.chars().count(), "{script}");
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn case_accents_niqqud_and_punctuation_change_nothing() {
    for (one, other) in [
        ("my tv isn't working", "MY TV ISN’T WORKING!!!"),
        ("הטלוויזיה לא עובדת", "הַטֵּלֵוִיזְיָה לֹא עוֹבֶדֶת."),
        ("televizors nestrādā", "Televizors nestrada"),
        ("why is my bill so high this month", "why, is my bill so high (this month)?"),
    ] {
        assert_eq!(picked(&understand(one)), picked(&understand(other)), "{one}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_is_final_and_holds_words_only(text in "\\PC{0,80}") {
        let folded = fold(&text);
        prop_assert_eq!(&fold(&folded), &folded);
        prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
        prop_assert_eq!(words(&text).join(" "), folded);
    }

    #[test]
    fn case_never_matters(text in "[a-zA-Zāčēģīķļņšūžא-ת ]{0,60}") {
        prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
    }

    #[test]
    fn distance_is_even_handed_and_a_slip_is_small(a in "[a-dא-ג]{0,12}", b in "[a-dא-ג]{0,12}") {
        prop_assert_eq!(distance(&a, &b, 3), distance(&b, &a, 3));
        prop_assert_eq!(distance(&a, &a, 0), Some(0));
        if slip(&a, &b) {
            prop_assert!(distance(&a, &b, 2).is_some() && a.chars().count() >= 5);
        }
    }

    #[test]
    fn what_is_cut_fits(text in "\\PC{0,60}", max in 0_usize..40) {
        let (cut, shortened) = cut_utf16(&text, max);
        prop_assert!(utf16_len(&cut) <= max, "{cut:?} of {text:?} at {max}");
        prop_assert_eq!(shortened, cut != text);
    }

    #[test]
    fn any_text_is_understood_somehow(text in "\\PC{0,300}") {
        let understood = understand(&text);
        prop_assert!(understood.language.is_none_or(|language| SHOP.languages.contains(&language)));
    }
}
