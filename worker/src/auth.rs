//! Who calls: the holder of a secret key, or of a session; and what they may do.

use crate::arrival::{self, Arrival};
use crate::cache::{Cache, remembered};
use crate::database::D1;
use crate::reply::{self, Reply};
use axum::http::{HeaderMap, header};
use lead_core::access::{Principal, Role, Scope, SecretKey, Visibility};
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::problem;
use lead_core::session::{self, Token};
use lead_store::failure::Failure;
use lead_store::statement::Database;
use lead_store::tenants::{self, Credential, Holder, Shown};
use std::rc::Rc;

thread_local! {
    static HOLDERS: Cache<Rc<Holder>> = Cache::new();
}

/// A caller whose key or session is valid.
pub(crate) struct Caller {
    holder: Rc<Holder>,
    /// The token that took the place of the one that was shown.
    fresh: Option<Token>,
}

impl Caller {
    /// Reads the key, or else the session; with a session only our own pages change anything.
    pub(crate) async fn of(headers: &HeaderMap, database: &D1, arrival: &Arrival) -> Result<Self, Reply> {
        let unauthenticated = || reply::problem(&problem::UNAUTHENTICATED);
        if headers.contains_key(header::AUTHORIZATION) {
            let key = bearer(headers).ok_or_else(unauthenticated)?;
            return Self::by_key(&key, database, arrival).await?.ok_or_else(unauthenticated);
        }
        let is_safe = ["GET", "HEAD"].contains(&arrival.method.as_str());
        // Asked before the database is: reading a session may replace its token, which a refusal would not hand out.
        if session_token(headers).is_some() && !is_safe && !from_own_page(headers, arrival) {
            return Err(reply::problem(&problem::CROSS_SITE));
        }
        Self::signed_in(headers, database, arrival).await?.ok_or_else(unauthenticated)
    }

    async fn by_key(key: &SecretKey, database: &D1, arrival: &Arrival) -> Result<Option<Self>, Reply> {
        let hash = key.hash();
        let read = async || -> Result<_, Failure> {
            let outcomes = database.batch(tenants::read_key(&hash, arrival.now)).await?;
            Ok(tenants::found_holder(&outcomes)?.map(Rc::new))
        };
        let found = remembered(&HOLDERS, &hash, arrival.now, read).await.map_err(|failure| reply::failure(&failure))?;
        Ok(found.map(|holder| Self { holder, fresh: None }))
    }

    /// Whoever the session's cookie stands for.
    pub(crate) async fn signed_in(
        headers: &HeaderMap,
        database: &D1,
        arrival: &Arrival,
    ) -> Result<Option<Self>, Reply> {
        let Some(token) = session_token(headers) else { return Ok(None) };
        let salt = new_token()?;
        let next = token.successor(salt.reveal()).ok_or_else(too_few_bytes)?;
        let (hash, audit_id, actor) = (token.hash(), arrival.ids().next_id(), arrival.actor());
        let shown = Shown {
            token_hash: &hash,
            next_hash: next.hash(),
            salt: salt.reveal(),
            audit_id,
            actor: &actor,
            now: arrival.now,
        };
        let read = async || -> Result<_, Failure> {
            let outcomes = database.batch(tenants::read_session(&shown)).await?;
            Ok(tenants::found_holder(&outcomes)?.map(Rc::new))
        };
        let found = remembered(&HOLDERS, &hash, arrival.now, read).await.map_err(|failure| reply::failure(&failure))?;
        Ok(found.map(|holder| Self { fresh: successor(&token, &holder), holder }))
    }

    /// The header that hands out the token which took the place of the one that was shown.
    pub(crate) fn cookie(&self, arrival: &Arrival) -> Option<String> {
        match (&self.fresh, &self.holder.credential) {
            (Some(fresh), Credential::Session { expires_at, .. }) => {
                Some(session::cookie(Some(fresh), (expires_at.ms() - arrival.now.ms()) / 1000))
            }
            _ => None,
        }
    }

    /// Whether this is the caller's company: another one does not exist (spec T1).
    pub(crate) fn belongs_to(&self, company_id: &str) -> bool {
        self.holder.company_id.as_str() == company_id
    }

    /// Under which name the caller's requests are counted.
    pub(crate) fn counted_as(&self) -> &str {
        match &self.holder.credential {
            Credential::Key(id) | Credential::Session { id, .. } => id.as_str(),
        }
    }

    /// The session, where it is one.
    pub(crate) fn session_id(&self) -> Option<&Id> {
        match &self.holder.credential {
            Credential::Key(_) => None,
            Credential::Session { id, .. } => Some(id),
        }
    }

    pub(crate) fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Whether scope and rank allow it.
    pub(crate) fn may(&self, scope: Scope, role: Role) -> bool {
        self.holder.scopes.contains(&scope) && self.holder.role.is_at_least(role)
    }

    /// Whoever acts.
    pub(crate) fn principal(&self) -> Principal {
        let Holder { user_id, role, currency, .. } = &*self.holder;
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
        let key_id = match &self.holder.credential {
            Credential::Key(id) => Some(id.clone()),
            Credential::Session { .. } => None,
        };
        Actor { user_id, key_id, ..arrival.actor() }
    }
}

/// Forgets in this isolate who calls for a company: people, keys or sessions changed.
pub(crate) fn forget(company_id: &Id) {
    HOLDERS.with(|cache| cache.forget(|holder| holder.company_id == *company_id));
}

/// A new random token.
pub(crate) fn new_token() -> Result<Token, Reply> {
    Token::generate(&arrival::secret()?).ok_or_else(too_few_bytes)
}

fn too_few_bytes() -> Reply {
    reply::fault("randomness", "too few usable bytes")
}

/// The token that took the place of this one, if one did: told as often as the old one is shown, since an answer may be lost.
fn successor(shown: &Token, holder: &Holder) -> Option<Token> {
    match &holder.credential {
        Credential::Session { salt: Some(salt), .. } => shown.successor(salt),
        _ => None,
    }
}

/// Whether a browser says that one of our own pages sent this.
pub(crate) fn from_own_page(headers: &HeaderMap, arrival: &Arrival) -> bool {
    let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    session::is_own(text("origin").as_deref(), text("sec-fetch-site").as_deref(), &arrival.origin)
}

fn session_token(headers: &HeaderMap) -> Option<Token> {
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.find_map(session::token_of)
}

fn bearer(headers: &HeaderMap) -> Option<SecretKey> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretKey::parse(key.trim())).flatten()
}
