//! What happens when an input cannot be read, is not allowed, or is not understood (R14): one friendly second chance, then
//! a person.

use crate::flow::program::{Accept, Question};
use crate::policy::wording::Text;

use super::input::Unread;
use super::reading::day;
use super::reason::{HandoffReason, Reached};
use super::state::{Offer, State};
use super::turn::Turn;

/// Why an input failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// It does not read as an answer.
    Unclear,
    /// It was read, but is not allowed; how it reads for people.
    NotAllowed(String),
    /// A file or the like where words were wanted.
    Unread(Unread),
    /// No question was open, and it is about nothing the bot knows.
    NotUnderstood,
}

impl Turn<'_> {
    /// Counts a failure: the first gets a second chance in words of its own, the second a person. *Law.*
    pub(super) fn fail(&mut self, failure: &Failure) {
        let of_flow = self.running().map_or(2, |flow| flow.failures.clamp(1, 2));
        let limit = if self.open().is_some_and(|enquiry| enquiry.sent_by.is_some()) { 1 } else { of_flow };
        let enquiry = self.enquiry();
        if enquiry.state == State::Held && enquiry.failures >= limit {
            // Those have led to the handoff already; what the bot still does while it is held begins anew.
            enquiry.failures = 0;
        }
        enquiry.failures = enquiry.failures.saturating_add(1);
        let failures = enquiry.failures;
        if failures >= limit {
            self.rule("R14", format!("failure {failures} of {limit}: a person takes over"));
            if self.state() == State::Held {
                self.enquiry().failures = 0;
            }
            self.hand_off(HandoffReason::SecondFailure, None, None);
            return;
        }
        self.rule("R14", format!("failure {failures} of {limit}: a second chance"));
        if let Some((flow, _, question)) = self.open_question() {
            let own = self.second_chance(&flow.name, question, failure);
            self.pose(flow, question, !own);
            return;
        }
        if let Failure::Unread(kind) = failure {
            self.say_word(cannot(*kind));
        }
        match self.open().and_then(|enquiry| enquiry.offer.clone()) {
            Some(Offer::Confirm { intent, opening }) => {
                if *failure == Failure::Unclear {
                    self.say_word(Text::UnclearYesNo);
                }
                self.pose_confirm(&intent, opening);
            }
            _ => self.say_menu(if matches!(failure, Failure::Unread(_)) { Text::Menu } else { Text::MenuUnsure }),
        }
    }

    /// The second chance's words; tells whether they are the author's own and stand for the question's.
    fn second_chance(&mut self, flow: &str, question: &Question, failure: &Failure) -> bool {
        let names = (flow.to_owned(), question.name.clone());
        match failure {
            Failure::NotAllowed(shown) => {
                if let Some(own) = &question.if_invalid {
                    self.reached(Reached::Invalid(names.0, names.1));
                    let text = self.render(&own.text);
                    self.speech.text(text);
                    return true;
                }
                let text = self.not_allowed(&question.accept, shown);
                self.speech.text(text);
                false
            }
            Failure::Unread(kind) => {
                self.say_word(cannot(*kind));
                false
            }
            Failure::Unclear | Failure::NotUnderstood => {
                if let Some(own) = &question.if_unclear {
                    self.reached(Reached::Unclear(names.0, names.1));
                    let text = self.render(&own.text);
                    self.speech.text(text);
                    return true;
                }
                let text = self.unclear(&question.accept);
                self.speech.text(text);
                false
            }
        }
    }

    fn unclear(&mut self, accept: &Accept) -> String {
        let text = match accept {
            Accept::Options(_) => Text::UnclearOptions,
            Accept::Text { .. } => Text::UnclearText,
            Accept::YesNo => Text::UnclearYesNo,
            Accept::Number { .. } => Text::UnclearNumber,
            Accept::Date { .. } => Text::UnclearDate,
            Accept::Phone => Text::UnclearPhone,
            Accept::Email => Text::UnclearEmail,
            Accept::Pattern(pattern) => {
                return self.word_with(Text::UnclearPattern, &[("example", &pattern.example)]);
            }
            Accept::Location => Text::UnclearLocation,
            Accept::Photo => Text::UnclearPhoto,
            Accept::Document => Text::UnclearDocument,
            Accept::Media => Text::UnclearMedia,
        };
        self.word(text)
    }

    fn not_allowed(&mut self, accept: &Accept, shown: &str) -> String {
        let locale = self.locale();
        let today = self.reader().today;
        match accept {
            Accept::Text { min, max } => {
                let (min, max) = (min.to_string(), max.to_string());
                self.word_with(Text::InvalidText, &[("min", &min), ("max", &max)])
            }
            Accept::Number { min: Some(min), max: Some(max), .. } => {
                let (min, max) = (locale.show_number(*min), locale.show_number(*max));
                self.word_with(Text::InvalidNumber, &[("min", &min), ("max", &max)])
            }
            Accept::Date { from: Some(from), to: Some(to) } => {
                let show = |bound| locale.show_date(day(bound, today), today);
                let (from, to) = (show(*from), show(*to));
                self.word_with(Text::InvalidDate, &[("from", &from), ("to", &to)])
            }
            _ => self.word_with(Text::InvalidValue, &[("value", shown)]),
        }
    }
}

const fn cannot(kind: Unread) -> Text {
    match kind {
        Unread::Voice => Text::CannotVoice,
        Unread::Image => Text::CannotImage,
        Unread::Video => Text::CannotVideo,
        Unread::Document => Text::CannotDocument,
        Unread::Sticker => Text::CannotSticker,
        Unread::Location => Text::CannotLocation,
        Unread::Contact => Text::CannotContact,
        Unread::Unsupported => Text::CannotUnsupported,
    }
}
