//! How many connections each caller has open, so that no caller alone takes every place. Serves none of them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::text::is_private_address;

/// The callers that have a connection, and how many each may have.
#[derive(Debug)]
pub struct Callers {
    each: usize,
    open: Mutex<BTreeMap<IpAddr, usize>>,
}

/// A connection of a caller: it counts until it is dropped.
#[derive(Debug)]
pub struct Call {
    callers: Arc<Callers>,
    caller: Option<IpAddr>,
}

impl Callers {
    /// Nobody has a connection yet, and each may have so many.
    pub fn new(each: usize) -> Arc<Self> {
        Arc::new(Self { each, open: Mutex::default() })
    }

    /// A connection from there; `None` if whoever calls has as many as they may have.
    pub fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Call> {
        let caller = caller(peer);
        if let Some(caller) = caller {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.get(&caller).copied().unwrap_or_default();
            if count >= self.each {
                return None;
            }
            open.insert(caller, count + 1);
        }
        Some(Call { callers: Arc::clone(self), caller })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(caller) = self.caller else { return };
        let mut open = self.callers.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&caller) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&caller)),
        }
    }
}

/// Who is counted for an address: of IPv6, the network, for whoever has one address there has them all. `None` where the
/// address is none of the public internet: a proxy may stand there, which calls for many.
fn caller(peer: IpAddr) -> Option<IpAddr> {
    match peer.to_canonical() {
        peer if is_private_address(peer) => None,
        IpAddr::V6(peer) => {
            let [a, b, c, d, ..] = peer.segments();
            Some(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
        }
        peer @ IpAddr::V4(_) => Some(peer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(callers: &Arc<Callers>, peer: &str) -> Option<Call> {
        callers.enter(peer.parse().unwrap())
    }

    #[test]
    fn each_has_so_many_and_has_them_back() {
        let callers = Callers::new(2);
        let one = from(&callers, "8.8.8.8").unwrap();
        let two = from(&callers, "::ffff:8.8.8.8").unwrap();
        assert!(from(&callers, "8.8.8.8").is_none());
        assert!(from(&callers, "8.8.4.4").is_some());
        drop(one);
        let three = from(&callers, "8.8.8.8").unwrap();
        assert!(from(&callers, "8.8.8.8").is_none());
        drop((three, two));
        assert!(callers.open.lock().unwrap().is_empty(), "who is gone is forgotten");
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let callers = Callers::new(1);
        let _one = from(&callers, "2606:4700:0:1::1").unwrap();
        assert!(from(&callers, "2606:4700:0:1:ffff::2").is_none());
        assert!(from(&callers, "2606:4700:0:2::1").is_some());
    }

    #[test]
    fn a_proxy_beside_us_calls_for_many() {
        let callers = Callers::new(1);
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "172.17.0.1", "10.0.0.7", "fd00::1"] {
            let calls: Vec<_> = (0..3).map(|_| from(&callers, peer).unwrap()).collect();
            assert_eq!(calls.len(), 3, "{peer}");
        }
    }
}
