//! `/metrics`, for Prometheus: how much waits, what happened since the start, and how the webhook does. Numbers only, no
//! customer in them. They are the business's own all the same: they are told to whoever has the token, or, where there is
//! none and the server has no public address, to this machine alone.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, FORWARDED, HOST, VIA, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use chrono::Duration;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::counts::{Counts, Numbers};
use super::webhook::same;
use crate::clock::Timestamp;
use crate::runtime::{CLASSES_MS, Numbers as Turns, Runtime, Times};
use crate::store::{Depths, StoreError};
use crate::whatsapp::breaker::Cut;

/// What happened this recently may still be on its way into the store; it is counted by the next reading.
const SETTLED_AFTER: Duration = Duration::seconds(10);
/// What proxies add to the requests that they pass on, beside the headers that the standard names.
const OF_PROXIES: [&str; 2] = ["x-forwarded-for", "x-real-ip"];

/// Who may read `/metrics`.
#[derive(Debug, Clone)]
pub enum Readers {
    /// Whoever sends this as a bearer token.
    WithToken(SecretString),
    /// This machine.
    ThisMachine,
    /// Nobody.
    Nobody,
}

impl Readers {
    /// Whoever has the token. Without one this machine, unless people reach the server by a public address: then a proxy may
    /// stand on this machine, and pass on what strangers ask without a word that it does.
    #[must_use]
    pub fn of(token: Option<SecretString>, is_public: bool) -> Self {
        match token {
            Some(token) => Self::WithToken(token),
            None if is_public => Self::Nobody,
            None => Self::ThisMachine,
        }
    }
}

/// `/metrics`, for its readers.
pub fn routes(runtime: Runtime, counts: Counts, readers: Readers) -> Router {
    let happened = Mutex::new(Happened { until: runtime.clock().now(), totals: BTreeMap::new() });
    let teller = Teller { runtime, counts, readers, happened };
    Router::new().route("/metrics", get(tell)).with_state(Arc::new(teller))
}

struct Teller {
    runtime: Runtime,
    counts: Counts,
    readers: Readers,
    happened: Mutex<Happened>,
}

/// What the reports count, summed up since the start: name, queue and detail.
struct Happened {
    until: Timestamp,
    totals: BTreeMap<[String; 3], i64>,
}

