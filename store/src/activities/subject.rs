//! What activities are recorded on, where the caller sees it (spec R1).

use crate::records::attempt_column;
use crate::statement::{Statement, statement};
use crate::visible::{self, account_visible, contact_visible, visible};
use lead_core::access::Visibility;
use lead_core::activity::RelatedType;
use lead_core::id::Id;

/// ?1 company, ?2 id, ?3 owners, ?4 unowned, as in the others here.
const LEAD: &str = concat!(
    "SELECT leads.id, status, stage, lead_score, contacted_at, created_at, updated_at, version, ",
    attempt_column!("leads"),
    " FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("lead_owner_id", "?3", "?4")
);

const ACCOUNT: &str = concat!(
    "SELECT a.id FROM accounts a WHERE a.company_id = ?1 AND a.id = ?2 AND a.deleted_at IS NULL AND ",
    account_visible!("a", "?3", "?4")
);

const CONTACT: &str = concat!(
    "SELECT c.id, c.account_id FROM contacts c WHERE c.company_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL AND ",
    contact_visible!("c", "?3", "?4")
);

const OPPORTUNITY: &str = concat!(
    "SELECT id FROM opportunities WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("owner_id", "?3", "?4")
);

/// One row where the caller sees it.
pub(super) fn read(company_id: &Id, kind: RelatedType, id: &Id, rows: &Visibility) -> Statement {
    let sql = match kind {
        RelatedType::Lead => LEAD,
        RelatedType::Account => ACCOUNT,
        RelatedType::Contact => CONTACT,
        RelatedType::Opportunity => OPPORTUNITY,
    };
    let [owners, unowned] = visible::params(rows);
    statement!(sql, company_id, id, owners, unowned)
}

/// Whether the caller sees what an activity `$a` is related to; `?1` is the company.
macro_rules! subject_visible {
    ($a:literal, $owners:literal, $unowned:literal) => {
        concat!(
            "CASE ",
            $a,
            ".related_to_type \
             WHEN 'lead' THEN EXISTS (SELECT 1 FROM leads l WHERE l.company_id = ?1 AND l.id = ",
            $a,
            ".related_to_id AND l.deleted_at IS NULL AND ",
            $crate::visible::visible!("l.lead_owner_id", $owners, $unowned),
            ") WHEN 'opportunity' THEN EXISTS (SELECT 1 FROM opportunities o WHERE o.company_id = ?1 AND o.id = ",
            $a,
            ".related_to_id AND o.deleted_at IS NULL AND ",
            $crate::visible::visible!("o.owner_id", $owners, $unowned),
            ") ELSE EXISTS (SELECT 1 FROM accounts c WHERE c.company_id = ?1 AND c.id = ",
            $a,
            ".account_id AND c.deleted_at IS NULL AND ",
            $crate::visible::account_visible!("c", $owners, $unowned),
            ") END"
        )
    };
}
pub(super) use subject_visible;
