//! How values that are written as a text describe themselves in the OpenAPI document. Derives do the rest.

use crate::field::{
    AuthorityLevel, BudgetRange, CompanyDomain, CompanyName, Country, EmailAddress, FullName, Gstin, LeadSourceText,
    Locale, PersonName, PhoneNumber, Text, TextBlock, Timeline, Website,
};
use crate::id::Id;
use crate::money::{Currency, Money, Total};
use crate::qualify::Answer;
use crate::time::Instant;
use std::borrow::Cow;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A text; the length counts Unicode scalar values.
fn text(format: Option<&str>, max: Option<u16>, example: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(format.map(|format| SchemaFormat::Custom(format.to_owned())))
        .max_length(max.map(usize::from))
        .examples([serde_json::Value::from(example)])
        .build()
}

/// One of these names.
pub(crate) fn choice(names: &[&str]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names.iter().copied())).into()
}

macro_rules! texts {
    ($($name:ident, $format:expr, $max:expr, $example:literal;)*) => {
        $(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    text($format, $max, $example).into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*
    };
}

texts! {
    Id, Some("uuid"), None, "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    Instant, Some("date-time"), None, "2026-11-23T10:00:00.000Z";
    PersonName, None, Some(PersonName::MAX), "Asha";
    FullName, None, Some(FullName::MAX), "Asha Verma";
    CompanyName, None, Some(CompanyName::MAX), "Tidewater Pumps";
    CompanyDomain, None, Some(CompanyDomain::MAX), "tidewater-pumps.com";
    Gstin, None, Some(Gstin::MAX), "27AAPFU0939F1ZV";
    EmailAddress, None, Some(EmailAddress::MAX), "asha@tidewater-pumps.com";
    PhoneNumber, None, Some(PhoneNumber::MAX), "+91 98765 43210";
    Country, None, Some(Country::MAX), "IN";
    LeadSourceText, None, Some(LeadSourceText::MAX), "Google Ads";
    BudgetRange, None, Some(BudgetRange::MAX), "10-20 lakh";
    Timeline, None, Some(Timeline::MAX), "3-6 Months";
    Website, None, Some(255), "https://tidewater-pumps.com";
    Locale, None, Some(Locale::MAX), "en-IN";
    Currency, None, Some(3), "INR";
}

/// A decimal in major units of a currency.
fn decimal() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Number, Type::String]))
        .description(Some("An exact decimal of zero or more in major units; a text where a double would not keep it"))
        .examples([serde_json::Value::from(1250.5), serde_json::Value::from("1250.50")])
        .build()
        .into()
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        decimal()
    }
}

impl ToSchema for Money {}

impl PartialSchema for Total {
    fn schema() -> RefOr<Schema> {
        decimal()
    }
}

impl ToSchema for Total {}

impl PartialSchema for AuthorityLevel {
    fn schema() -> RefOr<Schema> {
        let names = Self::ALL.iter().map(|level| level.as_str());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for AuthorityLevel {}

impl PartialSchema for Answer {
    fn schema() -> RefOr<Schema> {
        let note = || text(None, Some(2000), "CTO signs");
        let explicit = ObjectBuilder::new()
            .property("met", ObjectBuilder::new().schema_type(Type::Boolean))
            .property("note", note())
            .required("met");
        let nothing = ObjectBuilder::new().schema_type(Type::Null);
        OneOfBuilder::new().item(note()).item(explicit).item(nothing).into()
    }
}

impl ToSchema for Answer {}

impl<const MAX: u16> PartialSchema for Text<MAX> {
    fn schema() -> RefOr<Schema> {
        text(None, Some(MAX), "One line of text").into()
    }
}

impl<const MAX: u16> ToSchema for Text<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

impl<const MAX: u16> PartialSchema for TextBlock<MAX> {
    fn schema() -> RefOr<Schema> {
        text(None, Some(MAX), "Several lines of text").into()
    }
}

impl<const MAX: u16> ToSchema for TextBlock<MAX> {
    fn name() -> Cow<'static, str> {
        format!("TextBlock{MAX}").into()
    }
}
