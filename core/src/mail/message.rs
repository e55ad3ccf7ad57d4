//! A mail as a message of its own (RFC 5322, MIME): plain text and HTML beside each other, headers that hold one line each.

use super::Mail;
use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};

impl Mail {
    /// The headers by which a mail program unsubscribes with one click (RFC 2369, RFC 8058); none for mails that are no
    /// marketing.
    #[must_use]
    pub fn leaving(&self) -> Vec<(&'static str, String)> {
        let url =
            self.unsubscribe_url.as_deref().filter(|url| !url.chars().any(|sign| sign.is_control() || sign == '>'));
        url.map_or_else(Vec::new, |url| {
            vec![
                ("List-Unsubscribe", format!("<{url}>")),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ]
        })
    }

    /// The whole message. The same mail always gives the same bytes.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let domain = self.from_address.rsplit('@').next().unwrap_or_default();
        let boundary = format!("=_{}", self.id);
        let parts = vec![
            MimePart::new(text("text/plain"), BodyPart::Text(self.body_text.as_str().into())),
            MimePart::new(text("text/html"), BodyPart::Text(self.body.as_str().into())),
        ];
        let alternatives = ContentType::new("multipart/alternative").attribute("boundary", boundary);
        let mut message = MessageBuilder::new()
            .message_id(format!("{}@{domain}", self.id))
            .date(Date::new(self.created_at.ms().div_euclid(1000)))
            .from(address(self.from_name.as_deref(), &self.from_address))
            .to(address(self.to_name.as_deref(), &self.to_address))
            .subject(line(&self.subject));
        if let Some(reply) = &self.reply_address {
            message = message.reply_to(address(None, reply));
        }
        for (name, value) in self.leaving() {
            message = message.header(name, HeaderType::Raw(Raw::new(value)));
        }
        let mut out = Vec::new();
        message.body(MimePart::new(alternatives, BodyPart::Multipart(parts))).serialize(&mut out);
        out
    }
}

fn text(kind: &'static str) -> ContentType<'static> {
    ContentType::new(kind).attribute("charset", "utf-8")
}

fn address<'a>(name: Option<&str>, address: &'a str) -> Address<'a> {
    Address::new_address(name.map(line), address)
}

/// One line, whatever was handed in. What looks like a word that is encoded already (RFC 2047) would be read as what it
/// encodes: a mark that nobody sees stands between its first two signs.
pub(super) fn line(text: &str) -> String {
    let line: String = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    line.replace("=?", "=\u{200b}?")
}
