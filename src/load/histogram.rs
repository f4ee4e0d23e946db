//! How long things took, counted in classes that are 3 % wide: small whatever the number of values, and percentiles come
//! out of it. Arithmetic only; measures nothing.

/// Each doubling has so many classes.
const STEPS: u64 = 32;
/// The highest class of a 64-bit value.
const CLASSES: usize = 60 * 32;

/// Microseconds, by how often each was seen.
#[derive(Debug, Clone)]
pub struct Histogram {
    classes: Vec<u64>,
    count: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { classes: vec![0; CLASSES], count: 0, max: 0 }
    }
}

impl Histogram {
    /// One more value.
    pub fn record(&mut self, micros: u64) {
        if let Some(class) = self.classes.get_mut(class(micros)) {
            *class += 1;
        }
        self.count += 1;
        self.max = self.max.max(micros);
    }

    /// How many values there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The largest value.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The value that this part of all values does not exceed, in 0 to 1; at most 3 % too large.
    #[must_use]
    pub fn quantile(&self, part: f64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a rank among counted values, which is neither negative nor beyond 2^52"
        )]
        let rank = ((self.count as f64 * part).ceil() as u64).max(1);
        let mut below = 0;
        for (class, count) in self.classes.iter().enumerate() {
            below += count;
            if below >= rank {
                return upper(class).min(self.max);
            }
        }
        self.max
    }
}

fn class(value: u64) -> usize {
    let shift = value.checked_ilog2().unwrap_or(0).saturating_sub(STEPS.ilog2());
    usize::try_from(u64::from(shift) * STEPS + (value >> shift)).unwrap_or(usize::MAX)
}

/// The largest value of a class.
fn upper(class: usize) -> u64 {
    let class = u64::try_from(class).unwrap_or(u64::MAX);
    let shift = (class / STEPS).saturating_sub(1);
    let below = class - shift * STEPS;
    u64::try_from(((u128::from(below) + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_what_lies_up_to_its_upper_end() {
        for value in (0..5_000).chain([1 << 20, (1 << 33) + 12_345, u64::MAX]) {
            let class = class(value);
            assert!(class < CLASSES, "{value}");
            let end = upper(class);
            assert!(end >= value && end - value <= value / 32, "{value} is in a class up to {end}");
            assert!(class == 0 || upper(class - 1) < value);
        }
    }

    #[test]
    fn percentiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.quantile(0.5), histogram.max()), (0, 0), "of nothing");
        (1..=10_000).for_each(|value| histogram.record(value));
        assert_eq!(histogram.count(), 10_000);
        for (part, exact) in [(0.0, 1), (0.5, 5_000), (0.99, 9_900), (1.0, 10_000)] {
            let found = histogram.quantile(part);
            assert!(found >= exact && found <= exact + exact / 32 + 1, "{part}: {found}");
        }
        assert_eq!(histogram.quantile(1.0), 10_000, "nothing is above the largest");
    }
}
