//! The mail with a link to sign in (spec R5). Neither the link nor its token is stored: both are made again from the mail's id at
//! the moment of handing it over, so whoever reads the outbox cannot sign in with it.

use super::{Mail, MailSecret, Purpose};
use crate::id::Id;
use crate::session::{LINK_MS, Token};
use crate::template::{document, escape};

/// The subject of every such mail.
pub const SUBJECT: &str = "Your link to sign in";

/// The token of the link that this mail carries; `None` in the hardly possible case that too few bytes are usable.
#[must_use]
pub fn token(secret: &MailSecret, mail_id: &Id) -> Option<Token> {
    let mut entropy = [0; 64];
    for (part, half) in entropy.chunks_exact_mut(32).enumerate() {
        half.copy_from_slice(&secret.seal(Purpose::SignIn, mail_id, &[u8::try_from(part).unwrap_or(0)]));
    }
    Token::generate(&entropy)
}

impl Mail {
    /// The mail as it is handed over: with its link. The same mail always gives the same words.
    #[must_use]
    pub fn with_link(&self, secret: &MailSecret, public_url: &str) -> Self {
        let token = token(secret, &self.id);
        let url = token.map(|token| format!("{public_url}/sign-in/{}", token.reveal())).unwrap_or_default();
        let (name, company) =
            (self.to_name.as_deref().unwrap_or_default(), self.from_name.as_deref().unwrap_or_default());
        let minutes = LINK_MS / 60_000;
        let body = format!(
            "<p>Hello {},</p><p>here is your link to sign in to {}. It works once, for {minutes} minutes.</p>\
             <p><a href=\"{}\">Sign in</a></p><p>If you did not ask for it, do nothing.</p>",
            escape(name),
            escape(company),
            escape(&url),
        );
        let body_text = format!(
            "Hello {name},\n\nhere is your link to sign in to {company}. It works once, for {minutes} minutes:\n\n{url}\n\n\
             If you did not ask for it, do nothing.\n"
        );
        Self { body: document(&self.subject, &body), body_text, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn a_token_is_one_mails_and_one_secrets() {
        let secret = MailSecret::new("a secret of more than 32 characters").unwrap();
        let other = MailSecret::new("another secret, of more than 32 characters").unwrap();
        let id = |n| Id::new(Instant::EPOCH, &[n; 10]);
        let of = |secret: &MailSecret, n| token(secret, &id(n)).unwrap().reveal().to_owned();
        assert_eq!(of(&secret, 1), of(&secret, 1));
        assert_ne!(of(&secret, 1), of(&secret, 2));
        assert_ne!(of(&secret, 1), of(&other, 1));
    }
}
