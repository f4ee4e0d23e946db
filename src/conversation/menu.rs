//! What the bot offers: the menu and "Did you mean", and where a topic leads (R8, R10, R12, R24).

use crate::flow::program::{FlowHours, Program};
use crate::intent::{Anytime, BuiltIn, Destination, Intent, Topic};
use crate::message::Choice;
use crate::policy::WhenOpen;
use crate::policy::wording::Text;
use crate::text::cut_utf16;

use super::reason::{HandoffReason, Reached};
use super::state::{Confirming, Matched, Offer, State};
use super::tap::Tap;
use super::turn::Turn;

/// Intents in the menu; one more row is the person (R8).
const MENU_MAX: usize = 9;
/// What WhatsApp allows as a row's title, in UTF-16 units.
const ROW_MAX: usize = 24;

impl<'a> Turn<'a> {
    /// Whether a department may see it (R36).
    fn is_for_department(&self, departments: Option<&std::collections::BTreeSet<String>>) -> bool {
        departments.is_none_or(|all| self.department().is_some_and(|department| all.contains(department)))
    }

    /// Whether a topic may be understood here: the department's, not the hour's (`no_flow` is for that).
    pub(super) fn is_for_us(&self, topic: &Topic) -> bool {
        match topic {
            Topic::Intent(name) => {
                self.bot().intents.get(name).is_none_or(|i| self.is_for_department(i.departments.as_ref()))
            }
            Topic::Article(name) => {
                self.bot().articles.get(name).is_some_and(|a| self.is_for_department(a.departments.as_ref()))
            }
        }
    }

    /// Whether a flow exists at this hour and for this department (R24).
    pub(super) fn exists_now(&self, flow: &Program) -> bool {
        let hour = match (flow.hours, self.business_hours()) {
            (FlowHours::Default | FlowHours::Any, _) | (FlowHours::Open, None) => true,
            (FlowHours::Closed, None) => false,
            (FlowHours::Open, Some(open)) => open,
            (FlowHours::Closed, Some(open)) => !open,
        };
        hour && self.is_for_department(flow.departments.as_ref())
    }

    /// Whether a person takes what this flow would do, because people are there (R24).
    fn people_first(&self, flow: &Program) -> bool {
        self.newest().when_open == WhenOpen::Handoff
            && self.business_hours() == Some(true)
            && flow.hours == FlowHours::Default
    }

    fn can_be_offered(&self, intent: &Intent) -> bool {
        if !self.is_for_department(intent.departments.as_ref()) {
            return false;
        }
        match &intent.leads_to {
            Destination::Flow(flow) => self.bot().flows.get(flow).is_some_and(|flow| self.exists_now(flow)),
            _ => true,
        }
    }

    // ── the menu ──

    /// The menu under a sentence (R8): intents that exist now, and last always a person.
    pub(super) fn say_menu(&mut self, sentence: Text) {
        let bot = self.bot();
        let names: Vec<String> = bot
            .menu
            .iter()
            .filter(|name| bot.intents.get(*name).is_some_and(|i| i.in_menu && self.can_be_offered(i)))
            .take(MENU_MAX)
            .cloned()
            .collect();
        self.say_word(sentence);
        let mut rows: Vec<Choice> = names
            .iter()
            .map(|name| {
                let topic = Topic::Intent(name.clone());
                Choice { title: self.label(&topic).unwrap_or_default(), id: Tap::Topic(topic).id(), description: None }
            })
            .collect();
        rows.push(Choice {
            id: Tap::Word(Anytime::Person).id(),
            title: self.word(Text::MenuPerson),
            description: None,
        });
        let button = self.word(Text::MenuButton);
        self.speech.list(button, rows);
        self.offer(Offer::Menu(names));
    }

    /// "Did you mean" one of two or three (R8). What has no label cannot be offered.
    pub(super) fn say_did_you_mean(&mut self, topics: &[Topic]) -> bool {
        let offered: Vec<(Topic, String)> =
            topics.iter().filter_map(|topic| Some((topic.clone(), self.label(topic)?))).collect();
        if offered.is_empty() {
            return false;
        }
        self.say_word(Text::DidYouMean);
        let mut rows: Vec<Choice> = offered
            .iter()
            .map(|(topic, title)| Choice {
                id: Tap::Topic(topic.clone()).id(),
                title: title.clone(),
                description: None,
            })
            .collect();
        rows.push(Choice {
            id: Tap::Word(Anytime::Menu).id(),
            title: self.word(Text::SomethingElse),
            description: None,
        });
        let button = self.word(Text::MenuButton);
        self.speech.list(button, rows);
        self.offer(Offer::DidYouMean(offered.into_iter().map(|(topic, _)| topic).collect()));
        true
    }

