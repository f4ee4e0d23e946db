//! Calls the shop's own systems for a flow (R18): fills in the declared address, goes only where the operator allows,
//! and reads the answer within a time, a size and one retry. Decides nothing about the conversation.

mod address;
mod call;
mod host;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;

use crate::message::{Fields, Value};
use crate::policy::Lookup;
pub use host::{HostRule, HostRuleProblem};

/// What the operator, not the bot, decides about lookups.
#[derive(Debug, Clone, Default)]
pub struct LookupSettings {
    /// The hosts that may be called (`FRONTDESK_LOOKUP_HOSTS`); none by default.
    pub allowed_hosts: Vec<HostRule>,
    /// What `env.NAME` in a header stands for.
    pub env: BTreeMap<String, SecretString>,
    /// Where the addresses of hosts come from.
    pub names: Names,
}

/// Where the addresses of hosts come from.
#[derive(Debug, Clone, Default)]
pub enum Names {
    /// The machine's resolver.
    #[default]
    System,
    /// Only this table.
    Fixed(BTreeMap<String, Vec<IpAddr>>),
}

/// What a lookup came back with.
#[derive(Debug, Clone, PartialEq)]
pub enum LookupOutcome {
    /// An answer; every declared field is there, [`Value::None`] where the answer lacks it.
    Found(Fields),
    /// 404.
    NotFound,
    /// Why there is no answer, for agents: a sentence without the values of customers or headers.
    Failed(String),
}

/// Calls the shop's systems: the seam at which a simulation stands in for them.
pub trait Calls: fmt::Debug + Send + Sync {
    /// [`Lookups::call`].
    fn call<'a>(
        &'a self,
        lookup: &'a Lookup,
        names: &'a BTreeMap<String, Value>,
        results: &'a BTreeMap<String, Fields>,
    ) -> Pin<Box<dyn Future<Output = LookupOutcome> + Send + 'a>>;
}

impl Calls for Lookups {
    fn call<'a>(
        &'a self,
        lookup: &'a Lookup,
        names: &'a BTreeMap<String, Value>,
        results: &'a BTreeMap<String, Fields>,
    ) -> Pin<Box<dyn Future<Output = LookupOutcome> + Send + 'a>> {
        Box::pin(Self::call(self, lookup, names, results))
    }
}

/// The caller of the shop's systems; one for the whole process.
pub struct Lookups {
    settings: LookupSettings,
    clients: Mutex<BTreeMap<(String, u16), reqwest::Client>>,
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups").field("allowed_hosts", &self.settings.allowed_hosts).finish_non_exhaustive()
    }
}

impl Lookups {
    /// Connects to nothing yet.
    #[must_use]
    pub fn new(settings: LookupSettings) -> Arc<Self> {
        Arc::new(Self { settings, clients: Mutex::default() })
    }

    /// Calls a lookup with the answers (`names`) and the earlier lookups' results that its address may use. Takes at most
    /// twice [`Lookup::timeout`].
    pub async fn call(
        &self,
        lookup: &Lookup,
        names: &BTreeMap<String, Value>,
        results: &BTreeMap<String, Fields>,
    ) -> LookupOutcome {
        match self.answer(lookup, names, results).await {
            Ok(outcome) => outcome,
            Err(why) => LookupOutcome::Failed(why),
        }
    }
}
