//! What an editor can offer: the types, what only some of them have, and the lead's own members that a form may ask for.

use super::content::FieldType;
use super::field::fits;
use crate::field::FIELDS;
use serde::Serialize;

/// What a form may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The types of fields.
    pub types: Vec<TypeOffer>,
    /// The lead's own members.
    pub leads: Vec<LeadOffer>,
}

/// A type of fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeOffer {
    /// The type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Those members that not every type has, and this one does.
    pub members: &'static [&'static str],
}

/// A member of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeadOffer {
    /// Its name.
    pub name: &'static str,
    /// Whether every lead needs it, so that every form must ask for it (spec L2).
    pub required: bool,
    /// The types that fit it.
    pub types: Vec<FieldType>,
}

impl Offer {
    /// All of it.
    #[must_use]
    pub fn all() -> Self {
        let types = || FieldType::ALL.iter().copied();
        let leads = FIELDS.iter().map(|lead| {
            let fitting = types().filter(|kind| fits(lead, *kind)).collect();
            LeadOffer { name: lead.name, required: lead.required, types: fitting }
        });
        Self { types: types().map(|kind| TypeOffer { kind, members: members(kind) }).collect(), leads: leads.collect() }
    }
}

const fn members(kind: FieldType) -> &'static [&'static str] {
    match kind {
        FieldType::Text | FieldType::LongText => &["max_length", "default", "required"],
        FieldType::Email | FieldType::Phone | FieldType::Country => &["default", "required"],
        FieldType::Number | FieldType::Date => &["min", "max", "default", "required"],
        FieldType::Choice => &["options", "default", "required"],
        FieldType::Choices => &["options", "required"],
        FieldType::Hidden => &["max_length", "default"],
        FieldType::Consent => &["required"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Members;
    use crate::form::{Definition, around};
    use serde_json::{Value, json};

    fn refusals(field: &Value) -> Vec<(String, &'static str)> {
        let step = json!({ "fields": [field["name"]] });
        let definition = around(std::slice::from_ref(field), &[step]);
        let read = Definition::parse(Members::of(definition.as_object().unwrap().clone()));
        let errors = read.err().unwrap_or_default();
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn sample(kind: FieldType, member: &str) -> Value {
        match (kind, member) {
            (_, "options") => json!([{ "value": "a", "label": "A" }]),
            (FieldType::Date, "min" | "max" | "default") => json!("2026-11-23"),
            (FieldType::Email, "default") => json!("ada@example.com"),
            (FieldType::Phone, "default") => json!("+91 98200 12345"),
            (FieldType::Country, "default") => json!("IN"),
            (FieldType::Choice, "default") => json!("a"),
            (FieldType::Number, "default") => json!("5"),
            (_, "min" | "max" | "max_length") => json!(5),
            (_, "required") => json!(true),
            _ => json!("a"),
        }
    }

    #[test]
    fn each_type_takes_the_members_that_are_offered_and_refuses_the_others() {
        for TypeOffer { kind, members } in Offer::all().types {
            for member in ["options", "min", "max", "max_length", "default", "required"] {
                let mut field = json!({ "name": "own", "type": kind, "label": "Own" });
                if members.contains(&"options") {
                    field["options"] = sample(kind, "options");
                }
                field[member] = sample(kind, member);
                let refused = refusals(&field).iter().any(|(_, code)| *code == "not_with_type");
                assert_eq!(refused, !members.contains(&member), "{kind} {member}: {:?}", refusals(&field));
            }
        }
    }

    #[test]
    fn each_lead_member_takes_the_types_that_are_offered_and_refuses_the_others() {
        for LeadOffer { name, required, types } in Offer::all().leads {
            // Those that every form asks stand in the definition already.
            if required {
                assert!(!types.is_empty(), "{name}");
                continue;
            }
            for kind in FieldType::ALL {
                let mut field = json!({ "name": name, "type": kind, "label": "Own" });
                if matches!(kind, FieldType::Choice | FieldType::Choices) {
                    field["options"] = sample(*kind, "options");
                }
                let unfit = refusals(&field).iter().any(|(_, code)| *code == "field_type_unfit");
                assert_eq!(unfit, !types.contains(kind), "{name} {kind}");
            }
        }
    }
}