async fn tell(
    State(teller): State<Arc<Teller>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    let may = match &teller.readers {
        Readers::WithToken(token) => bearer(&headers).is_some_and(|said| same(said, token.expose_secret())),
        Readers::ThisMachine => is_this_machine(peer.map(|Extension(ConnectInfo(peer))| peer), &headers),
        Readers::Nobody => false,
    };
    match &teller.readers {
        _ if may => {}
        Readers::WithToken(_) => {
            let words = "metrics are told to whoever sends FRONTDESK_METRICS_TOKEN as `Authorization: Bearer …`\n";
            return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], words).into_response();
        }
        Readers::ThisMachine | Readers::Nobody => {
            let words = "without a token metrics are told to this machine only, and to nobody where FRONTDESK_PUBLIC_URL is \
                         set, for a proxy asks as this machine does; set FRONTDESK_METRICS_TOKEN and send it as \
                         `Authorization: Bearer …`\n";
            return (StatusCode::FORBIDDEN, words).into_response();
        }
    }
    match teller.read().await {
        Ok(text) => {
            let kind = (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
            ([kind, (CACHE_CONTROL, "no-store")], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether this machine asks for itself. A proxy on it, which asks for others, may say so in its headers, or name the host
/// that the others asked for; one that does neither cannot be told apart.
fn is_this_machine(peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    let passed_on = headers.contains_key(FORWARDED) || headers.contains_key(VIA);
    let passed_on = passed_on || OF_PROXIES.iter().any(|name| headers.contains_key(*name));
    let asked = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let for_another = headers.contains_key(HOST) && !asked.is_some_and(|host| is_loopback(host.host()));
    !passed_on && !for_another && peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.to_canonical().is_loopback())
}

impl Teller {
    async fn read(&self) -> Result<String, StoreError> {
        let depths = self.runtime.store().depths().await?;
        let mut happened = self.happened.lock().await;
        happened.catch_up(&self.runtime).await?;
        let mut page = Page::default();
        let turns = self.runtime.numbers();
        page.tell(&self.runtime.bot().version, depths, &happened.totals, &self.counts.now());
        page.turns(&turns);
        page.cut_off(&self.runtime.cut_off());
        Ok(page.0)
    }
}

impl Happened {
    /// Adds what happened since the last reading, so that a reading costs what is new and not all there ever was.
    async fn catch_up(&mut self, runtime: &Runtime) -> Result<(), StoreError> {
        let until = runtime.clock().now() - SETTLED_AFTER;
        if until <= self.until {
            return Ok(());
        }
        for fact in runtime.store().facts(self.until, until).await? {
            let key = [fact.name, fact.queue.unwrap_or_default(), fact.detail.unwrap_or_default()];
            *self.totals.entry(key).or_default() += fact.count;
        }
        self.until = until;
        Ok(())
    }
}

/// Prometheus's text format.
#[derive(Default)]
struct Page(String);

impl Page {
    fn tell(&mut self, version: &str, depths: Depths, happened: &BTreeMap<[String; 3], i64>, numbers: &Numbers) {
        self.head("frontdesk_info", "gauge", "The version of the bot that is served.");
        self.line("frontdesk_info", &[("bot_version", version)], 1);
        self.head("frontdesk_waiting", "gauge", "How much waits: for a turn, to be sent, for its time.");
        for (what, count) in [("inbox", depths.inbox), ("outbox", depths.outbox), ("timers", depths.timers)] {
            self.line("frontdesk_waiting", &[("what", what)], count);
        }
        self.head("frontdesk_enquiries_open", "gauge", "Enquiries that have not ended.");
        self.line("frontdesk_enquiries_open", &[], depths.open);
        self.head("frontdesk_happened_total", "counter", "Handoffs by reason, promises kept and broken, by queue.");
        for ([what, queue, detail], count) in happened {
            self.line("frontdesk_happened_total", &[("what", what), ("queue", queue), ("detail", detail)], count);
        }
        self.head("frontdesk_webhook_held_total", "counter", "What deliveries held, and what came of it.");
        for ((kind, became), count) in &numbers.held {
            self.line("frontdesk_webhook_held_total", &[("kind", kind), ("became", became)], count);
        }
        self.head("frontdesk_webhook_answers_total", "counter", "Deliveries by the status they were answered with.");
        for (status, count) in &numbers.answers {
            self.line("frontdesk_webhook_answers_total", &[("status", &status.to_string())], count);
        }
        self.head("frontdesk_webhook_milliseconds", "histogram", "How long the answer to a delivery took.");
        self.histogram("frontdesk_webhook_milliseconds", &[], &numbers.took);
    }

    fn cut_off(&mut self, numbers: &[(String, Cut)]) {
        self.head("frontdesk_cut_off", "gauge", "Business numbers from which nothing goes out now; the log says more.");
        for why in [Cut::Down, Cut::Refused] {
            let count = numbers.iter().filter(|(_, cut)| *cut == why).count();
            self.line("frontdesk_cut_off", &[("why", why.name())], count);
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn turns(&mut self, turns: &Turns) {
        let counted = [
            ("frontdesk_turns_total", "event", "Turns by what happened.", &turns.turns),
            ("frontdesk_understood_total", "decision", "What the classifier made of messages.", &turns.understood),
            (
                "frontdesk_ended_total",
                "by",
                "Enquiries that ended, by who served them: bot alone, or person.",
                &turns.ended,
            ),
            ("frontdesk_sends_total", "outcome", "Tries to send, by how they went.", &turns.sends),
        ];
        for (name, label, help, counts) in counted {
            self.head(name, "counter", help);
            for (value, count) in counts {
                self.line(name, &[(label, value)], count);
            }
        }
        let help = "How long each stage took: wait from receipt until the turn was committed, decide, commit, send.";
        self.head("frontdesk_stage_milliseconds", "histogram", help);
        for (stage, times) in &turns.stages {
            self.histogram("frontdesk_stage_milliseconds", &[("stage", stage)], times);
        }
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], times: &Times) {
        let ends = CLASSES_MS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        let mut so_far = 0;
        for (end, count) in ends.zip(times.classes) {
            so_far += count;
            self.line(&format!("{name}_bucket"), &[labels, &[("le", end.as_str())]].concat(), so_far);
        }
        self.line(&format!("{name}_sum"), labels, times.took_ms);
        self.line(&format!("{name}_count"), labels, so_far);
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_prometheus_reads() {
        let counts = Counts::default();
        for (status, took) in [(StatusCode::OK, 0), (StatusCode::OK, 7), (StatusCode::FORBIDDEN, 9_000)] {
            counts.answered(status, Duration::milliseconds(took));
        }
        counts.held("message", "stored");
        let happened = BTreeMap::from([(["handoff".into(), "a \"b\"\\\n".into(), "order".into()], 3)]);
        let depths = Depths { inbox: 1, outbox: 2, timers: 3, open: 4 };
        let mut page = Page::default();
        page.tell("0a1b", depths, &happened, &counts.now());
        page.turns(&Turns::default());
        page.cut_off(&[("100".into(), Cut::Refused)]);
        let lines: Vec<&str> = page.0.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "frontdesk_info{bot_version=\"0a1b\"} 1",
                "frontdesk_waiting{what=\"inbox\"} 1",
                "frontdesk_waiting{what=\"outbox\"} 2",
                "frontdesk_waiting{what=\"timers\"} 3",
                "frontdesk_enquiries_open 4",
                "frontdesk_happened_total{what=\"handoff\",queue=\"a \\\"b\\\"\\\\\\n\",detail=\"order\"} 3",
                "frontdesk_webhook_held_total{kind=\"message\",became=\"stored\"} 1",
                "frontdesk_webhook_answers_total{status=\"200\"} 2",
                "frontdesk_webhook_answers_total{status=\"403\"} 1",
                "frontdesk_webhook_milliseconds_bucket{le=\"1\"} 1",
                "frontdesk_webhook_milliseconds_bucket{le=\"5\"} 1",
                "frontdesk_webhook_milliseconds_bucket{le=\"10\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"25\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"50\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"100\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"250\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"1000\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"5000\"} 2",
                "frontdesk_webhook_milliseconds_bucket{le=\"+Inf\"} 3",
                "frontdesk_webhook_milliseconds_sum 9007",
                "frontdesk_webhook_milliseconds_count 3",
                "frontdesk_cut_off{why=\"down\"} 0",
                "frontdesk_cut_off{why=\"refused\"} 1",
            ]
        );
    }
}
