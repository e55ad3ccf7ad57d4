//! Accounts: the companies that are or may become customers (spec B1).

use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::{CompanyDomain, CompanyName, EmailAddress, Gstin, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::Lead;
use crate::money::{Currency, Money};
use crate::policy::named;
use crate::stored;
use crate::time::Instant;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

named! {
    /// What a company is to us (seed, Step 1.2).
    AccountType {
        /// Buys.
        Customer = "customer",
        /// May buy.
        Prospect = "prospect",
        /// Sells with us.
        Partner = "partner",
    }
}

named! {
    /// How well it goes with the company (seed, Step 1.2).
    HealthScore {
        /// Well.
        Green = "green",
        /// Needs a look.
        Yellow = "yellow",
        /// In danger.
        Red = "red",
        /// Lost, or not to be served.
        Black = "black",
    }
}

named! {
    /// How far the company has come with us (seed, Step 1.2).
    LifecycleStage {
        /// Marketing has qualified it.
        Mqa = "MQA",
        /// Sales has qualified it.
        Sqa = "SQA",
        /// It buys.
        Customer = "Customer",
        /// It bought once.
        Churned = "Churned",
    }
}

/// What callers may send of an account, and what is shown of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountValues {
    /// The company's name.
    pub name: CompanyName,
    /// What it is to us; `prospect` unless given.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub account_type: AccountType,
    /// The domain of its e-mail addresses. Leads from it are known to belong here.
    pub domain: Option<CompanyDomain>,
    /// Its trade.
    pub industry: Option<Text<100>>,
    /// How many people it has, in the words of whoever wrote it: `51-200`.
    pub company_size: Option<Text<50>>,
    /// What it takes in a year: a decimal in major units of the company's currency, a number or a text.
    #[serde(deserialize_with = "stored_money")]
    pub annual_revenue: Option<Money>,
    /// Its tax number in India.
    pub gstin: Option<Gstin>,
    /// How well it goes; `green` unless given.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub health_score: HealthScore,
    /// How far it has come; unless given `Customer` for a customer and `MQA` for others.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub lifecycle_stage: LifecycleStage,
    /// Whether anybody works with it; true unless given.
    #[serde(deserialize_with = "stored::flag")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub is_active: bool,
}

/// The body of a creation or a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountBody {
    /// Its values.
    #[serde(flatten)]
    pub values: AccountValues,
    /// Who looks after it: managers and admins may say. Without it the owner stays, and a new account is its creator's.
    pub account_owner_id: Option<Id>,
}

/// An account, every field of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The account's id.
    pub id: Id,
    /// Whose account.
    pub company_id: Id,
    /// Its values.
    #[serde(flatten)]
    pub values: AccountValues,
    /// The currency of its amounts: the company's.
    pub currency: Currency,
    /// Who looks after it; nobody is seen by managers and admins.
    pub account_owner_id: Option<Id>,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// Members that only the system sets.
const READ_ONLY: &[&str] = &["id", "company_id", "currency", "created_at", "updated_at", "deleted_at", "version"];

impl AccountBody {
    /// Reads a body's members. `currency` is the company's.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, currency: Currency) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let name = reader.required("name", CompanyName::parse);
        let account_type = reader.choice("account_type", AccountType::parse).unwrap_or(AccountType::Prospect);
        let begins_as =
            if account_type == AccountType::Customer { LifecycleStage::Customer } else { LifecycleStage::Mqa };
        let domain = reader.optional("domain", CompanyDomain::parse);
        let industry = reader.optional("industry", Text::parse);
        let company_size = reader.optional("company_size", Text::parse);
        let annual_revenue = match reader.take("annual_revenue") {
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(value) => reader.judge("annual_revenue", Money::read(&value, currency)),
            None => None,
        };
        let gstin = reader.optional("gstin", Gstin::parse);
        let health_score = reader.choice("health_score", HealthScore::parse).unwrap_or(HealthScore::Green);
        let lifecycle_stage = reader.choice("lifecycle_stage", LifecycleStage::parse).unwrap_or(begins_as);
        let is_active = read_flag(&mut reader, "is_active").unwrap_or(true);
        let account_owner_id = reader.id("account_owner_id");
        reader.close(READ_ONLY)?;
        let Some(name) = name else { return Err(Vec::new()) };
        let values = AccountValues {
            name,
            account_type,
            domain,
            industry,
            company_size,
            annual_revenue,
            gstin,
            health_score,
            lifecycle_stage,
            is_active,
        };
        Ok(Self { values, account_owner_id })
    }
}

