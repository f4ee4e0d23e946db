//! Why the Graph API did not do what it was asked, told from its answer or from what happened on the way.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::whatsapp::errors::{Class, PASSING, classify, classify_unknown};
use crate::whatsapp::webhook::graph_error;

/// The longest wait an answer may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// A request that did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// What to do about it.
    pub class: Class,
    /// Meta's code; `None` if it gave none.
    pub code: Option<u32>,
    /// What it is called, for people.
    pub title: String,
    /// What exactly went wrong, for the operator.
    pub details: Option<String>,
    /// Meta's number for this request, to name when asking them.
    pub trace: Option<String>,
    /// How long the answer asks to wait; never sooner than this.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "WhatsApp says {code}: {}", self.title)?,
            None => f.write_str(&self.title)?,
        }
        self.details.as_ref().map_or(Ok(()), |details| write!(f, " ({details})"))
    }
}

impl std::error::Error for SendError {}

impl SendError {
    /// An error without a code of Meta's.
    pub(super) fn new(class: Class, title: impl Into<String>) -> Self {
        Self { class, code: None, title: title.into(), details: None, trace: None, retry_after: None }
    }

    /// What happened before an answer came. Without a connection nothing was sent; after that it may have been.
    pub(super) fn transport(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::new(Class::Rejected, "the request could not be made");
        }
        let (class, title) = if error.is_connect() {
            (PASSING, "WhatsApp could not be reached")
        } else if error.is_timeout() {
            (Class::OutcomeUnknown, "WhatsApp did not answer in time")
        } else {
            (Class::OutcomeUnknown, "the connection to WhatsApp broke before it answered")
        };
        Self { details: innermost(error), ..Self::new(class, title) }
    }
}

/// The cause at the bottom of an error: the only one that says something, and never an address with a token.
fn innermost(error: &reqwest::Error) -> Option<String> {
    let mut cause = std::error::Error::source(error)?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}

/// The wait an answer asks for, if it states one in seconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(LONGEST_WAIT.min(Duration::from_secs(seconds)))
}

/// The JSON of an answer that did what was asked.
pub(super) fn check(status: u16, wait: Option<Duration>, body: &[u8]) -> Result<Value, SendError> {
    let success = (200..300).contains(&status);
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let error = match answer {
        Some(answer) if !answer["error"].is_null() => graph(status, &answer["error"]),
        Some(answer) if success => return Ok(answer),
        _ if status == 429 => SendError::new(Class::NumberLimited, "WhatsApp answered 429"),
        _ => SendError::new(Class::OutcomeUnknown, format!("WhatsApp answered {status} and nothing readable")),
    };
    Err(SendError { retry_after: wait, ..error })
}

fn graph(status: u16, error: &Value) -> SendError {
    let transient = error.get("is_transient") == Some(&Value::Bool(true));
    let trace = error.get("fbtrace_id").and_then(Value::as_str).map(str::to_owned);
    let Some(error) = graph_error(error) else {
        let class = classify_unknown(status, transient);
        return SendError { trace, ..SendError::new(class, format!("WhatsApp answered {status}")) };
    };
    let class = classify(error.code).unwrap_or(classify_unknown(status, transient));
    SendError { code: Some(error.code), details: error.details, trace, ..SendError::new(class, error.title) }
}
