//! Articles: as text inside something else in the author's order, and as the answer to what a customer wrote, with the
//! passage that answers first and "Did that help?" behind (R12).

use crate::intent::passage;
use crate::knowledge::Article;
use crate::policy::wording::Text;
use crate::template::LocalText;

use super::reason::{HandoffReason, Reached, Reason};
use super::state::Offer;
use super::tap::Tap;
use super::turn::Turn;

impl<'a> Turn<'a> {
    /// An article as text inside something else, as its author wrote it (R12).
    pub(super) fn say_article(&mut self, name: &str) {
        let Some(article) = self.bot().articles.get(name) else { return };
        self.say_messages(article, &article.parts);
    }

    /// An article as the answer, followed by "Did that help?"; settled when it is sent (R12). Where a customer's words led to
    /// it, the passage that answers them is put first.
    pub(super) fn answer_with_article(&mut self, name: &str, asked: Option<&str>) {
        if let Some(article) = self.bot().articles.get(name) {
            match asked.and_then(|asked| self.answering_first(article, asked)) {
                Some(messages) => self.say_messages(article, &messages),
                None => self.say_messages(article, &article.parts),
            }
        }
        self.say_word(Text::Helped);
        let tap = |yes| Tap::Helped { article: name.to_owned(), yes };
        self.yes_no_buttons(&tap(true), &tap(false));
        self.settle();
        self.offer(Offer::Helped(name.to_owned()));
    }

    /// The article's messages with the passage first that answers; `None` where the author's order stays: none clearly does,
    /// or it is the first one, or it would take more messages.
    fn answering_first(&mut self, article: &Article, asked: &str) -> Option<Vec<LocalText>> {
        let apart = article.passages(self.language())?;
        let passages: Vec<passage::Passage<'_>> = apart
            .passages
            .iter()
            .map(|passage| {
                let (lead, text) = passage.apart();
                passage::Passage { lead, text }
            })
            .collect();
        let introduction = match apart.introduction.as_str() {
            "" => String::new(),
            // What the whole article is about tells none of its passages from it.
            text => format!("{}\n{text}", article.title.get(self.language())),
        };
        let answering = self.bot().classifier.passage(asked, &introduction, &passages)?;
        let messages = apart.with_first(answering.position)?;
        let in_order = article.parts.iter().filter(|part| !part.get(self.language()).is_empty()).count();
        if messages.len() > in_order {
            return None;
        }
        let lead = apart.passages.get(answering.position)?.lead().to_owned();
        self.why.push(Reason::PutFirst { passage: lead, words: answering.words });
        Some(messages.into_iter().map(LocalText::plain).collect())
    }

    fn say_messages(&mut self, article: &Article, messages: &[LocalText]) {
        self.reached(Reached::Article(article.name.clone()));
        for (position, message) in messages.iter().enumerate() {
            if position > 0 {
                self.speech.next_message();
            }
            let text = self.render(message);
            self.speech.text(text);
        }
        if let Some(link) = &article.link {
            let more = self.word_with(Text::ArticleMore, &[("link", link)]);
            self.speech.text(more);
        }
    }

    /// "Did that help?" is answered.
    pub(super) fn helped(&mut self, yes: bool) {
        let enquiry = self.enquiry();
        enquiry.offer = enquiry.offer.take().filter(|offer| !matches!(offer, Offer::Helped(_)));
        if yes {
            self.say_word(Text::HelpedYes);
        } else {
            self.hand_off(HandoffReason::NotHelped, None, None);
        }
    }
}
