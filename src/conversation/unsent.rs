//! Words of an agent's that waited to be sent, because WhatsApp was away, until their window had shut: they go the template
//! way (R32), or a person sees them (R39).

use crate::message::Outbound;

use super::effect::{Author, Effect};
use super::state::State;
use super::turn::Turn;

/// WhatsApp's code for a window that has shut.
pub const CODE: u32 = 131_047;
/// What agents read of it.
pub const TITLE: &str = "the customer wrote more than 24 hours ago; only a template may go";
const ASKED: &str = "The 24 hours were over before this could be sent: the customer is asked to tap for it";

impl Turn<'_> {
    /// The customer is asked by template to tap for the words; several of an agent's are one answer.
    pub(super) fn window_shut_on(&mut self, agent: &str, text: &str) {
        let theirs = self.open().is_some_and(|enquiry| enquiry.agent.as_deref() == Some(agent));
        if !theirs || self.state() != State::AwaitingCustomer {
            self.undeliverable(CODE, TITLE);
        } else if self.window_is_open() {
            self.rule("R32", "the customer is back: what could not be sent is sent");
            let message = Outbound::Text { text: text.to_owned() };
            self.effects.push(Effect::Send { message, by: Author::Agent(agent.to_owned()) });
        } else if let Some(waiting) = self.waiting_words_of(agent) {
            self.wait_for_tap(agent, format!("{waiting}\n{text}"));
        } else if self.ask_by_template() {
            self.agent_has_written(agent, true);
            self.wait_for_tap(agent, text.to_owned());
        } else {
            self.undeliverable(CODE, TITLE);
        }
    }

    fn waiting_words_of(&self, agent: &str) -> Option<String> {
        let (whose, words) = self.open()?.held_reply.as_ref()?;
        (whose == agent).then(|| words.clone())
    }

    fn wait_for_tap(&mut self, agent: &str, words: String) {
        self.enquiry().held_reply = Some((agent.to_owned(), words));
        self.note(ASKED);
    }
}
