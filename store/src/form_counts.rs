//! What is counted of forms. Visits go up in one statement each, so that two at once never wait for one another; submissions are
//! counted by whoever reads, each once, so that they cost a visitor nothing.

use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::form_stats::{
    CampaignCounts, Day, FieldGroup, FormStats, FormTrend, SourceCounts, StatsQuery, Step, SubmitGroup, VisitGroup,
};
use lead_core::id::Id;
use lead_core::time::Instant;
use serde::Deserialize;
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

/// Touches of the form that are counted nowhere yet, the oldest first, up to the limit. Their ids go by time.
macro_rules! uncounted {
    ($and:literal) => {
        concat!(
            "(SELECT id, coalesce(filled_at, created_at) / 86400000 AS day, coalesce(form_version, 1) AS version, \
               coalesce(attribution ->> '$.lead_source', '') AS lead_source, coalesce(attribution ->> '$.campaign', '') AS campaign, \
               effect = 'created' AS leads, spam_score >= ?3 AS spam \
             FROM touches INDEXED BY touches_form WHERE company_id = ?1 AND form_id = ?2 \
               AND id > coalesce((SELECT touch_id FROM form_rolls WHERE company_id = ?1 AND form_id = ?2), '')",
            $and,
            " ORDER BY id LIMIT 20000)"
        )
    };
}

/// Counts what came in before ?4. Later ones wait: a request that began earlier may still write.
const ROLL: &str = concat!(
    "INSERT INTO form_submits (company_id, form_id, day, version, lead_source, campaign, n, leads, spam) \
     SELECT ?1, ?2, day, version, lead_source, campaign, count(*), sum(leads), sum(spam) FROM ",
    uncounted!(" AND id < ?4"),
    " WHERE true GROUP BY day, version, lead_source, campaign \
     ON CONFLICT (company_id, form_id, day, version, lead_source, campaign) \
     DO UPDATE SET n = n + excluded.n, leads = leads + excluded.leads, spam = spam + excluded.spam"
);

/// Notes up to where: the same touches, for both stand in one transaction.
const ROLLED: &str = concat!(
    "INSERT INTO form_rolls (company_id, form_id, touch_id) SELECT ?1, ?2, max(id) FROM ",
    uncounted!(" AND id < ?4"),
    " WHERE true HAVING max(id) IS NOT NULL ON CONFLICT (company_id, form_id) DO UPDATE SET touch_id = excluded.touch_id"
);

/// How long ago a touch must have come in to be counted for good.
const SETTLED_MS: i64 = 5 * 60 * 1000;

const VISITS: &str = "SELECT day, version, sum(iif(what = 'view', n, 0)) AS views, sum(iif(what = 'start', n, 0)) AS starts FROM form_counts \
     WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR version = ?5) GROUP BY day, version";

/// Everything that came in on these days: what was counted, and what was not yet.
macro_rules! submits {
    () => {
        concat!(
            "(SELECT day, version, lead_source, campaign, n, leads, spam FROM form_submits \
               WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?4 AND ?5 \
             UNION ALL SELECT day, version, lead_source, campaign, 1, leads, spam FROM ",
            uncounted!(""),
            " WHERE day BETWEEN ?4 AND ?5) WHERE ?6 IS NULL OR version = ?6 "
        )
    };
}

const SUBMITS: &str = concat!(
    "SELECT day, version, sum(n) AS submissions, sum(leads) AS leads, sum(spam) AS spam FROM ",
    submits!(),
    "GROUP BY day, version"
);

const FIELDS: &str = "SELECT field, sum(n) AS stopped FROM form_counts \
     WHERE company_id = ?1 AND form_id = ?2 AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR version = ?5) AND what = 'last' GROUP BY field";

const CAMPAIGNS: &str = concat!(
    "SELECT lead_source, campaign, sum(n) AS submissions, sum(leads) AS leads, sum(spam) AS spam FROM ",
    submits!(),
    "GROUP BY lead_source, campaign ORDER BY submissions DESC, lead_source, campaign LIMIT 50"
);

/// Forms with touches that are counted nowhere yet, deleted ones too.
const BEHIND: &str = "SELECT id FROM forms WHERE company_id = ?1 AND EXISTS (SELECT 1 FROM touches INDEXED BY touches_form \
     WHERE company_id = ?1 AND form_id = forms.id AND id < ?2 \
       AND id > coalesce((SELECT touch_id FROM form_rolls WHERE company_id = ?1 AND form_id = forms.id), '')) LIMIT 200";

/// What was counted of a company's forms: each form is looked up by its days.
macro_rules! of_company {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            ", sum(s.n) AS submissions, sum(s.leads) AS leads, sum(s.spam) AS spam FROM forms CROSS JOIN form_submits s \
             ON s.company_id = forms.company_id AND s.form_id = forms.id AND s.day BETWEEN ?2 AND ?3 WHERE forms.company_id = ?1 ",
            $rest
        )
    };
}

const SOURCES_OF_COMPANY: &str =
    of_company!("s.lead_source", "GROUP BY s.lead_source ORDER BY submissions DESC, s.lead_source LIMIT 100");

const CAMPAIGNS_OF_COMPANY: &str = of_company!(
    "s.lead_source, s.campaign",
    "GROUP BY s.lead_source, s.campaign ORDER BY submissions DESC, s.lead_source, s.campaign LIMIT 200"
);

