//! Lookups under way (R18): called outside any turn, answered as an event. What a crash loses, the conversation's own
//! timer takes up.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conversation::event::{Event, LookupAnswer};
use crate::lookup::LookupOutcome;
use crate::message::{Fields, Value};
use crate::policy::Lookup;
use crate::store::ContactId;

use super::{Inner, Wanted};

/// Calls a lookup; its answer comes back to the contact by itself. Address and headers are the newest bot's (R19).
pub(super) fn make(
    inner: &Arc<Inner>,
    contact: ContactId,
    call: u64,
    lookup: &str,
    names: BTreeMap<String, Value>,
    results: BTreeMap<String, Fields>,
) {
    let declared = inner.editions.load().newest().lookups.get(lookup).cloned();
    let under_way = UnderWay::new(inner);
    tokio::spawn(async move {
        let inner = &under_way.0;
        let answer = match declared {
            None => LookupAnswer::Failed("the lookup is no longer declared".to_owned()),
            Some(lookup) => {
                let lookup = with_demo(lookup, inner.demo.as_deref());
                match inner.lookups.call(&lookup, &names, &results).await {
                    LookupOutcome::Found(fields) => LookupAnswer::Found(fields),
                    LookupOutcome::NotFound => LookupAnswer::NotFound,
                    LookupOutcome::Failed(why) => LookupAnswer::Failed(why),
                }
            }
        };
        let event = Box::new(Event::Lookup { call, answer });
        // Should the loop be gone, the timer `lookup_lost` takes over after the restart.
        drop(inner.wanted.send(Wanted::Event { contact, event, answer: None }).await);
    });
}

/// Counts a call for as long as it lives, however it ends.
struct UnderWay(Arc<Inner>);

impl UnderWay {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.calls.send_modify(|calls| *calls += 1);
        Self(Arc::clone(inner))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.calls.send_modify(|calls| *calls -= 1);
    }
}

/// In local mode, hosts that cannot exist (`*.example`) are answered by the built-in demo endpoint.
fn with_demo(lookup: Lookup, demo: Option<&str>) -> Lookup {
    let rest = lookup.get.strip_prefix("https://").or_else(|| lookup.get.strip_prefix("http://"));
    let (Some(demo), Some((host, path))) = (demo, rest.and_then(|rest| rest.split_once('/'))) else { return lookup };
    if host.ends_with(".example") { Lookup { get: format!("{demo}/{path}"), ..lookup } } else { lookup }
}
