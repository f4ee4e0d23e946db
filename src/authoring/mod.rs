//! The author's files as an author would change them: examples are put where others of their kind stand, in the style of the
//! file, and not a sign else is touched; new intents get files of their own. Other tools' training files are read into the
//! same examples. Reads and writes no file: texts come in, texts go out.

pub mod edit;
pub mod known;
pub mod naming;
pub mod plan;
pub mod rasa;
pub mod scalar;

/// Longer examples are no messages.
const EXAMPLE_MAX: usize = 1_000;

/// A text as an example: on one line, without signs that nobody sees.
#[must_use]
pub fn example(text: &str) -> String {
    let plain = crate::text::without_direction_marks(text);
    let spaced: String = plain.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let one_line: String = words.join(" ").chars().take(EXAMPLE_MAX).collect();
    one_line.trim_end().to_owned()
}
