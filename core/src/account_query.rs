//! Lists of accounts and of contacts as they are asked for: filters, search, sort and cursor, as for leads.

use crate::account::{AccountType, HealthScore, LifecycleStage};
use crate::field::{AuthorityLevel, CompanyName, Country, EmailAddress, FullName, PhoneNumber};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead_query::{Cursor, MAX_LIMIT, OwnerFilter, Parameters};
use crate::policy::named;
use crate::time::Instant;

named! {
    /// In which order a list comes; the id breaks ties.
    Order {
        /// Oldest first.
        CreatedUp = "created_at",
        /// Newest first.
        CreatedDown = "-created_at",
        /// Longest unchanged first.
        UpdatedUp = "updated_at",
        /// Last changed first.
        UpdatedDown = "-updated_at",
    }
}

impl Order {
    /// Whether it goes from high to low.
    #[must_use]
    pub fn is_descending(self) -> bool {
        matches!(self, Self::CreatedDown | Self::UpdatedDown)
    }

    /// Whether it goes by the last change, else by the id.
    #[must_use]
    pub fn is_by_change(self) -> bool {
        matches!(self, Self::UpdatedUp | Self::UpdatedDown)
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Paging {
    /// Made at or after this instant.
    pub created_from: Option<Instant>,
    /// Made before this instant.
    pub created_to: Option<Instant>,
    /// Changed at or after this instant.
    pub updated_since: Option<Instant>,
    /// In which order.
    pub order: Order,
    /// At most so many, 1 to 200.
    pub limit: u8,
    /// Behind this place.
    pub cursor: Option<Cursor>,
}

impl Paging {
    fn read(read: &mut Parameters) -> Self {
        let updated_since = read.take("updated_since", Code::NotDateTime, Instant::parse);
        let default = if updated_since.is_some() { Order::UpdatedUp } else { Order::CreatedDown };
        let order = read.take("sort", Code::UnknownValue, Order::parse).unwrap_or(default);
        let limit = |text: &str| text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        Self {
            created_from: read.take("created_from", Code::NotDateTime, Instant::parse),
            created_to: read.take("created_to", Code::NotDateTime, Instant::parse),
            updated_since,
            order,
            limit: read
                .take("limit", Code::NotWholeNumber, limit)
                .and_then(|limit| u8::try_from(limit).ok())
                .unwrap_or(50),
            cursor: read.take("cursor", Code::CursorInvalid, |text| Cursor::parse(text, order)),
        }
    }
}

/// What `q` looks for among accounts: one matches where one of these does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSearch {
    /// The beginning of a domain.
    pub domain: String,
    /// The beginning of a name's key.
    pub name: Option<String>,
}

/// A list of accounts. Every filter must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountQuery {
    /// Of this owner.
    pub owner: Option<OwnerFilter>,
    /// Of this type.
    pub account_type: Option<AccountType>,
    /// In this stage.
    pub lifecycle_stage: Option<LifecycleStage>,
    /// In this health.
    pub health_score: Option<HealthScore>,
    /// In exactly this trade.
    pub industry: Option<String>,
    /// Active or not.
    pub is_active: Option<bool>,
    /// That match a search.
    pub search: Option<AccountSearch>,
    /// Which part.
    pub paging: Paging,
}

impl AccountQuery {
    /// Reads the pairs of a query string. Without `sort` the newest come first; with `updated_since` the longest
    /// unchanged, so that paging follows the changes.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self {
            owner: read.take("owner", Code::UnknownValue, read_owner),
            account_type: read.take("account_type", Code::UnknownValue, AccountType::parse),
            lifecycle_stage: read.take("lifecycle_stage", Code::UnknownValue, LifecycleStage::parse),
            health_score: read.take("health_score", Code::UnknownValue, HealthScore::parse),
            industry: read.take("industry", Code::UnknownValue, |text| Some(text.trim().to_owned())),
            is_active: read.take("is_active", Code::NotBoolean, |text| text.parse().ok()),
            search: read.take("q", Code::Required, |text| {
                let name = CompanyName::parse(text).ok()?.key();
                Some(AccountSearch {
                    domain: text.trim().to_lowercase(),
                    name: Some(name).filter(|key| !key.is_empty()),
                })
            }),
            paging: Paging::read(&mut read),
        };
        read.close().map(|()| query)
    }
}

