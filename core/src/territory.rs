//! Territories: parts of the market whose leads go to a pool of their own (spec A1).

use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::{Country, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::stored;
use crate::user::READ_ONLY;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A territory on the wire and in storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Territory {
    /// The territory's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// What can be edited.
    #[serde(flatten)]
    pub values: TerritoryValues,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What can be sent of a territory. A lead belongs to it where each list that is not empty holds the lead's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TerritoryValues {
    /// Its name.
    pub name: Text<200>,
    /// Whose turn it is for its leads.
    pub pool_id: Id,
    /// Territories are asked in this order, then by id; 0 if left out.
    #[serde(default)]
    pub position: u32,
    /// ISO 3166-1 alpha-2; English names are read too.
    #[serde(default, deserialize_with = "stored::json")]
    pub countries: Vec<Country>,
    /// States or provinces, whatever their case.
    #[serde(default, deserialize_with = "stored::json")]
    pub states: Vec<Text<100>>,
    /// Industries, whatever their case.
    #[serde(default, deserialize_with = "stored::json")]
    pub industries: Vec<Text<100>>,
}

/// The most values of one list.
const MOST_VALUES: u16 = 250;

/// The lists of which one must hold something.
const LISTS: [&str; 3] = ["countries", "states", "industries"];

/// The last position.
const LAST: i64 = 1_000_000;

impl TerritoryValues {
    /// Reads a body. One list at least must hold something, or the territory would take every lead.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut sent = members.clone();
        let named = LISTS.into_iter().filter_map(|name| sent.take(name)).any(|list| list != json!([]));
        let mut read = Reader::new(members);
        let name = read.required("name", Text::parse);
        let pool_id = read.required("pool_id", |text| Id::parse(text.trim()).ok_or(Code::NotId));
        let position = read.whole("position", 0..=LAST).and_then(|position| u32::try_from(position).ok());
        let countries = read.list("countries", MOST_VALUES, Country::parse);
        let states = read.list("states", MOST_VALUES, Text::parse);
        let industries = read.list("industries", MOST_VALUES, Text::parse);
        if !named {
            read.refuse("countries", Code::Required);
        }
        read.close(READ_ONLY)?;
        let (Some(name), Some(pool_id)) = (name, pool_id) else { return Err(Vec::new()) };
        Ok(Self { name, pool_id, position: position.unwrap_or_default(), countries, states, industries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn read(more: &Value) -> Result<TerritoryValues, Vec<(String, &'static str)>> {
        let mut body = json!({ "name": "North", "pool_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        TerritoryValues::parse(members).map_err(|all| all.into_iter().map(|one| (one.pointer, one.code)).collect())
    }

    #[test]
    fn a_territory_names_something() {
        let values = read(&json!({ "countries": ["Germany", "at"], "position": 3 })).unwrap();
        assert_eq!(json!(values.countries), json!(["DE", "AT"]));
        assert_eq!(values.position, 3);
        assert_eq!(read(&json!({})), Err(vec![("/countries".to_owned(), "required")]));
        assert_eq!(
            read(&json!({ "states": [] , "industries": null })),
            Err(vec![("/countries".to_owned(), "required")])
        );
        assert_eq!(
            read(&json!({ "countries": ["Atlantis"] })),
            Err(vec![("/countries/0".to_owned(), "country_unknown")])
        );
        assert_eq!(
            read(&json!({ "countries": ["DE", "Atlantis"], "states": "Goa" })),
            Err(vec![("/countries/1".to_owned(), "country_unknown"), ("/states".to_owned(), "not_list")])
        );
    }
}
