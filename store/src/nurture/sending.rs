//! The look at a mail of a sequence at the moment of sending: what was allowed when it was written may not be any more.

use super::leads::{self, RevisionKey};
use super::{Run, Trouble, caps};
use crate::statement::{Database, Statement, read_rows, statement};
use crate::suppressions;
use lead_core::enrolment::{EnrolmentState, HeldBy, LeftReason};
use lead_core::field::EmailAddress;
use lead_core::id::Id;
use lead_core::mail::{Mail, MailKind};
use lead_core::nurture::caps::{Subjects, Tally};
use lead_core::nurture::decide::{AtSending, Hold, Standing, Verdict, by_suppression};
use lead_core::nurture::facts::NurturedLead;
use lead_core::nurture::question::{Asking, asking};
use lead_core::nurture::window::local_day;
use lead_core::nurture::zone;
use lead_core::opt_in::EXPIRY_MS;
use lead_core::plan::{Context, Ending, EnrolmentKey, Telling};
use lead_core::suppression::{AddressHash, Suppressed};
use lead_core::time::Instant;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

/// A mail of a sequence that a provider is to be asked to take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MailToSend {
    /// The mail.
    pub id: Id,
    /// To which lead.
    pub lead_id: Id,
    /// Of which sequence.
    pub sequence_id: Id,
    /// Under which definition of it.
    pub revision: i64,
    /// On which day it was counted for the caps.
    pub cap_day: Option<i64>,
    /// The address that it goes to, which the lead may have no more.
    pub address: Option<AddressHash>,
}

/// What became of the look at a group of mails. It is written in the batch that marks them: the mails that are to be sent,
/// those that wait, those that are cancelled, with the endings of their enrolments and what is counted again.
#[derive(Debug, Default)]
pub struct Again {
    /// What becomes of each.
    pub verdicts: HashMap<Id, Verdict>,
    /// The enrolments that end with a cancelled mail.
    pub endings: Vec<Ending>,
    /// The company's day, which becomes the `cap_day` of those that are sent.
    pub day: i64,
    /// What is counted on that day: see [`super::count`].
    pub tally: Tally,
}

/// Where each mail's lead is in its sequence.
const ENROLMENTS: &str = "SELECT j.value ->> 'id' AS mail_id, e.id, e.state, e.left_reason, e.enrolled_at FROM json_each(?2) j \
     CROSS JOIN enrolments e ON e.company_id = ?1 AND e.sequence_id = j.value ->> 'sequence_id' AND e.lead_id = j.value ->> 'lead_id'";

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 1] {
    [(ENROLMENTS, "PRIMARY KEY")]
}

#[derive(Deserialize)]
struct EnrolmentRow {
    mail_id: Id,
    id: Id,
    state: EnrolmentState,
    left_reason: Option<LeftReason>,
    enrolled_at: Instant,
}

fn enrolments(company_id: &Id, mails: &[MailToSend]) -> Statement {
    let list: Vec<_> = mails
        .iter()
        .map(|mail| json!({ "id": mail.id, "sequence_id": mail.sequence_id, "lead_id": mail.lead_id }))
        .collect();
    statement!(ENROLMENTS, company_id, json!(list))
}

impl Again {
    /// Looks at one mail of any kind. Without a verdict it is to be sent, and counted nowhere.
    ///
    /// # Errors
    /// As [`Again::look`].
    pub(crate) async fn of<D: Database>(
        run: &mut Run<'_, D>,
        mail: &Mail,
        cap_day: Option<i64>,
        context: &mut Context<'_>,
    ) -> Result<Self, Trouble> {
        let Mail { id, kind, lead_id, sequence_id, revision, .. } = mail;
        match (kind, lead_id, sequence_id, revision) {
            (MailKind::Sequence, Some(lead_id), Some(sequence_id), Some(revision)) => {
                let (id, lead_id, sequence_id) = (id.clone(), lead_id.clone(), sequence_id.clone());
                let hash = |email| AddressHash::of(run.setup.secret, &context.company_id, &email);
                let address = EmailAddress::parse(&mail.to_address).ok().map(hash);
                let mail = MailToSend { id, lead_id, sequence_id, revision: *revision, cap_day, address };
                Self::look(run, std::slice::from_ref(&mail), context).await
            }
            (MailKind::OptIn, Some(lead_id), _, _) => Self::question(run, mail, lead_id, context).await,
            _ => Ok(Self::default()),
        }
    }

    /// Looks at the mail that asks this lead for consent: the question is asked again (spec L7).
    async fn question<D: Database>(
        run: &mut Run<'_, D>,
        mail: &Mail,
        lead_id: &Id,
        context: &Context<'_>,
    ) -> Result<Self, Trouble> {
        let company_id = &context.company_id;
        let reads = vec![leads::read(company_id, std::slice::from_ref(lead_id)), leads::read_company(company_id)];
        let outcomes = run.batch(reads).await?;
        let [leads, company] = &outcomes[..] else { return Err(missing()) };
        let (leads, company) = (leads::found(leads), leads::company(company)?);
        let lead = leads.get(lead_id);
        let hash = lead.map(|lead| AddressHash::of_key(run.setup.secret, company_id, &lead.email_key));
        let outcomes = run.batch(vec![suppressions::read_many(company_id, hash.as_slice())]).await?;
        let suppressed = outcomes.first().map(suppressions::found_many).transpose()?.unwrap_or_default();
        let suppressed = hash.and_then(|hash| suppressed.of(hash, None));
        let verdict = match asking(Some(&company.settings), lead, suppressed) {
            Asking::Now => return Ok(Self::default()),
            // By then its answer would come too late.
            Asking::Later if mail.created_at.plus_ms(EXPIRY_MS) <= context.now => {
                Verdict::Cancel(left(lead, suppressed))
            }
            Asking::Later => Verdict::Hold(fault(context.now)),
            Asking::Never => Verdict::Cancel(left(lead, suppressed)),
        };
        Ok(Self { verdicts: HashMap::from([(mail.id.clone(), verdict)]), ..Self::default() })
    }

