//! Deliveries as Meta writes them, and the ids in them, by which everything that comes back is known without looking
//! anything up. Sends nothing.

use serde_json::Value;

/// Customers' numbers begin with a country that there is not, so that no message can reach anybody.
const COUNTRY: &str = "999";
const WAMID: &str = "wamid.LOAD";

/// What a customer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Words.
    Words(String),
    /// A button or a row that was offered.
    Tap(Offer),
}

/// Something to tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Whether it is a row of a list.
    pub row: bool,
    /// What the bot wrote behind it.
    pub id: String,
    /// What is read on it.
    pub title: String,
}

/// The ids of one run: two runs against the same store are about different people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// Of the run, below 10 000.
    pub run: u16,
}

impl Ids {
    /// A customer's number.
    #[must_use]
    pub fn customer(self, customer: usize) -> String {
        format!("{COUNTRY}{:04}{customer:08}", self.run)
    }

    /// Whose number it is; `None` if it is none of this run's.
    #[must_use]
    pub fn whose(self, number: &str) -> Option<usize> {
        let digits = number.trim_start_matches('+').strip_prefix(COUNTRY)?;
        let (run, customer) = digits.split_at_checked(4)?;
        (run.parse() == Ok(self.run)).then(|| customer.parse().ok())?
    }

    /// The id of a customer's message.
    #[must_use]
    pub fn message(self, customer: usize, nth: usize) -> String {
        format!("{WAMID}.{}.{customer}.{nth}", self.run)
    }

    /// Whose message it is, and which.
    #[must_use]
    pub fn which(self, message: &str) -> Option<(usize, usize)> {
        let rest = message.strip_prefix(WAMID)?.strip_prefix('.')?;
        let mut parts = rest.split('.');
        let run: u16 = parts.next()?.parse().ok()?;
        let (customer, nth) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (run == self.run).then_some((customer, nth))
    }
}

/// A delivery in which a customer says something, at a second since 1970.
#[must_use]
pub fn message(ids: Ids, business: &str, customer: usize, nth: usize, said: &Said, at: i64) -> String {
    let (number, id) = (ids.customer(customer), ids.message(customer, nth));
    let content = match said {
        Said::Words(words) => format!(r#""type":"text","text":{{"body":{}}}"#, quoted(words)),
        Said::Tap(Offer { row, id, title }) => {
            let kind = if *row { "list_reply" } else { "button_reply" };
            let (id, title) = (quoted(id), quoted(title));
            format!(r#""type":"interactive","interactive":{{"type":"{kind}","{kind}":{{"id":{id},"title":{title}}}}}"#)
        }
    };
    let value = format!(
        r#""contacts":[{{"profile":{{"name":"Customer {customer}"}},"wa_id":"{number}"}}],"messages":[{{"from":"{number}","id":"{id}","timestamp":"{at}",{content}}}]"#
    );
    envelope(business, &value)
}

/// A delivery that tells how far a message to a customer has come.
#[must_use]
pub fn status(business: &str, customer: &str, id: &str, callback: Option<&str>, status: &str, at: i64) -> String {
    let callback =
        callback.map(|callback| format!(r#","biz_opaque_callback_data":{}"#, quoted(callback))).unwrap_or_default();
    let value = format!(
        r#""statuses":[{{"id":"{id}","status":"{status}","timestamp":"{at}","recipient_id":"{customer}"{callback}}}]"#
    );
    envelope(business, &value)
}

/// A delivery that says nothing: with it, the way in is tried.
#[must_use]
pub fn nothing() -> String {
    r#"{"object":"whatsapp_business_account","entry":[]}"#.to_owned()
}

fn envelope(business: &str, value: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"100000000000001","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550100001","phone_number_id":"{business}"}},{value}}},"field":"messages"}}]}}]}}"#
    )
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::message::Content;
    use crate::whatsapp::webhook::{Received, parse};

    const IDS: Ids = Ids { run: 42 };

    fn read(delivery: &str) -> Received {
        let mut received = parse(delivery.as_bytes(), Timestamp::default()).unwrap();
        assert_eq!(received.len(), 1);
        received.remove(0)
    }

    #[test]
    fn ids_say_whose_they_are() {
        assert_eq!(IDS.whose(&format!("+{}", IDS.customer(7))), Some(7));
        assert_eq!(IDS.which(&IDS.message(7, 3)), Some((7, 3)));
        assert_eq!(IDS.whose("15550100099"), None);
        assert_eq!(Ids { run: 43 }.whose(&IDS.customer(7)), None, "another run's");
        assert_eq!(Ids { run: 43 }.which(&IDS.message(7, 3)), None);
        assert_eq!(IDS.customer(7).len(), 15, "no number has more digits");
    }

    #[test]
    fn what_customers_say_is_read_as_whatsapps() {
        let offer = Offer { row: false, id: "f:1".into(), title: "\"Red\" ❤".into() };
        for (said, expected) in [
            (Said::Words("שלום \"x\"\n".into()), Content::Text("שלום \"x\"\n".into())),
            (Said::Tap(offer.clone()), Content::Tap { id: "f:1".into(), title: "\"Red\" ❤".into() }),
            (Said::Tap(Offer { row: true, ..offer }), Content::Tap { id: "f:1".into(), title: "\"Red\" ❤".into() }),
        ] {
            let delivery = message(IDS, "106", 7, 3, &said, 1_800_000_000);
            let Received::Message { number_id, sender, message } = read(&delivery) else { panic!("{delivery}") };
            assert_eq!(number_id, "106");
            assert_eq!(sender.wa_id, Some(IDS.customer(7)));
            assert_eq!((message.id, message.content), (IDS.message(7, 3), expected));
        }
    }

    #[test]
    fn statuses_name_the_message_they_are_about() {
        let delivery = status("106", "999", "wamid.x", Some("job:7"), "read", 1_800_000_000);
        let Received::Status { message_id, callback, .. } = read(&delivery) else { panic!("{delivery}") };
        assert_eq!((message_id.as_str(), callback.as_deref()), ("wamid.x", Some("job:7")));
        assert!(parse(nothing().as_bytes(), Timestamp::default()).unwrap().is_empty());
    }
}
