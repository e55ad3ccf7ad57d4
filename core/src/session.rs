//! Sign-in by a one-time link, and the session that follows.

use crate::access::alphanumerics;
use crate::consent::hex;
use crate::field::EmailAddress;
use crate::time::Instant;
use sha2::{Digest, Sha256};

/// For how long a link can be used, in milliseconds.
pub const LINK_MS: i64 = 15 * 60 * 1000;

/// The same for an address that was asked for often: the longer its links last, the fewer are sent.
pub const LONG_LINK_MS: i64 = 60 * 60 * 1000;

/// From so many links within a day that nobody used, an address was asked for often.
pub const MANY_LINKS: i64 = 6;

/// No further link is sent while so many can still be used for [`LINK_SPARE_MS`] (spec R5): whoever waits for one finds it.
pub const OPEN_LINKS: i64 = 2;

/// What a link that is relied upon must have left, in milliseconds.
pub const LINK_SPARE_MS: i64 = 5 * 60 * 1000;

/// How many companies' links one address gets at once.
pub const LINKS_AT_ONCE: usize = 5;

/// A session's token is replaced once it is so old, in milliseconds.
pub const ROTATE_MS: i64 = 60 * 60 * 1000;

/// For how long the token before still counts once the new one was used, in milliseconds: requests may be under way with it.
pub const GRACE_MS: i64 = 60 * 1000;

/// How long a session lasts at most, in milliseconds.
pub const SESSION_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A session that is not used for so long has ended, in milliseconds, to the hour of a rotation.
pub const IDLE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The cookie that holds a session's token. The prefix binds it to this very host and to a secure origin.
pub const COOKIE: &str = "__Host-session";

/// A random text of 256 bits that a link or a cookie carries. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Reads a token; what is not one is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| Self(text.into()))
    }

    /// A token from random bytes; `None` in the hardly possible case that too few of them are usable.
    #[must_use]
    pub fn generate(entropy: &[u8; 64]) -> Option<Self> {
        Self::parse(&alphanumerics(entropy, 43))
    }

    /// The token itself, for its holder alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The token that takes the place of this one; `None` in the hardly possible case that too few bytes are usable. Whoever
    /// has this token and the stored salt finds it again, so that a lost answer can be given once more; the salt alone tells
    /// nothing. This is the one-step key derivation of NIST SP 800-56C over SHA-256.
    #[must_use]
    pub fn successor(&self, salt: &str) -> Option<Self> {
        let mut entropy = [0; 64];
        for (counter, half) in (1_u32..).zip(entropy.chunks_exact_mut(32)) {
            let digest = Sha256::new().chain_update(counter.to_be_bytes()).chain_update(&self.0).chain_update(salt);
            half.copy_from_slice(&digest.finalize());
        }
        Self::generate(&entropy)
    }

    /// SHA-256 in lower-case hex. The token is random through and through, so a plain hash keeps it.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }
}

/// Under which name the links of an address are counted. Strangers' addresses are asked for too; they are kept in no
/// readable form.
#[must_use]
pub fn address_hash(email: &EmailAddress) -> String {
    hex(&Sha256::digest(email.key().as_bytes()))
}

/// The cookie that remembers where somebody wanted to go, until they have signed in.
pub const NEXT_COOKIE: &str = "__Host-next";

/// Where somebody may be led on signing in: a page of the console and nothing else. Only what stands for itself in an address
/// is let through, so that no browser reads another host out of it.
#[must_use]
pub fn next(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("/console")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~?&=%".contains(&byte);
    let below = rest.is_empty() || rest.starts_with(['/', '?']);
    (below && text.len() <= 500 && !rest.contains("//") && !rest.contains("..") && rest.bytes().all(plain))
        .then_some(text)
}

/// Where somebody wanted to go, in a Cookie header.
#[must_use]
pub fn next_of(cookies: &str) -> Option<String> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == NEXT_COOKIE).find_map(|(_, value)| next(value).map(str::to_owned))
}

/// The Set-Cookie header that remembers it for as long as a link lasts; none forgets it.
#[must_use]
pub fn next_cookie(next: Option<&str>) -> String {
    let seconds = if next.is_some() { LONG_LINK_MS / 1000 } else { 0 };
    format!("{NEXT_COOKIE}={}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax", next.unwrap_or_default())
}

/// The session's token in a Cookie header (RFC 6265).
#[must_use]
pub fn token_of(cookies: &str) -> Option<Token> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).find_map(|(_, value)| Token::parse(value))
}

/// The Set-Cookie header that hands out a token for so many seconds; none of them takes it away.
#[must_use]
pub fn cookie(token: Option<&Token>, seconds: i64) -> String {
    let value = token.map_or("", Token::reveal);
    format!("{COOKIE}={value}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax", seconds.max(0))
}

