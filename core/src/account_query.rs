//! Lists of accounts and of contacts as they are asked for.

use crate::account::{AccountType, HealthScore, LifecycleStage};
use crate::field::{AuthorityLevel, CompanyName, Country, EmailAddress, FullName, PhoneNumber};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::{Order, OwnerFilter, Paging, Parameters};

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
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self {
            owner: read.owner(),
            account_type: read.take("account_type", Code::UnknownValue, AccountType::parse),
            lifecycle_stage: read.take("lifecycle_stage", Code::UnknownValue, LifecycleStage::parse),
            health_score: read.take("health_score", Code::UnknownValue, HealthScore::parse),
            industry: read.take("industry", Code::UnknownValue, |text| Some(text.trim().to_owned())),
            is_active: read.flag("is_active"),
            search: read.take("q", Code::Required, |text| {
                let name = CompanyName::parse(text).ok()?.key();
                Some(AccountSearch {
                    domain: text.trim().to_lowercase(),
                    name: Some(name).filter(|key| !key.is_empty()),
                })
            }),
            paging: Paging::take_with_range(&mut read, Order::BY_TIME),
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
            is_primary_contact: read.flag("is_primary_contact"),
            search: read.take("q", Code::Required, |text| ContactSearch::new(text, region)),
            paging: Paging::take_with_range(&mut read, Order::BY_TIME),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_query::Cursor;
    use crate::time::Instant;

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
