//! Which tests of several transcripts are played, in the order of files and lines, and why the others are not.

use super::script::{Script, Test};

/// A test that was chosen.
#[derive(Debug, Clone)]
pub struct Planned<'a> {
    /// The file it stands in.
    pub script: &'a Script,
    /// The test.
    pub test: &'a Test,
    /// Why it is not played.
    pub skip: Option<String>,
}

/// The tests whose name contains `filter`, in any letter case. Where one of them says `only`, in whichever file, the
/// others are skipped; `skip` wins over `only`.
#[must_use]
pub fn plan<'a>(scripts: &'a [Script], filter: Option<&str>) -> Vec<Planned<'a>> {
    let filter = filter.map(str::to_lowercase);
    let chosen = |test: &Test| filter.as_ref().is_none_or(|filter| test.name.to_lowercase().contains(filter));
    let all = || scripts.iter().flat_map(|script| script.tests.iter().map(move |test| (script, test)));
    let tests: Vec<(&Script, &Test)> = all().filter(|(_, test)| chosen(test)).collect();
    let only = tests.iter().find(|(_, test)| test.only && test.skip.is_none());
    let others = only.map(|(script, test)| format!("`{}` says `only` ({}:{})", test.name, script.file, test.line));
    let skip = |test: &Test| test.skip.clone().or_else(|| others.clone().filter(|_| !test.only));
    tests.iter().map(|&(script, test)| Planned { script, test, skip: skip(test) }).collect()
}
