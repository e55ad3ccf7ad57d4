//! The list of who is never mailed, as people who work here look into it, add to it and take from it (spec E4).

use crate::body::{Members, Reader};
use crate::field::EmailAddress;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Change, Context, Lift, Plan, Suppress};
use crate::problem::Refusal;
use crate::suppression::{AddressHash, Suppression, SuppressionReason};

/// Whose address is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This one.
    Address(EmailAddress),
    /// That of this lead.
    Lead(Id),
}

/// What a body says about an address of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionRequest {
    /// Whose address.
    pub whose: Whose,
    /// By which sequence it is not to be mailed; none means all of the company.
    pub sequence_id: Option<Id>,
}

impl SuppressionRequest {
    /// Reads a body: `email` or `lead_id`, and `sequence_id` where the address is added.
    ///
    /// # Errors
    /// Every refused member; neither of the two, or both.
    pub fn parse(members: Members, adds: bool) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let email = read.optional("email", EmailAddress::parse);
        let lead_id = read.id("lead_id");
        let sequence_id = if adds { read.id("sequence_id") } else { None };
        let whose = match (email, lead_id) {
            (Some(email), None) => Some(Whose::Address(email)),
            (None, Some(lead_id)) => Some(Whose::Lead(lead_id)),
            (Some(_), Some(_)) => {
                read.refuse("lead_id", Code::UnknownMember);
                None
            }
            (None, None) => {
                if !read.refused("email") && !read.refused("lead_id") {
                    read.refuse("email", Code::Required);
                }
                None
            }
        };
        read.close(&[])?;
        whose.map(|whose| Self { whose, sequence_id }).ok_or_else(Vec::new)
    }
}

/// What adding must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownList {
    /// What is written about the address.
    pub rows: Vec<Suppression>,
    /// Whether the sequence that was named is one of the company; true where none was.
    pub has_sequence: bool,
}

/// An address is mailed no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddSuppression {
    /// Which one.
    pub address: AddressHash,
    /// By which sequence; none means all of the company.
    pub sequence_id: Option<Id>,
}

impl AddSuppression {
    /// Decides what is written; a row that stands stays, with its reason.
    ///
    /// # Errors
    /// The company has no such sequence.
    pub fn decide(&self, known: &KnownList, context: &mut Context<'_>) -> Result<Plan<Suppression>, Refusal> {
        if !known.has_sequence {
            return Err(Refusal::Invalid(vec![Invalid::member("sequence_id", Code::UnknownReference)]));
        }
        let sequence_id = self.sequence_id.as_ref();
        if let Some(stands) = known.rows.iter().find(|row| row.sequence_id.as_ref() == sequence_id) {
            return Ok(Plan { changes: Vec::new(), done: stands.clone() });
        }
        let (reason, place) = (SuppressionReason::ByHand, (self.address, sequence_id));
        let suppress = Suppress::over(&known.rows, place, reason, None, context).ok_or(Refusal::NotFound)?;
        let done = Suppression {
            id: suppress.id.clone(),
            address_hash: self.address,
            sequence_id: self.sequence_id.clone(),
            reason,
            mail_id: None,
            created_at: context.now,
        };
        Ok(Plan { changes: vec![Change::Suppress(Box::new(suppress))], done })
    }
}

/// An address may be mailed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftSuppression {
    /// Which row of the list.
    pub id: Id,
}

/// What lifting must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLift {
    /// The row, if it stands.
    pub row: Option<Suppression>,
    /// Whether this very request took it away, its answer being lost.
    pub is_ours: bool,
}

impl LiftSuppression {
    /// Decides what is taken away.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where no row stands; [`Refusal::SuppressionStands`] where a person asked for it.
    pub fn decide(&self, known: &KnownLift, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let Some(row) = &known.row else {
            return if known.is_ours { Ok(Plan { changes: Vec::new(), done: () }) } else { Err(Refusal::NotFound) };
        };
        match row.reason {
            SuppressionReason::ByHand | SuppressionReason::Bounced => {
                Ok(Plan { changes: vec![Change::Lift(Box::new(Lift::of(row, context)))], done: () })
            }
            reason @ (SuppressionReason::Unsubscribed | SuppressionReason::Complained) => {
                Err(Refusal::SuppressionStands { reason })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_body_names_an_address_or_a_lead() {
        let lead = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        let parse = |body: Value| {
            let members = Members::from_json(body.to_string().as_bytes()).unwrap();
            SuppressionRequest::parse(members, true)
                .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code)).collect::<Vec<_>>())
        };
        let refused = |pointer: &str, code| Err(vec![(pointer.to_owned(), code)]);
        let by_lead = parse(json!({ "lead_id": lead, "sequence_id": lead })).unwrap();
        assert_eq!((by_lead.whose, by_lead.sequence_id), (Whose::Lead(Id::parse(lead).unwrap()), Id::parse(lead)));
        assert!(matches!(parse(json!({ "email": " Asha@Example.com" })).unwrap().whose, Whose::Address(_)));
        assert_eq!(parse(json!({})), refused("/email", "required"));
        assert_eq!(parse(json!({ "email": "asha" })), refused("/email", "email_missing_at"));
        assert_eq!(parse(json!({ "lead_id": "x" })), refused("/lead_id", "not_id"));
        assert_eq!(
            parse(json!({ "email": "asha@example.com", "lead_id": lead })),
            refused("/lead_id", "unknown_member")
        );
    }
}
