//! Where a message first reads otherwise than its `<` line, in words; nothing where a `…` in front of it hides the place.

use crate::text::without_direction_marks;

/// So much of a long line is shown.
const SHOWN_MAX: usize = 60;
/// So much of it in front of where it differs.
const SAME_MAX: usize = 30;

/// The first line that differs; both as a transcript writes them.
pub(super) fn difference(expected: &[String], actual: &[String]) -> Option<String> {
    let (expected, actual) = (lines(expected), lines(actual));
    for at in 0..expected.len().max(actual.len()) {
        match (expected.get(at), actual.get(at)) {
            (Some(expected), _) if is_open(expected) => return None,
            (Some(expected), Some(actual)) if plain(expected) == plain(actual) => {}
            (Some(expected), Some(actual)) => {
                let same = expected.chars().zip(actual.chars()).take_while(|(e, a)| e == a).count();
                let from = same.saturating_sub(SAME_MAX);
                return Some(format!("`{}`, not `{}`", shown(actual, from), shown(expected, from)));
            }
            (Some(expected), None) => return Some(format!("`{}` is missing", shown(expected, 0))),
            (None, Some(actual)) => return Some(format!("it goes on with `{}`", shown(actual, 0))),
            (None, None) => return None,
        }
    }
    None
}

/// The lines that count.
fn lines(of: &[String]) -> Vec<String> {
    of.iter().map(|line| without_direction_marks(line.trim_end())).filter(|line| !line.is_empty()).collect()
}

/// Whether any text may stand there.
fn is_open(line: &str) -> bool {
    line == "*" || line.replace("\\…", "").contains('…')
}

/// Without backslashes, and with one space where there are several.
fn plain(line: &str) -> String {
    line.replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The line from a character on, cut at both ends where it is long.
fn shown(line: &str, from: usize) -> String {
    let length = line.chars().count();
    if length <= SHOWN_MAX {
        return line.to_owned();
    }
    let part: String = line.chars().skip(from).take(SHOWN_MAX).collect();
    let (before, behind) = (if from > 0 { "…" } else { "" }, if from + SHOWN_MAX < length { "…" } else { "" });
    format!("{before}{part}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(expected: &str, actual: &str) -> Option<String> {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        difference(&lines(expected), &lines(actual))
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        assert_eq!(between("a\nb\n[X] [Y]", "a\nc\n[Y]").as_deref(), Some("`c`, not `b`"));
        assert_eq!(between("a\n\nb", "a").as_deref(), Some("`b` is missing"));
        assert_eq!(between("a", "a\n[X]").as_deref(), Some("it goes on with `[X]`"));
        let long = "0123456789".repeat(8);
        let told = between(&format!("{long}x{long}"), &format!("{long}y{long}")).unwrap();
        let (same, rest) = ("0123456789".repeat(3), "01234567890123456789012345678");
        assert_eq!(told, format!("`…{same}y{rest}…`, not `…{same}x{rest}…`"));
        assert_eq!(between("a…\nb", "x\ny"), None);
        assert_eq!(between("\\- a  b", "- a b"), None);
        assert_eq!(between("wait\\…\nb", "wait\\…\nc").as_deref(), Some("`c`, not `b`"));
    }
}