    /// Looks at mails of one company.
    ///
    /// # Errors
    /// The database did not answer, or a stored row cannot be read.
    pub(crate) async fn look<D: Database>(
        run: &mut Run<'_, D>,
        mails: &[MailToSend],
        context: &mut Context<'_>,
    ) -> Result<Self, Trouble> {
        let company_id = &context.company_id.clone();
        let lead_ids: Vec<Id> = mails.iter().map(|mail| mail.lead_id.clone()).collect();
        let keys: Vec<RevisionKey> = mails.iter().map(|mail| (mail.sequence_id.clone(), mail.revision)).collect();
        let reads = vec![
            leads::read(company_id, &lead_ids),
            leads::read_company(company_id),
            leads::read_revisions(company_id, &keys),
            enrolments(company_id, mails),
        ];
        let outcomes = run.batch(reads).await?;
        let [leads, company, revisions, enrolled] = &outcomes[..] else { return Err(missing()) };
        let (leads, company) = (leads::found(leads), leads::company(company)?);
        let revisions = leads::revisions(revisions);
        let enrolled: Vec<EnrolmentRow> = read_rows(&enrolled.rows)?;
        let day = local_day(context.now, zone::of_company(&company.settings.time_zone));
        let secret = run.setup.secret;
        let address = |lead: &NurturedLead| AddressHash::of_key(secret, company_id, &lead.email_key);
        let subjects: HashMap<&Id, Subjects> =
            leads.values().map(|lead| (&lead.id, Subjects::of(secret, company_id, &lead.id, lead.domain()))).collect();
        let asked: Vec<String> = subjects.values().flat_map(|of| [of.lead.clone(), of.domain.clone()]).collect();
        let written = mails.iter().filter_map(|mail| mail.address);
        let addresses: Vec<AddressHash> = leads.values().map(address).chain(written).collect();
        let reads = vec![suppressions::read_many(company_id, &addresses), caps::read(company_id, day, &asked)];
        let outcomes = run.batch(reads).await?;
        let [suppressed, counts] = &outcomes[..] else { return Err(missing()) };
        let suppressed = suppressions::found_many(suppressed)?;
        let mut again = Self { day, tally: Tally::new(caps::found(counts)?), ..Self::default() };
        for mail in mails {
            let row = enrolled.iter().find(|row| row.mail_id == mail.id);
            let revision = revisions.get(&(mail.sequence_id.clone(), mail.revision));
            let (Some(lead), Some(revision), Some(row)) = (leads.get(&mail.lead_id), revision, row) else {
                run.report.unreadable += 1;
                again.verdicts.insert(mail.id.clone(), Verdict::Hold(fault(context.now)));
                continue;
            };
            let standing = Standing {
                definition: &revision.definition,
                sequence_deleted: revision.is_deleted,
                lead,
                suppressed: [Some(address(lead)), mail.address]
                    .into_iter()
                    .flatten()
                    .find_map(|address| suppressed.of(address, Some(&mail.sequence_id))),
                enrolled_at: Some(row.enrolled_at),
            };
            let left = (row.state == EnrolmentState::Left).then_some(row.left_reason.unwrap_or(LeftReason::Removed));
            let at_sending = AtSending { standing, left, settings: &company.settings };
            let mut verdict = at_sending.judge(context.now);
            if verdict == Verdict::Ask && mail.cap_day != Some(day) {
                let Some(subjects) = subjects.get(&lead.id) else { continue };
                verdict = match standing.capped(again.tally.counted(subjects), &company.settings, context.now) {
                    Some(hold) => Verdict::Hold(hold),
                    None => Verdict::Ask,
                };
                if verdict == Verdict::Ask {
                    again.tally.add(subjects, &revision.definition);
                }
            }
            if let (Verdict::Cancel(reason), EnrolmentState::Active) = (verdict, row.state) {
                let key = EnrolmentKey { sequence_id: mail.sequence_id.clone(), lead_id: mail.lead_id.clone() };
                let (name, telling) = (revision.name.clone(), Telling::new(context));
                again.endings.push(Ending { id: row.id.clone(), key, reason: Some(reason), name, telling });
            }
            again.verdicts.insert(mail.id.clone(), verdict);
        }
        Ok(again)
    }
}

fn fault(now: Instant) -> Hold {
    Hold { by: HeldBy::Fault, until: now.plus_ms(lead_core::time::HOUR_MS) }
}

/// Why nobody is asked.
fn left(lead: Option<&NurturedLead>, suppressed: Option<Suppressed>) -> LeftReason {
    match lead {
        Some(lead) if lead.erased_at.is_some() => LeftReason::Erased,
        Some(lead) if lead.dnd_status => LeftReason::DoNotDisturb,
        Some(lead) if lead.deleted_at.is_some() => LeftReason::Deleted,
        Some(lead) if lead.quarantined_at.is_some() => LeftReason::Quarantined,
        Some(_) => suppressed.map_or(LeftReason::Removed, by_suppression),
        None => LeftReason::Deleted,
    }
}

fn missing() -> Trouble {
    Trouble::Corrupt("another number of outcomes was expected".into())
}
