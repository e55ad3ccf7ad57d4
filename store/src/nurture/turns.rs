//! Companies in turns: each run goes on behind the company where the one before it stopped, so that none is starved.

use super::{Run, Trouble};
use crate::statement::{Database, Outcome, Row, Statement, statement};
use lead_core::id::Id;

const READ: &str = "SELECT position FROM cron_turns WHERE name = ?1";

const SAVE: &str = "INSERT INTO cron_turns (name, position) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET position = excluded.position";

/// A walk along companies that have something, from the one behind `$behind` on, `$most` of them at most: `c (company_id)`. Each
/// is found by one look into the index: the rows in between are not read. `$next` gives the company behind `$behind`.
macro_rules! companies {
    ($first:literal, $then:literal, $most:literal) => {
        concat!(
            "WITH RECURSIVE c (company_id, n) AS (SELECT (",
            $first,
            "), 1 \
               UNION ALL SELECT (",
            $then,
            "), c.n + 1 FROM c WHERE c.company_id IS NOT NULL AND c.n < ",
            $most,
            ") "
        )
    };
}
pub(super) use companies;

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 2] {
    [(READ, "PRIMARY KEY"), (SAVE, "")]
}

/// The companies of one kind of work, from where the last run stopped.
pub(super) struct Turns {
    name: &'static str,
    position: String,
    /// Each with its row.
    pub(super) companies: Vec<(Id, Row)>,
}

impl Turns {
    /// Reads them: `sql` takes `?1` the company to begin behind and the statement's own parameters, and gives `company_id`
    /// and what else the work asks for, for `most` companies at most.
    pub(super) async fn read<D: Database>(
        run: &mut Run<'_, D>,
        name: &'static str,
        most: usize,
        of: impl Fn(&str, usize) -> Statement,
    ) -> Result<Self, Trouble> {
        let outcomes = run.batch(vec![statement!(READ, name)]).await?;
        let position = first_text(&outcomes, "position").unwrap_or_default();
        let mut companies = read_companies(&run.batch(vec![of(&position, most)]).await?);
        if !position.is_empty() && companies.len() < most {
            // Around to the beginning, up to where it began.
            let mut rest = read_companies(&run.batch(vec![of("", most - companies.len())]).await?);
            rest.retain(|(id, _)| id.as_str() <= position.as_str());
            companies.extend(rest);
        }
        Ok(Self { name, position, companies })
    }

    /// Remembers the last company that had its turn.
    pub(super) async fn save<D: Database>(&self, run: &mut Run<'_, D>, last: &Id) -> Result<(), Trouble> {
        if last.as_str() == self.position {
            return Ok(());
        }
        run.batch(vec![statement!(SAVE, self.name, last)]).await.map(|_| ())
    }
}

fn read_companies(outcomes: &[Outcome]) -> Vec<(Id, Row)> {
    let rows = outcomes.iter().flat_map(|outcome| &outcome.rows);
    let company = |row: &Row| Id::parse(row.get("company_id")?.as_str()?).map(|id| (id, row.clone()));
    rows.filter_map(company).collect()
}

fn first_text(outcomes: &[Outcome], column: &str) -> Option<String> {
    outcomes.first()?.rows.first()?.get(column)?.as_str().map(str::to_owned)
}
