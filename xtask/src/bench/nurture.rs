//! What a run of nurturing costs, and how many leads it gets on with, with few and with many that are due: a run is bounded,
//! whatever waits.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::Row;
use super::flow_calls::Person;
use super::state::{Template, memory};
use crate::build::{Purpose, worker};
use crate::project::Project;
use crate::run::say;
use crate::serve::Server;
use crate::tools::node;

/// How many leads are due, each for the first mail of one sequence.
const DUE: [u64; 2] = [1_000, 100_000];
/// How many runs follow each other; the figures are those of the dearest.
const RUNS: usize = 3;
/// What a run may read more among many: the pages of an index are deeper, and its neighbours are counted, too.
const SLACK: u64 = 50;

/// The figures of a report that are shown, with where they stand in it.
const FIGURES: [(&str, &str); 7] = [
    ("looked_at", "/due"),
    ("written", "/written"),
    ("sent", "/sent"),
    ("statements", "/statements"),
    ("round_trips", "/cost/round_trips"),
    ("rows_read", "/cost/rows_read"),
    ("rows_written", "/cost/rows_written"),
];

/// Measures at every size.
///
/// # Errors
/// A run went wrong, or reads or writes more where more waits.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    let node = node(project)?;
    let (worker, template) = (worker(project, Purpose::Test)?, Template::new(project, &node)?);
    let parent = memory().map_or_else(|| project.target(), std::path::Path::to_owned);
    let mut all = Vec::new();
    for due in DUE {
        say(&format!("{due} due leads"));
        let copy = template.copy(&parent, "nurture")?;
        template.fill_due(project, &node, &copy, due)?;
        let vars = json!({
            "RATE_LIMITS": "key=1000000", "LOCAL_RUNS": "1", "MAIL_SECRET": "a secret of a benchmark, 32 characters",
            "PUBLIC_URL": "https://leads.example",
        });
        let options = json!({ "worker": worker, "state": copy.folder, "quiet": true, "vars": vars });
        let server = Server::start(project, &node, &options)?;
        let person = Person::admin(server.url("url")?, &template.company, due)?;
        let mut most = [0; FIGURES.len()];
        for _ in 0..RUNS {
            let report = person.nurture()?;
            let figures = FIGURES.map(|(_, place)| report.pointer(place).and_then(Value::as_u64).unwrap_or(0));
            most.iter_mut().zip(figures).for_each(|(most, figure)| *most = figure.max(*most));
        }
        all.push((due, most));
    }
    let rows: Vec<Row> = all.iter().map(|(due, most)| row(*due, most)).collect();
    let [(_, few), (_, many)] = &all[..] else { bail!("two sizes were measured") };
    if few.iter().zip(many).skip(3).any(|(few, many)| *many > few + few / 10 + SLACK) || many[1] == 0 {
        bail!("a run costs more where more waits\n{}", super::table(&rows));
    }
    Ok(rows)
}

fn row(due: u64, most: &[u64]) -> Row {
    let figures = FIGURES.iter().zip(most).map(|((name, _), figure)| (*name, (*figure).into()));
    std::iter::once(("due", due.into())).chain(figures).collect()
}
