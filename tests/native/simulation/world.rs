//! A company, its clock and its provider, in which everything happens by chance.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use lead_core::id::Id;
use lead_core::mail::MailSecret;
use lead_core::mail::sending::Provider;
use lead_core::time::Instant;
use lead_store::nurture::{Budget, Report, Setup, process_within};

use super::super::sqlite::Sqlite;
use super::super::stage::{START, Stage};
use super::chance::Chance;
use super::line::Line;
use super::office::{Desk, Office, PROVIDERS, at};
use super::watcher::{Watcher, text};

/// What there is.
pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) secret: MailSecret,
    pub(super) chance: Chance,
    pub(super) provider: Provider,
    pub(super) office: Office,
    pub(super) watcher: Watcher,
    /// What really has passed since the beginning, in milliseconds.
    elapsed: Cell<i64>,
    /// How far the clock that the runs see is ahead.
    ahead: Cell<i64>,
    /// When it was last set, and how far it was ever set back.
    jumped_at: Cell<i64>,
    set_back: Cell<i64>,
    calm: Cell<bool>,
    runs: Cell<u32>,
    /// The leads that a walk along the trail has passed, and those that it could not see: see [`World::lose_sight`].
    passed: RefCell<BTreeSet<String>>,
    hidden: RefCell<BTreeSet<String>>,
    wrong: RefCell<Vec<String>>,
    pub(super) told: RefCell<Vec<String>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let chance = Chance::new(seed);
        Self {
            provider: chance.one(&PROVIDERS),
            stage: Stage::on(Sqlite::unwatched(), 2),
            secret: MailSecret::new("a secret of more than 32 characters").unwrap(),
            chance,
            office: Office::default(),
            watcher: Watcher::default(),
            elapsed: Cell::new(0),
            ahead: Cell::new(0),
            jumped_at: Cell::new(i64::MIN / 2),
            set_back: Cell::new(0),
            calm: Cell::new(false),
            runs: Cell::new(0),
            passed: RefCell::default(),
            hidden: RefCell::default(),
            wrong: RefCell::default(),
            told: RefCell::default(),
        }
    }

    /// Time passes.
    pub(super) fn pass(&self, ms: i64) {
        self.elapsed.set(self.elapsed.get() + ms);
    }

    pub(super) fn elapsed(&self) -> i64 {
        self.elapsed.get()
    }

    /// What the clock shows.
    pub(super) fn now(&self) -> Instant {
        at(START + self.elapsed.get() + self.ahead.get())
    }

    /// The clock is set by so much.
    pub(super) fn jump(&self, by: i64) {
        self.tell(&format!("the clock is set by {} min", by / 60_000));
        self.ahead.set(self.ahead.get() + by);
        self.jumped_at.set(self.elapsed.get());
        self.set_back.set(self.set_back.get() + (-by).max(0));
    }

    /// Whether the clock was set while the run at work was at work: what it looked at a moment ago was another day.
    pub(super) fn jumped(&self) -> bool {
        self.elapsed.get() - self.jumped_at.get() < 10 * 60_000
    }

    /// Whether the clock was set back by so much that keys seem younger than they are.
    pub(super) fn was_set_back(&self) -> bool {
        self.set_back.get() > 3 * 3_600_000
    }

    /// From now on nothing goes wrong any more.
    pub(super) fn calm_down(&self) {
        self.calm.set(true);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.calm.get()
    }

    /// Something that must not be.
    pub(super) fn wrong(&self, what: String) {
        self.tell(&format!("WRONG: {what}"));
        self.wrong.borrow_mut().push(what);
    }

    /// What was wrong so far.
    pub(super) fn is_wrong(&self) -> Vec<String> {
        self.wrong.borrow().clone()
    }

    /// A line of the story.
    pub(super) fn tell(&self, what: &str) {
        self.told.borrow_mut().push(format!("{} {what}", self.now()));
    }

    /// Looks who may be mailed.
    pub(super) fn look(&self) {
        self.watcher.look(&self.stage, &self.secret);
    }

    /// Ids of leads up to a place of the trail's walk, which is no further than the clock.
    fn walked(&self, place: &str) -> Vec<String> {
        let sql = format!(
            "SELECT id FROM leads WHERE id <= (SELECT {place} FROM walks WHERE head <= '{}')",
            Id::first_at(self.now().plus_ms(1))
        );
        self.stage.database.rows(&sql).iter().map(|row| text(row, "id")).collect()
    }

    /// A lead that came while the clock was set back by more than the walk looks back, and that no run saw before the clock was
    /// where the walk is again, is passed over: its trail lies behind what has settled.
    fn lose_sight(&self) {
        let passed = self.passed.borrow();
        self.hidden.borrow_mut().extend(self.walked("settled").into_iter().filter(|id| !passed.contains(id)));
    }

    /// Whether no walk could see it.
    pub(super) fn is_hidden(&self, lead: &str) -> bool {
        self.hidden.borrow().contains(lead)
    }

    /// One run of the engine.
    pub(super) async fn run(&self, line: &Line<'_>, budget: Budget) -> Report {
        let run = self.runs.get() + 1;
        self.runs.set(run);
        let mut entropy = [7; 10];
        entropy[4..8].copy_from_slice(&run.to_be_bytes());
        let now = || self.now();
        let setup = Setup {
            now: &now,
            entropy,
            policy: &self.stage.policy,
            secret: &self.secret,
            public_url: "https://leads.example",
            request_id: format!("run-{run}"),
        };
        self.lose_sight();
        let report = process_within(line, &Desk { line }, &setup, budget).await;
        self.passed.borrow_mut().extend(self.walked("head"));
        if report.statements > 1_000 {
            self.wrong(format!("a run sent {} statements", report.statements));
        }
        report
    }
}
