//! Devices on which an agent signed in before: whoever tries many passwords for a name does not shut out its owner there.
//!
//! The device keeps a number and a signature made with the hash of the agent's password: nothing is stored here, one agent's
//! device is a stranger to another's name, and a new password forgets all devices. It opens nothing by itself.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::gate;
use super::password::{same, secret};

/// What browsers call it.
const NAME: &str = "frontdesk-device";
/// A device is known for so long after it was last used to sign in.
const SECONDS: u32 = 180 * 24 * 3600;

/// A cookie that makes this device a known one for whoever has this password.
pub(super) fn cookie(password_hash: &str, is_https: bool) -> Option<String> {
    let number = secret();
    let signature = sign(password_hash, &number)?;
    let secure = if is_https { "; Secure" } else { "" };
    Some(format!("{NAME}={number}.{signature}; Path=/desk; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}"))
}

/// The number of the device, if whoever has this password signed in on it before.
pub(super) fn known(headers: &HeaderMap, password_hash: &str) -> Option<String> {
    let cookie = gate::cookie(headers, NAME)?;
    let (number, signature) = cookie.split_once('.')?;
    same(signature, &sign(password_hash, number)?).then(|| number.to_owned())
}

/// Nobody signs with no password.
fn sign(password_hash: &str, number: &str) -> Option<String> {
    let key = Some(password_hash).filter(|hash| !hash.is_empty())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(b"frontdesk device ");
    mac.update(number.as_bytes());
    Some(hex::encode(mac.finalize().into_bytes()))
}
