//! Creates a second and rows per create, as the table of leads grows, beside a worker that does one insert and no more.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::Row;
use super::load::{Load, Target};
use super::state::{Scratch, Template, memory};
use crate::build::{Purpose, worker};
use crate::project::Project;
use crate::run::say;
use crate::serve::{CROWDED, Server};
use crate::tools::{Node, node};

/// How many leads are stored before each measurement.
const STORED: [u64; 3] = [1_000, 10_000, 100_000];

/// Creates in one spell of one worker, and spells of each: the two take turns, so that a slow minute meets both.
const SPELL: u64 = 150;
const SPELLS: u64 = 4;

/// Creates before the first spell: isolates start and statements are compiled.
const WARM: u64 = 40;

/// The budget of one create, in rows as D1 bills them.
const MOST_READ: u64 = 50;
const MOST_WRITTEN: u64 = 16;

/// Measures every size in memory and on disk.
///
/// # Errors
/// A worker cannot be built or run, an answer is not an acceptance, or a create is over its budget.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    let node = node(project)?;
    let bench =
        Bench { project, worker: worker(project, Purpose::Test)?, template: Template::new(project, &node)?, node };
    let mut rows = Vec::new();
    if let Some(memory) = memory() {
        bench.medium("tmpfs", memory, &mut rows)?;
    }
    bench.medium("disk", &project.target(), &mut rows)?;
    let over = |name: &str, most: u64| {
        let worst = rows.iter().flatten().filter(|(column, _)| *column == name).filter_map(|(_, value)| value.as_u64());
        worst.max().is_none_or(|worst| worst > most)
    };
    if over("read_most", MOST_READ) || over("written_most", MOST_WRITTEN) {
        let table = super::table(&rows);
        bail!("a create is over {MOST_READ} rows read or {MOST_WRITTEN} rows written\n{table}");
    }
    Ok(rows)
}

struct Bench<'a> {
    project: &'a Project,
    node: Node,
    worker: PathBuf,
    template: Template,
}

impl Bench<'_> {
    /// Measures every size in one place.
    fn medium(&self, name: &str, parent: &Path, rows: &mut Vec<Row>) -> Result<()> {
        let (ours, bare) = (self.template.copy(parent, "submit")?, Scratch::new(parent, "bare")?);
        let one_insert = self.project.path("xtask/js/bench-bare");
        let bare_server = Server::start(
            self.project,
            &self.node,
            &json!({ "worker": one_insert, "state": bare.folder, "quiet": true }),
        )?;
        let bare = Target::bare(bare_server.url("url")?)?;
        let form = self.template.company["form_key"].as_str().context("the seed made no form")?;
        let (mut filled, mut made) = (0, 0);
        for stored in STORED {
            say(&format!("{name}: {stored} stored leads"));
            self.template.fill(self.project, &self.node, &ours, filled, stored - made)?;
            filled = stored - made;
            let server = Server::start(
                self.project,
                &self.node,
                &json!({ "worker": self.worker, "state": ours.folder, "quiet": true, "vars": { "RATE_LIMITS": CROWDED } }),
            )?;
            let form = Target::form(server.url("url")?, form);
            let (our_load, bare_load) = spells(&form, &bare, &mut made)?;
            rows.push(row(name, stored, &our_load, &bare_load));
        }
        Ok(())
    }
}

/// Both workers in turn; `made` counts the visitors of all spells, as no two may be alike.
fn spells(form: &Target, bare: &Target, made: &mut u64) -> Result<(Load, Load)> {
    let (mut ours, mut theirs) = (Load::default(), Load::default());
    for target in [form, bare] {
        target.run(*made..*made + WARM)?;
    }
    *made += WARM;
    for _ in 0..SPELLS {
        ours.add(&form.run(*made..*made + SPELL)?);
        theirs.add(&bare.run(*made..*made + SPELL)?);
        *made += SPELL;
    }
    Ok((ours, theirs))
}

fn row(medium: &str, stored: u64, ours: &Load, bare: &Load) -> Row {
    vec![
        ("database", medium.into()),
        ("stored", stored.into()),
        ("creates", ours.count().into()),
        ("creates_per_s", (ours.per_s().round() as u64).into()),
        ("bare_per_s", (bare.per_s().round() as u64).into()),
        ("bare_to_ours", super::tenths(bare.per_s() / ours.per_s()).into()),
        ("read_mean", super::tenths(ours.read.mean(ours.count())).into()),
        ("read_most", ours.read.most.into()),
        ("written_mean", super::tenths(ours.written.mean(ours.count())).into()),
        ("written_most", ours.written.most.into()),
    ]
}
