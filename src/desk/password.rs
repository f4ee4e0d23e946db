//! Passwords: hashed with argon2id away from the threads that serve pages, a few at a time. Keeps none.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// So many are hashed at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// A password has at least so many characters …
const SHORTEST: usize = 10;
/// … and at most so many bytes, so that nobody makes us hash a book.
const LONGEST: usize = 256;

/// Hashes and compares.
#[derive(Debug)]
pub(super) struct Passwords {
    places: Arc<Semaphore>,
    nobody: Arc<OnceLock<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), nobody: Arc::new(OnceLock::new()) }
    }
}

impl Passwords {
    /// Whether `password` is the one that was hashed. Where nothing was, it takes just as long and is never the one.
    pub(super) async fn fits(&self, password: String, hashed: Option<String>) -> bool {
        let nobody = Arc::clone(&self.nobody);
        self.with_place(move || {
            let nobody = nobody.get_or_init(|| hash(secret().as_bytes()).unwrap_or_default());
            let known = hashed.is_some();
            let hashed = hashed.unwrap_or_else(|| nobody.clone());
            let fits = PasswordHash::new(&hashed)
                .is_ok_and(|hashed| Argon2::default().verify_password(password.as_bytes(), &hashed).is_ok());
            known && fits && password.len() <= LONGEST
        })
        .await
        .unwrap_or(false)
    }

    /// The hash of a password; `None` when it could not be made.
    pub(super) async fn hash(&self, password: String) -> Option<String> {
        self.with_place(move || hash(password.as_bytes())).await.flatten()
    }

    async fn with_place<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _place = self.places.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

fn hash(password: &[u8]) -> Option<String> {
    Argon2::default().hash_password(password).ok().map(|hash| hash.to_string())
}

/// Why a password cannot be chosen, if so.
pub(super) fn refused(password: &str, again: &str, name: &str) -> Option<String> {
    if password.chars().count() < SHORTEST {
        Some(format!("The password needs at least {SHORTEST} characters. A few words in a row are easy to keep."))
    } else if password.len() > LONGEST {
        Some(format!("The password is longer than {LONGEST} bytes."))
    } else if password != again {
        Some("The two passwords differ.".to_owned())
    } else if crate::text::fold(password).contains(&crate::text::fold(name)) {
        Some("The password may not contain the name.".to_owned())
    } else {
        None
    }
}

/// 256 random bits in hexadecimal: sessions, one-time links, what forms carry.
pub(super) fn secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::Rng::fill(&mut rand::rng(), &mut bytes);
    hex::encode(bytes)
}

/// What is kept of a secret.
pub(super) fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Compares secrets without telling by the time taken how much of them fits.
pub(super) fn same(a: &str, b: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(a.as_bytes(), b.as_bytes()).into()
}