    pub(super) fn offer(&mut self, offer: Offer) {
        self.enquiry().offer = Some(offer);
    }

    /// How a topic is called in a row.
    pub(super) fn label(&mut self, topic: &Topic) -> Option<String> {
        let bot = self.bot();
        let text = match topic {
            Topic::Intent(name) => bot.intents.get(name)?.label.as_ref()?,
            Topic::Article(name) => &bot.articles.get(name)?.title,
        };
        let text = self.render(text);
        Some(cut_utf16(&text, ROW_MAX).0)
    }

    /// The labels of the rows that are the bot's last word, in order.
    pub(super) fn offered_labels(&mut self, offer: &Offer) -> Vec<String> {
        let mut labels: Vec<String> = match offer {
            Offer::Menu(names) => {
                names.iter().map(|name| self.label(&Topic::Intent(name.clone())).unwrap_or_default()).collect()
            }
            Offer::DidYouMean(topics) => topics.iter().map(|topic| self.label(topic).unwrap_or_default()).collect(),
            Offer::Helped(_) | Offer::Confirm { .. } | Offer::StillRelevant => return Vec::new(),
        };
        let last = if matches!(offer, Offer::Menu(_)) { Text::MenuPerson } else { Text::SomethingElse };
        labels.push(self.word(last));
        labels
    }

    // ── where a topic leads ──

    /// Does what an intent or article leads to. `opening` is the message, for R13 and for the article that answers it.
    pub(super) fn follow(&mut self, topic: &Topic, probability: f32, opening: Option<String>) {
        self.reopen_if_settled();
        let bot = self.bot();
        let enquiry = self.enquiry();
        enquiry.run = None;
        enquiry.offer = None;
        enquiry.topic = Some(Matched { topic: topic.clone(), probability });
        match topic {
            Topic::Article(name) => match bot.articles.get(name).map(|article| article.leads_to.as_ref()) {
                Some(Some(flow)) => self.follow_to_flow(flow, None, opening),
                Some(None) => self.answer_with_article(name, opening.as_deref()),
                None => self.say_menu(Text::MenuOutdated),
            },
            Topic::Intent(name) => match bot.intents.get(name) {
                Some(intent) => self.follow_intent(intent, opening),
                None => self.say_menu(Text::MenuOutdated),
            },
        }
    }

    fn follow_intent(&mut self, intent: &'a Intent, opening: Option<String>) {
        self.reached(Reached::Intent(intent.name.clone()));
        match &intent.leads_to {
            Destination::Flow(flow) => self.follow_to_flow(flow, Some(intent), opening),
            Destination::Article(article) => self.answer_with_article(article, opening.as_deref()),
            Destination::Handoff { queue, note } => {
                let note = note.as_ref().map(|note| self.render(note));
                self.hand_off(HandoffReason::LeadsToPerson, queue.as_deref(), note);
            }
            Destination::Say(texts) => {
                self.say(texts);
                self.settle();
            }
            Destination::BuiltIn(built_in) => self.built_in(*built_in),
        }
    }

    fn follow_to_flow(&mut self, name: &str, intent: Option<&Intent>, opening: Option<String>) {
        if !self.runs_now(name) {
            return;
        }
        match intent.filter(|intent| intent.confirm) {
            Some(intent) => self.ask_to_confirm(&intent.name, opening),
            None => self.start_flow(name, opening, Vec::new()),
        }
    }