/// What `q` looks for among contacts: one matches where one of these does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSearch {
    /// The beginning of an e-mail key.
    pub email: String,
    /// The beginning of a name's key.
    pub name: Option<String>,
    /// A whole phone, E.164.
    pub phone: Option<String>,
}

/// A list of contacts. Every filter must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactQuery {
    /// Of this account.
    pub account_id: Option<Id>,
    /// With this say in a purchase.
    pub role: Option<AuthorityLevel>,
    /// With exactly this address, by its key.
    pub email: Option<String>,
    /// Primary contacts, or the others.
    pub is_primary_contact: Option<bool>,
    /// That match a search.
    pub search: Option<ContactSearch>,
    /// Which part.
    pub paging: Paging,
}

impl ContactQuery {
    /// Reads the pairs of a query string. `region` is the company's country, for phones in `q`.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)], region: Country) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self {
            account_id: read.take("account_id", Code::NotId, Id::parse),
            role: read.take("role", Code::UnknownValue, |text| AuthorityLevel::parse(text).ok()),
            email: read
                .take("email", Code::UnknownValue, |text| Some(EmailAddress::parse(text).ok()?.key().to_owned())),
            is_primary_contact: read.take("is_primary_contact", Code::NotBoolean, |text| text.parse().ok()),
            search: read.take("q", Code::Required, |text| ContactSearch::new(text, region)),
            paging: Paging::read(&mut read),
        };
        read.close().map(|()| query)
    }
}

impl ContactSearch {
    fn new(text: &str, region: Country) -> Option<Self> {
        let email = Some(text.trim().to_lowercase()).filter(|text| !text.is_empty())?;
        let name = FullName::parse(text).ok().map(|name| name.key()).filter(|key| !key.is_empty());
        let phone = PhoneNumber::parse(text, region).ok().map(|phone| phone.e164().to_owned());
        Some(Self { email, name, phone })
    }
}

fn read_owner(text: &str) -> Option<OwnerFilter> {
    match text {
        "none" => Some(OwnerFilter::Nobody),
        id => Id::parse(id).map(OwnerFilter::Of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn refused_parameters_are_all_told() {
        let told = |result: Result<(), Vec<Invalid>>| -> Vec<(String, &'static str)> {
            result.unwrap_err().into_iter().map(|error| (error.pointer, error.code)).collect()
        };
        let asked = pairs(&[
            ("lifecycle_stage", "sqa"),
            ("is_active", "1"),
            ("sort", "name"),
            ("limit", "0"),
            ("cursor", "created_at.0.x"),
            ("q", " "),
            ("page", "2"),
        ]);
        let expected = [
            ("?lifecycle_stage", "unknown_value"),
            ("?is_active", "not_boolean"),
            ("?q", "required"),
            ("?sort", "unknown_value"),
            ("?limit", "not_whole_number"),
            ("?cursor", "cursor_invalid"),
            ("?page", "unknown_member"),
        ];
        assert_eq!(told(AccountQuery::parse(&asked).map(drop)), expected.map(|(name, code)| (name.to_owned(), code)));
        let asked = pairs(&[("account_id", "1"), ("role", "boss"), ("email", "asha"), ("owner", "none")]);
        let expected = [
            ("?account_id", "not_id"),
            ("?role", "unknown_value"),
            ("?email", "unknown_value"),
            ("?owner", "unknown_member"),
        ];
        let found = told(ContactQuery::parse(&asked, Country::INDIA).map(drop));
        assert_eq!(found, expected.map(|(name, code)| (name.to_owned(), code)));
    }

    #[test]
    fn a_cursor_belongs_to_its_order() {
        let id = Id::new(Instant::from_ms(1_700_000_000_000).unwrap(), &[7; 10]);
        let cursor = Cursor { key: 5, id };
        let text = cursor.to_text(Order::UpdatedUp);
        let query = AccountQuery::parse(&pairs(&[("sort", "updated_at"), ("cursor", &text)])).unwrap();
        assert_eq!(query.paging.cursor, Some(cursor));
        assert!(AccountQuery::parse(&pairs(&[("sort", "-updated_at"), ("cursor", &text)])).is_err());
    }
}
