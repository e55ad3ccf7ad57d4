//! One story told to both: the real commands on a database of their own, and the model.

mod flow;
mod leads;
mod picks;
mod sales;

use lead_core::access::{Principal, Role};
use lead_core::activity::RelatedType;
use lead_core::body::Members;
use lead_core::command::submit::Taken;
use lead_core::edit::Precondition;
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::plan::Context;
use lead_store::failure::Failure;
use lead_store::run::{Command, Ran, run};
use pollster::block_on;
use serde_json::{Value, json};

use super::super::faults::{Lossy, lossy};
use super::super::stage::{Stage, Who};
use super::invariants;
use super::lists;
use super::rules::Refused;
use super::step::{Act, Filling, Line, On, SDRS, Said, Seen, Step};
use super::stored::{self, Names};
use super::world::{PERSONS, REPORTS, World};

/// Both tellings of one story.
pub(crate) struct Play {
    stage: Stage,
    world: World,
    /// The names of everything that is stored.
    names: Names,
    /// How many steps were told.
    told: usize,
    /// What becomes of this step's write.
    line: Line,
}

impl Play {
    pub(crate) fn new() -> Self {
        let mut stage = Stage::new(SDRS);
        stage.reports = REPORTS;
        stage.database.change(&format!("UPDATE users SET manager_id = NULL WHERE id = '{}'", stage.sdrs[SDRS - 1]));
        let world = World::new(SDRS);
        let names = Names::of(&stage, &world);
        Self { stage, world, names, told: 0, line: Line::Good }
    }

    /// Tells the next step to both.
    ///
    /// # Errors
    /// What they tell differently.
    pub(crate) fn tell(&mut self, step: &Step) -> Result<(), String> {
        self.world.now += step.after;
        self.line = step.line;
        let by = step.by;
        // Whoever left is let in no more.
        if by != Who::Visitor && !self.world.people[self.world.person(by)].active {
            return Ok(());
        }
        let (real, model) = match picks::resolved(&self.world, step.act.clone()) {
            Act::Submit(said, key) => (self.submit(by, &said, key), Ok(self.world.submit(by, &said, key))),
            Act::Record(number, happened) => {
                let on = (RelatedType::Lead, self.id("lead", number));
                (self.record(by, on, happened), self.world.record(by, number, happened))
            }
            Act::RecordOn(on, number, happened) => {
                let kind = match on {
                    On::Account => RelatedType::Account,
                    On::Contact => RelatedType::Contact,
                    On::Opportunity => RelatedType::Opportunity,
                };
                let real = self.record(by, (kind, self.id(on.name(), number)), happened);
                (real, self.world.record_on(by, on, number, happened))
            }
            Act::Convert(number, deal, seen) => {
                (self.convert(by, number, deal, seen), self.world.convert(by, number, deal, seen))
            }
            Act::Bulk(from, to) => (self.bulk(by, from, to), self.world.bulk(by, from, to)),
            Act::Condition(sdr, condition) => (self.condition(sdr, condition), self.world.condition(sdr, condition)),
            Act::Edit(number, change, seen) => {
                (self.edit(by, number, change, seen), self.world.edit(by, number, change, seen))
            }
            Act::Delete(number, seen) => (self.delete(by, number, seen), self.world.delete(by, number, seen)),
            Act::Restore(number, seen) => (self.restore(by, number, seen), self.world.restore(by, number, seen)),
            Act::Assign(number, to, seen) => {
                (self.assign(by, number, to, seen), self.world.assign(by, number, to, seen))
            }
            Act::Disqualify(number, seen) => {
                (self.disqualify(by, number, seen), self.world.disqualify(by, number, seen))
            }
            Act::Recycle(number, seen) => (self.recycle(by, number, seen), self.world.recycle(by, number, seen)),
            Act::Qualify(number, answers, seen) => {
                (self.qualify(by, number, answers, seen), self.world.qualify(by, number, answers, seen))
            }
            Act::Undo(number, seen) => (self.undo(by, number, seen), self.world.undo(by, number, seen)),
            Act::OpenAccount(company) => (self.open_account(by, company), self.world.open_account(by, company)),
            Act::CloseAccount(number, seen) => {
                (self.close_account(by, number, seen), self.world.close_account(by, number, seen))
            }
            Act::OpenContact(number, person, primary) => {
                (self.open_contact(by, number, person, primary), self.world.open_contact(by, number, person, primary))
            }
            Act::Appoint(number, primary, seen) => {
                (self.appoint(by, number, primary, seen), self.world.appoint(by, number, primary, seen))
            }
            Act::MoveContact(number, account, seen) => {
                (self.move_contact(by, number, account, seen), self.world.move_contact(by, number, account, seen))
            }
            Act::CloseContact(number, seen) => {
                (self.close_contact(by, number, seen), self.world.close_contact(by, number, seen))
            }
            Act::OpenDeal(number) => (self.open_deal(by, number), self.world.open_deal(by, number)),
            Act::MoveDeal(number, to, reopen, seen) => {
                (self.move_deal(by, number, to, reopen, seen), self.world.move_deal(by, number, to, reopen, seen))
            }
            Act::RateDeal(number, percent, seen) => {
                (self.rate_deal(by, number, percent, seen), self.world.rate_deal(by, number, percent, seen))
            }
            Act::Erase(lead, number, seen) => (self.erase(lead, number, seen), self.world.erase(lead, number, seen)),
            Act::CloseDeal(number, seen) => {
                (self.close_deal(by, number, seen), self.world.close_deal(by, number, seen))
            }
        };
        self.names = Names::of(&self.stage, &self.world);
        self.told += 1;
        self.compare(&real, model)
    }

