//! How far a sequence has come with the leads that the caller sees (spec E5).

use super::Definition;
use crate::enrolment::{EnrolmentState, LeftReason};
use crate::stored;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Enrolments that are alike, as they are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EnrolmentGroup {
    /// Where they stand.
    pub state: EnrolmentState,
    /// Why they left.
    pub left_reason: Option<LeftReason>,
    /// Which step comes next.
    pub next_step: u32,
    /// Whether something holds it back.
    #[serde(deserialize_with = "stored::flag")]
    pub is_held: bool,
    /// Whether its time has come.
    #[serde(deserialize_with = "stored::flag")]
    pub is_due: bool,
    /// How many.
    pub count: i64,
}

/// The mails of one step, as they are read and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailGroup {
    /// Which step.
    pub step_number: u32,
    /// Mails that wait for the provider's answer, or for the next try.
    pub queued: i64,
    /// Mails that a provider took.
    pub sent: i64,
    /// Those that were delivered.
    pub delivered: i64,
    /// Those that a person opened.
    pub opened: i64,
    /// Those of which a person followed a link.
    pub clicked: i64,
    /// Those that bounced.
    pub bounced: i64,
    /// Those that were called spam.
    pub complained: i64,
    /// Mails that were refused, or tried too often.
    pub dead: i64,
    /// Mails that may have been sent, and cannot be asked about.
    pub parked: i64,
    /// Mails that were not sent any more: their lead left.
    pub cancelled: i64,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepCounts {
    /// Leads for which it comes next, later.
    pub waiting: i64,
    /// Leads for which it is due.
    pub due: i64,
    /// Leads from which something holds it back.
    pub held: i64,
    /// Its mails.
    #[serde(flatten)]
    pub mails: MailGroup,
}

/// How far a sequence has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// Leads that ever began it.
    pub enrolled: i64,
    /// Leads for which a step is to come.
    pub active: i64,
    /// Leads that got every step.
    pub finished: i64,
    /// Leads that left before.
    pub left: i64,
    /// Those by reason; reasons without leads are left out.
    pub left_by_reason: BTreeMap<LeftReason, i64>,
    /// The steps by number, those of former definitions included where something is counted of them.
    pub steps: Vec<StepCounts>,
}

impl Counts {
    /// Adds up what was read. Each step of the definition is shown.
    #[must_use]
    pub fn of(definition: &Definition, enrolments: &[EnrolmentGroup], mails: Vec<MailGroup>) -> Self {
        let mut steps: BTreeMap<u32, StepCounts> =
            definition.steps.iter().map(|step| (step.step_number, StepCounts::default())).collect();
        let mut counts =
            Self { enrolled: 0, active: 0, finished: 0, left: 0, left_by_reason: BTreeMap::new(), steps: Vec::new() };
        for group in mails {
            let number = group.step_number;
            steps.entry(number).or_default().mails = group;
        }
        for group in enrolments {
            counts.enrolled += group.count;
            match group.state {
                EnrolmentState::Active => {
                    counts.active += group.count;
                    // Behind the last step a lead only waits until its last mail was sent.
                    if steps.range(group.next_step..).next().is_some() {
                        steps.entry(group.next_step).or_default().count(group);
                    }
                }
                EnrolmentState::Finished => counts.finished += group.count,
                EnrolmentState::Left => {
                    counts.left += group.count;
                    if let Some(reason) = group.left_reason {
                        *counts.left_by_reason.entry(reason).or_default() += group.count;
                    }
                }
            }
        }
        counts.steps = steps.into_iter().map(|(number, step)| step.numbered(number)).collect();
        counts
    }
}

impl StepCounts {
    fn count(&mut self, group: &EnrolmentGroup) {
        let place = match (group.is_held, group.is_due) {
            (true, _) => &mut self.held,
            (false, true) => &mut self.due,
            (false, false) => &mut self.waiting,
        };
        *place += group.count;
    }

    fn numbered(mut self, number: u32) -> Self {
        self.mails.step_number = number;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Members;
    use crate::policy::Policy;
    use crate::sequence::SequenceValues;
    use serde_json::{Value, json};

    fn definition() -> Definition {
        let step = |number: u32| json!({ "step_number": number, "subject": "s", "body": "<p>b</p>", "body_text": "t", "delay_days": 1 });
        let body = json!({ "name": "n", "trigger_event": "lead_created", "steps": [step(1), step(3)] });
        let Value::Object(members) = body else { panic!("an object") };
        SequenceValues::parse(Members::of(members), &Policy::builtin().unwrap()).unwrap().definition
    }

    #[test]
    fn each_lead_is_counted_once_where_it_stands() {
        let group = |state, reason, next_step, is_held, is_due, count| EnrolmentGroup {
            state,
            left_reason: reason,
            next_step,
            is_held,
            is_due,
            count,
        };
        let groups = [
            group(EnrolmentState::Active, None, 1, false, true, 1),
            group(EnrolmentState::Active, None, 3, true, true, 2),
            group(EnrolmentState::Active, None, 2, false, false, 4),
            group(EnrolmentState::Active, None, 4, false, false, 8),
            group(EnrolmentState::Finished, None, 4, false, false, 16),
            group(EnrolmentState::Left, Some(LeftReason::Replied), 1, false, false, 32),
            group(EnrolmentState::Left, Some(LeftReason::Replied), 3, false, false, 64),
        ];
        let mails = vec![MailGroup { step_number: 1, sent: 7, ..MailGroup::default() }];
        let counts = json!(Counts::of(&definition(), &groups, mails));
        assert_eq!([&counts["enrolled"], &counts["active"], &counts["finished"], &counts["left"]], [127, 15, 16, 96]);
        assert_eq!(counts["left_by_reason"], json!({ "replied": 96 }));
        let steps: Vec<_> = counts["steps"].as_array().unwrap().iter().collect();
        let told = |name: &str| steps.iter().map(|step| step[name].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!(told("step_number"), [1, 2, 3]);
        assert_eq!(
            (told("due"), told("waiting"), told("held"), told("sent")),
            (vec![1, 0, 0], vec![0, 4, 0], vec![0, 0, 2], vec![7, 0, 0])
        );
    }
}
