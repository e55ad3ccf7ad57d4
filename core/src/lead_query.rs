//! A list of leads as it is asked for: filters, search, sort and cursor, read from a query string's pairs.

use crate::field::{CompanyName, Country, EmailAddress, PersonName, PhoneNumber};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::ValidationStatus;
use crate::policy::{Policy, Stage, Status, named};
use crate::time::Instant;

named! {
    /// By what a list is sorted.
    SortKey {
        /// When the lead came in.
        CreatedAt = "created_at",
        /// The score.
        LeadScore = "lead_score",
        /// When anything about it last changed.
        UpdatedAt = "updated_at",
    }
}

/// A sort with its direction; the id breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// From high to low, written `-lead_score`.
    pub descending: bool,
}

impl Sort {
    fn parse(text: &str) -> Option<Self> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        SortKey::parse(name).map(|key| Self { key, descending })
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.key)
    }
}

/// Where the next page begins: behind this sort value and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last value of the sort key; 0 where the id alone sorts.
    pub key: i64,
    /// The last id.
    pub id: Id,
}

impl Cursor {
    /// The cursor as callers carry it: opaque to them, bound to its sort.
    #[must_use]
    pub fn to_text(&self, sort: impl std::fmt::Display) -> String {
        format!("{sort}.{}.{}", self.key, self.id)
    }

    pub(crate) fn parse(text: &str, sort: impl std::fmt::Display) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let right = parts.next() == Some(sort.to_string().as_str());
        let key = parts.next()?.parse().ok()?;
        let id = Id::parse(parts.next()?)?;
        right.then_some(Self { key, id })
    }
}

/// Whose leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerFilter {
    /// Those of this person.
    Of(Id),
    /// Those without an owner, written `none`.
    Nobody,
}

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
    /// That came in at or after this instant.
    pub created_from: Option<Instant>,
    /// That came in before this instant.
    pub created_to: Option<Instant>,
    /// With this standing.
    pub validation_status: Option<ValidationStatus>,
    /// That are, or are not, marked as duplicates.
    pub duplicates: Option<bool>,
    /// That changed at or after this instant.
    pub updated_since: Option<Instant>,
    /// That match a search.
    pub search: Option<Search>,
    /// Of exactly this e-mail key, converted ones included.
    pub email: Option<String>,
    /// That were converted to this account.
    pub account_id: Option<Id>,
    /// The deleted ones instead of the others.
    pub deleted: bool,
    /// In which order.
    pub sort: Sort,
    /// At most so many, 1 to 200.
    pub limit: u8,
    /// Behind this place.
    pub cursor: Option<Cursor>,
}

/// The most leads of one page.
pub(crate) const MAX_LIMIT: i64 = 200;

impl LeadQuery {
    /// Reads the pairs of a query string. `region` is the company's country, for phones in `q`.
    ///
    /// Without `sort` the newest come first; with `updated_since` the longest unchanged, so that paging follows the changes.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)], region: Country, policy: &Policy) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let updated_since = read.take("updated_since", Code::NotDateTime, Instant::parse);
        let default = match updated_since {
            Some(_) => Sort { key: SortKey::UpdatedAt, descending: false },
            None => Sort { key: SortKey::CreatedAt, descending: true },
        };
        let sort = read.take("sort", Code::UnknownValue, Sort::parse).unwrap_or(default);
        let score = |text: &str| text.parse().ok().filter(|score| (0..=100).contains(score));
        let query = Self {
            status: read.take("status", Code::UnknownValue, Status::parse),
            stage: read.take("stage", Code::UnknownValue, Stage::parse),
            owner: read.take("owner", Code::UnknownValue, |text| match text {
                "none" => Some(OwnerFilter::Nobody),
                id => Id::parse(id).map(OwnerFilter::Of),
            }),
            source: read.take("source", Code::UnknownValue, |text| Some(policy.source_slug(text))),
            campaign: read.take("campaign", Code::UnknownValue, |text| Some(text.trim().to_owned())),
            score_min: read.take("score_min", Code::NotWholeNumber, score),
            score_max: read.take("score_max", Code::NotWholeNumber, score),
            created_from: read.take("created_from", Code::NotDateTime, Instant::parse),
            created_to: read.take("created_to", Code::NotDateTime, Instant::parse),
            validation_status: read.take("validation_status", Code::UnknownValue, ValidationStatus::parse),
            duplicates: read.take("duplicates", Code::NotBoolean, |text| text.parse().ok()),
            updated_since,
            search: read
                .take("q", Code::Required, |text| Some(Search::new(text, region)).filter(|_| !text.trim().is_empty())),
            email: read.look_up("email", |text| EmailAddress::parse(text).map(|email| email.key().to_owned())),
            account_id: read.take("account_id", Code::UnknownValue, Id::parse),
            deleted: read.take("deleted", Code::NotBoolean, |text| text.parse().ok()).unwrap_or(false),
            sort,
            limit: read
                .take("limit", Code::NotWholeNumber, |text| text.parse().ok().filter(|n| (1..=MAX_LIMIT).contains(n)))
                .and_then(|limit| u8::try_from(limit).ok())
                .unwrap_or(50),
            cursor: read.take("cursor", Code::CursorInvalid, |text| Cursor::parse(text, sort)),
        };
        read.close().map(|()| query)
    }
}

/// A query string being read: each parameter is taken once, and every error is kept.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    errors: Vec<Invalid>,
}

impl Parameters {
    pub(crate) fn new(pairs: &[(String, String)]) -> Self {
        let mut read = Self { pairs: pairs.to_vec(), errors: Vec::new() };
        read.refuse_repeated();
        read
    }

    fn refuse_repeated(&mut self) {
        for at in 1..self.pairs.len() {
            let name = &self.pairs[at].0;
            if self.pairs[..at].iter().any(|(other, _)| other == name) {
                self.errors.push(Invalid::at(format!("?{name}"), Code::DuplicateMember));
            }
        }
    }

    pub(crate) fn take<T>(&mut self, name: &str, code: Code, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.look_up(name, |text| read(text).ok_or(code))
    }

    /// A value whose reader says itself what is wrong with it.
    fn look_up<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Code>) -> Option<T> {
        let at = self.pairs.iter().position(|(other, _)| other == name)?;
        let (_, text) = self.pairs.swap_remove(at);
        self.pairs.retain(|(other, _)| other != name);
        read(&text).map_err(|code| self.errors.push(Invalid::at(format!("?{name}"), code))).ok()
    }

    pub(crate) fn close(mut self) -> Result<(), Vec<Invalid>> {
        let unknown = self.pairs.iter().map(|(name, _)| Invalid::at(format!("?{name}"), Code::UnknownMember));
        self.errors.extend(unknown);
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}
