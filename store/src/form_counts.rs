//! What is counted of forms: numbers that go up in one statement each, so that two at once never wait for one another.

use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::form_stats::{
    CampaignCounts, CountedSubmit, Day, FieldGroup, FormStats, StatsQuery, Step, SubmitGroup, VisitGroup,
};
use lead_core::id::Id;
use lead_core::plan::Context;
use serde_json::json;

/// Every number of a beacon in one statement; `WHERE true` keeps ON CONFLICT from being read as a part of the join.
const COUNT: &str = "INSERT INTO form_counts (company_id, form_id, day, version, what, field, n) \
     SELECT ?1, ?2, ?3, ?4, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?5) WHERE true \
     ON CONFLICT (company_id, form_id, day, version, what, field) DO UPDATE SET n = n + excluded.n";

/// Counts what a page told of a form's version.
#[must_use]
pub fn count(company_id: &Id, form_id: &Id, version: i64, day: Day, steps: &[Step]) -> Statement {
    let steps: Vec<_> = steps.iter().map(|step| json!([step.what, step.field, step.n])).collect();
    statement!(COUNT, company_id, form_id, day.number(), version, json!(steps))
}

const COUNT_SUBMIT: &str = "INSERT INTO form_submits (company_id, form_id, day, version, lead_source, campaign, n, leads, spam) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8) \
     ON CONFLICT (company_id, form_id, day, version, lead_source, campaign) \
     DO UPDATE SET n = n + 1, leads = leads + excluded.leads, spam = spam + excluded.spam";

/// Counts a submission, in the batch that writes it.
pub(crate) fn count_submit(counted: &CountedSubmit, context: &Context<'_>) -> Statement {
    let CountedSubmit { form_id, form_version, day, lead_source, campaign, made_lead, is_spam } = counted;
    let (company, day) = (&context.company_id, day.number());
    statement!(COUNT_SUBMIT, company, form_id, day, *form_version, lead_source, campaign, *made_lead, *is_spam)
}

const VISITS: &str = "SELECT day, version, sum(iif(what = 'view', n, 0)) AS views, sum(iif(what = 'start', n, 0)) AS starts FROM form_counts \
     WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR version = ?5) GROUP BY day, version";

const SUBMITS: &str = "SELECT day, version, sum(n) AS submissions, sum(leads) AS leads, sum(spam) AS spam FROM form_submits \
     WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR version = ?5) GROUP BY day, version";

const FIELDS: &str = "SELECT field, sum(n) AS stopped FROM form_counts \
     WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR version = ?5) AND what = 'last' GROUP BY field";

const CAMPAIGNS: &str = "SELECT lead_source, campaign, sum(n) AS submissions, sum(leads) AS leads, sum(spam) AS spam FROM form_submits \
     WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR version = ?5) \
     GROUP BY lead_source, campaign ORDER BY submissions DESC, lead_source, campaign LIMIT 50";

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> [(&'static str, &'static str); 4] {
    const DAYS: &str = "PRIMARY KEY (company_id=? AND form_id=? AND day>? AND day<?)";
    [(VISITS, DAYS), (SUBMITS, DAYS), (FIELDS, DAYS), (CAMPAIGNS, DAYS)]
}

/// Reads the numbers of a form; whether there is such a form is for the caller to find out.
#[must_use]
pub fn read(company_id: &Id, form_id: &Id, query: &StatsQuery) -> Vec<Statement> {
    let of = |sql| statement!(sql, company_id, form_id, query.from.number(), query.to.number(), query.version);
    [VISITS, SUBMITS, FIELDS, CAMPAIGNS].map(of).into()
}

/// What [`read`] found.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome], query: &StatsQuery) -> Result<FormStats, Corrupt> {
    let [visits, submits, fields, campaigns] = outcomes else {
        return Err(Corrupt("four outcomes were expected".into()));
    };
    let (visits, submits): (Vec<VisitGroup>, Vec<SubmitGroup>) = (read_rows(&visits.rows)?, read_rows(&submits.rows)?);
    let (fields, campaigns): (Vec<FieldGroup>, Vec<CampaignCounts>) =
        (read_rows(&fields.rows)?, read_rows(&campaigns.rows)?);
    Ok(FormStats::of(query, &visits, &submits, fields, campaigns))
}
