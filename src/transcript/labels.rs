//! Every label of a bot that a customer could tap: options, intents, articles, templates' buttons and built-in words.

use crate::bot::Bot;
use crate::flow::program::Accept;
use crate::policy::wording::Text;
use crate::template::LocalText;
use crate::text::nearest;

use super::matching::same_label;

/// The labels of a bot in all its languages, as they are written.
pub(super) struct Labels(Vec<String>);

impl Labels {
    pub(super) fn of(bot: &Bot) -> Self {
        let questions = bot.flows.values().flat_map(|flow| &flow.questions);
        let options = questions.flat_map(|question| match &question.accept {
            Accept::Options(options) => options.as_slice(),
            _ => &[],
        });
        let texts: Vec<&LocalText> = options
            .map(|option| &option.label)
            .chain(bot.intents.values().filter_map(|intent| intent.label.as_ref()))
            .chain(bot.articles.values().map(|article| &article.title))
            .chain(bot.templates.values().flat_map(|template| template.buttons.iter().map(|(_, label)| label)))
            .chain(Text::ALL.iter().filter(|text| text.length_max().is_some()).map(|text| bot.wording.text(*text)))
            .collect();
        let spoken =
            |text: &LocalText| bot.languages.iter().map(|language| text.get(*language).to_owned()).collect::<Vec<_>>();
        let mut labels: Vec<String> = texts.into_iter().flat_map(spoken).collect();
        labels.sort_unstable();
        labels.dedup();
        Self(labels)
    }

    /// Whether some label can read so: a long one is cut in a list, and names in it are filled in.
    pub(super) fn has(&self, label: &str) -> bool {
        let begins = |known: &str| label.strip_suffix('…').is_some_and(|start| known.starts_with(start.trim_end()));
        self.0.iter().any(|known| same_label(label, known) || begins(known) || filled_in(known, label))
    }

    pub(super) fn nearest(&self, label: &str) -> Option<&str> {
        nearest(label, self.0.iter().map(String::as_str))
    }
}

/// Whether a label with names to be filled in can become this one: its own words stand in it, in order. Of one with a
/// condition in it nobody knows.
fn filled_in(known: &str, label: &str) -> bool {
    if known.contains("{%") {
        return true;
    }
    let mut rest = label;
    let mut words = known
        .split("{{")
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once("}}").map_or("", |(_, words)| words) });
    known.contains("{{")
        && words.all(|words| match rest.find(words.trim()) {
            Some(at) => {
                rest = rest.get(at + words.trim().len()..).unwrap_or_default();
                true
            }
            None => false,
        })
}
