//! How often somebody may try to sign in, in bounded memory. Knows no passwords.
//!
//! A stranger's tries count for their address, for the name, and for both together: who guesses from one address is stopped
//! for that name there, and everybody else goes on; who guesses from many is stopped by the name. A device on which the
//! name's owner signed in before has tries of its own, so that no stranger can use them up.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use crate::clock::Timestamp;

/// So many tries on a known device …
const PER_DEVICE: u32 = 10;
/// … so many for one name from one address …
const PER_PLACE: u32 = 10;
/// … so many for one name from all addresses …
const PER_NAME: u32 = 100;
/// … and so many from one address (an office may share one) …
const PER_ADDRESS: u32 = 40;
/// … within this, counted from the first.
const WITHIN: Duration = Duration::minutes(15);
/// So much is remembered.
const KEYS_MAX: usize = 10_000;
/// Longer names are one name to us.
const NAME_MAX: usize = 64;

/// Tries to sign in that are remembered.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<BTreeMap<Key, Tried>>);

/// Who tries.
#[derive(Debug, Clone)]
pub(super) struct Who {
    keys: Vec<(Key, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Device(String),
    Place(String, Option<IpAddr>),
    Name(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    count: u32,
    since: Timestamp,
}

impl Who {
    /// Somebody at a device on which the owner of the name signed in before.
    pub(super) fn known(device: String) -> Self {
        Self { keys: vec![(Key::Device(device), PER_DEVICE)] }
    }

    /// Anybody else.
    pub(super) fn stranger(name: &str, address: Option<IpAddr>) -> Self {
        let name: String = crate::text::fold(name).chars().take(NAME_MAX).collect();
        let address = address.map(network);
        let mut keys = vec![(Key::Place(name.clone(), address), PER_PLACE), (Key::Name(name), PER_NAME)];
        keys.extend(address.map(|address| (Key::Address(address), PER_ADDRESS)));
        Self { keys }
    }
}

impl Tries {
    /// Counts a try before it is made, so that many at once count too.
    ///
    /// # Errors
    /// When it may be tried again.
    pub(super) fn count(&self, who: &Who, now: Timestamp) -> Result<(), Timestamp> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, max) in &who.keys {
            // Tries that were refused use up nothing that is shared with others.
            let tried = tries.get(key).filter(|tried| tried.since + WITHIN > now);
            if let Some(full) = tried.filter(|tried| tried.count >= *max) {
                return Err(full.since + WITHIN);
            }
        }
        for (key, _) in &who.keys {
            make_room(&mut tries, key, now);
            let tried = tries.entry(key.clone()).or_insert(Tried { count: 0, since: now });
            if tried.since + WITHIN <= now {
                *tried = Tried { count: 0, since: now };
            }
            tried.count = tried.count.saturating_add(1);
        }
        Ok(())
    }

    /// Whoever knew the password need not be slowed down, nor the colleagues at the same address.
    pub(super) fn forget(&self, who: &Who) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in &who.keys {
            match key {
                Key::Device(_) | Key::Place(..) => drop(tries.remove(key)),
                Key::Name(_) | Key::Address(_) => {
                    if let Some(tried) = tries.get_mut(key) {
                        tried.count = tried.count.saturating_sub(1);
                    }
                }
            }
        }
    }
}

/// Whoever has one address of version 6 has a whole /64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        },
        four @ IpAddr::V4(_) => four,
    }
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

    fn from(address: &str) -> Option<IpAddr> {
        address.parse().ok()
    }

    #[test]
    fn a_name_may_be_tried_ten_times_from_one_address_in_a_quarter_of_an_hour() {
        let tries = Tries::default();
        let dana = |address| Who::stranger("Dana", from(address));
        for _ in 0..PER_PLACE {
            assert_eq!(tries.count(&dana("192.0.2.1"), at(0)), Ok(()));
        }
        let loud = Who::stranger("DANA", from("192.0.2.1"));
        assert_eq!(tries.count(&loud, at(5)), Err(at(15)), "the same name in other letters is the same name");
        assert_eq!(tries.count(&dana("192.0.2.2"), at(5)), Ok(()), "she herself is somewhere else");
        assert_eq!(tries.count(&Who::stranger("Noa", from("192.0.2.1")), at(5)), Ok(()));
        assert_eq!(tries.count(&dana("192.0.2.1"), at(15)), Ok(()));
    }

    #[test]
    fn who_guesses_a_name_from_everywhere_is_stopped_but_not_a_device_that_is_known() {
        let tries = Tries::default();
        for number in 0..PER_NAME {
            assert_eq!(tries.count(&Who::stranger("Dana", from(&format!("192.0.2.{number}"))), at(0)), Ok(()));
        }
        assert_eq!(tries.count(&Who::stranger("Dana", from("198.51.100.1")), at(1)), Err(at(15)));
        let known = Who::known("0123".to_owned());
        for _ in 0..PER_DEVICE {
            assert_eq!(tries.count(&known, at(1)), Ok(()));
        }
        assert_eq!(tries.count(&known, at(2)), Err(at(16)), "it may have been stolen");
    }

    #[test]
    fn an_address_may_try_many_names_but_not_endlessly() {
        let tries = Tries::default();
        let named = |name: &str, last: &str| Who::stranger(name, from(&format!("2001:db8::{last}")));
        for number in 0..PER_ADDRESS {
            assert_eq!(tries.count(&named(&format!("name {number}"), "1"), at(0)), Ok(()));
        }
        assert_eq!(
            tries.count(&named("another", "2"), at(1)),
            Err(at(15)),
            "a neighbour in the /64 is the same writer"
        );
        assert_eq!(tries.count(&Who::stranger("another", from("192.0.2.1")), at(1)), Ok(()));
    }

    #[test]
    fn a_whole_office_can_sign_in_at_once() {
        let tries = Tries::default();
        for number in 0..PER_ADDRESS * 2 {
            let who = Who::stranger(&format!("name {number}"), from("192.0.2.1"));
            assert_eq!(tries.count(&who, at(0)), Ok(()));
            tries.forget(&who);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let tries = Tries::default();
        for number in 0..KEYS_MAX + 50 {
            let _: Result<(), Timestamp> = tries.count(&Who::stranger(&format!("name {number}"), None), at(0));
        }
        assert_eq!(tries.0.lock().unwrap().len(), KEYS_MAX);
    }
}
