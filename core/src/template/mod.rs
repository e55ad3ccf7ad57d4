//! Templates of mails: text with named values, checked when they are saved, escaped by where each value stands (spec E4).
//!
//! `{{lead.first_name}}` or `{{lead.first_name|"there"}}`; a value that a lead need not have wants the second form.

mod html;
mod render;
mod scan;

pub use render::{Letter, Rendered};
pub(crate) use render::{document, escape};

use crate::invalid::{Code, Invalid};
use crate::policy::named;
use html::Markup;
use scan::Scanned;
use std::borrow::Cow;
use std::collections::BTreeMap;

named! {
    /// A value that a template may name.
    ValueName {
        /// The person's given name.
        FirstName = "lead.first_name",
        /// The person's family name.
        LastName = "lead.last_name",
        /// The company the person works for.
        LeadCompany = "lead.company_name",
        /// The person's address.
        Email = "lead.email",
        /// The person's job.
        JobTitle = "lead.job_title",
        /// ISO 3166-1 alpha-2.
        Country = "lead.country",
        /// State or province.
        State = "lead.state",
        /// The trade of the person's company.
        Industry = "lead.industry",
        /// What the person is interested in.
        InterestProduct = "lead.interest_product",
        /// The name of the company that writes.
        CompanyName = "company.name",
        /// Where that company resides.
        PostalAddress = "company.postal_address",
        /// The name of the lead's owner.
        OwnerName = "owner.name",
        /// The owner's address.
        OwnerEmail = "owner.email",
        /// Where the person unsubscribes.
        UnsubscribeUrl = "unsubscribe_url",
    }
}

impl ValueName {
    /// Whether every lead that is mailed has it.
    #[must_use]
    pub fn is_certain(self) -> bool {
        use ValueName::{CompanyName, Country, Email, FirstName, LastName, LeadCompany, PostalAddress, UnsubscribeUrl};
        matches!(
            self,
            FirstName | LastName | LeadCompany | Email | Country | CompanyName | PostalAddress | UnsubscribeUrl
        )
    }
}

/// The values of one mail; what is absent or blank gives way to the template's word for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<ValueName, String>);

impl Values {
    /// Adds a value in one line: control characters and line ends become blanks, controls of the writing direction go, since
    /// one that nothing ends turns what follows.
    #[must_use]
    pub fn with(mut self, name: ValueName, value: Option<&str>) -> Self {
        let turns = |sign: &char| matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let signs = value.unwrap_or_default().chars().filter(|sign| !turns(sign));
        let clean: String = signs.map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() {
            self.0.insert(name, line);
        }
        self
    }

    fn get(&self, name: ValueName) -> Option<&str> {
        self.0.get(&name).map(String::as_str)
    }
}

/// The three templates of a mail, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    subject: Scanned,
    body: Markup,
    body_text: Scanned,
}

/// The longest subject, in characters; the seed's.
pub const MAX_SUBJECT: u16 = 500;

/// The longest body, in characters. Mail programs cut longer mails.
pub const MAX_BODY: u16 = 60_000;

impl Templates {
    /// Reads the templates of a mail.
    ///
    /// # Errors
    /// Everything that is wrong: the pointer names the template below `at` (`/steps/0` gives `/steps/0/body`), the detail
    /// the line and column.
    pub fn parse(at: &str, subject: &str, body: &str, body_text: &str) -> Result<Self, Vec<Invalid>> {
        let mut refused = Vec::new();
        let mut part = |name: &str, text: &str, most: u16| {
            let (scanned, faults) = scan::scan(text);
            let pointer = format!("{at}/{name}");
            if text.trim().is_empty() {
                refused.push(Invalid::at(pointer.as_str(), Code::Required));
            }
            if text.chars().count() > usize::from(most) {
                refused.push(Invalid::at(pointer.as_str(), Code::TooLong(most)));
            }
            refused.extend(faults.iter().map(|fault| fault.refusal(&pointer, text)));
            scanned
        };
        let (line, source) = (part("subject", subject, MAX_SUBJECT), part("body", body, MAX_BODY));
        let plain = part("body_text", body_text, MAX_BODY);
        if subject.chars().any(char::is_control) {
            refused.push(Invalid::at(format!("{at}/subject"), Code::ControlCharacter));
        }
        let (markup, faults) = html::read(source);
        refused.extend(faults.iter().map(|fault| fault.refusal(&format!("{at}/body"), body)));
        if refused.is_empty() { Ok(Self { subject: line, body: markup, body_text: plain }) } else { Err(refused) }
    }
}

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// In bytes of the source.
    offset: usize,
    code: Code,
    words: Cow<'static, str>,
}

impl Fault {
    fn new(offset: usize, code: Code, words: impl Into<Cow<'static, str>>) -> Self {
        Self { offset, code, words: words.into() }
    }

    fn refusal(&self, pointer: &str, source: &str) -> Invalid {
        let before = source.get(..self.offset).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        let detail = format!("Line {line}, column {column}: {}.", self.words);
        Invalid::told(pointer, self.code, detail)
    }
}

#[cfg(test)]
mod tests;