/// Whether a request that changes something was sent from a page of our own, as the browser tells it. Only requests that
/// a cookie authorises are asked: a key is not sent by itself.
#[must_use]
pub fn is_own(origin: Option<&str>, fetch_site: Option<&str>, own: &str) -> bool {
    match origin {
        Some(origin) => origin == own,
        None => fetch_site == Some("same-origin"),
    }
}

/// A link that was just made, as whoever delivers it needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// Its token's hash.
    pub token_hash: String,
    /// Until when it can be used.
    pub expires_at: Instant,
    /// The person's company.
    pub company: String,
    /// The person.
    pub name: String,
    /// Where it goes.
    pub email: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_header_is_searched_for_the_token() {
        let token = "a".repeat(43);
        let found = |cookies: &str| token_of(cookies).map(|token| token.reveal().to_owned());
        assert_eq!(found(&format!("a=b; {COOKIE}={token}; c=d")), Some(token.clone()));
        assert_eq!(found(&format!("{COOKIE}=short; {COOKIE}={token}")), Some(token.clone()));
        for cookies in ["", "session=1", &format!("x{COOKIE}={token}"), &format!("{COOKIE}={token}x")] {
            assert_eq!(found(cookies), None, "{cookies}");
        }
    }

    #[test]
    fn nobody_is_led_elsewhere_on_signing_in() {
        for own in ["/console", "/console/forms", "/console/forms/0192?days=30&version=2", "/console?x=%2F"] {
            assert_eq!(next(own), Some(own));
            let header = next_cookie(Some(own));
            assert_eq!(next_of(header.split(';').next().unwrap()).as_deref(), Some(own), "{header}");
        }
        let others = [
            "",
            "/",
            "/sign-out",
            "/consoles",
            "https://evil.example/console",
            "//evil.example",
            "/console//evil.example",
        ];
        let odd = [
            "/console/../sign-out",
            "/console\\evil",
            "/console/\r\nx: y",
            "/console/a;b",
            "//evil.example;b",
            "/console/é",
            "/console/a b",
        ];
        for other in others.into_iter().chain(odd) {
            assert_eq!(next(other), None, "{other}");
            // In a header a semicolon ends the value (RFC 6265 4.2.1): what stands before it may be a page of the console.
            let value = other.split(';').next().unwrap();
            assert_eq!(next_of(&format!("{NEXT_COOKIE}={other}")).as_deref(), next(value), "{other}");
        }
        assert!(next_cookie(None).contains("Max-Age=0"));
    }

    #[test]
    fn only_our_own_pages_change_anything_with_a_cookie() {
        let own = "https://crm.example.com";
        let cases = [
            (Some(own), None, true),
            (Some(own), Some("cross-site"), true),
            (Some("https://evil.example"), Some("same-origin"), false),
            (Some("null"), None, false),
            (None, Some("same-origin"), true),
            (None, Some("same-site"), false),
            (None, Some("none"), false),
            (None, None, false),
        ];
        for (origin, site, expected) in cases {
            assert_eq!(is_own(origin, site, own), expected, "{origin:?} {site:?}");
        }
    }

    #[test]
    fn a_successor_is_found_again_with_token_and_salt_alone() {
        let [first, other] = [7, 8].map(|n| Token::generate(&[n; 64]).unwrap());
        let next = |token: &Token, salt| token.successor(salt).unwrap().hash();
        assert_eq!(next(&first, "salt"), next(&first, "salt"));
        assert_ne!(next(&first, "salt"), first.hash());
        assert_ne!(next(&first, "salt"), next(&first, "pepper"));
        assert_ne!(next(&first, "salt"), next(&other, "salt"));
    }

    #[test]
    fn an_address_counts_as_one_however_it_is_written() {
        let hash = |text| address_hash(&EmailAddress::parse(text).unwrap());
        assert_eq!(hash(" Asha@Tidewater-Pumps.com"), hash("asha@tidewater-pumps.com"));
        assert_ne!(hash("asha@tidewater-pumps.com"), hash("ashb@tidewater-pumps.com"));
    }

    #[test]
    fn a_token_shows_itself_to_its_holder_alone() {
        let token = Token::generate(&[7; 64]).unwrap();
        assert_eq!((token.reveal().len(), token.hash().len()), (43, 64));
        assert_eq!(Token::generate(&[255; 64]).map(|token| token.hash()), None);
        assert!(cookie(Some(&token), 60).ends_with("; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"));
        assert!(cookie(None, -5).starts_with("__Host-session=; Path=/; Max-Age=0;"));
    }
}
