//! What a caller says about a conversion (spec C1, C2).

use crate::body::{Members, Reader};
use crate::field::{Text, TextBlock};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::money::{Currency, Money};
use crate::time::Instant;
use serde_json::Value;

/// The body of a conversion. Nothing of it is needed.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversionRequest {
    /// What the opportunity is worth: an exact decimal in major units of the company's currency, a number or a text. 0
    /// counts; without an amount no opportunity is made.
    pub opportunity_amount: Option<Money>,
    /// When the opportunity is expected to close, in 90 days unless given. Only with an amount.
    pub close_date: Option<Instant>,
    /// What the opportunity is called, the company's name unless given. Only with an amount.
    pub opportunity_name: Option<Text<255>>,
    /// The account to link, where the caller knows better than the match.
    pub account_id: Option<Id>,
    /// A manager's word that the lead is converted although it does not meet the conditions.
    #[cfg_attr(feature = "openapi", schema(rename = "override"))]
    pub overriding: Option<Override>,
}

/// Why a lead is converted that does not meet the conditions; it is audited.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Override {
    /// The reason.
    pub reason: TextBlock<1000>,
}

impl ConversionRequest {
    /// Reads a body. `currency` is the company's.
    ///
    /// # Errors
    /// Every refused member; `required` at `/opportunity_amount` where only the rest of an opportunity is given.
    pub fn parse(members: Members, currency: Currency) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let opportunity_amount = match reader.take("opportunity_amount") {
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(value) => reader.judge("opportunity_amount", Money::read(&value, currency)),
            None => None,
        };
        let close_date = reader.instant("close_date");
        let opportunity_name = reader.optional("opportunity_name", Text::parse);
        let rest = close_date.is_some() || opportunity_name.is_some();
        if opportunity_amount.is_none() && rest && !reader.refused("opportunity_amount") {
            reader.refuse("opportunity_amount", Code::Required);
        }
        let account_id = reader.id("account_id");
        let reason = reader.object("override", |given| given.required("reason", TextBlock::parse)).flatten();
        reader.close(&[])?;
        let overriding = reason.map(|reason| Override { reason });
        Ok(Self { opportunity_amount, close_date, opportunity_name, account_id, overriding })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &Value) -> Result<ConversionRequest, Vec<(String, &'static str)>> {
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        let flat = |errors: Vec<Invalid>| errors.into_iter().map(|error| (error.pointer, error.code)).collect();
        ConversionRequest::parse(members, Currency::parse("INR").unwrap()).map_err(flat)
    }

    #[test]
    fn amounts_are_exact_and_zero_counts() {
        let minor = |amount: Value| {
            parse(&json!({ "opportunity_amount": amount })).unwrap().opportunity_amount.map(Money::minor)
        };
        assert_eq!(minor(json!(0)), Some(0));
        assert_eq!(minor(json!("125000.50")), Some(12_500_050));
        assert_eq!(minor(json!(125_000.5)), Some(12_500_050));
        assert_eq!(minor(json!("")), None);
        assert_eq!(minor(Value::Null), None);
    }

    #[test]
    fn every_error_is_told() {
        let body = json!({
            "opportunity_amount": "1e3", "close_date": "soon", "account_id": "mine", "override": {}, "deal_value": 3,
        });
        let expected = [
            ("/opportunity_amount", "not_amount"),
            ("/close_date", "not_date_time"),
            ("/account_id", "not_id"),
            ("/override/reason", "required"),
            ("/deal_value", "unknown_member"),
        ];
        assert_eq!(parse(&body).unwrap_err(), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        let alone = json!({ "opportunity_name": "Pumps" });
        assert_eq!(parse(&alone).unwrap_err(), [("/opportunity_amount".to_owned(), "required")]);
        assert_eq!(parse(&json!({ "override": "please" })).unwrap_err(), [("/override".to_owned(), "not_object")]);
        assert_eq!(parse(&json!({})).unwrap().overriding, None);
    }
}
