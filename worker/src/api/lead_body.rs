//! What a lead is created or replaced with, as the document describes it: the table of fields says it all.

use lead_core::field::{AuthorityLevel, FIELDS, Field, Kind};
use lead_core::submission::EDITABLE;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The members of a lead that callers send.
pub(crate) struct LeadBody;

/// Those that the API wants besides what forms want (spec L3).
const ATTRIBUTION: [&str; 2] = ["lead_source", "campaign"];

impl PartialSchema for LeadBody {
    fn schema() -> RefOr<Schema> {
        let own = FIELDS.iter().filter(|field| !field.name.starts_with("utm_"));
        let object = own.fold(ObjectBuilder::new(), |object, field| {
            let object = object.property(field.name, described(field));
            if field.required || ATTRIBUTION.contains(&field.name) { object.required(field.name) } else { object }
        });
        object.into()
    }
}

impl ToSchema for LeadBody {
    fn name() -> Cow<'static, str> {
        "LeadBody".into()
    }
}

/// The members of a lead that an edit writes: what the first visit was caught with is not among them.
pub(crate) struct LeadEdit;

impl PartialSchema for LeadEdit {
    fn schema() -> RefOr<Schema> {
        let flag = || ObjectBuilder::new().schema_type(Type::Boolean).build();
        let own = FIELDS.iter().filter(|field| EDITABLE.contains(&field.name));
        let object = own.fold(ObjectBuilder::new(), |object, field| {
            let object = object.property(field.name, described(field));
            if field.required || ATTRIBUTION.contains(&field.name) { object.required(field.name) } else { object }
        });
        object.property("gdpr_consent", flag()).property("dnd_status", flag()).into()
    }
}

impl ToSchema for LeadEdit {
    fn name() -> Cow<'static, str> {
        "LeadEdit".into()
    }
}

fn described(field: &Field) -> Object {
    match field.kind {
        Kind::Flag => ObjectBuilder::new().schema_type(Type::Boolean).build(),
        Kind::AuthorityLevel => {
            let names = AuthorityLevel::ALL.iter().map(|level| level.as_str());
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
        }
        _ => ObjectBuilder::new().schema_type(Type::String).max_length(Some(usize::from(field.max))).build(),
    }
}