    /// Whether the flow runs at this hour; where it does not, a person takes what it would do (R24).
    fn runs_now(&mut self, name: &str) -> bool {
        let flow = self.bot().flows.get(name);
        let Some(flow) = flow.filter(|flow| self.exists_now(flow)) else {
            self.rule("R24", format!("flow `{name}` does not exist at this hour or for this department"));
            let queue = flow.and_then(|flow| self.first_queue(flow, 0));
            self.hand_off(HandoffReason::NoFlow, queue.as_deref(), None);
            return false;
        };
        if self.people_first(flow) && self.state() != State::Held {
            self.rule("R24", format!("business hours, and flow `{name}` does not say `hours: any`"));
            let queue = self.first_queue(flow, 0);
            self.hand_off(HandoffReason::OpenHours, queue.as_deref(), None);
            return false;
        }
        true
    }

    /// "You want to …?" (one of the two questions).
    fn ask_to_confirm(&mut self, intent: &str, opening: Option<String>) {
        let now = self.now;
        self.enquiry().confirming = Some(Confirming { asked_at: now, reminded: false });
        self.pose_confirm(intent, opening);
    }

    /// Its words and buttons.
    pub(super) fn pose_confirm(&mut self, intent: &str, opening: Option<String>) {
        let label = self.label(&Topic::Intent(intent.to_owned())).unwrap_or_else(|| intent.replace('_', " "));
        let text = self.word_with(Text::Confirm, &[("label", &label)]);
        self.speech.text(text);
        let tap = |yes| Tap::Confirm { intent: intent.to_owned(), yes };
        self.yes_no_buttons(&tap(true), &tap(false));
        self.offer(Offer::Confirm { intent: intent.to_owned(), opening });
    }

    /// "You want to …?" is answered, now or by a button from earlier in the thread.
    pub(super) fn confirmed(&mut self, intent: &str, yes: bool) {
        let enquiry = self.enquiry();
        enquiry.run = None;
        let (stands, opening) = match enquiry.offer.take() {
            Some(Offer::Confirm { intent: asked, opening }) if asked == intent => (true, opening),
            _ => (false, None),
        };
        let topic = Topic::Intent(intent.to_owned());
        let known = self.bot().intents.get(intent).filter(|intent| intent.confirm && self.is_for_us(&topic));
        let Some(Destination::Flow(flow)) = known.map(|intent| &intent.leads_to) else {
            return self.say_menu(Text::MenuOutdated);
        };
        if !yes {
            return self.say_menu(Text::Cancelled);
        }
        self.reopen_if_settled();
        self.enquiry().topic = Some(Matched { topic, probability: 1.0 });
        if stands || self.runs_now(flow) {
            self.start_flow(flow, opening, vec![(String::new(), "confirm".to_owned())]);
        }
    }

    /// What the runtime does with an intent that every bot has.
    pub(super) fn built_in(&mut self, built_in: BuiltIn) {
        match built_in {
            BuiltIn::Person => self.obey(Anytime::Person),
            BuiltIn::Menu => self.obey(Anytime::Menu),
            BuiltIn::Cancel => self.obey(Anytime::Cancel),
            BuiltIn::Stop => self.obey(Anytime::Stop),
            BuiltIn::Greeting | BuiltIn::Thanks | BuiltIn::Goodbye => self.polite(built_in),
            // "Ok" after an answer is no matter of its own.
            BuiltIn::Yes if self.state() == State::Settled => self.polite(BuiltIn::Thanks),
            BuiltIn::Yes | BuiltIn::No => self.fail(&super::failing::Failure::NotUnderstood),
        }
    }

    /// A polite word, and the open question again; no failure (R10).
    pub(super) fn polite(&mut self, built_in: BuiltIn) {
        let welcomed = !self.speech.is_empty();
        let text = match built_in {
            BuiltIn::Thanks => Text::Thanks,
            BuiltIn::Goodbye => Text::Goodbye,
            _ => Text::Greeting,
        };
        self.rule("R10", format!("a polite word for `{}`", built_in.name()));
        if self.question_is_open() {
            self.say_word(text);
            self.pose_again();
            return;
        }
        if let Some(enquiry) = self.c.enquiry.as_mut()
            && matches!(enquiry.offer, Some(Offer::Menu(_) | Offer::DidYouMean(_)))
        {
            enquiry.offer = None;
        }
        self.polite = true;
        self.asked_for |= self.state() == State::Settled;
        if built_in == BuiltIn::Greeting && self.state() == State::Bot {
            if !welcomed {
                self.say_word(text);
            }
            self.say_menu(Text::Menu);
        } else {
            self.say_word(text);
        }
    }
}
