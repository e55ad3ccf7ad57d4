//! A small crowd of visitors, each of whom waits for an answer before the next one comes.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use ureq::Agent;

/// Visitors at once.
const CONNECTIONS: usize = 8;
const TIMEOUT: Duration = Duration::from_secs(30);

/// Where a crowd submits.
pub(super) struct Target {
    agent: Agent,
    url: String,
    /// Whether its answers say what they cost, as those of a test build do.
    counted: bool,
}

/// Rows over several creates.
#[derive(Clone, Copy, Default)]
pub(super) struct Rows {
    sum: u64,
    /// The most for one create.
    pub(super) most: u64,
}

impl Rows {
    fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.most = self.most.max(other.most);
    }

    /// The mean over `count` creates.
    pub(super) fn mean(self, count: u64) -> f64 {
        self.sum as f64 / count as f64
    }
}

/// What a crowd saw.
#[derive(Default)]
pub(super) struct Load {
    count: u64,
    took: Duration,
    /// Rows read.
    pub(super) read: Rows,
    /// Rows written.
    pub(super) written: Rows,
}

impl Load {
    /// Creates.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Creates a second.
    pub(super) fn per_s(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }

    /// Counts one more spell in.
    pub(super) fn add(&mut self, other: &Self) {
        self.took += other.took;
        self.join(other);
    }

    /// Counts in what another visitor saw in the same time.
    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.read.add(other.read);
        self.written.add(other.written);
    }
}

impl Target {
    /// A form of ours, in a test build.
    pub(super) fn form(base: &str, key: &str) -> Self {
        Self { agent: agent(), url: format!("{base}/f/{key}"), counted: true }
    }

    /// The worker of one insert, with its table made.
    ///
    /// # Errors
    /// It does not answer.
    pub(super) fn bare(base: &str) -> Result<Self> {
        let agent = agent();
        agent.put(base).send_empty().context("the bare worker cannot make its table")?;
        Ok(Self { agent, url: base.to_owned(), counted: false })
    }

    /// Sends these visitors, and takes the time from the first to the last answer.
    ///
    /// # Errors
    /// An answer failed, or is not an acceptance that wrote a lead.
    pub(super) fn run(&self, visitors: Range<u64>) -> Result<Load> {
        let (next, started) = (AtomicU64::new(visitors.start), Instant::now());
        let queue = || -> Result<Load> {
            let mut load = Load::default();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= visitors.end {
                    return Ok(load);
                }
                load.join(&self.submit(n)?);
            }
        };
        let mut load = Load::default();
        thread::scope(|scope| {
            let crowd: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(queue)).collect();
            for visitor in crowd {
                load.join(&visitor.join().map_err(|_| anyhow!("a visitor panicked"))??);
            }
            anyhow::Ok(())
        })?;
        load.took = started.elapsed();
        Ok(load)
    }

    fn submit(&self, n: u64) -> Result<Load> {
        let mut answer = self.agent.post(&self.url).send_json(visitor(n))?;
        let cost = answer.headers().get("x-leadgate-cost").and_then(|cost| cost.to_str().ok()).map(str::to_owned);
        let body = answer.body_mut().read_to_string()?;
        if answer.status() != 202 {
            bail!("visitor {n} got {}: {body}", answer.status());
        }
        let rows = |name| -> Result<Rows> {
            let sum = if self.counted { figure(cost.as_deref().unwrap_or_default(), name)? } else { 0 };
            Ok(Rows { sum, most: sum })
        };
        let load = Load { count: 1, read: rows("rows_read")?, written: rows("rows_written")?, ..Load::default() };
        if self.counted && load.written.sum == 0 {
            bail!("visitor {n} was accepted and nothing was written");
        }
        Ok(load)
    }
}

/// One figure of a cost such as `round_trips=2 rows_read=9 rows_written=14`.
///
/// # Errors
/// The cost has no such figure.
pub(super) fn figure(cost: &str, name: &str) -> Result<u64> {
    let mut pairs = cost.split(' ').filter_map(|pair| pair.split_once('='));
    let (_, figure) = pairs.find(|(key, _)| *key == name).with_context(|| format!("no {name} in the cost `{cost}`"))?;
    Ok(figure.parse()?)
}

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
    // Each visitor keeps one connection, as a browser would.
    config.max_idle_connections_per_host(CONNECTIONS).build().into()
}

/// Visitor `n`: like no other, with names as spread as those of the stored leads.
pub(super) fn visitor(n: u64) -> Value {
    // An odd factor gives every `n` a number of its own, far from its neighbours'.
    let mixed = (n + 1).wrapping_mul(0x9e37_79b1) & 0xffff_ffff;
    let company = spelled(mixed, 8);
    // Squared, as in bench-fill.mjs: some family names are far commoner than others.
    let family = (mixed >> 12) & 0xfff;
    json!({
        "first_name": spelled(mixed, 3),
        "last_name": spelled((family * family) >> 12, 3),
        "company_name": company,
        "email": format!("visitor{n}@{company}.com"),
        "phone": format!("+9198{n:08}"),
        "gdpr_consent": true,
        "utm_source": "google_ads",
        "utm_campaign": "spring",
        "timeline": "60 days",
        "lg_ms": 20_000,
    })
}

/// The lowest bits of a number as syllables, four bits each.
fn spelled(number: u64, syllables: u32) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va"];
    (0..syllables).map(|place| SYLLABLES[(number >> (4 * place)) as usize % SYLLABLES.len()]).collect()
}

#[cfg(test)]
mod tests {
    use super::{figure, visitor};

    #[test]
    fn a_cost_is_read_by_name() {
        let cost = "round_trips=2 rows_read=9 rows_written=14";
        assert_eq!(figure(cost, "rows_read").unwrap(), 9);
        assert_eq!(figure(cost, "rows_written").unwrap(), 14);
        assert_eq!(figure("", "rows_read").unwrap_err().to_string(), "no rows_read in the cost ``");
    }

    #[test]
    fn no_two_visitors_share_a_company() {
        let company = |n| visitor(n)["company_name"].as_str().unwrap().to_owned();
        let companies: std::collections::BTreeSet<String> = (0..5_000).map(company).collect();
        assert_eq!(companies.len(), 5_000);
    }
}
