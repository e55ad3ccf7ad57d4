//! Whose key it is, and what it may be used for.

use crate::arrival::Arrival;
use crate::cache::{Cache, remembered};
use crate::database::D1;
use crate::reply::{self, Reply};
use axum::http::{HeaderMap, header};
use lead_core::access::{Principal, Role, Scope, SecretKey, Visibility};
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::problem;
use lead_store::failure::Failure;
use lead_store::statement::Database;
use lead_store::tenants::{self, KeyHolder};
use std::rc::Rc;

thread_local! {
    static HOLDERS: Cache<Rc<KeyHolder>> = Cache::new();
}

/// A caller of the API whose key is valid for this company.
pub(crate) struct Caller {
    holder: Rc<KeyHolder>,
}

impl Caller {
    /// Reads the key. The company in the path must be the key's own: another one does not exist (spec T1).
    pub(crate) async fn of(
        headers: &HeaderMap,
        company_id: &str,
        database: &D1,
        arrival: &Arrival,
    ) -> Result<Self, Reply> {
        let key = bearer(headers).ok_or_else(|| reply::problem(&problem::UNAUTHENTICATED))?;
        let hash = key.hash();
        let read = async || -> Result<_, Failure> {
            let outcomes = database.batch(tenants::read_key(&hash)).await?;
            Ok(tenants::found_key(&outcomes)?.map(Rc::new))
        };
        let found = remembered(&HOLDERS, &hash, arrival.now, read).await.map_err(|failure| reply::failure(&failure))?;
        let holder = found.ok_or_else(|| reply::problem(&problem::UNAUTHENTICATED))?;
        if holder.company_id.as_str() != company_id {
            return Err(reply::problem(&problem::NOT_FOUND));
        }
        Ok(Self { holder })
    }

    /// Whether scope and rank allow it.
    pub(crate) fn may(&self, scope: Scope, role: Role) -> bool {
        self.holder.scopes.contains(&scope) && self.holder.role.is_at_least(role)
    }

    /// Whoever acts.
    pub(crate) fn principal(&self) -> Principal {
        let KeyHolder { user_id, role, currency, .. } = &*self.holder;
        Principal {
            user_id: user_id.clone(),
            role: *role,
            visibility: self.visibility(),
            country: self.country(),
            currency: currency.clone(),
        }
    }

    pub(crate) fn company_id(&self) -> &Id {
        &self.holder.company_id
    }

    /// The company's country.
    pub(crate) fn country(&self) -> Country {
        Country::parse(&self.holder.country).unwrap_or(Country::INDIA)
    }

    /// Which rows the caller sees (spec R1).
    pub(crate) fn visibility(&self) -> Visibility {
        Visibility::of(self.holder.role, &self.holder.user_id, self.holder.reports.clone())
    }

    /// Whom the audit trail names.
    pub(crate) fn actor(&self, arrival: &Arrival) -> Actor {
        let user_id = Some(self.holder.user_id.clone());
        Actor { user_id, key_id: Some(self.holder.key_id.clone()), ..arrival.actor() }
    }
}

fn bearer(headers: &HeaderMap) -> Option<SecretKey> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretKey::parse(key.trim())).flatten()
}
