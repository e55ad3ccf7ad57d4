//! Keyed hashes: signed links that cannot be made up, and addresses that are kept without being kept (spec E4, R3).

use crate::consent::hex;
use crate::id::Id;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The secret that signs links and hashes addresses; 32 characters at least. It comes from the environment only.
#[derive(Clone)]
pub struct MailSecret(Vec<u8>);

/// What a seal is for: a seal for one purpose is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A link of a mail.
    Link,
    /// An address in the list of those who are never mailed.
    Suppression,
    /// A mail domain that is counted for a cap.
    Cap,
    /// When a form was shown.
    FormToken,
    /// A puzzle for a visitor's browser.
    FormChallenge,
    /// The token of a link to sign in; of the mail's id, not a company's.
    SignIn,
}

impl MailSecret {
    /// The shortest secret, in bytes.
    const LEAST: usize = 32;

    /// The secret as the environment holds it; `None` where it is too short to keep anything.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (text.len() >= Self::LEAST).then(|| Self(text.as_bytes().to_vec()))
    }

    /// HMAC-SHA-256 of these bytes for a purpose of a company.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, company_id: &Id, bytes: &[u8]) -> [u8; 32] {
        self.mac(purpose, company_id, bytes).map_or([0; 32], |mac| mac.finalize().into_bytes().into())
    }

    /// Whether `seal` begins the seal of these bytes; it takes as long whatever differs. A seal of fewer than 16 bytes is
    /// none.
    #[must_use]
    pub fn is_sealed(&self, purpose: Purpose, company_id: &Id, bytes: &[u8], seal: &[u8]) -> bool {
        let mac = self.mac(purpose, company_id, bytes).filter(|_| seal.len() >= 16);
        mac.is_some_and(|mac| mac.verify_truncated_left(seal).is_ok())
    }

    fn mac(&self, purpose: Purpose, company_id: &Id, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        let word: &[u8] = match purpose {
            Purpose::Link => b"link",
            Purpose::Suppression => b"suppression",
            Purpose::Cap => b"cap",
            Purpose::FormToken => b"form token",
            Purpose::FormChallenge => b"form challenge",
            Purpose::SignIn => b"sign_in",
        };
        // Of fixed length or without a zero byte, each part ends where the next begins.
        let parts = [word, b"\0", company_id.as_str().as_bytes(), b"\0", bytes];
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        parts.into_iter().for_each(|part| mac.update(part));
        Some(mac)
    }

    /// The seal in lower-case hex, as it is stored.
    #[must_use]
    pub fn seal_hex(&self, purpose: Purpose, company_id: &Id, text: &str) -> String {
        hex(&self.seal(purpose, company_id, text.as_bytes()))
    }
}

impl std::fmt::Debug for MailSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn a_seal_is_for_one_purpose_of_one_company() {
        let secret = MailSecret::new("a secret of more than 32 characters").unwrap();
        let id = |n| Id::new(Instant::EPOCH, &[n; 10]);
        let of = |purpose, n| secret.seal_hex(purpose, &id(n), "ada@example.com");
        assert_eq!(of(Purpose::Link, 1), of(Purpose::Link, 1));
        assert_ne!(of(Purpose::Link, 1), of(Purpose::Suppression, 1));
        assert_ne!(of(Purpose::Link, 1), of(Purpose::Link, 2));
        assert!(MailSecret::new("short").is_none());
        let seal = secret.seal(Purpose::Link, &id(1), b"a");
        assert!(secret.is_sealed(Purpose::Link, &id(1), b"a", &seal[..16]));
        assert!(!secret.is_sealed(Purpose::Link, &id(1), b"b", &seal[..16]));
        assert!(!secret.is_sealed(Purpose::Link, &id(1), b"a", &seal[..15]), "too short to be one");
        assert!(!secret.is_sealed(Purpose::Link, &id(1), b"a", &[]));
    }
}
