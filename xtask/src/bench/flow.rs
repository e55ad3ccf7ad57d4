//! Rows and round trips of each command, with few and with many leads stored: nothing may grow with the tables but what
//! adds up open opportunities.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::Row;
use super::flow_calls::{Bound, CALLS, Call, Person};
use super::load::figure;
use super::state::{Template, memory};
use crate::build::{Purpose, worker};
use crate::project::Project;
use crate::run::say;
use crate::serve::Server;
use crate::tools::node;

/// How many leads are stored; an account for three of them, an opportunity for every other one, a contact each.
const STORED: [u64; 2] = [1_000, 100_000];
/// How often each command is run; the dearest run counts.
const TIMES: u64 = 4;
/// What may come on top: with few leads the neighbourhoods that a match reads are not yet full.
const SLACK: u64 = 8;

/// Round trips, rows read, rows written.
#[derive(Clone, Copy, Default)]
struct Cost([u64; 3]);

/// Measures every command at every size.
///
/// # Errors
/// A command went wrong, or reads or writes more rows than with fewer leads stored.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    let node = node(project)?;
    let (worker, template) = (worker(project, Purpose::Test)?, Template::new(project, &node)?);
    let parent = memory().map_or_else(|| project.target(), std::path::Path::to_owned);
    let copy = template.copy(&parent, "flow")?;
    let mut filled = 0;
    let mut costs = Vec::new();
    for stored in STORED {
        say(&format!("{stored} stored leads"));
        template.fill_flow(project, &node, &copy, filled, stored)?;
        filled = stored;
        // Many calls by one key in a short time.
        let options =
            json!({ "worker": worker, "state": copy.folder, "quiet": true, "vars": { "RATE_LIMITS": "key=1000000" } });
        let server = Server::start(project, &node, &options)?;
        let person = Person::admin(server.url("url")?, &template.company, stored)?;
        costs.push(CALLS.iter().map(|call| dearest(call, &person)).collect::<Result<Vec<_>>>()?);
    }
    let [few, many] = &costs[..] else { bail!("two sizes were measured") };
    let mut grown = Vec::new();
    let mut rows = Vec::new();
    for (call, (few, many)) in CALLS.iter().zip(few.iter().zip(many)) {
        let most = |part: usize| match call.bound {
            Bound::Page(rows) => few.0[part].max(rows),
            Bound::Same | Bound::OpenOpportunities => few.0[part] + SLACK,
        };
        if call.bound != Bound::OpenOpportunities && (0..3).any(|part| many.0[part] > most(part)) {
            grown.push(call.name);
        }
        rows.push(row(call, *few, *many));
    }
    if !grown.is_empty() {
        bail!("these cost more with more leads stored: {}\n{}", grown.join(", "), super::table(&rows));
    }
    Ok(rows)
}

fn row(call: &Call, few: Cost, many: Cost) -> Row {
    let [round_trips, few_read, few_written] = few.0;
    let [_, many_read, many_written] = many.0;
    let growth = if many_read > few_read + SLACK {
        Value::from(format!("{:.1} times", many_read as f64 / few_read.max(1) as f64))
    } else {
        Value::from("no")
    };
    vec![
        ("command", call.name.into()),
        ("round_trips", round_trips.into()),
        ("read_at_1k", few_read.into()),
        ("read_at_100k", many_read.into()),
        ("written_at_1k", few_written.into()),
        ("written_at_100k", many_written.into()),
        ("grows", growth),
    ]
}

/// The dearest of some runs, after one that fills the isolate's caches.
fn dearest(call: &Call, person: &Person) -> Result<Cost> {
    let mut dearest = Cost::default();
    for time in 0..=TIMES {
        let cost = person.run(call).with_context(|| format!("at {}", call.name))?;
        let cost = [figure(&cost, "round_trips")?, figure(&cost, "rows_read")?, figure(&cost, "rows_written")?];
        if time > 0 {
            dearest.0.iter_mut().zip(cost).for_each(|(most, part)| *most = (*most).max(part));
        }
    }
    Ok(dearest)
}
