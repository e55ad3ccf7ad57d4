//! A list of leads as it is asked for: filters, search, order and place, read from a query string's pairs.

use crate::field::{CompanyName, Country, EmailAddress, PersonName, PhoneNumber};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::ValidationStatus;
use crate::page_query::{Order, OwnerFilter, Paging, Parameters};
use crate::policy::{Policy, Stage, Status};

/// What `q` looks for: a lead matches where one of these does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The beginning of an e-mail key.
    pub email: String,
    /// The beginning of a family name's key.
    pub last_name: Option<String>,
    /// The beginning of a company's key.
    pub company: Option<String>,
    /// A whole phone, E.164.
    pub phone: Option<String>,
}

impl Search {
    fn new(text: &str, region: Country) -> Self {
        Self {
            email: text.trim().to_lowercase(),
            last_name: PersonName::parse(text).ok().map(|name| name.key()).filter(|key| !key.is_empty()),
            company: CompanyName::parse(text).ok().map(|name| name.key()).filter(|key| !key.is_empty()),
            phone: PhoneNumber::parse(text, region).ok().map(|phone| phone.e164().to_owned()),
        }
    }
}

/// A list that is asked for. Every filter must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadQuery {
    /// In this status.
    pub status: Option<Status>,
    /// In this stage.
    pub stage: Option<Stage>,
    /// Of this owner.
    pub owner: Option<OwnerFilter>,
    /// From this source; aliases are understood.
    pub source: Option<String>,
    /// Of exactly this campaign.
    pub campaign: Option<String>,
    /// With at least this score.
    pub score_min: Option<i64>,
    /// With at most this score.
    pub score_max: Option<i64>,
    /// With this standing.
    pub validation_status: Option<ValidationStatus>,
    /// That are, or are not, marked as duplicates.
    pub duplicates: Option<bool>,
    /// That match a search.
    pub search: Option<Search>,
    /// Of exactly this e-mail key, converted ones included.
    pub email: Option<String>,
    /// That were converted to this account.
    pub account_id: Option<Id>,
    /// The deleted ones instead of the others.
    pub deleted: bool,
    /// Which part.
    pub paging: Paging,
}

impl LeadQuery {
    /// Reads the pairs of a query string. `region` is the company's country, for phones in `q`.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)], region: Country, policy: &Policy) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let score = |text: &str| text.parse().ok().filter(|score| (0..=100).contains(score));
        let query = Self {
            status: read.take("status", Code::UnknownValue, Status::parse),
            stage: read.take("stage", Code::UnknownValue, Stage::parse),
            owner: read.owner(),
            source: read.take("source", Code::UnknownValue, |text| Some(policy.source_slug(text))),
            campaign: read.take("campaign", Code::UnknownValue, |text| Some(text.trim().to_owned())),
            score_min: read.take("score_min", Code::NotWholeNumber, score),
            score_max: read.take("score_max", Code::NotWholeNumber, score),
            validation_status: read.take("validation_status", Code::UnknownValue, ValidationStatus::parse),
            duplicates: read.flag("duplicates"),
            search: read
                .take("q", Code::Required, |text| Some(Search::new(text, region)).filter(|_| !text.trim().is_empty())),
            email: read.look_up("email", |text| EmailAddress::parse(text).map(|email| email.key().to_owned())),
            account_id: read.take("account_id", Code::UnknownValue, Id::parse),
            deleted: read.flag("deleted").unwrap_or(false),
            paging: Paging::take_with_range(&mut read, Order::NAMES),
        };
        read.close().map(|()| query)
    }
}
