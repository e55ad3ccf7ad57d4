//! A provider of mails, with all that may go wrong with one: it is slow, refuses, has too much to do, fails before or after it
//! took a mail, or never answers. It notes what it delivers, and holds each request against what may be sent.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use lead_core::mail::sending::{Answer, Provider, Repeats, Sight, Told};
use lead_core::mail::{Mail, MailKind};
use lead_core::nurture::window::local_day;
use lead_core::nurture::zone;
use lead_core::sequence::Definition;
use lead_core::time::Instant;
use lead_store::nurture::send::Post;

use super::line::Line;
use super::race::{die, turn};
use super::watcher::text;
use super::world::World;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// So long a provider knows a key again.
const KEY_MS: i64 = 24 * HOUR;

/// So long it takes at most until what was taken can be found, and so long it is found.
const SETTLED_MS: i64 = 10 * MINUTE;
const KEPT_MS: i64 = 45 * 24 * HOUR;

/// The kinds of providers there are.
pub(super) const PROVIDERS: [Provider; 3] = [
    Provider { name: "keyed", repeats: Repeats::Keyed { for_ms: KEY_MS } },
    Provider { name: "tagged", repeats: Repeats::LookedUp { settled_ms: SETTLED_MS, kept_ms: KEPT_MS } },
    Provider { name: "plain", repeats: Repeats::Unknowable },
];

/// A look at a lead counts for so many batches of its run: two that read, and one that marks the mail.
const LOOK: usize = 3;

/// A step of a sequence for a lead.
pub(super) type Step = (String, String, u32);

/// A mail in somebody's mailbox.
pub(super) struct Delivery {
    pub(super) step: Option<Step>,
    pub(super) domain: String,
    pub(super) cap_day: Option<i64>,
    pub(super) caps: [Option<u32>; 2],
}

/// The provider.
#[derive(Default)]
pub(super) struct Office {
    /// Since when it knows each key.
    keys: RefCell<BTreeMap<String, i64>>,
    /// Which mail each step went by.
    steps: RefCell<BTreeMap<Step, String>>,
    asked: RefCell<BTreeSet<String>>,
    pub(super) delivered: RefCell<BTreeMap<String, Vec<Delivery>>>,
    pub(super) calls: Cell<u32>,
}

/// What comes of one call.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Taken,
    TakenAndSilent,
    Silent,
    Busy,
    Refused,
}

/// The provider as one run reaches it.
pub(super) struct Desk<'a> {
    pub(super) line: &'a Line<'a>,
}

impl Post for Desk<'_> {
    fn provider(&self, _: &Mail) -> Provider {
        self.line.world.provider
    }

    async fn send(&self, mail: &Mail) -> Told<Answer> {
        let (world, office) = (self.line.world, &self.line.world.office);
        turn().await;
        let id = mail.id.to_string();
        office.calls.set(office.calls.get() + 1);
        if !office.asked.borrow_mut().insert(id.clone()) && !world.jumped() {
            world.wrong(format!("{id} was handed over twice at the same time"));
        }
        self.judge(mail);
        let fate = world.fate();
        self.dawdle().await;
        if matches!(fate, Fate::Taken | Fate::TakenAndSilent) {
            self.take(mail);
        }
        office.asked.borrow_mut().remove(&id);
        if !world.is_calm() && world.chance.happens(8) {
            return die(&self.line.killed).await;
        }
        let answer = match fate {
            Fate::Taken => Answer::Accepted { provider_id: None },
            Fate::TakenAndSilent | Fate::Silent => Answer::Unclear,
            Fate::Busy => {
                let after_ms = world.chance.happens(700).then(|| world.chance.between(1, 120) * MINUTE);
                Answer::Retry { after_ms, is_full: world.chance.happens(300) }
            }
            Fate::Refused => Answer::Refused { reason: "refused".to_owned() },
        };
        answer.into()
    }

    async fn look_up(&self, mail: &Mail) -> Told<Sight> {
        let world = self.line.world;
        turn().await;
        self.dawdle().await;
        let since = world.office.keys.borrow().get(mail.id.as_str()).copied();
        let sight = match since {
            _ if !world.is_calm() && world.chance.happens(150) => Sight::Unclear { after_ms: None },
            // It may take its time until it shows.
            Some(since) if world.elapsed() - since < SETTLED_MS && world.chance.happens(500) => Sight::Absent,
            Some(_) => Sight::Found { provider_id: None },
            None => Sight::Absent,
        };
        sight.into()
    }
}

impl World {
    fn fate(&self) -> Fate {
        if self.is_calm() {
            return Fate::Taken;
        }
        match self.chance.below(100) {
            0..=7 => Fate::TakenAndSilent,
            8..=13 => Fate::Silent,
            14..=21 => Fate::Busy,
            22..=23 => Fate::Refused,
            _ => Fate::Taken,
        }
    }
}

