//! The customers that were made in the simulator. The list is one setting in the store, so that every browser and the next
//! start see the same phones; who they are and what they wrote is the contact's, as for any customer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bot::Bot;
use crate::conversation::state::Conversation;
use crate::language::Language;
use crate::runtime::{Runtime, conversation};
use crate::store::{ContactId, Identity, Store};
use crate::web::problem::Problem;

/// So many are listed, the newest first; those before them are forgotten here and stay in the store.
const LISTED_MAX: usize = 40;
const SETTING: &str = "simulator.phones";
/// The setting is written again when another browser was quicker.
const TRIES_MAX: usize = 16;
const NAME_MAX: usize = 60;
/// What customers are called when nobody says.
const NAMES: [(&str, [&str; 8]); 2] = [
    ("he", ["דנה", "יואב", "נועה", "עומר", "מיכל", "אורי", "תמר", "איתי"]),
    ("lv", ["Ilze", "Jānis", "Līga", "Andris", "Zane", "Mārtiņš", "Elīna", "Kārlis"]),
];
const NAMES_EN: [&str; 8] = ["Dana", "Sam", "Maya", "Leo", "Ruth", "Adam", "Nina", "Ben"];

/// A phone: a customer, and the language it is set to. The bot is not told that language; it recognises what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Phone {
    /// Whose.
    pub(super) contact: ContactId,
    /// What it is set to.
    pub(super) language: Language,
}

/// A wish for a new customer. What is left out is made up.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCustomer {
    name: Option<String>,
    phone: Option<String>,
    language: Option<String>,
    number: Option<String>,
}

/// A customer as the list shows them.
#[derive(Debug, Serialize)]
pub(super) struct Customer {
    pub(super) id: ContactId,
    pub(super) name: String,
    pub(super) phone: Option<String>,
    pub(super) language: Language,
    pub(super) right_to_left: bool,
    pub(super) number: String,
    pub(super) department: Option<String>,
    pub(super) state: Option<&'static str>,
    pub(super) wrote_at: Option<crate::clock::Timestamp>,
}

impl Customer {
    /// The customer whose conversation this is.
    pub(super) fn new(id: ContactId, conversation: &Conversation, phone: Option<Phone>, bot: &Bot) -> Self {
        let contact = &conversation.contact;
        let language = phone.map_or_else(|| bot.speak(contact.language), |phone| phone.language);
        Self {
            id,
            name: contact.name.clone(),
            phone: contact.phone(),
            language,
            right_to_left: language.is_right_to_left(),
            number: contact.number.clone(),
            department: bot.number(&contact.number).and_then(|number| number.department.clone()),
            state: conversation.enquiry.as_ref().map(|enquiry| enquiry.state.name()),
            wrote_at: conversation.wrote_at,
        }
    }
}

/// The phones, the newest first.
pub(super) async fn all(store: &Arc<dyn Store>) -> Result<Vec<Phone>, Problem> {
    Ok(read(store.setting(SETTING.to_owned()).await?.as_deref()))
}

fn read(setting: Option<&str>) -> Vec<Phone> {
    setting.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// The customers with a phone here, the newest first.
pub(super) async fn customers(runtime: &Runtime, phones: &[Phone]) -> Result<Vec<Customer>, Problem> {
    let bot = runtime.bot();
    let loaded = runtime.store().load(phones.iter().map(|phone| phone.contact).collect()).await?;
    let conversations: BTreeMap<ContactId, Conversation> =
        loaded.iter().filter_map(|loaded| Some((loaded.contact.id, conversation(loaded).ok()?))).collect();
    let customer = |phone: &Phone| {
        let conversation = conversations.get(&phone.contact)?;
        Some(Customer::new(phone.contact, conversation, Some(*phone), &bot))
    };
    Ok(phones.iter().filter_map(customer).collect())
}

/// Makes a customer, or finds the one with that number (R1), and lists their phone first.
pub(super) async fn add(runtime: &Runtime, wish: NewCustomer) -> Result<ContactId, Problem> {
    let bot = runtime.bot();
    let language = match wish.language.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => code.parse::<Language>().map_err(|error| Problem::wrong(error.to_string()))?,
        None => bot.default_language(),
    };
    let number = match wish.number {
        Some(id) => bot.number(&id).ok_or_else(|| Problem::wrong("the bot has no such business number"))?,
        None => bot.numbers.first().ok_or_else(|| Problem::missing("the bot has no business number"))?,
    };
    let who = Identity {
        wa_id: Some(digits(wish.phone.as_deref(), &bot)?),
        user_id: None,
        name: Some(match name(wish.name.as_deref())? {
            Some(name) => name,
            None => made_up_name(runtime, language).await?,
        }),
    };
    let now = runtime.clock().now();
    let contact = runtime.store().contact(number.id.clone(), who, now).await?.id;
    list(runtime.store(), Phone { contact, language }).await?;
    Ok(contact)
}

async fn list(store: &Arc<dyn Store>, phone: Phone) -> Result<(), Problem> {
    for _ in 0..TRIES_MAX {
        let before = store.setting(SETTING.to_owned()).await?;
        let mut phones = read(before.as_deref());
        phones.retain(|listed| listed.contact != phone.contact);
        phones.insert(0, phone);
        phones.truncate(LISTED_MAX);
        let after = serde_json::to_string(&phones).ok();
        if store.change_setting(SETTING.to_owned(), before, after).await? {
            return Ok(());
        }
    }
    Err(Problem::later("too many customers are being made at once; try again in a moment"))
}

fn name(wish: Option<&str>) -> Result<Option<String>, Problem> {
    let name = wish.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
        return Err(Problem::wrong(format!("a name has at most {NAME_MAX} letters here")));
    }
    Ok(name)
}

/// A name that nobody in the list has, as long as there is one.
async fn made_up_name(runtime: &Runtime, language: Language) -> Result<String, Problem> {
    let names = NAMES.iter().find(|(code, _)| *code == language.code()).map_or(&NAMES_EN, |(_, names)| names);
    let phones = all(runtime.store()).await?;
    let taken: Vec<String> = customers(runtime, &phones).await?.into_iter().map(|customer| customer.name).collect();
    let free: Vec<&str> = names.iter().copied().filter(|name| !taken.iter().any(|taken| taken == name)).collect();
    let from = if free.is_empty() { names.as_slice() } else { &free };
    let pick = usize::from(rand::random::<u8>()) % from.len();
    Ok(from.get(pick).copied().unwrap_or_default().to_owned())
}

/// The digits of a number; without a wish one that nobody has, in the country of the bot.
fn digits(wish: Option<&str>, bot: &Bot) -> Result<String, Problem> {
    let Some(wish) = wish.map(str::trim).filter(|wish| !wish.is_empty()) else {
        let made_up = rand::random::<u32>() % 100_000;
        return Ok(match bot.country.and_then(|country| country.dialling_code()) {
            Some("972") => format!("9725000{made_up:05}"),
            Some("371") => format!("371200{made_up:05}"),
            _ => format!("4477009{:05}", made_up % 1_000),
        });
    };
    let digits: String = wish.chars().filter(char::is_ascii_digit).collect();
    let plain = wish.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.'));
    if plain && (7..=15).contains(&digits.len()) && !digits.starts_with('0') {
        Ok(digits)
    } else {
        Err(Problem::wrong("write the number with its country, such as +972 50 123 4567"))
    }
}
