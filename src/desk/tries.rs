//! How often somebody may try to sign in: per name and per address, in bounded memory. Knows no passwords.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use crate::clock::Timestamp;

/// So many tries for one name …
const PER_NAME: u32 = 10;
/// … and so many from one address (an office may share one) …
const PER_ADDRESS: u32 = 40;
/// … within this, counted from the first.
const WITHIN: Duration = Duration::minutes(15);
/// So many names and addresses are remembered.
const KEYS_MAX: usize = 10_000;
/// Longer names are one name to us.
const NAME_MAX: usize = 64;

/// Tries to sign in that are remembered.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<BTreeMap<Key, Tried>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Name(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    count: u32,
    since: Timestamp,
}

impl Tries {
    /// Counts a try before it is made, so that many at once count too.
    ///
    /// # Errors
    /// When it may be tried again.
    pub(super) fn count(&self, name: &str, address: Option<IpAddr>, now: Timestamp) -> Result<(), Timestamp> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = [Some((name_key(name), PER_NAME)), address.map(|address| (address_key(address), PER_ADDRESS))];
        let mut wait = None;
        for (key, max) in keys.into_iter().flatten() {
            make_room(&mut tries, &key, now);
            let tried = tries.entry(key).or_insert(Tried { count: 0, since: now });
            if tried.since + WITHIN <= now {
                *tried = Tried { count: 0, since: now };
            }
            tried.count = tried.count.saturating_add(1);
            if tried.count > max {
                wait = wait.max(Some(tried.since + WITHIN));
            }
        }
        wait.map_or(Ok(()), Err)
    }

    /// Whoever knew the password need not be slowed down, nor the colleagues at the same address.
    pub(super) fn forget(&self, name: &str, address: Option<IpAddr>) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.remove(&name_key(name));
        if let Some(tried) = address.and_then(|address| tries.get_mut(&address_key(address))) {
            tried.count = tried.count.saturating_sub(1);
        }
    }
}

fn name_key(name: &str) -> Key {
    Key::Name(crate::text::fold(name).chars().take(NAME_MAX).collect())
}

/// Whoever has one address of version 6 has a whole /64 of them.
fn address_key(address: IpAddr) -> Key {
    Key::Address(match address {
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        },
        four @ IpAddr::V4(_) => four,
    })
}

fn make_room(tries: &mut BTreeMap<Key, Tried>, key: &Key, now: Timestamp) {
    if tries.len() < KEYS_MAX || tries.contains_key(key) {
        return;
    }
    tries.retain(|_, tried| tried.since + WITHIN > now);
    if tries.len() >= KEYS_MAX {
        let oldest = tries.iter().min_by_key(|(_, tried)| tried.since).map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            tries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::default() + Duration::minutes(minutes)
    }

    #[test]
    fn a_name_may_be_tried_ten_times_in_a_quarter_of_an_hour() {
        let tries = Tries::default();
        for _ in 0..PER_NAME {
            assert_eq!(tries.count("Dana", None, at(0)), Ok(()));
        }
        assert_eq!(tries.count("DANA", None, at(5)), Err(at(15)), "the same name in other letters is the same name");
        assert_eq!(tries.count("Noa", None, at(5)), Ok(()));
        assert_eq!(tries.count("Dana", None, at(15)), Ok(()));
    }

    #[test]
    fn an_address_may_try_many_names_but_not_endlessly() {
        let tries = Tries::default();
        let from = |last: &str| format!("2001:db8::{last}").parse().ok();
        for number in 0..PER_ADDRESS {
            assert_eq!(tries.count(&format!("name {number}"), from("1"), at(0)), Ok(()));
        }
        assert_eq!(tries.count("another", from("2"), at(1)), Err(at(15)), "a neighbour in the /64 is the same writer");
        assert_eq!(tries.count("another", "192.0.2.1".parse().ok(), at(1)), Ok(()));
    }

    #[test]
    fn a_whole_office_can_sign_in_at_once() {
        let tries = Tries::default();
        let office = "192.0.2.1".parse().ok();
        for number in 0..PER_ADDRESS * 2 {
            let name = format!("name {number}");
            assert_eq!(tries.count(&name, office, at(0)), Ok(()));
            tries.forget(&name, office);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let tries = Tries::default();
        for number in 0..KEYS_MAX + 50 {
            let _: Result<(), Timestamp> = tries.count(&format!("name {number}"), None, at(0));
        }
        assert_eq!(tries.0.lock().unwrap().len(), KEYS_MAX);
    }
}
