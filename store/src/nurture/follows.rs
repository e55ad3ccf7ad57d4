//! What follows from what the trail told: leads that begin sequences, leads that leave them, and owners who are told.

use super::leads::{self, EnrolmentRow, Revision, RevisionKey};
use super::{Run, Trouble};
use crate::statement::{Database, Row, statement};
use lead_core::id::Id;
use lead_core::nurture::alert;
use lead_core::nurture::compose::Company;
use lead_core::nurture::decide::Standing;
use lead_core::nurture::facts::NurturedLead;
use lead_core::nurture::trigger::Happened;
use lead_core::plan::{Change, Context, Ending, EnrolmentKey, NewEnrolment, QueuedMail, Telling};
use lead_core::sequence::Sequence;
use lead_core::time::{DAY_MS, Instant};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// Which alerts of these rows were written already: an alert has the id of the row that it tells of.
const ALERTS: &str = "SELECT m.id FROM json_each(?2) j CROSS JOIN mails m ON m.company_id = ?1 AND m.id = j.value";

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 1] {
    [(ALERTS, "PRIMARY KEY")]
}

/// What was read about the leads to which something happened.
pub(super) struct Known {
    active: Vec<Sequence>,
    company: Company,
    leads: HashMap<Id, NurturedLead>,
    enrolments: Vec<EnrolmentRow>,
    revisions: HashMap<RevisionKey, Revision>,
    alerted: BTreeSet<Id>,
}

impl Known {
    pub(super) async fn read<D: Database>(
        run: &mut Run<'_, D>,
        company_id: &Id,
        happened: &[Happened],
        active: Vec<Sequence>,
        company: Company,
    ) -> Result<Self, Trouble> {
        let ids: BTreeSet<&Id> = happened.iter().map(|happened| &happened.lead_id).collect();
        let ids: Vec<Id> = ids.into_iter().cloned().collect();
        if ids.is_empty() {
            let (leads, revisions) = (HashMap::new(), HashMap::new());
            return Ok(Self { active, company, leads, enrolments: Vec::new(), revisions, alerted: BTreeSet::new() });
        }
        let alerts: Vec<&Id> =
            happened.iter().filter(|happened| alert::tells(happened.what)).map(|happened| &happened.audit_id).collect();
        let reads = vec![
            leads::read(company_id, &ids),
            leads::read_enrolments(company_id, &ids),
            leads::read_revisions_of(company_id, &ids),
            statement!(ALERTS, company_id, json!(alerts)),
        ];
        let outcomes = run.batch(reads).await?;
        let [lead_rows, enrolments, revision_rows, alerted] = &outcomes[..] else { return Err(missing()) };
        let id = |row: &Row| Id::parse(row.get("id")?.as_str()?);
        let (leads, revisions) = (leads::found(lead_rows), leads::revisions(revision_rows));
        run.report.unreadable += lead_rows.rows.len() - leads.len() + revision_rows.rows.len() - revisions.len();
        Ok(Self {
            active,
            company,
            leads,
            enrolments: leads::enrolments(enrolments)?,
            revisions,
            alerted: alerted.rows.iter().filter_map(id).collect(),
        })
    }

    /// What follows from what happened.
    pub(super) fn changes(
        &self,
        happened: &[Happened],
        told_since: Option<Instant>,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        let mut mails = Vec::new();
        let mut begun = BTreeSet::new();
        let mut enrolments = Vec::new();
        for happened in happened {
            let Some(lead) = self.leads.get(&happened.lead_id) else { continue };
            for sequence in &self.active {
                let key = EnrolmentKey { sequence_id: sequence.id.clone(), lead_id: lead.id.clone() };
                let is_in =
                    self.enrolments.iter().any(|row| row.sequence_id == key.sequence_id && row.lead_id == key.lead_id);
                if !is_in && !begun.contains(&key) && sequence.begins(happened, lead) {
                    begun.insert(key.clone());
                    enrolments.extend(enrolment(sequence, key, context));
                }
            }
            // An alert that comes a day late tells nobody anything.
            let fresh =
                told_since.is_some_and(|since| since <= happened.at) && happened.at.plus_ms(DAY_MS) > context.now;
            if fresh && self.company.settings.lead_alerts && !self.alerted.contains(&happened.audit_id) {
                let mail = alert::mail(happened, lead, &self.company, context.now);
                mails.extend(mail.map(|mail| QueuedMail { mail, cap_day: None, audit_id: context.ids.next_id() }));
            }
        }
        let rest = [Change::EnrolLeads(enrolments), Change::Leave(self.endings(context))];
        QueuedMail::queue(mails).into_iter().chain(rest).collect()
    }

    fn endings(&self, context: &mut Context<'_>) -> Vec<Ending> {
        let mut endings = Vec::new();
        for row in self.enrolments.iter().filter(|row| row.is_active) {
            let revision = self.revisions.get(&(row.sequence_id.clone(), row.revision));
            let (Some(lead), Some(revision)) = (self.leads.get(&row.lead_id), revision) else { continue };
            let standing = Standing {
                definition: &revision.definition,
                sequence_deleted: revision.is_deleted,
                lead,
                // Whoever writes the list of addresses ends their enrolments; when a step is due it is asked again.
                suppressed: None,
                enrolled_at: Some(row.enrolled_at),
            };
            if let Some(reason) = standing.leaving() {
                let (name, telling) = (revision.name.clone(), Telling::new(context));
                endings.push(Ending { id: row.id.clone(), key: row.key(), reason: Some(reason), name, telling });
            }
        }
        endings
    }
}

fn enrolment(sequence: &Sequence, key: EnrolmentKey, context: &mut Context<'_>) -> Option<NewEnrolment> {
    let first = sequence.definition.first()?;
    Some(NewEnrolment {
        id: context.ids.next_id(),
        key,
        revision: sequence.revision,
        next_step: first.step_number,
        due_at: context.now.plus_ms(i64::from(first.delay_days) * DAY_MS),
        name: sequence.name.clone(),
        telling: Telling::new(context),
    })
}

/// How much follows.
pub(super) struct Counts {
    pub(super) enrolled: usize,
    pub(super) left: usize,
    pub(super) alerts: usize,
}

impl Counts {
    pub(super) fn of(changes: &[Change]) -> Self {
        let mut counts = Self { enrolled: 0, left: 0, alerts: 0 };
        for change in changes {
            match change {
                Change::EnrolLeads(enrolments) => counts.enrolled += enrolments.len(),
                Change::Leave(endings) => counts.left += endings.len(),
                Change::QueueMails(mails) => counts.alerts += mails.len(),
                _ => {}
            }
        }
        counts
    }
}

fn missing() -> Trouble {
    Trouble::Corrupt("another number of outcomes was expected".into())
}
