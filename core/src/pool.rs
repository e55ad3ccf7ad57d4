//! Pools: people who share leads in turns (spec A1, A2).

use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::Text;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::stored;
use crate::user::READ_ONLY;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A pool on the wire and in storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pool {
    /// The pool's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// What can be edited.
    #[serde(flatten)]
    pub values: PoolValues,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What can be sent of a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoolValues {
    /// Its name.
    pub name: Text<200>,
    /// Whether it takes the leads outside every territory. One pool of a company does.
    #[serde(default, deserialize_with = "stored::flag")]
    pub is_default: bool,
    /// The people in the order of their turns.
    #[serde(default, deserialize_with = "stored::json")]
    pub members: Vec<Id>,
}

/// The most people of one pool.
const MOST_MEMBERS: u16 = 500;

impl PoolValues {
    /// Reads a body.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let name = read.required("name", Text::parse);
        let is_default = read.flag("is_default");
        let people = read.list("members", MOST_MEMBERS, |text| Id::parse(text.trim()).ok_or(Code::NotId));
        let mut seen = HashSet::new();
        if !people.iter().all(|id| seen.insert(id)) {
            read.refuse("members", Code::DuplicateMember);
        }
        read.close(READ_ONLY)?;
        let Some(name) = name else { return Err(Vec::new()) };
        Ok(Self { name, is_default, members: people })
    }
}
