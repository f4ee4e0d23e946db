//! The logarithm and the exponential in steps that every machine takes alike: what the bot learns must not depend on whose
//! library of functions it was learned with. Square roots, sums and products are the same everywhere already.

use std::f64::consts::{LN_2, SQRT_2};

/// The natural logarithm of a positive number.
pub(super) fn ln(x: f32) -> f32 {
    let bits = f64::from(x).to_bits();
    let exponent = f64::from(u16::try_from(bits >> 52).unwrap_or(0)) - 1023.0;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let (mantissa, exponent) = if mantissa > SQRT_2 { (mantissa / 2.0, exponent + 1.0) } else { (mantissa, exponent) };
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let series = (1..=9_u8).rev().fold(0.0, |sum, term| sum * square + 1.0 / f64::from(2 * term - 1));
    (exponent * LN_2 + 2.0 * t * series) as f32
}

/// The exponential of a number; beyond what a number can hold, the largest or the smallest.
pub(super) fn exp(x: f32) -> f32 {
    let x = f64::from(x.clamp(-87.0, 88.0));
    let twos = (x / LN_2).round();
    let rest = x - twos * LN_2;
    let series = (1..=14_u8).rev().fold(1.0, |sum, term| 1.0 + sum * rest / f64::from(term));
    let scale = f64::from_bits(((twos + 1023.0) as u64) << 52);
    (series * scale) as f32
}

/// Makes odds of scores: the exponential of each less the largest, to within three millionths of it. Gives their sum.
pub(super) fn exp_row(scores: &mut [f32]) -> f32 {
    let largest = scores.iter().fold(f32::MIN, |largest, score| largest.max(*score));
    scores.iter_mut().for_each(|score| *score = exp_below_zero(*score - largest));
    scores.iter().sum()
}

/// The exponential of a number that is not above 0, in steps of which processors take many at once.
fn exp_below_zero(x: f32) -> f32 {
    // The logarithm of 2 in two parts, the first of which has few digits.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.max(-87.0);
    let twos = (x * std::f32::consts::LOG2_E - 0.5) as i32;
    let rest = (x - twos as f32 * LN_2_HIGH) - twos as f32 * LN_2_LOW;
    let series = 1.0
        + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest / 720.0)))));
    f32::from_bits(((twos + 127) as u32) << 23) * series
}

/// A number times itself: `powi` need not be the same everywhere.
pub(super) const fn square(x: f32) -> f32 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_they_are_called() {
        let mut x = 1e-6_f32;
        while x < 1e6 {
            assert!(
                (ln(x) - x.ln()).abs() <= 2.0 * f32::EPSILON * x.ln().abs().max(1.0),
                "ln {x}: {} {}",
                ln(x),
                x.ln()
            );
            x *= 1.013;
        }
        for step in -8_700..8_800_i16 {
            let x = f32::from(step) / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 4.0 * f32::EPSILON, "exp {x}: {} {}", exp(x), x.exp());
        }
        assert_eq!((ln(1.0), exp(0.0)), (0.0, 1.0));
        assert!(exp(f32::INFINITY).is_finite() && exp(f32::NEG_INFINITY) > 0.0);
    }

    #[test]
    fn odds_are_what_they_are_called() {
        for step in -9_000..=0_i16 {
            let x = f32::from(step) / 100.0;
            let mut row = [0.0, x];
            assert!((exp_row(&mut row) - 1.0 - row[1]).abs() < 1e-6);
            let wanted = x.max(-87.0).exp();
            assert!((row[1] / wanted - 1.0).abs() < 3e-6, "{x}: {} {wanted}", row[1]);
        }
        assert_eq!(exp_row(&mut []), 0.0);
        let mut far = [3.0, f32::MIN, f32::NEG_INFINITY];
        assert!(exp_row(&mut far).is_finite());
    }

    #[test]
    fn the_bits_are_always_these() {
        assert_eq!(ln(27_001.0 / 3.0).to_bits(), 0x4111_ae26);
        assert_eq!(exp(-1.7).to_bits(), 0x3e3b_1163);
    }
}
