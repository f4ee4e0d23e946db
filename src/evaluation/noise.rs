//! Texts as customers type them in a hurry: words with slips, letters without their marks. The same on every run.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::dice::Dice;

/// Shorter words are not mistyped: nobody could tell what was meant.
const LETTERS_MIN: usize = 4;
/// Letters side by side on keyboards (US, Hebrew).
const ROWS: [&str; 6] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"];

/// What is done to texts before they are put to the classifier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Noise {
    /// So many of a hundred words of four letters or more have a slip.
    pub mistyped: u8,
    /// Letters lose their marks: `ā` is `a`, niqqud goes.
    pub stripped: bool,
}

impl Noise {
    /// Whether texts stay as they are.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The text as it is put; `number` is its place among all, which decides its slips.
    #[must_use]
    pub fn put(self, text: &str, number: usize) -> String {
        let mut text = text.to_owned();
        if self.stripped {
            text = stripped(&text);
        }
        if self.mistyped > 0 {
            text = mistyped(&text, self.mistyped, number);
        }
        text
    }
}

/// The text with letters that have lost their marks.
#[must_use]
pub fn stripped(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect()
}

fn mistyped(text: &str, percent: u8, number: usize) -> String {
    let mut dice = Dice::new(u64::try_from(number).unwrap_or_default().wrapping_mul(2) + 1);
    let mut typed = String::with_capacity(text.len() + 4);
    let mut word: Vec<char> = Vec::new();
    for c in text.chars().chain(std::iter::once(' ')) {
        if c.is_alphabetic() || is_combining_mark(c) {
            word.push(c);
            continue;
        }
        if word.len() >= LETTERS_MIN && dice.below(100) < usize::from(percent) {
            slip(&mut word, &mut dice);
        }
        typed.extend(word.drain(..));
        typed.push(c);
    }
    // The blank that ended the last word.
    typed.pop();
    typed
}

/// One slip: two letters change places, one is left out, typed twice, or is its neighbour on the keyboard.
fn slip(word: &mut Vec<char>, dice: &mut Dice) {
    let at = dice.below(word.len());
    match dice.below(4) {
        0 => {
            let at = at.min(word.len() - 2);
            // Twins that change places are no slip.
            if word.get(at) == word.get(at + 1) {
                word.remove(at);
            } else {
                word.swap(at, at + 1);
            }
        }
        1 => drop(word.remove(at)),
        2 => {
            if let Some(letter) = word.get(at).copied() {
                word.insert(at, letter);
            }
        }
        _ => {
            let beside = word.get(at).and_then(|letter| neighbour(*letter, dice));
            match (word.get_mut(at), beside) {
                (Some(letter), Some(beside)) => *letter = beside,
                _ => drop(word.remove(at)),
            }
        }
    }
}

/// A letter beside this one on the keyboard.
fn neighbour(letter: char, dice: &mut Dice) -> Option<char> {
    let small = letter.to_lowercase().next()?;
    let row: Vec<char> = ROWS.iter().find(|row| row.contains(small))?.chars().collect();
    let at = row.iter().position(|c| *c == small)?;
    let around = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| row.get(at).copied());
    let around: Vec<char> = around.collect();
    let beside = around.get(dice.below(around.len())).copied()?;
    if letter.is_uppercase() { beside.to_uppercase().next() } else { Some(beside) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::distance;

    #[test]
    fn every_long_word_has_one_slip_and_short_ones_none() {
        let noise = Noise { mistyped: 100, stripped: false };
        for (number, text) in
            ["my television does not work today", "הטלוויזיה שלי לא עובדת", "Kāpēc rēķins ir lielāks?"]
                .iter()
                .cycle()
                .take(300)
                .enumerate()
        {
            let put = noise.put(text, number);
            for (word, typed) in text.split(' ').zip(put.split(' ')) {
                let letters = word.chars().filter(|c| c.is_alphabetic()).count();
                assert_eq!(distance(word, typed, 3), Some(usize::from(letters >= LETTERS_MIN)), "{word} {typed}");
            }
            assert_eq!(put, noise.put(text, number));
        }
    }

    #[test]
    fn so_many_of_a_hundred_words_and_nothing_else() {
        let text = "where could that parcel be hiding, please? ".repeat(200);
        let put = Noise { mistyped: 20, stripped: false }.put(&text, 1);
        let changed = text.split(' ').zip(put.split(' ')).filter(|(word, typed)| word != typed).count();
        assert!((180..=300).contains(&changed), "{changed} of 1,200");
        assert_eq!(Noise { mistyped: 0, stripped: false }.put(&text, 1), text);
    }

    #[test]
    fn marks_go_and_letters_stay() {
        assert_eq!(stripped("Kāpēc rēķins"), "Kapec rekins");
        assert_eq!(stripped("שָׁלוֹם"), "שלום");
        assert_eq!(Noise { mistyped: 0, stripped: true }.put("žogs", 3), "zogs");
    }
}
