//! One story told to both: the real commands on a database of their own, and the model.

use lead_core::command::submit::Taken;
use lead_core::id::Id;
use lead_core::lead::TouchEffect;
use lead_store::failure::Failure;
use serde_json::{Value, json};

use super::super::stage::{Stage, Who};
use super::invariants;
use super::step::{Act, Filling, Said, Step};
use super::stored::{self, Names};
use super::world::{PERSONS, REPORTS, World};

/// How many SDRs there are; the last one reports to nobody.
const SDRS: usize = 3;

/// Both tellings of one story.
pub(crate) struct Play {
    pub(crate) stage: Stage,
    pub(crate) world: World,
}

impl Play {
    pub(crate) fn new() -> Self {
        let mut stage = Stage::new(SDRS);
        stage.reports = REPORTS;
        stage.database.change(&format!("UPDATE users SET manager_id = NULL WHERE id = '{}'", stage.sdrs[SDRS - 1]));
        Self { stage, world: World::new(SDRS) }
    }

    /// Tells the next step to both.
    ///
    /// # Errors
    /// What they tell differently.
    pub(crate) fn tell(&mut self, step: &Step) -> Result<(), String> {
        self.world.now += step.after;
        let Step { by, act, .. } = step;
        let (real, model) = match act {
            Act::Submit(said, key) => (self.submit(*by, said, *key), self.world.submit(*by, said, *key)),
        };
        let names = Names::of(&self.stage, &self.world);
        let leads = self.stage.leads();
        let real = real.named(&names);
        let mut differences = Vec::new();
        if real != model {
            differences.push(format!("the answer: the model says `{model}`, the store `{real}`"));
        }
        differences.extend(self.world.picture().differences(&stored::picture(
            &self.stage,
            &self.world,
            &names,
            &leads,
        )));
        differences.extend(invariants::broken(&self.stage, &leads));
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }

    fn submit(&self, by: Who, said: &Said, key: Option<u8>) -> Answer {
        let key = key.map(|key| format!("key-{key}"));
        let taken = self.stage.try_on(&self.stage.database, by, &values(by, said), key.as_deref(), self.world.now);
        match taken.map(|ran| ran.done) {
            Ok(Taken::Created(lead)) => Answer::of("created", Some(&lead.id)),
            Ok(Taken::Duplicate { existing_id: Some(id) }) => Answer::of("duplicate of", Some(&id)),
            Ok(Taken::Duplicate { existing_id: None }) => Answer::of("duplicate", None),
            Ok(Taken::Replayed { lead_id, effect, .. }) => Answer::of(&replayed(effect), Some(&lead_id)),
            Err(failure) => Answer::failed(&failure),
        }
    }
}

fn replayed(effect: TouchEffect) -> String {
    format!("replayed {effect} on")
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
