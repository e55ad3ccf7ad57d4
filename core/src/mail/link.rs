//! The signed links of a mail: its pixel, its links, and those that stop mails or confirm a consent (spec E4).
//!
//! A token says which mail it belongs to and what it is for, and ends with a seal. Nobody without the secret makes one, and
//! following one never leads anywhere but where the mail's own links led.

use super::seal::{MailSecret, Purpose};
use crate::id::Id;
use crate::suppression::AddressHash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

/// What a link of a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The pixel that tells of an opening.
    Open,
    /// The link of this place among those of the mail, from 0.
    Click(u16),
    /// Stops mails to the address of this hash: it is known even once the person is erased.
    Unsubscribe(AddressHash),
    /// Confirms the consent that the mail asks for, of whoever has the address of this hash.
    Confirm(AddressHash),
}

/// A token that was opened: its seal is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkToken {
    /// Whose mail.
    pub company_id: Id,
    /// Which mail.
    pub mail_id: Id,
    /// What for.
    pub what: What,
}

/// How many bytes of the seal a token carries: 128 bits.
const SEAL: usize = 16;

/// Company and mail.
const IDS: usize = 32;

impl LinkToken {
    /// The token as it stands in an address: letters, digits, `-` and `_` alone; 66 of them, or 110 to unsubscribe and to confirm.
    #[must_use]
    pub fn seal(secret: &MailSecret, company_id: &Id, mail_id: &Id, what: What) -> String {
        let mut bytes = [company_id.bytes(), mail_id.bytes()].concat();
        match what {
            What::Open => bytes.push(b'o'),
            What::Click(link) => {
                bytes.push(b'c');
                bytes.extend(link.to_be_bytes());
            }
            What::Unsubscribe(address) => {
                bytes.push(b'u');
                bytes.extend(address.bytes());
            }
            What::Confirm(address) => {
                bytes.push(b'y');
                bytes.extend(address.bytes());
            }
        }
        let seal = secret.seal(Purpose::Link, company_id, &bytes);
        bytes.extend(&seal[..SEAL]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; `None` where its seal is not ours.
    #[must_use]
    pub fn open(secret: &MailSecret, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (said, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
        let (ids, what) = said.split_at_checked(IDS)?;
        let (company, mail) = ids.split_at(IDS / 2);
        let company_id = Id::from_bytes(company.try_into().ok()?)?;
        if !secret.is_sealed(Purpose::Link, &company_id, said, seal) {
            return None;
        }
        let what = match what {
            [b'o'] => What::Open,
            [b'c', high, low] => What::Click(u16::from_be_bytes([*high, *low])),
            [b'u', address @ ..] => What::Unsubscribe(AddressHash::from_bytes(address.try_into().ok()?)),
            [b'y', address @ ..] => What::Confirm(AddressHash::from_bytes(address.try_into().ok()?)),
            _ => return None,
        };
        Some(Self { company_id, mail_id: Id::from_bytes(mail.try_into().ok()?)?, what })
    }

    /// The address of a new token below `base`, such as `https://crm.example.com`.
    #[must_use]
    pub fn address(base: &str, secret: &MailSecret, company_id: &Id, mail_id: &Id, what: What) -> String {
        let way = match what {
            What::Open => 'o',
            What::Click(_) => 'c',
            What::Unsubscribe(_) => 'u',
            What::Confirm(_) => 'y',
        };
        format!("{}/m/{way}/{}", base.trim_end_matches('/'), Self::seal(secret, company_id, mail_id, what))
    }
}

/// Where a stored link leads, as a Location header wants it: an http or https address in ASCII, and nothing else.
#[must_use]
pub fn target(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    (["http", "https"].contains(&url.scheme()) && url.has_host()).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use proptest::prelude::*;

    fn secret(text: &str) -> MailSecret {
        MailSecret::new(text).unwrap()
    }

    fn ours() -> MailSecret {
        secret("a secret of more than 32 characters")
    }

    fn id(n: u8) -> Id {
        Id::new(Instant::from_ms(1_795_428_000_000).unwrap(), &[n; 10])
    }

    fn whats() -> [What; 4] {
        let address = AddressHash::from_bytes([9; 32]);
        [What::Open, What::Click(700), What::Unsubscribe(address), What::Confirm(address)]
    }

    #[test]
    fn a_token_says_what_was_sealed() {
        for what in whats() {
            let token = LinkToken::seal(&ours(), &id(1), &id(2), what);
            let opened = LinkToken::open(&ours(), &token).unwrap();
            assert_eq!(opened, LinkToken { company_id: id(1), mail_id: id(2), what });
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
            assert!(token.len() <= 110, "{token}");
            let other = secret("another secret of more than 32 characters");
            assert_eq!(LinkToken::open(&other, &token), None);
        }
        let address = LinkToken::address("https://crm.example.com/", &ours(), &id(1), &id(2), What::Open);
        assert!(address.starts_with("https://crm.example.com/m/o/"), "{address}");
    }

    #[test]
    fn no_other_text_is_a_token() {
        for what in whats() {
            let token = LinkToken::seal(&ours(), &id(1), &id(2), what);
            for at in 0..token.len() {
                let mut text = token.clone().into_bytes();
                text[at] = if text[at] == b'A' { b'B' } else { b'A' };
                assert_eq!(LinkToken::open(&ours(), &String::from_utf8(text).unwrap()), None, "{at} of {token}");
                assert_eq!(LinkToken::open(&ours(), &token[..at]), None);
            }
            for text in [format!("{token}A"), format!("{token}=="), format!(" {token}"), token.replace('A', "+")] {
                assert!(text == token || LinkToken::open(&ours(), &text).is_none(), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_but_a_token_opens(text in "[A-Za-z0-9_-]{0,120}") {
            prop_assert_eq!(LinkToken::open(&ours(), &text), None);
        }
    }

    #[test]
    fn a_link_leads_to_the_web_alone() {
        assert_eq!(target("https://example.com/ä?a=b c").unwrap(), "https://example.com/%C3%A4?a=b%20c");
        let split = target("http://example.com/a\r\nX: y").unwrap();
        assert!(!split.contains(['\r', '\n']), "{split}");
        for wrong in ["javascript:alert(1)", "data:text/html,x", "//example.com", "/path", "mailto:a@b.com", ""] {
            assert_eq!(target(wrong), None, "{wrong}");
        }
    }
}
