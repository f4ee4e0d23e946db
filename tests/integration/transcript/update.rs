//! `--update`: failing expectations become what happened; every other byte stays.

use super::shop::{passes, update};

fn becomes(before: &str, after: &str) {
    let updated = update(before);
    assert_eq!(updated, after);
    passes(&updated);
    assert_eq!(update(&updated), updated, "once is enough");
}

#[test]
fn wrong_words_become_the_right_ones() {
    becomes(
        "# About lamps.\ntest: a lamp\nat 2026-03-03 10:00\n> buy   # two\n< Hello.\n  Which one?\n= state waiting\n\n# the end\n",
        "# About lamps.\ntest: a lamp\nat 2026-03-03 10:00\n> buy   # two\n< Hello, this is the automatic assistant.\n  Light will come.\n  Which colour?\n  [Red] [Blue]\n= state bot\n\n# the end\n",
    );
}

#[test]
fn what_holds_keeps_its_dots() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\n> buy\n< …Which colour?…\n> tap Red\n< Green it is.\n= flow lamp intent broken_lamp\n",
        "test: a lamp\nat 2026-03-03 10:00\n> buy\n< …Which colour?…\n> tap Red\n< Red it is.\n= flow lamp intent buy_lamp\n",
    );
}

#[test]
fn missing_lines_are_added_and_extra_ones_taken_away() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\n> buy\n\n= flow lamp\n> tap Red\n< Red it is.\n< One more.\n\n= settled\n",
        "test: a lamp\nat 2026-03-03 10:00\n> buy\n< Hello, this is the automatic assistant.\n  Light will come.\n  Which colour?\n  [Red] [Blue]\n\n= flow lamp\n> tap Red\n< Red it is.\n\n= settled\n",
    );
}

#[test]
fn what_is_taken_away_between_two_turns_leaves_them_two() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\n< *\n< Red it is.\n> buy\n",
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\n= state waiting\n> buy\n< Thanks, I have added this to your enquiry.\n",
    );
}

#[test]
fn an_alert_that_is_taken_away_between_two_turns_leaves_them_two() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\n! alert Noa assigned\n< *\n> buy\n",
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\n= state waiting\n> buy\n< Thanks, I have added this to your enquiry.\n",
    );
}

#[test]
fn what_is_taken_away_behind_a_short_wait_leaves_them_two() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\nwait 1s\n< *\n> buy\n",
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\nwait 1s\n= state waiting\n> buy\n< Thanks, I have added this to your enquiry.\n",
    );
}

#[test]
fn what_is_taken_away_on_both_sides_of_a_short_wait_leaves_them_two() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\n< A\nwait 1s\n< B\n> buy\n",
        "test: a lamp\nat 2026-03-03 10:00\nphone> it is me\n> buy\nwait 1s\n= state waiting\n> buy\n< Thanks, I have added this to your enquiry.\n",
    );
}

#[test]
fn windows_line_ends_and_a_last_line_without_one_stay() {
    becomes(
        "test: a lamp\r\nat 2026-03-03 10:00\r\n> buy\r\n< Hello.\r\n> tap Red",
        "test: a lamp\r\nat 2026-03-03 10:00\r\n> buy\r\n< Hello, this is the automatic assistant.\r\n  Light will come.\r\n  Which colour?\r\n  [Red] [Blue]\r\n> tap Red\r\n< Red it is.",
    );
}

#[test]
fn lines_that_all_tests_share_are_nobodys_to_change() {
    becomes(
        "at 2026-03-03 10:00\n> buy\n\ntest: a lamp\n# first\n= flow lamp\n> tap Red\n< Red.\n",
        "at 2026-03-03 10:00\n> buy\n\ntest: a lamp\n< Hello, this is the automatic assistant.\n  Light will come.\n  Which colour?\n  [Red] [Blue]\n# first\n= flow lamp\n> tap Red\n< Red it is.\n",
    );
    let shared = "at 2026-03-03 10:00\n> buy\n< wrong\n\ntest: a lamp\n> tap Red\n< Red it is.\n";
    assert_eq!(update(shared), shared);
}

#[test]
fn a_comment_inside_a_message_stays() {
    becomes(
        "test: a lamp\nat 2026-03-03 10:00\n> broken\n< Oh.\n# why oh\n  No.\n",
        "test: a lamp\nat 2026-03-03 10:00\n> broken\n< Hello, this is the automatic assistant.\n  A person takes care of this.\n  The lab will answer you here by 10:10.\n# why oh\n",
    );
}

#[test]
fn only_the_tests_that_fail_are_touched() {
    becomes(
        "test: good\nat 2026-03-03 10:00\n> buy\n< …\n\ntest: bad\nat 2026-03-03 10:00\n> buy\n< no\n\ntest: good too\nat 2026-03-03 10:00\n> buy\n< …Which colour?…\n",
        "test: good\nat 2026-03-03 10:00\n> buy\n< …\n\ntest: bad\nat 2026-03-03 10:00\n> buy\n< Hello, this is the automatic assistant.\n  Light will come.\n  Which colour?\n  [Red] [Blue]\n\ntest: good too\nat 2026-03-03 10:00\n> buy\n< …Which colour?…\n",
    );
}

#[test]
fn alerts_are_rewritten_where_a_test_names_them() {
    becomes(
        "test: a\nat 2026-03-03 10:00\nagent Noa: online\n> broken\n< *\n! alert Noa warn\n! alert lab breach\n",
        "test: a\nat 2026-03-03 10:00\nagent Noa: online\n> broken\n< *\n! alert Noa assigned\n",
    );
}

#[test]
fn an_answer_that_looks_like_a_check_is_put_in_quotes() {
    becomes(
        "test: a\nat 2026-03-03 10:00\n> person\n< *\nagent state agent: take\n= agent Noa\n",
        "test: a\nat 2026-03-03 10:00\n> person\n< *\nagent state agent: take\n= agent \"state agent\"\n",
    );
}

#[test]
fn a_state_that_is_also_a_check_needs_no_quotes() {
    becomes(
        "test: a\nat 2026-03-03 10:00\n> person\n< *\nagent Noa: take\nagent Noa: end\n< *\n= state waiting agent Noa\n",
        "test: a\nat 2026-03-03 10:00\n> person\n< *\nagent Noa: take\nagent Noa: end\n< *\n= state ended agent Noa\n",
    );
}

#[test]
fn a_test_that_stops_is_rewritten_up_to_there() {
    let before = "test: a\nat 2026-03-03 10:00\n> buy\n< no\n> tap Green\n< Green it is.\n";
    let after = "test: a\nat 2026-03-03 10:00\n> buy\n< Hello, this is the automatic assistant.\n  Light will come.\n  Which colour?\n  [Red] [Blue]\n> tap Green\n< Green it is.\n";
    assert_eq!(update(before), after);
}
