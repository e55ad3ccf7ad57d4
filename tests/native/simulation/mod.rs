//! Nurturing in simulated time: months in seconds, from one seed. Leads come, people act, the engine runs, sometimes several runs
//! at once; batches are lost, runs are killed, the provider fails as providers do, and the clock is set. After each round and at
//! the end it is asked whether
//!
//! - a step went to a lead once at most, and was written once only;
//! - nothing went out while the window was closed, nor to whoever had left, was suppressed, or had not agreed;
//! - the caps of the day were kept;
//! - every mail stands where it is known to stand, and every enrolment ended for a reason or waits for one that shows;
//! - every step was sent, or waits for a person where all can see it.
//!
//! A failure prints its seed and its story. `LEADGATE_SEED=7 cargo test -p leadgate-tests native::simulation -- --nocapture` tells that story
//! again; `LEADGATE_SEEDS=10000 cargo test --release -p leadgate-tests native::simulation` tells ten thousand.

mod acts;
mod chance;
mod line;
mod office;
mod race;
mod verdict;
mod watcher;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use lead_store::nurture::{Budget, Shares};
use serde_json::json;

use line::Line;
use race::{Task, race};
use world::World;

/// Stories in an ordinary run.
const SEEDS: u64 = 120;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[test]
fn every_mail_goes_out_once_in_its_time_to_whoever_wants_it() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, last) = match (number("LEADGATE_SEED"), number("LEADGATE_SEEDS")) {
        (Some(seed), _) => (seed, seed),
        (None, seeds) => (1, seeds.unwrap_or(SEEDS)),
    };
    let next = AtomicU64::new(first);
    let tell = || {
        let mut told = Told::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > last {
                return told;
            }
            told.add(&story(seed));
        }
    };
    let threads = thread::available_parallelism().map_or(1, |count| count.get().min(8));
    let told = thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(tell)).collect();
        all.into_iter().fold(Told::default(), |mut sum, one| {
            sum.add(&one.join().unwrap());
            sum
        })
    });
    println!("{told:?}");
    // A simulation in which nothing happens holds nothing.
    if first != last {
        assert!(
            told.delivered as u64 > last - first && told.left > 0 && told.finished > 0 && told.killed > 0,
            "{told:?}"
        );
    }
}

/// What happened, over all stories.
#[derive(Debug, Default)]
struct Told {
    enrolled: usize,
    delivered: usize,
    finished: usize,
    left: usize,
    stuck: usize,
    calls: u32,
    killed: u32,
}

impl Told {
    fn add(&mut self, other: &Self) {
        self.enrolled += other.enrolled;
        self.delivered += other.delivered;
        self.finished += other.finished;
        self.left += other.left;
        self.stuck += other.stuck;
        self.calls += other.calls;
        self.killed += other.killed;
    }
}

/// Says which story it was where it ends by a panic.
struct Name(u64);

impl Drop for Name {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the simulation failed with seed {0}: LEADGATE_SEED={0} tells it again", self.0);
        }
    }
}

/// One story from its seed.
fn story(seed: u64) -> Told {
    let _name = Name(seed);
    let world = World::new(seed);
    world.prepare();
    let mut killed = 0;
    for _ in 0..world.chance.between(15, 45) {
        let after = world.chance.one(&[MINUTE, 20 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY]);
        world.pass(world.chance.between(after / 2, after));
        if world.chance.happens(40) {
            world.jump(world.chance.one(&[-90, -20, -1, 1, 20, 90, 3_000, -3_000]) * MINUTE);
        }
        killed += world.round();
        check(&world, seed);
    }
    let told = world.end();
    check(&world, seed);
    Told { killed, ..told }
}

fn check(world: &World, seed: u64) {
    world.caps_were_kept();
    let wrong = world.is_wrong();
    assert!(
        wrong.is_empty(),
        "seed {seed}, {}:\n{}\n\n{}",
        world.provider.name,
        world.told.borrow().join("\n"),
        wrong.join("\n")
    );
}

impl World {
    fn prepare(&self) {
        let line = Line::new(self);
        let calm =
            async {
                let zone = self.chance.one(&["Asia/Kolkata", "Europe/Berlin", "America/New_York"]);
                self.set(&line, &json!({
                "time_zone": zone, "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Rd, Pune",
                "double_opt_in": self.chance.happens(150), "lead_alerts": self.chance.happens(300),
            })).await;
                for name in ["First", "Second", "Third"].iter().take(self.chance.one(&[1, 2, 3])) {
                    self.create(&line, name).await;
                }
            };
        race(vec![Task::new(calm, &line.killed)], &self.chance);
    }

    /// Some runs and some people, all at once. Gives how many were killed.
    fn round(&self) -> u32 {
        let runs = self.chance.one(&[0, 1, 1, 1, 2, 3]);
        let people = self.chance.one(&[0, 1, 1, 2]);
        let lines: Vec<Line<'_>> = (0..runs + people).map(|_| Line::new(self)).collect();
        let tasks = lines.iter().enumerate().map(|(at, line)| {
            let work = async move {
                if at < runs {
                    let budget = self.budget();
                    let report = self.run(line, budget).await;
                    self.tell(&format!("run: {} {:?}", told(&report), report.faults));
                } else {
                    self.act(line).await;
                }
            };
            Task::new(work, &line.killed)
        });
        race(tasks.collect(), &self.chance);
        self.office.forget();
        lines.iter().map(|line| u32::from(line.killed.get())).sum()
    }

    /// Mostly the ordinary one.
    fn budget(&self) -> Budget {
        if self.chance.happens(850) {
            return Budget::default();
        }
        let statements = Shares { walk: 15, due: 25, ask: 10, judge: 10, send: 30 };
        Budget { rows: 12, enrolments: 3, sends: 2, statements, ..Budget::default() }
    }
}

fn told(report: &lead_store::nurture::Report) -> String {
    let lead_store::nurture::Report { walked, enrolled, left, finished, due, written, held, .. } = report;
    format!(
        "walked {walked}, enrolled {enrolled}, left {left}, finished {finished}, due {due}, written {written}, held {held}"
    )
}
