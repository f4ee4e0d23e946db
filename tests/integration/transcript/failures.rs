//! How failures are told: a file per case below `tests/golden/transcript`, which holds a transcript of the small shop and,
//! after `==== result`, the text that people read. `UPDATE_GOLDENS=1` writes that text again; read the difference.

use std::fs;
use std::path::Path;

use frontdesk::transcript::report::ShowCoverage;

use super::shop;
use crate::golden;

const DIVIDER: &str = "==== result\n";

#[test]
fn every_failure_is_told_as_its_golden_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/transcript");
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let path = format!("transcript/{name}");
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&path)).unwrap();
        let chat = text.split(DIVIDER).next().unwrap();
        let report = shop::play(chat);
        let told = without_percentages(&report.human(ShowCoverage::No));
        golden::check(&path, &format!("{chat}{DIVIDER}{told}"));
        assert_eq!(report.failed(), 1, "{name}: one test fails, and only one");
    }
}

/// How sure the classifier is moves with every word it learns, and is no matter of transcripts.
pub fn without_percentages(text: &str) -> String {
    regex::Regex::new(r"\d+( ?)%").unwrap().replace_all(text, "N$1%").into_owned()
}
