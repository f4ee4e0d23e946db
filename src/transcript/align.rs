//! Lays what was expected beside what came: as much as possible matches, in order; what is left over between two matches is
//! paired in order, so that a changed message stands beside the one it should have been.

/// More comparisons than this are not worth it: then everything is paired in order.
const WORK_MAX: usize = 250_000;

/// A row: the position of what was expected, the position of what came, either of which may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) expected: Option<usize>,
    pub(super) came: Option<usize>,
    pub(super) matches: bool,
}

/// The rows for so many expected and so many that came.
pub(super) fn align(expected: usize, came: usize, fits: &dyn Fn(usize, usize) -> bool) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let (mut left, mut right) = (0, 0);
    let end = Pair { expected: Some(expected), came: Some(came), matches: false };
    for found in matching(expected, came, fits)
        .into_iter()
        .map(|(l, r)| Pair { expected: Some(l), came: Some(r), matches: true })
        .chain([end])
    {
        let (to_left, to_right) = (found.expected.unwrap_or(expected), found.came.unwrap_or(came));
        while left < to_left || right < to_right {
            let (l, r) = ((left < to_left).then_some(left), (right < to_right).then_some(right));
            pairs.push(Pair { expected: l, came: r, matches: false });
            left += usize::from(l.is_some());
            right += usize::from(r.is_some());
        }
        if found.matches {
            pairs.push(found);
            (left, right) = (to_left + 1, to_right + 1);
        }
    }
    pairs
}

/// The longest sequence of matches in order, the earliest of several.
fn matching(expected: usize, came: usize, fits: &dyn Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    if expected.saturating_mul(came) > WORK_MAX {
        return (0..expected.min(came)).filter(|at| fits(*at, *at)).map(|at| (at, at)).collect();
    }
    let width = came + 1;
    let fit: Vec<bool> = (0..expected).flat_map(|l| (0..came).map(move |r| fits(l, r))).collect();
    let fit = |l: usize, r: usize| fit.get(l * came + r).copied().unwrap_or(false);
    let mut longest = vec![0_usize; (expected + 1) * width];
    let at = |longest: &[usize], l: usize, r: usize| longest.get(l * width + r).copied().unwrap_or(0);
    for l in (0..expected).rev() {
        for r in (0..came).rev() {
            let skipped = at(&longest, l + 1, r).max(at(&longest, l, r + 1));
            let taken = if fit(l, r) { at(&longest, l + 1, r + 1) + 1 } else { 0 };
            if let Some(cell) = longest.get_mut(l * width + r) {
                *cell = skipped.max(taken);
            }
        }
    }
    let (mut l, mut r) = (0, 0);
    let mut found = Vec::new();
    while l < expected && r < came {
        let here = at(&longest, l, r);
        if fit(l, r) && here == at(&longest, l + 1, r + 1) + 1 {
            found.push((l, r));
            (l, r) = (l + 1, r + 1);
        } else if here == at(&longest, l + 1, r) {
            l += 1;
        } else {
            r += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(expected: &str, came: &str) -> String {
        let (e, c): (Vec<char>, Vec<char>) = (expected.chars().collect(), came.chars().collect());
        let show = |at: Option<usize>, of: &[char]| at.map_or('.', |at| of[at]);
        align(e.len(), c.len(), &|l, r| e[l] == c[r])
            .iter()
            .map(|pair| format!("{}{}", show(pair.expected, &e), show(pair.came, &c)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn matches_stand_beside_each_other_and_the_rest_is_paired() {
        assert_eq!(rows("abc", "abc"), "aa bb cc");
        assert_eq!(rows("abc", "axc"), "aa bx cc");
        assert_eq!(rows("ac", "abc"), "aa .b cc");
        assert_eq!(rows("abc", "c"), "a. b. cc");
        assert_eq!(rows("ab", "ba"), "a. bb .a");
        assert_eq!(rows("", "xy"), ".x .y");
        assert_eq!(rows("xy", ""), "x. y.");
    }
}
