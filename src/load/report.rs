//! What came of a load, in numbers and in words. Measures nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::histogram::Histogram;
use super::tally::{Numbers, Second};
use super::{Pace, Plan};

/// What came of a load; its JSON keeps its keys.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The webhook.
    pub target: String,
    /// How customers wrote, in words.
    pub pace: String,
    /// How long messages were sent.
    pub seconds: f64,
    /// How many customers wrote.
    pub customers: usize,
    /// What customers sent.
    pub messages: Messages,
    /// What came to them.
    pub answers: Answers,
    /// Deliveries of statuses, by how long they took.
    pub statuses: Latency,
    /// What was checked.
    pub checks: Checks,
    /// Nothing was lost, doubled or out of order.
    pub passed: bool,
    /// Second by second.
    pub timeline: Vec<Second>,
}

/// Customers' messages.
#[derive(Debug, Clone, Serialize)]
pub struct Messages {
    /// Answered with 200.
    pub accepted: u64,
    /// Of these, a second.
    pub per_second: f64,
    /// Deliveries answered with 5xx or 429 and sent again.
    pub put_off: u64,
    /// Deliveries without a whole answer, sent again.
    pub broken: u64,
    /// Deliveries refused for good, by status.
    pub refused: BTreeMap<u16, u64>,
    /// From when a message should have gone, or went, to its 200.
    pub latency: Latency,
}

/// What the bot sent.
#[derive(Debug, Clone, Serialize)]
pub struct Answers {
    /// Messages to customers.
    pub count: u64,
    /// Of these, a second, to the last of them.
    pub per_second: f64,
    /// Read marks.
    pub marks: u64,
    /// From words to the first answer: with the time in which a bot waits for further words.
    pub after_words: Latency,
    /// From a tap to the first answer.
    pub after_tap: Latency,
}

/// What must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// Messages taken with 200 that were neither marked as read nor answered.
    pub lost: u64,
    /// The same of customers who had been answered before: a person may have taken over. No failure.
    pub silent: u64,
    /// Messages that came twice to a customer.
    pub doubled: u64,
    /// Messages that came to a customer behind a later one.
    pub disordered: u64,
    /// Deliveries that were never taken.
    pub not_taken: u64,
    /// Requests to the receiving end that are about nobody of this run.
    pub strange: u64,
}

/// How long something took, in milliseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Latency {
    /// How often.
    pub count: u64,
    /// Half took no longer.
    pub p50: f64,
    /// Nine of ten took no longer.
    pub p90: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// 999 of 1,000 took no longer.
    pub p999: f64,
    /// The longest.
    pub max: f64,
    /// `[part of all, milliseconds]`, denser towards the slowest.
    pub curve: Vec<(f64, f64)>,
}

impl Latency {
    /// What a histogram says.
    #[must_use]
    pub fn of(histogram: &Histogram) -> Self {
        let count = histogram.count();
        if count == 0 {
            return Self::default();
        }
        let at = |part: f64| millis(histogram.quantile(part));
        // Halving what is left: as far as there is a value of its own.
        let steps = (0..=count.ilog2() * 4).map(|step| 1.0 - 0.5_f64.powf(f64::from(step) / 4.0));
        let curve = steps.map(|part| (part, at(part))).collect();
        Self { count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: millis(histogram.max()), curve }
    }
}

/// How a load goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Since the receiving end began to listen.
    pub seconds: u64,
    /// Messages taken.
    pub accepted: u64,
    /// Messages that came to customers.
    pub answers: u64,
    /// What happened in the last whole second.
    pub last: Second,
    /// Deliveries put off.
    pub put_off: u64,
    /// Messages taken that nothing was done about yet.
    pub open: usize,
    /// The slowest of 100 deliveries, in microseconds.
    pub p99: u64,
}

impl Progress {
    pub(super) fn of(numbers: &Numbers, micros: u64, open: usize) -> Self {
        let seconds = micros / super::tally::SECOND;
        let whole = usize::try_from(seconds.saturating_sub(1)).unwrap_or(usize::MAX);
        Self {
            seconds,
            accepted: numbers.webhook.count(),
            answers: numbers.answers,
            last: numbers.seconds.get(whole).copied().unwrap_or_default(),
            put_off: numbers.put_off,
            open,
            p99: numbers.webhook.quantile(0.99),
        }
    }
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seconds, accepted, answers, last, put_off, open, p99 } = self;
        write!(
            f,
            "{seconds:>4} s  {accepted} taken ({}/s, p99 {})  {answers} answers ({}/s)  {open} open",
            last.accepted,
            shown(millis(*p99)),
            last.answers
        )?;
        if *put_off > 0 { write!(f, "  {put_off} put off") } else { Ok(()) }
    }
}

impl Report {
    /// `sent` is how long messages were sent, `heard` how long something came, both in microseconds.
    pub(super) fn of(plan: &Plan, customers: usize, numbers: &Numbers, sent: u64, heard: u64) -> Self {
        let not_taken = numbers.given_up + numbers.refused.values().sum::<u64>();
        let Numbers { lost, silent, doubled, disordered, strange, .. } = *numbers;
        let checks = Checks { lost, silent, doubled, disordered, not_taken, strange };
        Self {
            target: plan.target.to_string(),
            pace: pace(plan),
            seconds: millis(sent) / 1e3,
            customers,
            messages: Messages {
                accepted: numbers.webhook.count(),
                per_second: a_second(numbers.webhook.count(), sent),
                put_off: numbers.put_off,
                broken: numbers.broken,
                refused: numbers.refused.clone(),
                latency: Latency::of(&numbers.webhook),
            },
            answers: Answers {
                count: numbers.answers,
                per_second: a_second(numbers.answers, heard),
                marks: numbers.marks,
                after_words: Latency::of(&numbers.after_words),
                after_tap: Latency::of(&numbers.after_tap),
            },
            statuses: Latency::of(&numbers.status),
            checks,
            passed: lost + doubled + disordered + not_taken + strange == 0,
            timeline: numbers.seconds.clone(),
        }
    }

