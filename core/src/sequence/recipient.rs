//! Whom a mail is written to, and who writes: the values that its templates name (spec E4).

use crate::mail::Party;
use crate::template::{ValueName, Values};
use serde::Deserialize;

/// A lead as far as mails name it, with its owner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Recipient {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The company the person works for.
    pub company_name: String,
    /// The address as given.
    pub email: String,
    /// The person's job.
    pub job_title: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province.
    pub state: Option<String>,
    /// The company's trade.
    pub industry: Option<String>,
    /// What the person is interested in.
    pub interest_product: Option<String>,
    /// The name of whoever works the lead.
    pub owner_name: Option<String>,
    /// Their address.
    pub owner_email: Option<String>,
}

/// The company that writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Sender {
    /// Its name.
    pub company: String,
    /// Where it resides.
    pub postal_address: Option<String>,
}

impl Recipient {
    /// Somebody who is nobody, for a mail that is tried without a lead.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            first_name: "Ada".to_owned(),
            last_name: "Lovelace".to_owned(),
            company_name: "Analytical Engines".to_owned(),
            email: "ada@example.com".to_owned(),
            job_title: None,
            country: "GB".to_owned(),
            state: None,
            industry: None,
            interest_product: None,
            owner_name: None,
            owner_email: None,
        }
    }

    /// Whom a mail to this person goes to.
    #[must_use]
    pub fn party(&self) -> Party {
        let name = format!("{} {}", self.first_name, self.last_name).trim().to_owned();
        Party { address: self.email.clone(), name: Some(name) }
    }

    /// The values of a mail to this person.
    #[must_use]
    pub fn values(&self, sender: &Sender, unsubscribe_url: Option<&str>) -> Values {
        let values = [
            (ValueName::FirstName, Some(self.first_name.as_str())),
            (ValueName::LastName, Some(&self.last_name)),
            (ValueName::LeadCompany, Some(&self.company_name)),
            (ValueName::Email, Some(&self.email)),
            (ValueName::JobTitle, self.job_title.as_deref()),
            (ValueName::Country, Some(&self.country)),
            (ValueName::State, self.state.as_deref()),
            (ValueName::Industry, self.industry.as_deref()),
            (ValueName::InterestProduct, self.interest_product.as_deref()),
            (ValueName::CompanyName, Some(&sender.company)),
            (ValueName::PostalAddress, sender.postal_address.as_deref()),
            (ValueName::OwnerName, self.owner_name.as_deref()),
            (ValueName::OwnerEmail, self.owner_email.as_deref()),
            (ValueName::UnsubscribeUrl, unsubscribe_url),
        ];
        values.into_iter().fold(Values::default(), |all, (name, value)| all.with(name, value))
    }
}
