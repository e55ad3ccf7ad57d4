//! Lists of mails, newest first, along the index of what is asked for. What the caller does not see is left out of a walk of
//! bounded length; where that ends, the next page goes on.

use super::{mail_visible, summary_columns};
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible;
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::mail::{MailKind, MailQuery, MailState, MailSummary};
use lead_core::page_query::PageQuery;
use serde::Deserialize;

/// How many mails a page looks at, whoever asks.
const WALKED: i64 = 330;

/// The mails of a walk and where it was cut off. ?2 behind which mail, ?3 how many are walked, ?4 what narrows the walk, ?5 whose
/// rows are seen, ?6 whether those without an owner, ?7 to ?10 what is asked for, ?11 how many are wanted.
macro_rules! walk {
    ($index:literal, $narrow:literal) => {
        [
            concat!(
                "SELECT ",
                summary_columns!(),
                " FROM (SELECT w.id FROM mails w",
                $index,
                " WHERE w.company_id = ?1 AND w.id < ?2",
                $narrow,
                " ORDER BY w.id DESC LIMIT ?3) walked CROSS JOIN mails m ON m.company_id = ?1 AND m.id = walked.id \
                 LEFT JOIN leads l ON l.company_id = ?1 AND l.id = m.lead_id WHERE ",
                mail_visible!("?5", "?6"),
                " AND (?7 IS NULL OR m.state = ?7) AND (?8 IS NULL OR m.kind = ?8) AND (?9 IS NULL OR m.lead_id = ?9) \
                 AND (?10 IS NULL OR m.sequence_id = ?10) ORDER BY walked.id DESC LIMIT ?11"
            ),
            concat!(
                "SELECT w.id FROM mails w",
                $index,
                " WHERE w.company_id = ?1 AND w.id < ?2",
                $narrow,
                " ORDER BY w.id DESC LIMIT 1 OFFSET ?3 - 1"
            ),
        ]
    };
}

const OF_LEAD: [&str; 2] = walk!(" INDEXED BY mails_lead", " AND w.lead_id = ?4");
const OF_STATE: [&str; 2] = walk!(" INDEXED BY mails_state", " AND w.state = ?4");
const OF_ALL: [&str; 2] = walk!("", " AND ?4 IS NULL");

pub(super) fn explainable() -> Vec<(&'static str, &'static str)> {
    let with = |texts: [&'static str; 2], index| texts.map(|sql| (sql, index));
    [with(OF_LEAD, "mails_lead"), with(OF_STATE, "mails_state"), with(OF_ALL, "PRIMARY KEY")].concat()
}

/// Reads a page of the mails that the caller sees.
#[must_use]
pub fn read(company_id: &Id, query: &MailQuery, rows: &Visibility) -> Vec<Statement> {
    let (lead, state) = (query.lead_id.as_ref().map(Id::as_str), query.state.map(MailState::as_str));
    let ([mails, end], narrow) = match (lead, state) {
        (Some(lead), _) => (OF_LEAD, Some(lead)),
        (None, Some(state)) => (OF_STATE, Some(state)),
        (None, None) => (OF_ALL, None),
    };
    let behind = query.page.after.as_ref().map_or("~", Id::as_str);
    let [owners, unowned] = visible::params(rows);
    let kind = query.kind.map(MailKind::as_str);
    let end = statement!(end, company_id, behind, WALKED, narrow);
    let mut mails = Statement { sql: mails, ..end.clone() };
    let own = [owners, unowned, state.into(), kind.into(), lead.into(), query.sequence_id.as_ref().into()];
    mails.params.extend(own.into_iter().chain([(query.page.limit + 1).into()]));
    vec![mails, end]
}

/// The page and its cursor.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome], query: &MailQuery) -> Result<(Vec<MailSummary>, Option<String>), Corrupt> {
    #[derive(Deserialize)]
    struct End {
        id: Id,
    }
    let [mails, end] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let (items, cursor) = query.page.page(read_rows(&mails.rows)?, |mail: &MailSummary| &mail.id);
    let end: Option<End> = read_first(&end.rows)?;
    Ok((items, cursor.or_else(|| end.map(|end| PageQuery::cursor(&end.id)))))
}
