//! The report as one HTML file: no script, nothing loaded from anywhere, light or dark as the reader likes it.

use askama::Template;

use super::report::{Latency, Report, grouped, shown, whole};
use super::tally::Second;
use crate::web::asset::STYLE;
use crate::web::chart::{Chart, rounds};

/// A chart has at most so many points.
const POINTS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "load/page.html", config = ".askama.toml")]
struct Page<'a> {
    style: &'a str,
    report: &'a Report,
    seconds: String,
    accepted: String,
    per_second: String,
    answers: String,
    answers_per_second: String,
    customers: String,
    rows: Vec<Row>,
    checks: Vec<Check>,
    findings: Vec<String>,
    throughput: String,
    put_off: bool,
    latency: String,
}

/// A line of the table of latencies.
struct Row {
    name: &'static str,
    count: String,
    values: Vec<String>,
}

/// What was checked, and how often it failed.
struct Check {
    name: &'static str,
    count: u64,
    /// A failure, if it happened.
    fails: bool,
}

/// The page.
///
/// # Errors
/// The template cannot be filled, which is an error of ours.
pub fn page(report: &Report) -> Result<String, String> {
    let check = |name, count, fails| Check { name, count, fails };
    let checks = &report.checks;
    let page = Page {
        style: std::str::from_utf8(STYLE.bytes).unwrap_or_default(),
        report,
        seconds: format!("{:.1}", report.seconds),
        accepted: grouped(report.messages.accepted),
        per_second: whole(report.messages.per_second),
        answers: grouped(report.answers.count),
        answers_per_second: whole(report.answers.per_second),
        customers: grouped(u64::try_from(report.customers).unwrap_or(u64::MAX)),
        rows: report.latencies().into_iter().map(row).collect(),
        checks: vec![
            check("lost", checks.lost, true),
            check("doubled", checks.doubled, true),
            check("out of order", checks.disordered, true),
            check("not taken", checks.not_taken, true),
            check("strange", checks.strange, true),
            check("silent", checks.silent, false),
            check("put off", report.messages.put_off, false),
            check("broken off", report.messages.broken, false),
        ],
        findings: report.findings(),
        throughput: throughput(&report.timeline),
        put_off: report.messages.put_off > 0,
        latency: latency(&report.latencies()),
    };
    page.render().map_err(|error| error.to_string())
}

fn row((name, latency): (&'static str, &Latency)) -> Row {
    let Latency { count, p50, p90, p99, p999, max, .. } = latency;
    Row { name, count: grouped(*count), values: [p50, p90, p99, p999, max].map(|value| shown(*value)).into() }
}

/// Messages and answers a second, over time.
fn throughput(timeline: &[Second]) -> String {
    let width = timeline.len().div_ceil(POINTS_MAX).max(1);
    let means: Vec<[f64; 3]> = timeline.chunks(width).map(mean).collect();
    let most = means.iter().flatten().copied().fold(0.0, f64::max);
    let scale = rounds(most);
    let top = scale.last().copied().unwrap_or(1.0);
    let line = |of: usize| along(&means, |values| values.get(of).copied().unwrap_or_default() / top);
    let put_off = means.iter().any(|[.., put_off]| *put_off > 0.0);
    let lines = if put_off { vec![line(0), line(1), line(2)] } else { vec![line(0), line(1)] };
    let seconds = number(timeline.len());
    let across = rounds(seconds).into_iter().filter(|at| *at <= seconds);
    Chart {
        about: "Messages taken and answers sent a second, over time",
        across: across.map(|at| (at / seconds.max(1.0), format!("{at} s"))).collect(),
        up: scale.iter().map(|value| (value / top, short(*value))).collect(),
        lines,
        ..Chart::default()
    }
    .svg()
}

fn mean(seconds: &[Second]) -> [f64; 3] {
    let sum =
        |of: fn(&Second) -> u64| number(seconds.iter().map(|second| usize::try_from(of(second)).unwrap_or(0)).sum());
    let count = number(seconds.len()).max(1.0);
    [sum(|s| s.accepted) / count, sum(|s| s.answers) / count, sum(|s| s.put_off) / count]
}

fn along<T>(values: &[T], up: impl Fn(&T) -> f64) -> Vec<(f64, f64)> {
    let count = number(values.len()).max(1.0);
    values.iter().enumerate().map(|(at, value)| ((number(at) + 0.5) / count, up(value))).collect()
}

/// How long the fast, the slow and the slowest took: each step to the right is a tenth of the rest, each up ten times as
/// long.
fn latency(latencies: &[(&'static str, &Latency)]) -> String {
    let curves = || latencies.iter().flat_map(|(_, latency)| &latency.curve);
    let logs = || curves().map(|(_, millis)| millis.max(0.001).log10());
    let low = logs().fold(f64::INFINITY, f64::min).floor();
    let high = logs().fold(f64::NEG_INFINITY, f64::max).ceil().max(low + 1.0);
    if !low.is_finite() {
        return String::new();
    }
    let rest = |part: f64| -(1.0 - part).max(1e-9).log10();
    let end = curves().map(|(part, _)| rest(*part)).fold(1.0, f64::max);
    let up = |millis: f64| (millis.max(0.001).log10() - low) / (high - low);
    let across = [(0.5, "50 %"), (0.9, "90"), (0.99, "99"), (0.999, "99.9"), (0.9999, "99.99"), (0.99999, "99.999")];
    let mut powers = vec![low];
    while powers.last().is_some_and(|last| *last < high) {
        powers.push(powers.last().copied().unwrap_or_default() + 1.0);
    }
    Chart {
        about: "How long deliveries and answers took, by the part of all that took no longer",
        across: across
            .iter()
            .map(|(part, words)| (rest(*part) / end, (*words).to_owned()))
            .filter(|(at, _)| *at <= 1.0)
            .collect(),
        up: powers.iter().map(|power| (up(10_f64.powf(*power)), power_of_ten(*power))).collect(),
        lines: latencies
            .iter()
            .map(|(_, latency)| latency.curve.iter().map(|(part, millis)| (rest(*part) / end, up(*millis))).collect())
            .collect(),
        ..Chart::default()
    }
    .svg()
}

fn power_of_ten(power: f64) -> String {
    let millis = 10_f64.powf(power);
    if millis >= 1_000.0 {
        format!("{} s", millis / 1_000.0)
    } else if millis >= 0.9 {
        format!("{} ms", millis.round())
    } else {
        format!("{} µs", (millis * 1_000.0).round())
    }
}

/// A value of a scale, short.
fn short(value: f64) -> String {
    if value >= 1_000.0 { format!("{}k", value / 1_000.0) } else { format!("{}", (value * 100.0).round() / 100.0) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of points and seconds")]
fn number(count: usize) -> f64 {
    count as f64
}
