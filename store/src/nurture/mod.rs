//! One run of nurturing, by the seed's name `process_nurturing_tasks`: walk the audit trail, mail what is due, tidy up. Runs may
//! overlap, be killed at any batch, or lose an answer: what they work on is theirs by a lease, and each write asks for it.

pub mod ask;
mod caps;
pub(crate) mod changes;
mod due;
mod follows;
pub mod judge;
pub(crate) mod leads;
mod lease;
pub mod outbox;
mod report;
pub mod send;
mod sending;
mod tidy;
mod turns;
mod walk;

pub use caps::count;
pub use report::Report;
pub use sending::{Again, MailToSend};

use crate::statement::{Corrupt, Database, DatabaseError, Outcome, Statement};
use lead_core::id::{Entropy, Id, IdSource};
use lead_core::mail::MailSecret;
use lead_core::plan::{Actor, Context};
use lead_core::policy::Policy;
use lead_core::time::Instant;

/// What a run is given.
pub struct Setup<'a> {
    /// The clock: a run takes a while.
    pub now: &'a dyn Fn() -> Instant,
    /// Random bytes of this run.
    pub entropy: Entropy,
    /// The rules.
    pub policy: &'a Policy,
    /// Signs links and hashes addresses.
    pub secret: &'a MailSecret,
    /// What the addresses of links begin with.
    pub public_url: &'a str,
    /// Names the run in the log and in the audit trail.
    pub request_id: String,
}

/// How much one run does at most, so that it ends within the platform's limits and the next one goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Audit rows walked.
    pub rows: usize,
    /// Enrolments looked at.
    pub enrolments: usize,
    /// Events of mails judged.
    pub events: usize,
    /// Questions for consent mailed.
    pub questions: usize,
    /// Mails claimed to be sent.
    pub sends: usize,
    /// Companies that a phase asks whether there is something to do.
    pub companies: usize,
    /// Statements of each phase: a request may send a thousand.
    pub statements: Shares,
    /// After so long nothing new is begun.
    pub time_ms: i64,
}

/// After so many statements a phase begins nothing new, however much the others need: none starves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// For the walk along the trail.
    pub walk: usize,
    /// For what is due.
    pub due: usize,
    /// For questions.
    pub ask: usize,
    /// For events.
    pub judge: usize,
    /// For sending.
    pub send: usize,
}

impl Default for Budget {
    fn default() -> Self {
        let statements = Shares { walk: 180, due: 150, ask: 30, judge: 60, send: 500 };
        Self {
            rows: 2_000,
            enrolments: 500,
            events: 1_000,
            questions: 50,
            sends: 60,
            companies: 500,
            statements,
            time_ms: 40_000,
        }
    }
}

/// A run at work.
pub(crate) struct Run<'a, D> {
    database: &'a D,
    pub(crate) setup: &'a Setup<'a>,
    pub(crate) budget: Budget,
    pub(crate) report: Report,
    began: Instant,
    /// How many statements the phase at work may bring the run to.
    most: usize,
    contexts: u16,
}

/// Why a piece of work was given up for this run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// Somebody else was faster, or what was read has changed. Nothing was written.
    Collision,
    /// The database did not answer: nobody knows what was written.
    Lost(String),
    /// A stored row cannot be read.
    Corrupt(String),
}

impl From<DatabaseError> for Trouble {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Collision => Self::Collision,
            DatabaseError::Unavailable(words) => Self::Lost(words),
        }
    }
}

impl From<Corrupt> for Trouble {
    fn from(Corrupt(words): Corrupt) -> Self {
        Self::Corrupt(words)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Collision => f.write_str("collision"),
            Self::Lost(words) | Self::Corrupt(words) => f.write_str(words),
        }
    }
}

/// Every query text of a run with the index it must walk, if it looks anything up; for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut all =
        [turns::explainable().as_slice(), &walk::explainable(), &due::explainable(), &leads::explainable()].concat();
    all.extend(follows::explainable());
    all.extend(lease::explainable());
    all.extend(caps::explainable());
    all.extend(changes::explainable());
    all.extend(sending::explainable());
    all.extend(tidy::explainable());
    all.extend(outbox::explainable());
    all.extend(ask::explainable());
    all.extend(judge::explainable());
    all
}

/// Does what is to be done now, within [`Budget`]; what is left waits for the next run.
pub async fn process_nurturing_tasks<D: Database, P: send::Post>(database: &D, post: &P, setup: &Setup<'_>) -> Report {
    process_within(database, post, setup, Budget::default()).await
}

/// The same within a budget of the caller's.
pub async fn process_within<D: Database, P: send::Post>(
    database: &D,
    post: &P,
    setup: &Setup<'_>,
    budget: Budget,
) -> Report {
    let mut run =
        Run { database, setup, budget, report: Report::default(), began: (setup.now)(), most: 0, contexts: 0 };
    let Shares { walk, due, ask, judge, send } = budget.statements;
    run.begin(walk);
    walk::run(&mut run).await;
    run.begin(due);
    due::run(&mut run).await;
    run.begin(ask);
    ask::run(&mut run).await;
    run.begin(judge);
    judge::run(&mut run).await;
    // Before what waits for somebody outside.
    tidy::run(&mut run).await;
    run.begin(send);
    send::run(&mut run, post).await;
    run.report
}

/// Hands over what is due in the outbox, and nothing else.
pub async fn send_due_mails<D: Database, P: send::Post>(database: &D, post: &P, setup: &Setup<'_>) -> Report {
    let budget = Budget::default();
    let mut run =
        Run { database, setup, budget, report: Report::default(), began: (setup.now)(), most: 0, contexts: 0 };
    run.begin(budget.statements.send);
    send::run(&mut run, post).await;
    run.report
}

impl<'a, D: Database> Run<'a, D> {
    pub(crate) fn now(&self) -> Instant {
        (self.setup.now)()
    }

    /// Begins a phase that may send so many statements.
    fn begin(&mut self, share: usize) {
        self.most = self.report.statements + share;
    }

    /// Whether nothing new should be begun.
    pub(crate) fn is_over(&self) -> bool {
        // A clock that was set back ends nothing early.
        self.report.statements >= self.most || self.now().ms() - self.began.ms() >= self.budget.time_ms
    }

    /// What the decisions about a company know besides what is stored, with ids of its own.
    pub(crate) fn context(&mut self, company_id: &Id) -> Context<'a> {
        let now = self.now();
        let mut seed = self.setup.entropy;
        // The source of ids counts in the first two bytes; the contexts of one run differ in the next two.
        seed[2..4].copy_from_slice(&self.contexts.to_be_bytes());
        self.contexts = self.contexts.wrapping_add(1);
        Context {
            company_id: company_id.clone(),
            now,
            ids: IdSource::new(now, seed),
            policy: self.setup.policy,
            actor: Actor { request_id: self.setup.request_id.clone(), ..Actor::default() },
            attempts: Vec::new(),
        }
    }

    /// Notes what went wrong.
    pub(crate) fn fault(&mut self, phase: &str, trouble: &Trouble) {
        self.report.faults.push(format!("{phase}: {trouble}"));
    }

    /// Sends a batch, and adds what it cost.
    pub(crate) async fn batch(&mut self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Trouble> {
        self.report.cost.round_trips += 1;
        self.report.statements += statements.len();
        let outcomes = self.database.batch(statements).await?;
        self.report.cost.add(&outcomes);
        Ok(outcomes)
    }
}