impl Account {
    /// The account that a lead becomes (spec C2; seed, Step 6.1).
    ///
    /// # Errors
    /// A value of the lead is not what a lead can hold.
    pub fn of_lead(id: Id, lead: &Lead, currency: Currency, now: Instant) -> Result<Self, Code> {
        let values = AccountValues {
            name: CompanyName::parse(&lead.company_name)?,
            account_type: AccountType::Prospect,
            domain: CompanyDomain::of(&EmailAddress::parse(&lead.email)?),
            industry: lead.industry.as_deref().map(Text::parse).transpose()?,
            company_size: None,
            annual_revenue: None,
            gstin: None,
            health_score: HealthScore::Green,
            lifecycle_stage: LifecycleStage::Sqa,
            is_active: true,
        };
        Ok(Self {
            id,
            company_id: lead.company_id.clone(),
            values,
            currency,
            account_owner_id: lead.lead_owner_id.clone(),
            stamp: Stamp::new(now),
        })
    }

    /// Its columns, the key for matching (spec N3) among them.
    #[must_use]
    pub fn columns(&self) -> Map<String, Value> {
        let mut columns = stored::row(self);
        columns.insert("annual_revenue".into(), self.values.annual_revenue.map(Money::minor).into());
        columns.insert("company_key".into(), self.values.name.key().into());
        columns
    }
}

/// A truth value that may be missing.
pub(crate) fn read_flag(reader: &mut Reader, name: &str) -> Option<bool> {
    let read = match reader.take(name)? {
        Value::Bool(flag) => Ok(flag),
        _ => Err(Code::NotBoolean),
    };
    reader.judge(name, read)
}

/// Money as the store reads it: a text with the JSON array of minor units and currency, or NULL.
fn stored_money<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Money>, D::Error> {
    let Some((minor, currency)) = stored::json_or_null::<D, (i64, Currency)>(from)? else { return Ok(None) };
    Money::from_minor(minor, currency).map(Some).ok_or_else(|| D::Error::custom("an amount was expected"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inr() -> Currency {
        Currency::parse("INR").unwrap()
    }

    fn parse(body: &Value) -> Result<AccountBody, Vec<(String, &'static str)>> {
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        let flat = |errors: Vec<Invalid>| errors.into_iter().map(|error| (error.pointer, error.code)).collect();
        AccountBody::parse(members, inr()).map_err(flat)
    }

    #[test]
    fn a_name_is_enough() {
        let values = parse(&json!({ "name": "Tidewater Pumps" })).unwrap().values;
        assert_eq!(values.account_type, AccountType::Prospect);
        assert_eq!(values.lifecycle_stage, LifecycleStage::Mqa);
        assert_eq!(values.health_score, HealthScore::Green);
        assert!(values.is_active);
        let customer = parse(&json!({ "name": "A", "account_type": "customer" })).unwrap().values;
        assert_eq!(customer.lifecycle_stage, LifecycleStage::Customer);
    }

    #[test]
    fn every_error_is_told() {
        let body = json!({
            "account_type": "Customer", "domain": "gmail.com", "annual_revenue": 1.005, "gstin": "27AAPFU0939F1ZW",
            "health_score": "blue", "lifecycle_stage": "mqa", "is_active": "yes", "account_owner_id": "me",
            "version": 3, "colour": "red",
        });
        let expected = [
            ("/name", "required"),
            ("/account_type", "unknown_value"),
            ("/domain", "free_mail_domain"),
            ("/annual_revenue", "not_amount"),
            ("/gstin", "not_gstin"),
            ("/health_score", "unknown_value"),
            ("/lifecycle_stage", "unknown_value"),
            ("/is_active", "not_boolean"),
            ("/account_owner_id", "not_id"),
            ("/colour", "unknown_member"),
            ("/version", "read_only_member"),
        ];
        let mut errors = parse(&body).unwrap_err();
        errors[9..].sort();
        assert_eq!(errors, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn a_row_reads_back_as_the_account_it_was_made_of() {
        let body = json!({ "name": "Tidewater Pumps Pvt Ltd", "annual_revenue": "12500000.50", "is_active": false });
        let now = Instant::from_ms(1_700_000_000_000).unwrap();
        let id = |n| Id::new(now, &[n; 10]);
        let AccountBody { values, .. } = parse(&body).unwrap();
        let account = Account {
            id: id(1),
            company_id: id(2),
            values,
            currency: inr(),
            account_owner_id: Some(id(3)),
            stamp: Stamp::new(now),
        };
        let mut columns = account.columns();
        assert_eq!(columns["annual_revenue"], 1_250_000_050);
        assert_eq!(columns["company_key"], "tidewater pumps");
        assert_eq!(json!(account)["annual_revenue"], 12_500_000.5);
        columns.insert("annual_revenue".into(), "[1250000050,\"INR\"]".into());
        assert_eq!(serde_json::from_value::<Account>(columns.into()).unwrap(), account);
    }
}
