//! The passages of an article, each of which answers something of its own: where they begin, and what is sent when one of
//! them is put first. Which one answers a customer is not its affair.

use crate::text::{fold, words};

use super::markdown::{Opening, paragraphs};
use super::messages;

/// A passage alone has no other to go before.
const PASSAGES_MIN: usize = 2;
/// How many words of what a passage opens with may be before its number: "Step 1", "1.", "שלב 1".
const NUMBER_WITHIN: usize = 2;
/// Longer numbers count no steps: "365 days".
const STEP_DIGITS_MAX: usize = 2;

/// How a step is called, near the beginning of what opens it.
const STEP: &str = "step שלב solis";
/// What opens a step when it stands there alone.
const IN_TURN: &str = "first firstly second secondly third thirdly fourth fifth then next finally last ראשית תחילה שנית \
                       שלישית לבסוף pirmkārt vispirms otrkārt treškārt tad visbeidzot";

/// Whether a folded word is one of these.
fn is_among(word: &str, list: &str) -> bool {
    list.split_whitespace().any(|listed| fold(listed) == word)
}

/// At which paragraphs the passages of a text begin; none where they keep their places.
///
/// The headings of the highest level that has two or more make passages, else what opens in bold: headings below belong to
/// the passage they stand in. Steps, numbered or called so in words, keep their places, and so does a text whose `{% if %}`
/// may reach from one passage into another.
pub(super) fn beginnings(text: &str, openings: &[Opening]) -> Vec<u32> {
    let count = |level: u8| openings.iter().filter(|opening| opening.level == level).count();
    let level = openings.iter().map(|opening| opening.level).filter(|level| count(*level) >= PASSAGES_MIN).min();
    let Some(level) = level.filter(|_| !text.contains("{%")) else { return Vec::new() };
    let first = openings.iter().position(|opening| opening.level == level).unwrap_or_default();
    let begin = openings.iter().skip(first).filter(|opening| opening.level <= level).map(|opening| opening.paragraph);
    let begin: Vec<u32> = begin.collect();
    let passages = Passages::new(paragraphs(text), &begin);
    if passages.are_steps() { Vec::new() } else { begin }
}

/// A text apart: what stands before the first passage, and the passages in the author's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passages {
    /// May be empty.
    pub introduction: String,
    /// Two or more.
    pub passages: Vec<Passage>,
}

/// What answers something of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// All of it, with WhatsApp's marks.
    pub text: String,
}

impl Passage {
    /// What it opens with in bold, and what follows.
    #[must_use]
    pub fn apart(&self) -> (&str, &str) {
        let bold = self.text.strip_prefix('*').and_then(|rest| rest.split_once('*'));
        bold.unwrap_or(("", &self.text))
    }

    /// How it is called: what it opens with in bold.
    #[must_use]
    pub fn lead(&self) -> &str {
        self.apart().0.trim_end_matches(|c: char| c == ':' || c.is_whitespace())
    }

    fn is_step(&self) -> bool {
        let lead = words(self.lead());
        let counts = |word: &String| {
            word.len() <= STEP_DIGITS_MAX && word.chars().all(|c| c.is_ascii_digit()) || is_among(word, STEP)
        };
        lead.iter().take(NUMBER_WITHIN).any(counts) || matches!(lead.as_slice(), [only] if is_among(only, IN_TURN))
    }
}

