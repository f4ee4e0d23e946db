//! Which hosts a lookup may call: the operator's list. A host that is not on it is never resolved or connected to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use reqwest::Url;

use crate::text::is_private_address;

/// One entry of the operator's list: `api.example.com`, `api.example.com:8443`, `*.example.com`, `10.0.0.5:8080`,
/// `[fd00::5]:8080`. Without a port it allows the ordinary ones, 80 and 443.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRule {
    host: Pattern,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// This name, in lower case.
    Name(String),
    /// Every name that ends with this (`.example.com`); not `example.com` itself.
    Below(String),
    /// This address.
    Address(IpAddr),
}

/// An entry that is no host rule.
#[derive(Debug, PartialEq, Eq)]
pub struct HostRuleProblem(String);

impl HostRuleProblem {
    /// What is wrong.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.0
    }

    /// What to write instead.
    #[must_use]
    pub const fn way_out(&self) -> &'static str {
        "write `api.example.com`, `api.example.com:8443`, `*.example.com` or `10.0.0.5:8080`"
    }
}

impl fmt::Display for HostRuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why(), self.way_out())
    }
}

impl std::error::Error for HostRuleProblem {}

impl HostRule {
    /// Reads a list with commas between its entries. Every entry that is wrong gives a problem.
    ///
    /// # Errors
    /// At least one entry is no host rule.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, Vec<HostRuleProblem>> {
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match entry.parse() {
                Ok(rule) => rules.push(rule),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    }

    fn allows(&self, host: &str, port: u16) -> bool {
        let named = match &self.host {
            Pattern::Name(name) => host == name,
            Pattern::Below(end) => host.len() > end.len() && host.ends_with(end),
            Pattern::Address(address) => bare(host).parse() == Ok(*address),
        };
        named && self.allows_port(port)
    }

    fn allows_port(&self, port: u16) -> bool {
        self.port.map_or(matches!(port, 80 | 443), |only| only == port)
    }

    /// Whether this rule lets `host` lead to the private address `address`: it lists one of the two itself.
    fn allows_private(&self, host: &str, port: u16, address: IpAddr) -> bool {
        match &self.host {
            Pattern::Name(_) => self.allows(host, port),
            Pattern::Address(listed) => *listed == address.to_canonical() && self.allows_port(port),
            Pattern::Below(_) => false,
        }
    }
}

impl FromStr for HostRule {
    type Err = HostRuleProblem;

    fn from_str(entry: &str) -> Result<Self, HostRuleProblem> {
        let problem = |why: &str| HostRuleProblem(format!("`{entry}` {why}"));
        if entry.contains(['/', '@', '?', '#']) {
            return Err(problem("is more than a host"));
        }
        if let Ok(address) = bare(entry).parse::<IpAddr>() {
            return Ok(Self { host: Pattern::Address(address.to_canonical()), port: None });
        }
        if let Ok(socket) = entry.parse::<SocketAddr>() {
            return Ok(Self { host: Pattern::Address(socket.ip().to_canonical()), port: Some(socket.port()) });
        }
        let (name, port) = match entry.split_once(':') {
            None => (entry, None),
            Some((name, port)) => {
                let port = port.parse().ok().filter(|port| *port != 0);
                (name, Some(port.ok_or_else(|| problem("has a port that is no number from 1 to 65535"))?))
            }
        };
        let name = name.to_ascii_lowercase();
        let host = match name.strip_prefix("*.") {
            Some(rest) if is_name(rest) && rest.contains('.') => Pattern::Below(format!(".{rest}")),
            Some(rest) if is_name(rest) => return Err(problem("allows a whole top-level domain")),
            None if is_name(&name) => Pattern::Name(name),
            _ => return Err(problem("is no host")),
        };
        Ok(Self { host, port })
    }
}

/// A DNS name of letters, digits, dashes and underscores; names in other scripts in their `xn--` form. Digits and dots
/// alone are no name: they would be a mistyped address.
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let digits = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    name.len() <= 253 && !digits && name.split('.').all(label)
}