impl Desk<'_> {
    /// Some take their time.
    async fn dawdle(&self) {
        let world = self.line.world;
        if !world.is_calm() && world.chance.happens(60) {
            for _ in 0..world.chance.between(1, 3) {
                world.pass(world.chance.between(1_000, 6_000));
                turn().await;
            }
        }
    }

    /// Holds a request against what may be sent.
    fn judge(&self, mail: &Mail) {
        let world = self.line.world;
        let (Some(lead), Some(sequence), Some(step)) = (&mail.lead_id, &mail.sequence_id, mail.step_number) else {
            return;
        };
        if mail.kind != MailKind::Sequence {
            return;
        }
        let place = (lead.to_string(), sequence.to_string());
        let told = format!("step {step} of {sequence} to {lead} by {}", mail.id);
        let step = (place.0.clone(), place.1.clone(), step);
        let first = world.office.steps.borrow_mut().entry(step).or_insert_with(|| mail.id.to_string()).clone();
        if first != mail.id.as_str() {
            world.wrong(format!("{told}: went by {first} before"));
        }
        let begun = self.line.begun.borrow();
        let looked = begun.len().checked_sub(LOOK).map_or(0, |at| begun[at]);
        if let Some(why) = world.watcher.blocked(&place, looked) {
            world.wrong(format!("{told}: the lead is {why}"));
        }
        if !world.jumped() && !world.is_open(mail) {
            world.wrong(format!("{told}: the window is closed at {}", world.now()));
        }
    }

    /// The provider has it now.
    fn take(&self, mail: &Mail) {
        let world = self.line.world;
        let id = mail.id.to_string();
        let since = world.office.keys.borrow().get(&id).copied();
        let keyed = matches!(world.provider.repeats, Repeats::Keyed { .. });
        if keyed && since.is_some_and(|since| world.elapsed() - since < KEY_MS) {
            return;
        }
        world.office.keys.borrow_mut().insert(id.clone(), world.elapsed());
        let delivery = world.delivery(mail);
        let mut delivered = world.office.delivered.borrow_mut();
        let all = delivered.entry(id.clone()).or_default();
        if !all.is_empty() && !world.was_set_back() && !world.was_taken_up(&id) {
            world.wrong(format!("{id} was delivered again"));
        }
        all.push(delivery);
    }
}

impl Office {
    /// Whoever was killed while a call went on waits for no answer any more.
    pub(super) fn forget(&self) {
        self.asked.borrow_mut().clear();
    }
}

impl World {
    /// Whether a person took up, or gave up, a mail of which nobody knows whether the provider has it.
    pub(super) fn was_taken_up(&self, mail: &str) -> bool {
        let sql = format!(
            "SELECT 1 FROM audit_logs WHERE entity_id = '{mail}' AND field_name = 'state' AND old_value = 'parked'"
        );
        !self.stage.database.rows(&sql).is_empty()
    }

    fn definition(&self, mail: &Mail) -> Option<Definition> {
        let (sequence, revision) = (mail.sequence_id.as_ref()?, mail.revision?);
        let sql = format!(
            "SELECT definition FROM sequence_revisions WHERE sequence_id = '{sequence}' AND revision = {revision}"
        );
        serde_json::from_str(self.stage.database.rows(&sql)[0]["definition"].as_str()?).ok()
    }

    /// Whether the window was open when the mail was looked at, a moment ago.
    fn is_open(&self, mail: &Mail) -> bool {
        let Some(window) = self.definition(mail).and_then(|definition| definition.send_window) else { return true };
        let lead = mail.lead_id.as_ref().unwrap();
        let row = &self.stage.database.rows(&format!(
            "SELECT l.country, l.state, t.time_zone FROM leads l JOIN company_settings t ON t.company_id = l.company_id WHERE l.id = '{lead}'"
        ))[0];
        let company = zone::of_company(&text(row, "time_zone"));
        let by = window.zone(company, &text(row, "country"), row["state"].as_str());
        [0, MINUTE].iter().any(|ago| window.is_open(self.now().plus_ms(-ago), by))
    }

    fn delivery(&self, mail: &Mail) -> Delivery {
        let row = &self.stage.database.rows(&format!("SELECT cap_day FROM mails WHERE id = '{}'", mail.id))[0];
        let cap_day = row["cap_day"].as_i64();
        let definition = self.definition(mail);
        let step = match (&mail.lead_id, &mail.sequence_id, mail.step_number) {
            (Some(lead), Some(sequence), Some(step)) if mail.kind == MailKind::Sequence => {
                Some((lead.to_string(), sequence.to_string(), step))
            }
            _ => None,
        };
        if let (Some(day), true) = (cap_day, step.is_some() && !self.jumped()) {
            let zone = zone::of_company(&text(
                &self.stage.database.rows("SELECT time_zone FROM company_settings")[0],
                "time_zone",
            ));
            let days = [0, MINUTE].map(|ago: i64| local_day(self.now().plus_ms(-ago), zone));
            if !days.contains(&day) {
                self.wrong(format!("{} was counted on day {day}, and delivered on {days:?}", mail.id));
            }
        }
        Delivery {
            step,
            domain: mail.to_address.rsplit('@').next().unwrap_or_default().to_owned(),
            cap_day,
            caps: definition.map_or([None; 2], |of| [of.daily_cap_per_lead, of.daily_cap_per_domain]),
        }
    }

    /// No cap of a day was broken: there is an order of the day's mails in which each found its own cap kept.
    pub(super) fn caps_were_kept(&self) {
        let mut days: BTreeMap<(i64, String), Vec<u32>> = BTreeMap::new();
        let mut counted = BTreeSet::new();
        for (mail, delivery) in
            self.office.delivered.borrow().iter().flat_map(|(mail, all)| all.iter().map(move |one| (mail, one)))
        {
            let (Some(day), Some((lead, ..))) = (delivery.cap_day, &delivery.step) else { continue };
            // A mail that a person had sent once more counts once a day.
            if !counted.insert((mail, day)) {
                continue;
            }
            for (subject, cap) in [(lead, delivery.caps[0]), (&delivery.domain, delivery.caps[1])] {
                days.entry((day, subject.clone())).or_default().push(cap.unwrap_or(u32::MAX));
            }
        }
        for ((day, subject), mut caps) in days {
            caps.sort_unstable();
            if caps.iter().zip(1..).any(|(cap, number)| *cap < number) {
                self.wrong(format!("on day {day} {subject} got {} mails under caps of {caps:?}", caps.len()));
            }
        }
    }
}

/// A moment as text, for what is told.
pub(super) fn at(ms: i64) -> Instant {
    Instant::from_ms(ms).unwrap()
}
