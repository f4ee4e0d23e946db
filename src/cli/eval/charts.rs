//! The two curves of the page.

use crate::evaluation::report::Report;
use crate::evaluation::words::percent;
use crate::web::chart::{Chart, Dot};

/// Fewer texts make a dot, but no line: their share says little.
const LINE_MIN: usize = 5;

/// Marks in tenths, each as per cent.
fn tenths(step: usize) -> Vec<(f64, String)> {
    (0..=10_u8).step_by(step).map(|tenth| (f64::from(tenth) / 10.0, format!("{} %", tenth * 10))).collect()
}

/// How probable it said a guess was, and how often such guesses were right.
pub fn reliability(report: &Report) -> String {
    let members: Vec<_> = report.reliability.iter().filter(|bin| bin.n > 0).collect();
    let most = members.iter().map(|bin| bin.n).max().unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "a size in pixels")]
    let size = |n: usize| 2.5 + 5.5 * (n as f64 / most as f64).sqrt();
    let dot = |bin: &&crate::evaluation::figures::Bin| Dot {
        across: bin.probability,
        up: bin.right,
        size: size(bin.n),
        about: format!("{} texts: said {}, right {}", bin.n, percent(bin.probability), percent(bin.right)),
    };
    Chart {
        about: "How probable the bot said its guess was, and how often such guesses were right",
        across: (0..=10_u8).step_by(2).map(|tenth| (f64::from(tenth) / 10.0, (tenth * 10).to_string())).collect(),
        up: tenths(2),
        lines: vec![
            members.iter().filter(|bin| bin.n >= LINE_MIN).map(|bin| (bin.probability, bin.right)).collect(),
            vec![(0.0, 0.0), (1.0, 1.0)],
        ],
        dots: members.iter().map(dot).collect(),
        mark: None,
    }
    .svg()
}

/// What the bot would answer, and how well, if it acted from other probabilities on.
pub fn thresholds(report: &Report) -> String {
    let points = || report.curve.iter();
    let mut lines = vec![
        points().map(|point| (point.threshold, point.answered)).collect(),
        points().filter_map(|point| Some((point.threshold, point.right?))).collect(),
    ];
    if report.out_of_scope.n > 0 {
        lines.push(points().filter_map(|point| Some((point.threshold, point.strays?))).collect());
    }
    Chart {
        about: "What share of messages would be acted on, how many of them rightly, and how many that are not for the bot, \
                by the probability from which on it acts",
        across: (0..=10_u8).step_by(2).map(|tenth| (f64::from(tenth) / 10.0, format!("{:.1}", f64::from(tenth) / 10.0))).collect(),
        up: tenths(2),
        lines,
        dots: Vec::new(),
        mark: Some((report.confident_from, "now".to_owned())),
    }
    .svg()
}