/// An address without the brackets of IPv6.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

/// A host that may be called, and the rules that say at which addresses.
#[derive(Debug, Clone)]
pub(super) struct Allowed {
    /// The host as in the address, in lower case.
    pub(super) host: String,
    /// The port that is called.
    pub(super) port: u16,
    rules: Vec<HostRule>,
}

impl Allowed {
    /// Looks the address's host up in the operator's list; an address written out is checked at once.
    pub(super) fn check(url: &Url, rules: &[HostRule]) -> Result<Self, String> {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err("the address has no host".to_owned());
        };
        if !rules.iter().any(|rule| rule.allows(host, port)) {
            let ordinary = url.port().is_none();
            let entry = if ordinary { host.to_owned() } else { format!("{host}:{port}") };
            return Err(format!("`{entry}` may not be called: the operator can add it to FRONTDESK_LOOKUP_HOSTS"));
        }
        let allowed = Self { host: host.to_owned(), port, rules: rules.to_vec() };
        match bare(host).parse() {
            Ok(address) if !allowed.permits(address) => Err(allowed.refusal()),
            _ => Ok(allowed),
        }
    }

    /// Whether the host may be called at this address.
    pub(super) fn permits(&self, address: IpAddr) -> bool {
        !is_private_address(address)
            || self.rules.iter().any(|rule| rule.allows_private(&self.host, self.port, address))
    }

    /// Why it is not called at a private address.
    pub(super) fn refusal(&self) -> String {
        format!(
            "`{}` leads to a private address: the operator must list the host or the address itself in FRONTDESK_LOOKUP_HOSTS",
            self.host
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rule: &str, address: &str) -> bool {
        let url = Url::parse(address).unwrap();
        Allowed::check(&url, &HostRule::parse_list(rule).unwrap()).is_ok()
    }

    #[test]
    fn a_rule_allows_its_hosts_on_its_ports() {
        assert!(allows("api.example.com", "https://API.example.com/x"));
        assert!(allows("api.example.com", "http://api.example.com/"));
        assert!(!allows("api.example.com", "https://api.example.com:8443/"));
        assert!(allows("API.Example.com:8443", "https://api.example.com:8443/"));
        assert!(!allows("api.example.com:8443", "https://api.example.com/"));
        assert!(allows("*.example.com", "https://a.b.example.com/"));
        assert!(!allows("*.example.com", "https://example.com/"));
        assert!(!allows("*.example.com", "https://badexample.com/"));
        assert!(allows("a.example, 93.184.215.14", "https://93.184.215.14/"));
        assert!(allows("[2606:4700::1]:8080", "http://[2606:4700::1]:8080/"));
    }

    #[test]
    fn an_address_is_recognised_however_it_is_written() {
        assert!(allows("127.0.0.1", "http://2130706433/"));
        assert!(allows("127.0.0.1", "http://0x7f.1/"));
        assert!(!allows("127.0.0.1", "http://[::ffff:127.0.0.1]/"));
        assert!(!allows("localhost", "http://127.0.0.1/"));
    }

    #[test]
    fn what_is_no_rule_says_so() {
        let problems = HostRule::parse_list(
            "https://a.example/, *.com, a.example:0, a.example:http, a..b, 10.0.0, *, user@a.example, ok.example",
        )
        .unwrap_err();
        let whys: Vec<&str> = problems.iter().map(HostRuleProblem::why).collect();
        assert_eq!(
            whys,
            [
                "`https://a.example/` is more than a host",
                "`*.com` allows a whole top-level domain",
                "`a.example:0` has a port that is no number from 1 to 65535",
                "`a.example:http` has a port that is no number from 1 to 65535",
                "`a..b` is no host",
                "`10.0.0` is no host",
                "`*` is no host",
                "`user@a.example` is more than a host",
            ]
        );
        assert_eq!(HostRule::parse_list(" , "), Ok(Vec::new()));
    }
}
