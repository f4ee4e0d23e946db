//! The same work on many things, on all cores. The answers stand in the order of the things, whatever the number of cores
//! and whichever was done first. Shares nothing between the things; the work must not care where it is done.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A core takes so many shares of the things, so that one with heavy things does not keep the others waiting.
const SHARES: usize = 16;

/// What `work` makes of each thing, in their order. A panic of the work goes on here.
pub fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    on(cores, things, work)
}

fn on<T: Sync, R: Send>(cores: usize, things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = things.len().div_ceil(cores.max(1) * SHARES).max(1);
    let shares: Vec<&[T]> = things.chunks(share).collect();
    if cores < 2 || shares.len() < 2 {
        return things.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(share) = shares.get(at) else { return done };
            done.push((at, share.iter().map(&work).collect()));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(shares.len())).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            match other.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stand_in_the_order_of_the_things_whatever_the_cores() {
        for count in [0, 1, 2, 31, 1_000] {
            let things: Vec<usize> = (0..count).collect();
            let wanted: Vec<usize> = things.iter().map(|thing| thing * 3).collect();
            for cores in [0, 1, 2, 5, 64] {
                assert_eq!(on(cores, &things, |thing| thing * 3), wanted, "{count} on {cores}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "the seventeenth")]
    fn a_panic_is_not_lost() {
        let things: Vec<usize> = (0..100).collect();
        on(4, &things, |thing| assert_ne!(*thing, 17, "the seventeenth"));
    }
}