impl Passages {
    /// The paragraphs of a text, with a passage from each of these on.
    pub(super) fn new<'t>(paragraphs: impl Iterator<Item = &'t str>, begin: &[u32]) -> Self {
        let mut texts = vec![String::new()];
        for (at, paragraph) in (0_u32..).zip(paragraphs) {
            if begin.contains(&at) {
                texts.push(String::new());
            }
            let Some(text) = texts.last_mut() else { continue };
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(paragraph);
        }
        let mut texts = texts.into_iter();
        let introduction = texts.next().unwrap_or_default();
        Self { introduction, passages: texts.map(|text| Passage { text }).collect() }
    }

    /// Steps, one after the other.
    fn are_steps(&self) -> bool {
        self.passages.iter().filter(|passage| passage.is_step()).count() >= PASSAGES_MIN
    }

    /// The messages when one passage stands first, everything else behind it in the author's order. `None` for the one that
    /// stands first already.
    #[must_use]
    pub fn with_first(&self, position: usize) -> Option<Vec<String>> {
        let first = self.passages.get(position).filter(|_| position > 0 || !self.introduction.is_empty())?;
        let others = self.passages.iter().enumerate().filter(|(at, _)| *at != position).map(|(_, passage)| passage);
        let texts =
            [first.text.as_str(), &self.introduction].into_iter().chain(others.map(|passage| passage.text.as_str()));
        Some(messages(&texts.collect::<Vec<_>>().join("\n\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::markdown::to_whatsapp;
    use super::*;

    /// What the passages of an article are called.
    fn leads(markdown: &str) -> Vec<String> {
        let marked = to_whatsapp(markdown);
        let begin = beginnings(&marked.text, &marked.openings);
        let passages = Passages::new(paragraphs(&marked.text), &begin);
        passages.passages.iter().map(|passage| passage.lead().to_owned()).collect()
    }

    fn apart(markdown: &str) -> Passages {
        let marked = to_whatsapp(markdown);
        Passages::new(paragraphs(&marked.text), &beginnings(&marked.text, &marked.openings))
    }

    #[test]
    fn a_passage_begins_at_a_heading_or_in_bold() {
        assert_eq!(leads("Hello.\n\n**Leaving**: write.\n\n**Away?** Pause."), ["Leaving", "Away?"]);
        assert_eq!(leads("# Leaving\n\nWrite.\n\n# Away\nPause."), ["Leaving", "Away"]);
        assert_eq!(leads("**One**: alone.\n\nMore."), [""; 0]);
        assert_eq!(leads("Nothing **bold** opens.\n\n- **This** neither\n- **nor** this"), [""; 0]);
    }

    #[test]
    fn headings_below_and_what_is_bold_under_headings_stay_in_their_passage() {
        assert_eq!(leads("# Title\n\n## A\n\n**Note**: x.\n\n### B\n\n**Note**: y.\n\n## C"), ["A", "C"]);
        assert_eq!(leads("## Only\n\n**A**: x.\n\n**B**: y."), ["A", "B"]);
        assert_eq!(leads("**A**: x.\n\n**B**: y.\n\n## C\n\nz"), ["A", "B", "C"]);
    }

    #[test]
    fn steps_and_what_has_conditions_keep_their_places() {
        assert_eq!(leads("**Step 1**: plug in.\n\n**Step 2**: wait."), [""; 0]);
        assert_eq!(leads("## 1. Plug in\n\n## 2. Wait"), [""; 0]);
        assert_eq!(leads("## שלב 1\n\n## שלב 2"), [""; 0]);
        assert_eq!(leads("**Step one**: plug in.\n\n**Step two**: wait."), [""; 0]);
        assert_eq!(leads("**Pirmais solis**: x.\n\n**Otrais solis**: y."), [""; 0]);
        assert_eq!(leads("## שלב א׳\n\n## שלב ב׳"), [""; 0]);
        assert_eq!(leads("**First**: plug in.\n\n**Then**: wait."), [""; 0]);
        assert_eq!(leads("**First bill?**: x.\n\n**Too high?** y."), ["First bill?", "Too high?"]);
        assert_eq!(leads("**365 days**: x.\n\n**Two 100 MB lines**: y."), ["365 days", "Two 100 MB lines"]);
        assert_eq!(leads("**A**: {% if hours.open %}x.\n\n**B**: y.{% endif %}"), [""; 0]);
        assert_eq!(leads("**A**: {{ bot }}.\n\n**B**: y."), ["A", "B"]);
    }

    #[test]
    fn the_one_that_is_put_first_takes_everything_of_its_own_along() {
        let article = apart("Hello.\n\n**A**: x:\n1. one\n2. two\n\nThen.\n\n**B**: y.\n\n**C**: z.");
        let first = |at: usize| article.with_first(at).map(|messages| messages.join(" | "));
        let a = "*A*: x:\n\n1. one\n2. two\n\nThen.";
        assert_eq!(first(0), Some(format!("{a}\n\nHello.\n\n*B*: y.\n\n*C*: z.")));
        assert_eq!(first(1), Some(format!("*B*: y.\n\nHello.\n\n{a}\n\n*C*: z.")));
        assert_eq!(first(3), None);
        assert_eq!(apart("**A**: x.\n\n**B**: y.").with_first(0), None);
        assert_eq!(apart("**A**: x.\n\n**B**: y.").with_first(1).unwrap(), ["*B*: y.\n\n*A*: x."]);
    }

    #[test]
    fn a_long_article_is_as_many_messages_with_another_passage_first() {
        let long = |name: &str| format!("**{name}**: {}", "word ".repeat(500));
        let article = apart(&[long("A"), long("B"), long("C")].join("\n\n"));
        let messages = article.with_first(2).unwrap();
        assert_eq!(messages.len(), 3);
        assert!(messages[0].starts_with("*C*") && messages[1].starts_with("*A*"), "{messages:?}");
    }
}