    /// What failed, and what else an operator should know, each as a sentence.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let Checks { lost, silent, doubled, disordered, not_taken, strange } = self.checks;
        let mut findings = Vec::new();
        let mut found = |count: u64, what: &str| {
            if count > 0 {
                findings.push(format!("{}: {what}", grouped(count)));
            }
        };
        found(lost, "LOST: taken with 200, and neither marked as read nor answered");
        found(doubled, "DOUBLED: sent twice to a customer, with the same biz_opaque_callback_data");
        found(disordered, "OUT OF ORDER: sent to a customer behind a later message");
        found(not_taken, "NOT TAKEN: refused, or put off until there was no point in sending it again");
        found(
            strange,
            "STRANGE: sent to the receiving end, and about nobody of this run; is another run's queue still full?",
        );
        found(
            silent,
            "silent: not marked as read nor answered, but after an answer; if no person takes over in this bot, try --strict",
        );
        if self.answers.count + self.answers.marks == 0 && self.messages.accepted > 0 {
            findings.push(
                "nothing at all came to the receiving end; start the server with WHATSAPP_API_BASE set to its address"
                    .to_owned(),
            );
        }
        findings
    }

    /// The report for people.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { messages, answers, statuses, customers, .. } = self;
        let mut words = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            words,
            "{} messages of {} customers taken in {:.1} s: {} a second ({})",
            grouped(messages.accepted),
            grouped(u64::try_from(*customers).unwrap_or(u64::MAX)),
            self.seconds,
            whole(messages.per_second),
            self.pace,
        );
        let _ = writeln!(
            words,
            "{} answers came: {} a second; {} read marks; {} statuses told\n",
            grouped(answers.count),
            whole(answers.per_second),
            grouped(answers.marks),
            grouped(statuses.count),
        );
        let _ = writeln!(words, "{:16}{:>10}{:>10}{:>10}{:>10}{:>10}", "", "p50", "p90", "p99", "p99.9", "max");
        for (name, latency) in self.latencies() {
            let Latency { p50, p90, p99, p999, max, .. } = latency;
            let _ = write!(words, "{name:16}");
            for value in [p50, p90, p99, p999, max] {
                let _ = write!(words, "{:>10}", shown(*value));
            }
            words.push('\n');
        }
        let _ = writeln!(words, "\nput off {}, broken off {}", grouped(messages.put_off), grouped(messages.broken));
        for finding in self.findings() {
            let _ = writeln!(words, "{finding}");
        }
        words.push_str(if self.passed { "nothing lost, doubled or out of order\n" } else { "FAILED\n" });
        words
    }

    /// What took time, with a name; only what happened.
    #[must_use]
    pub fn latencies(&self) -> Vec<(&'static str, &Latency)> {
        let all = [
            ("webhook", &self.messages.latency),
            ("words to answer", &self.answers.after_words),
            ("tap to answer", &self.answers.after_tap),
            ("status", &self.statuses),
        ];
        all.into_iter().filter(|(_, latency)| latency.count > 0).collect()
    }
}

fn pace(plan: &Plan) -> String {
    match plan.pace {
        Pace::Conversations { .. } => format!("{} conversations at a time", plan.connections),
        Pace::Flood => format!("{} at a time, without waiting for answers", plan.connections),
        Pace::Rate(rate) => format!("{rate} a second wished for"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and times stay far below 2^52")]
fn a_second(count: u64, micros: u64) -> f64 {
    if micros == 0 { 0.0 } else { (count as f64 * 1e7 / micros as f64).round() / 10.0 }
}

#[expect(clippy::cast_precision_loss, reason = "times stay far below 2^52 microseconds")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}

/// Milliseconds for people.
pub(super) fn shown(millis: f64) -> String {
    match millis {
        _ if millis < 10.0 => format!("{millis:.2} ms"),
        _ if millis < 100.0 => format!("{millis:.1} ms"),
        _ if millis < 1_000.0 => format!("{millis:.0} ms"),
        _ => format!("{:.2} s", millis / 1e3),
    }
}

/// `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A rate for people: whole, unless it is small.
pub(super) fn whole(rate: f64) -> String {
    if rate < 100.0 {
        return format!("{rate:.1}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate, which is not negative")]
    grouped(rate.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.123, 12.34, 123.4, 2_345.0].map(shown),
            ["0.12 ms", "12.3 ms", "123 ms", "2.35 s"].map(str::to_owned)
        );
        assert_eq!([3.21, 12_345.6].map(whole), ["3.2", "12,346"]);
        assert_eq!(a_second(10, 0) + a_second(3, 2_000_000), 1.5);
    }

    #[test]
    fn a_curve_rises_to_the_slowest() {
        let mut histogram = Histogram::default();
        (1..=5_000).for_each(|value| histogram.record(value * 10));
        let latency = Latency::of(&histogram);
        assert!(latency.curve.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(latency.curve.last().unwrap().0 > 0.999);
        assert!(Latency::of(&Histogram::default()).curve.is_empty());
    }
}
