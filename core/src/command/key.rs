//! Secret keys are made and revoked: an admin for anybody, others for themselves, and none that may do more than whoever
//! makes it (spec R2).

use crate::access::{Principal, Role, Scope};
use crate::api_key::{ApiKey, KeyValues};
use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Audit, Change, Context, NewKey, Plan};
use crate::problem::Refusal;

/// A new key.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateKey {
    /// Who asks.
    pub by: Principal,
    /// What the asking key or session may be used for.
    pub scopes: Vec<Scope>,
    /// Its id, made once for the request.
    pub id: Id,
    /// The hash of its secret.
    pub key_hash: String,
    /// What it is.
    pub values: KeyValues,
}

/// A key that is revoked.
#[derive(Clone, Debug, PartialEq)]
pub struct RevokeKey {
    /// Who asks.
    pub by: Principal,
    /// Which one.
    pub id: Id,
}

/// What a command on a key must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The key as it stands.
    pub key: Option<ApiKey>,
    /// Whether the person works here.
    pub works_here: bool,
}

impl CreateKey {
    /// The person it acts as.
    #[must_use]
    pub fn user_id(&self) -> &Id {
        self.values.user_id.as_ref().unwrap_or(&self.by.user_id)
    }

    /// Decides.
    ///
    /// # Errors
    /// Forbidden for somebody else or beyond the own scopes; nobody active has this id.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<ApiKey>, Refusal> {
        if let Some(key) = &known.key {
            return Ok(Plan { changes: Vec::new(), done: key.clone() });
        }
        let own = *self.user_id() == self.by.user_id;
        let within = self.values.scopes.iter().all(|scope| self.scopes.contains(scope));
        if !within || !(own || self.by.role == Role::Admin) {
            return Err(Refusal::Forbidden);
        }
        if !known.works_here {
            return Err(Refusal::Invalid(vec![Invalid::member("user_id", Code::UnknownReference)]));
        }
        let key = ApiKey {
            id: self.id.clone(),
            company_id: context.company_id.clone(),
            user_id: self.user_id().clone(),
            name: self.values.name.clone(),
            scopes: self.values.scopes.clone(),
            created_at: context.now,
            last_used_at: None,
            revoked_at: None,
        };
        let insert = Change::InsertKey(Box::new(NewKey { key: key.clone(), key_hash: self.key_hash.clone() }));
        Ok(Plan { changes: vec![insert, created(&self.id, context)], done: key })
    }
}

impl RevokeKey {
    /// Decides. A key that is revoked stays so.
    ///
    /// # Errors
    /// There is no such key that the caller may see.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let key = known.key.as_ref().filter(|key| sees(&self.by, key)).ok_or(Refusal::NotFound)?;
        let changes = match key.revoked_at {
            Some(_) => Vec::new(),
            None => vec![Change::RevokeKey { id: self.id.clone(), audit_id: context.ids.next_id() }],
        };
        Ok(Plan { changes, done: () })
    }
}

/// Whether a caller sees this key: an admin all of them, others their own.
#[must_use]
pub fn sees(by: &Principal, key: &ApiKey) -> bool {
    by.role == Role::Admin || key.user_id == by.user_id
}

fn created(id: &Id, context: &mut Context<'_>) -> Change {
    Change::Audit(Box::new(Audit {
        id: context.ids.next_id(),
        entity_type: Entity::ApiKey.as_str(),
        entity_id: id.clone(),
        action: "create",
        field_name: None,
        old_value: None,
        new_value: None,
    }))
}