/// Every query text of this module with the indexes it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> [(&'static str, &'static [&'static str]); 9] {
    const DAYS: &str = "PRIMARY KEY (company_id=? AND form_id=? AND day>? AND day<?)";
    const SINCE: &str = "INDEX touches_form (company_id=? AND form_id=? AND id>?";
    [
        (VISITS, &[DAYS]),
        (FIELDS, &[DAYS]),
        (SUBMITS, &[DAYS, SINCE]),
        (CAMPAIGNS, &[DAYS, SINCE]),
        (ROLL, &[SINCE]),
        (ROLLED, &[SINCE]),
        (BEHIND, &["INDEX touches_form (company_id=? AND form_id=? AND id>? AND id<?)"]),
        (SOURCES_OF_COMPANY, &[DAYS]),
        (CAMPAIGNS_OF_COMPANY, &[DAYS]),
    ]
}

/// Counts what came in through a form since its numbers were read before, and reads them; whether there is such a form is for the
/// caller to find out. A touch with a spam score of `spam_from` or more was set aside.
#[must_use]
pub fn read(company_id: &Id, form_id: &Id, query: &StatsQuery, spam_from: i32, now: Instant) -> Vec<Statement> {
    let (from, to) = (query.from.number(), query.to.number());
    let of = |sql| statement!(sql, company_id, form_id, from, to, query.version);
    let came = |sql| statement!(sql, company_id, form_id, spam_from, from, to, query.version);
    let [roll, rolled] = roll(company_id, form_id, spam_from, now);
    vec![roll, rolled, of(VISITS), came(SUBMITS), of(FIELDS), came(CAMPAIGNS)]
}

fn settled(now: Instant) -> Id {
    Id::new(now.plus_ms(-SETTLED_MS), &[0; 10])
}

fn roll(company_id: &Id, form_id: &Id, spam_from: i32, now: Instant) -> [Statement; 2] {
    [ROLL, ROLLED].map(|sql| statement!(sql, company_id, form_id, spam_from, &settled(now)))
}

/// What [`read`] found.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome], query: &StatsQuery) -> Result<FormStats, Corrupt> {
    let [_, _, visits, submits, fields, campaigns] = outcomes else {
        return Err(Corrupt("six outcomes were expected".into()));
    };
    let (visits, submits): (Vec<VisitGroup>, Vec<SubmitGroup>) = (read_rows(&visits.rows)?, read_rows(&submits.rows)?);
    let (fields, campaigns): (Vec<FieldGroup>, Vec<CampaignCounts>) =
        (read_rows(&fields.rows)?, read_rows(&campaigns.rows)?);
    Ok(FormStats::of(query, &visits, &submits, fields, campaigns))
}

/// Counts and reads what some forms brought in on these days, in short; [`found_trends`] tells it.
#[must_use]
pub fn read_trends(
    company_id: &Id,
    form_ids: &[&Id],
    query: &StatsQuery,
    spam_from: i32,
    now: Instant,
) -> Vec<Statement> {
    let of = |form_id: &&Id| read(company_id, form_id, query, spam_from, now).into_iter().take(4).collect::<Vec<_>>();
    form_ids.iter().flat_map(of).collect()
}

/// A trend for each form, in the order in which they were asked for.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_trends(outcomes: &[Outcome], query: &StatsQuery) -> Result<Vec<FormTrend>, Corrupt> {
    let of_form = |outcomes: &[Outcome]| {
        let [_, _, visits, submits] = outcomes else { return Err(Corrupt("four outcomes were expected".into())) };
        let (visits, submits): (Vec<VisitGroup>, Vec<SubmitGroup>) =
            (read_rows(&visits.rows)?, read_rows(&submits.rows)?);
        Ok(FormTrend::of((query.from, query.to), &visits, &submits))
    };
    outcomes.chunks(4).map(of_form).collect()
}

/// Reads which forms of a company have touches that are counted nowhere yet, at most 200.
#[must_use]
pub fn read_behind(company_id: &Id, now: Instant) -> Statement {
    statement!(BEHIND, company_id, &settled(now))
}

/// Their ids.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_behind(outcome: &Outcome) -> Result<Vec<Id>, Corrupt> {
    #[derive(Deserialize)]
    struct Behind {
        id: Id,
    }
    let rows: Vec<Behind> = read_rows(&outcome.rows)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Counts what came in through these forms, and reads where the submissions of the whole company came from: those of the last
/// five minutes, and of other forms that are behind, are not among them yet.
#[must_use]
pub fn read_sources(
    company_id: &Id,
    behind: &[Id],
    (from, to): (Day, Day),
    spam_from: i32,
    now: Instant,
) -> Vec<Statement> {
    let of = |sql| statement!(sql, company_id, from.number(), to.number());
    let rolls = behind.iter().flat_map(|form_id| roll(company_id, form_id, spam_from, now));
    rolls.chain([SOURCES_OF_COMPANY, CAMPAIGNS_OF_COMPANY].map(of)).collect()
}

/// The sources, at most 100, and the campaigns, at most 200; those with most submissions first.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_sources(outcomes: &[Outcome]) -> Result<(Vec<SourceCounts>, Vec<CampaignCounts>), Corrupt> {
    let [.., sources, campaigns] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    Ok((read_rows(&sources.rows)?, read_rows(&campaigns.rows)?))
}
