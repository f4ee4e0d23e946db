//! The signature on Meta's deliveries (R43): HMAC-SHA256 of the raw body under the app secret. Never looks at the JSON:
//! written again, it is other bytes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that carries the signature.
pub const HEADER: &str = "X-Hub-Signature-256";

const PREFIX: &str = "sha256=";

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureProblem {
    /// There is no signature.
    Missing,
    /// It is not `sha256=` and 64 hexadecimal digits.
    Malformed,
    /// It was made with another secret, or for other bytes.
    Wrong,
}

impl std::fmt::Display for SignatureProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "the delivery has no `X-Hub-Signature-256`; only Meta can post here",
            Self::Malformed => "the `X-Hub-Signature-256` is not `sha256=` and 64 hexadecimal digits",
            Self::Wrong => "the signature does not fit; is the app secret the one of this app?",
        })
    }
}

impl std::error::Error for SignatureProblem {}

/// Checks the header's value against the body as it came over the wire, in constant time.
///
/// # Errors
/// The delivery must be refused (401 or 403) and not be looked at.
pub fn verify(secret: &[u8], header: Option<&str>, body: &[u8]) -> Result<(), SignatureProblem> {
    let digest = read(header.ok_or(SignatureProblem::Missing)?)?;
    let fits = mac(secret, body).is_some_and(|mac| mac.verify_slice(&digest).is_ok());
    if fits { Ok(()) } else { Err(SignatureProblem::Wrong) }
}

/// The header's value for a body: what Meta would send, for whoever stands in for it.
#[must_use]
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    let digest = mac(secret, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("{PREFIX}{}", digest.unwrap_or_default())
}

fn read(header: &str) -> Result<[u8; 32], SignatureProblem> {
    let digits = header.strip_prefix(PREFIX).ok_or(SignatureProblem::Malformed)?;
    let mut digest = [0; 32];
    hex::decode_to_slice(digits, &mut digest).map_err(|_| SignatureProblem::Malformed)?;
    Ok(digest)
}

/// `None` cannot happen: HMAC takes keys of every length. An empty secret is refused, for everybody knows it.
fn mac(secret: &[u8], body: &[u8]) -> Option<Hmac<Sha256>> {
    if secret.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(body);
    Some(mac)
}
