//! The address the server listens at, and what to do when it cannot be had.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::cli::CouldNotRun;

/// Begins to listen; from here on connections wait to be served.
///
/// # Errors
/// The address cannot be had; why, and the way out.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CouldNotRun> {
    TcpListener::bind(address).await.map_err(|error| CouldNotRun(refused(address, error.kind(), &error.to_string())))
}

fn refused(address: SocketAddr, kind: ErrorKind, said: &str) -> String {
    let (host, port) = (shown(address.ip()), address.port());
    match kind {
        ErrorKind::AddrInUse => {
            let other = if port == u16::MAX { port - 1 } else { port + 1 };
            format!(
                "port {port} is in use, perhaps by another `frontdesk serve`; end that program, or choose another port: \
                 `frontdesk serve --listen {host}:{other}` (port 0 takes any that is free)"
            )
        }
        ErrorKind::PermissionDenied => format!(
            "this user may not listen on port {port}; choose one from 1024 up: `frontdesk serve --listen {host}:8080`"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "this machine has no address {host}; write 127.0.0.1 to be reached from this machine only, or 0.0.0.0 from others too"
        ),
        _ => format!("cannot listen on {address}: {said}; choose another address with `--listen ADDRESS:PORT`"),
    }
}

fn shown(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Where this machine reaches the server: an address that means "all of mine" is none to go to.
#[must_use]
pub const fn reached_at(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_has_a_way_out() {
        let at = |address: &str| address.parse::<SocketAddr>().unwrap();
        for (address, kind, expected) in [
            ("127.0.0.1:8080", ErrorKind::AddrInUse, "--listen 127.0.0.1:8081`"),
            ("[::1]:65535", ErrorKind::AddrInUse, "--listen [::1]:65534`"),
            ("0.0.0.0:80", ErrorKind::PermissionDenied, "--listen 0.0.0.0:8080`"),
            ("10.9.9.9:80", ErrorKind::AddrNotAvailable, "no address 10.9.9.9"),
            ("10.9.9.9:80", ErrorKind::Other, "broken"),
        ] {
            let words = refused(at(address), kind, "broken");
            assert!(words.contains(expected), "{words}");
        }
    }

    #[test]
    fn an_address_that_means_all_is_reached_at_this_machine() {
        for (bound, reached) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.168.0.7:80", "192.168.0.7:80")]
        {
            assert_eq!(reached_at(bound.parse().unwrap()).to_string(), reached);
        }
    }
}