    /// Every list of everybody, at the end: on the way one is looked at after each step, and stories shrink to their ends.
    ///
    /// # Errors
    /// What they list differently.
    pub(crate) fn end(&self) -> Result<(), String> {
        let lists = (0..lists::MANY).flat_map(|turn| lists::differences(&self.stage, &self.world, &self.names, turn));
        let differences: Vec<String> = lists.collect();
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }

    /// # Errors
    /// What they tell differently.
    fn compare(&self, real: &Answer, model: Result<String, Refused>) -> Result<(), String> {
        let model = model.unwrap_or_else(str::to_owned);
        let leads = stored::leads(&self.stage);
        let real = real.named(&self.names);
        let mut differences = Vec::new();
        // A submission whose answer was lost is known as one's own, and says no more than where it went.
        let own = |answer: &str| answer.starts_with("created") || answer.starts_with("duplicate");
        let same = real == model || (real.starts_with("own, on lead ") && self.line == Line::LostAfter && own(&model));
        if !same {
            differences.push(format!("the answer: the model says `{model}`, the store `{real}`"));
        }
        differences.extend(self.world.picture().differences(&stored::picture(
            &self.stage,
            &self.world,
            &self.names,
            &leads,
        )));
        differences.extend(lists::differences(&self.stage, &self.world, &self.names, self.told));
        differences.extend(invariants::broken(&self.stage, &leads));
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }

