//! What a new company begins with: its settings and people, their keys, one pool and one form, every creation audited.

use crate::routing::reroute;
use crate::statement::{Statement, statement};
use lead_core::access::{Role, Scope, SecretKey};
use lead_core::form::{Definition, FormKey};
use lead_core::id::{Id, IdSource};
use lead_core::time::Instant;
use serde_json::json;

/// A company to be created.
#[derive(Debug)]
pub struct NewCompany<'a> {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: &'a str,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// The people it begins with.
    pub people: Vec<NewPerson>,
    /// The public key of its form.
    pub form_key: FormKey,
    /// The websites whose pages may submit the form.
    pub origins: Vec<String>,
}

/// A person to be created.
pub struct NewPerson {
    /// The person's id.
    pub id: Id,
    /// Their name.
    pub name: String,
    /// Their address; its key is the address in lower case.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// Whom they report to.
    pub manager_id: Option<Id>,
    /// Their secret key, if they get one.
    pub key: Option<SecretKey>,
}

impl std::fmt::Debug for NewPerson {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPerson({})", self.id)
    }
}

const COMPANY: &str = "INSERT INTO companies (id, name, country, currency, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

const SETTINGS: &str = "INSERT INTO company_settings (company_id, id, created_at, updated_at) VALUES (?1, ?1, ?2, ?2)";

const PERSON: &str = "INSERT INTO users (company_id, id, name, email, email_key, role, manager_id, created_at, updated_at) \
     VALUES (?1, ?2, ?3, ?4, lower(?4), ?5, ?6, ?7, ?7)";

const KEY: &str = "INSERT INTO api_keys (key_hash, company_id, id, user_id, name, scopes, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const POOL: &str = "INSERT INTO pools (company_id, id, name, is_default, members, created_at, updated_at) \
     VALUES (?1, ?2, 'Sales', 1, ?3, ?4, ?4)";

/// Its document is made of the pool's row at once.
const ROUTING: &str = "INSERT INTO routings (company_id, document) VALUES (?1, '{}')";

const ROUND: &str = "INSERT INTO rounds (company_id) VALUES (?1)";

const FORM: &str = "INSERT INTO forms (form_key, company_id, id, name, definition, allowed_origins, created_at, updated_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";

const FORM_VERSION: &str =
    "INSERT INTO form_versions (company_id, form_id, number, created_at, definition) VALUES (?1, ?2, 1, ?3, ?4)";

const AUDIT: &str = "INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, user_agent, request_id, created_at) \
     VALUES (?1, ?2, ?3, ?4, 'create', 'cargo xtask company create', ?5, ?6)";

/// The statements that create the company. Its pool has every SDR, in the order given.
#[must_use]
pub fn statements(company: &NewCompany<'_>, now: Instant, ids: &mut IdSource) -> Vec<Statement> {
    let NewCompany { id, name, country, currency, people, form_key, origins } = company;
    let mut out = vec![statement!(COMPANY, id, *name, *country, *currency, now)];
    out.push(statement!(SETTINGS, id, now));
    let mut made = vec![("company", id.clone()), ("settings", id.clone())];
    for person in people {
        let NewPerson { id: user_id, name, email, role, manager_id, key } = person;
        out.push(statement!(PERSON, id, user_id, name, email, role.as_str(), manager_id.as_ref(), now));
        made.push(("user", user_id.clone()));
        if let Some(key) = key {
            let key_id = ids.next_id();
            out.push(statement!(KEY, key.hash(), id, &key_id, user_id, "First key", json!(Scope::ALL), now));
            made.push(("api_key", key_id));
        }
    }
    let sdrs = people.iter().filter(|person| person.role == Role::Sdr);
    let members: Vec<_> = sdrs.map(|person| &person.id).collect();
    let pool_id = ids.next_id();
    out.push(statement!(POOL, id, &pool_id, json!(members), now));
    out.push(statement!(ROUTING, id));
    out.push(statement!(ROUND, id));
    out.push(reroute(id, 1));
    made.push(("pool", pool_id));
    let form_id = ids.next_id();
    let definition = json!(Definition::starter(name));
    out.push(statement!(FORM, form_key.as_str(), id, &form_id, "Website", definition.clone(), json!(origins), now));
    out.push(statement!(FORM_VERSION, id, &form_id, now, definition));
    made.push(("form", form_id));
    let request_id = ids.next_id();
    for (entity, entity_id) in made {
        out.push(statement!(AUDIT, id, ids.next_id(), entity, entity_id, &request_id, now));
    }
    out
}
