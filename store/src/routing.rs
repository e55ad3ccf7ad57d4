//! What a submission reads of pools and territories: a document made of their rows; and in one small row beside it whose turn it is
//! and how many open leads people have.

use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use lead_core::id::Id;
use serde::Deserialize;

/// Under which name the versions of a company's routing stand among those of its records.
pub(crate) const NAME: &str = "routing";

/// One lead more or less for its owner, if that person is counted. It writes nothing where nobody has a capacity. D1 binds
/// whole numbers as doubles, and JSON has no column to make one whole again.
const LOAD: &str = "UPDATE rounds SET loads = json_set(loads, o.path, max(0, (loads ->> o.path) + CAST(?3 AS INTEGER))) \
     FROM (SELECT '$.\"' || lead_owner_id || '\"' AS path FROM leads WHERE company_id = ?1 AND id = ?2) AS o \
     WHERE rounds.company_id = ?1 AND json_type(loads, o.path) IS NOT NULL";

pub(crate) fn load(company_id: &Id, lead_id: &Id, delta: i32) -> Statement {
    statement!(LOAD, company_id, lead_id, delta)
}

/// The pool's turn and the owner's load are one row: the lead ?2 stands already, with the owner whose turn it was.
const TAKE_TURN: &str = "UPDATE rounds SET turns = json_set(turns, '$.\"' || ?3 || '\"', coalesce(turns ->> ?3, 0) + 1), \
       loads = iif(json_type(loads, o.path) IS NULL, loads, json_set(loads, o.path, (loads ->> o.path) + 1)) \
     FROM (SELECT '$.\"' || lead_owner_id || '\"' AS path FROM leads WHERE company_id = ?1 AND id = ?2) AS o \
     WHERE rounds.company_id = ?1";

pub(crate) fn take_turn(company_id: &Id, lead_id: &Id, pool_id: &Id) -> Statement {
    statement!(TAKE_TURN, company_id, lead_id, pool_id)
}

/// Open is every lead that is neither converted nor disqualified nor deleted. It reads all leads of the person, which
/// happens only when their capacity changes.
const RECOUNT: &str = "UPDATE rounds SET loads = CASE \
       WHEN (SELECT capacity FROM users WHERE company_id = ?1 AND id = ?2) IS NULL THEN json_remove(loads, '$.\"' || ?2 || '\"') \
       ELSE json_set(loads, '$.\"' || ?2 || '\"', (SELECT count(*) FROM leads INDEXED BY leads_owner \
         WHERE company_id = ?1 AND lead_owner_id = ?2 AND status NOT IN ('converted', 'disqualified') AND deleted_at IS NULL)) END \
     WHERE company_id = ?1";

pub(crate) fn recount(company_id: &Id, user_id: &Id) -> Statement {
    statement!(RECOUNT, company_id, user_id)
}

/// The document of [`lead_core::routing::Routing`] from the rows as they stand in this batch.
const REROUTE: &str = "UPDATE routings SET version = ?2, document = json_object(\
       'company_pool', (SELECT id FROM pools WHERE company_id = ?1 AND is_default = 1 AND deleted_at IS NULL), \
       'pools', json((SELECT json_group_array(json_object('id', p.id, 'members', json((\
           SELECT json_group_array(json_object('user_id', u.id, 'active', json(iif(u.is_active, 'true', 'false')), \
             'absent_until', u.absent_until, 'capacity', u.capacity) ORDER BY m.key) \
           FROM json_each(p.members) m JOIN users u ON u.company_id = ?1 AND u.id = m.value))) ORDER BY p.id) \
         FROM pools p WHERE p.company_id = ?1 AND p.deleted_at IS NULL)), \
       'territories', json((SELECT json_group_array(json_object('id', t.id, 'pool_id', t.pool_id, \
           'countries', json(t.countries), 'states', json(t.states), 'industries', json(t.industries)) ORDER BY t.position, t.id) \
         FROM territories t WHERE t.company_id = ?1 AND t.deleted_at IS NULL))) \
     WHERE company_id = ?1";

pub(crate) fn reroute(company_id: &Id, version: i64) -> Statement {
    statement!(REROUTE, company_id, version)
}

/// Reads the version of a company's routing.
pub(crate) const VERSION: &str = "SELECT version FROM routings WHERE company_id = ?1";

/// The version that was read.
pub(crate) fn version(outcome: &Outcome) -> Result<i64, Corrupt> {
    #[derive(Deserialize)]
    struct VersionRow {
        version: i64,
    }
    let row: Option<VersionRow> = read_first(&outcome.rows)?;
    row.map(|row| row.version).ok_or_else(|| Corrupt("the company has no routing".into()))
}