    /// The way to the database; the first batch reads, the second one writes.
    fn database(&self) -> Lossy<'_> {
        let lost = |line| if self.line == line { [1].as_slice() } else { &[] };
        lossy(&self.stage, lost(Line::LostBefore), lost(Line::LostAfter))
    }

    /// The id of `kind number`; that of nothing where there is no such record.
    fn id(&self, kind: &str, number: usize) -> Id {
        let nothing = "01900000-0000-7000-8000-000000000000";
        Id::parse(self.names.id(kind, number).unwrap_or(nothing)).unwrap()
    }

    /// The id of a person by number, see [`World::people`].
    fn person(&self, number: usize) -> Id {
        self.principal(self.world.people[number].who).user_id
    }

    fn principal(&self, who: Who) -> Principal {
        let (user_id, role) = match who {
            Who::Sdr(n) => (&self.stage.sdrs[n], Role::Sdr),
            Who::Manager => (&self.stage.manager, Role::Manager),
            Who::Admin | Who::Visitor => (&self.stage.admin, Role::Admin),
        };
        let (visibility, currency) = (self.stage.visibility(who), "INR".to_owned());
        Principal { user_id: user_id.clone(), role, visibility, country: Country::INDIA, currency }
    }

    fn context(&self, who: Who) -> Context<'_> {
        let mut context = self.stage.context(self.world.now);
        context.actor.user_id = Some(self.principal(who).user_id);
        context
    }

    /// If-Match for a record of this table.
    fn precondition(&self, table: &str, number: usize, seen: Seen) -> Precondition {
        let sql = format!("SELECT version FROM {table} ORDER BY id LIMIT 1 OFFSET {number}");
        let version = self.stage.database.rows(&sql).first().and_then(|row| row["version"].as_i64()).unwrap_or(1);
        match seen {
            Seen::Current => Precondition::Versions(vec![version]),
            Seen::Any => Precondition::Any,
            Seen::Older => Precondition::Versions(vec![version - 1]),
            Seen::Nothing => Precondition::Missing,
        }
    }

    fn run<C: Command>(&self, by: Who, command: &C) -> Answer {
        Answer::done(block_on(run(&self.database(), command, &mut self.context(by))))
    }

    fn submit(&self, by: Who, said: &Said, key: Option<u8>) -> Answer {
        let key = key.map(|key| format!("key-{key}"));
        let taken = self.stage.try_on(&self.database(), by, &values(by, said), key.as_deref(), self.world.now);
        match taken.map(|ran| ran.done) {
            Ok(Taken::Created(lead)) => Answer::of("created", Some(&lead.id)),
            Ok(Taken::Duplicate { existing_id: Some(id) }) => Answer::of("duplicate of", Some(&id)),
            Ok(Taken::Duplicate { existing_id: None }) => Answer::of("duplicate", None),
            Ok(Taken::Replayed { lead_id, own: true, .. }) => Answer::of("own, on", Some(&lead_id)),
            Ok(Taken::Replayed { lead_id, effect, .. }) => Answer::of(&format!("replayed {effect} on"), Some(&lead_id)),
            Err(failure) => Answer::failed(&failure),
        }
    }
}

/// What a command answered, and of which record.
pub(crate) struct Answer {
    words: String,
    id: Option<Id>,
}

impl Answer {
    pub(crate) fn of(words: &str, id: Option<&Id>) -> Self {
        Self { words: words.to_owned(), id: id.cloned() }
    }

    pub(crate) fn done<D>(ran: Result<Ran<D>, Failure>) -> Self {
        ran.map_or_else(|failure| Self::failed(&failure), |_| Self::of("done", None))
    }

    pub(crate) fn failed(failure: &Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::of(&format!("refused {}", refusal.kind().slug), None),
            other => Self::of(&format!("failed {other:?}"), None),
        }
    }

    fn named(&self, names: &Names) -> String {
        match &self.id {
            Some(id) => format!("{} {}", self.words, names.name(id.as_str())),
            None => self.words.clone(),
        }
    }
}

pub(crate) fn members(values: &Value) -> Members {
    Members::from_json(values.to_string().as_bytes()).unwrap()
}

/// The body of a submission.
fn values(by: Who, said: &Said) -> Value {
    let (first_name, last_name, company_name, email, _) = PERSONS[said.person];
    let mut values = json!({
        "first_name": first_name, "last_name": last_name, "company_name": company_name, "email": email,
        "phone": PERSONS[said.phone_of].4,
        "gdpr_consent": said.consent,
    });
    if said.worth > 0 {
        values["authority_level"] = "decision_maker".into();
    }
    if said.worth > 1 {
        values["budget_range"] = "10 lakh".into();
        values["timeline"] = "30 days".into();
    }
    match (by, said.filling) {
        (Who::Visitor, Filling::Calm) => values["lg_ms"] = 20_000.into(),
        (Who::Visitor, Filling::Hasty) => values["lg_ms"] = 100.into(),
        (Who::Visitor, Filling::Trapped) => {
            values["lg_ms"] = 20_000.into();
            values["lg_ref"] = "http://x".into();
        }
        _ => {
            values["lead_source"] = "referral".into();
            values["campaign"] = "spring".into();
        }
    }
    values
}
