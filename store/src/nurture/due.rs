//! Steps that are due: claimed under a lease, company by company, decided, and written with everything that follows in one batch.

use super::leads::{self, Revision, RevisionKey};
use super::lease::{self, Claimed};
use super::turns::{Turns, companies};
use super::{Run, Trouble, caps};
use crate::changes::statements;
use crate::statement::{Database, Outcome, statement};
use crate::suppressions;
use lead_core::enrolment::HeldBy;
use lead_core::id::Id;
use lead_core::nurture::caps::{Subjects, Tally};
use lead_core::nurture::compose::{Company, Composer, Written};
use lead_core::nurture::decide::{Decision, Due, Hold, Previous, Standing};
use lead_core::nurture::facts::NurturedLead;
use lead_core::nurture::window::local_day;
use lead_core::nurture::zone;
use lead_core::plan::{Change, Context, Ending, EnrolmentKey, MovedOn, QueuedMail, Telling};
use lead_core::suppression::AddressHash;
use lead_core::template::Templates;
use lead_core::time::HOUR_MS;
use std::collections::HashMap;

/// Companies behind ?1 with enrolments, at most ?3, and whether one of them is due by ?2.
const COMPANIES: &str = concat!(
    companies!(
        "SELECT e.company_id FROM enrolments e INDEXED BY enrolments_due WHERE e.state = 'active' AND e.company_id > ?1 \
         ORDER BY e.company_id LIMIT 1",
        "SELECT e.company_id FROM enrolments e INDEXED BY enrolments_due WHERE e.state = 'active' AND e.company_id > c.company_id \
         ORDER BY e.company_id LIMIT 1",
        "?3"
    ),
    "SELECT c.company_id, EXISTS (SELECT 1 FROM enrolments e INDEXED BY enrolments_due WHERE e.company_id = c.company_id \
       AND e.state = 'active' AND e.due_at <= ?2) AS is_due FROM c WHERE c.company_id IS NOT NULL"
);

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 1] {
    [(COMPANIES, "enrolments_due")]
}

/// How many enrolments of a company are looked at together, at most and at least.
const CHUNK: usize = 50;
const LEAST: usize = 5;

/// How often a batch that collides is decided again before it is cut in two.
const ATTEMPTS: u32 = 3;

/// Looks at what is due, companies in turns.
pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) {
    let now = run.now();
    let most = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let read =
        Turns::read(run, "due", run.budget.companies, |behind, count| statement!(COMPANIES, behind, now, most(count)))
            .await;
    let turns = match read {
        Ok(turns) => turns,
        Err(trouble) => return run.fault("due", &trouble),
    };
    let is_due = |row: &crate::statement::Row| row.get("is_due").and_then(serde_json::Value::as_i64) == Some(1);
    let mut open: Vec<Id> = turns.companies.iter().filter(|(_, row)| is_due(row)).map(|(id, _)| id.clone()).collect();
    let mut left = run.budget.enrolments;
    let mut last = turns.companies.last().map(|(id, _)| id.clone());
    while !open.is_empty() {
        // Everybody gets something before anybody gets more.
        let share = (left / open.len()).clamp(LEAST, CHUNK);
        let mut more = Vec::new();
        for company_id in std::mem::take(&mut open) {
            if left == 0 || run.is_over() {
                // The next run begins behind the last one that had a turn.
                return end(run, &turns, last.as_ref()).await;
            }
            let wanted = share.min(left);
            match chunk(run, &company_id, wanted).await {
                Ok(took) => {
                    left -= took;
                    if took == wanted {
                        more.push(company_id.clone());
                    }
                }
                Err(trouble) => run.fault("due", &trouble),
            }
            last = Some(company_id);
        }
        open = more;
    }
    // Everything that is due was looked at: the next run begins behind the last company that was asked.
    let last = turns.companies.last().map(|(id, _)| id.clone());
    end(run, &turns, last.as_ref()).await;
}

async fn end<D: Database>(run: &mut Run<'_, D>, turns: &Turns, last: Option<&Id>) {
    let Some(last) = last else { return };
    if let Err(trouble) = turns.save(run, last).await {
        run.fault("due", &trouble);
    }
}

/// Claims the oldest that are due, and settles each. Gives how many there were.
async fn chunk<D: Database>(run: &mut Run<'_, D>, company_id: &Id, most: usize) -> Result<usize, Trouble> {
    let lease = run.context(company_id).ids.next_id();
    let outcomes = run.batch(vec![lease::claim(company_id, run.now(), &lease, most)]).await?;
    let keys = lease::claimed(first(&outcomes)?)?;
    let count = keys.len();
    run.report.due += count;
    let mut groups = if keys.is_empty() { Vec::new() } else { vec![keys] };
    while let Some(keys) = groups.pop() {
        groups.extend(settle(run, company_id, &keys, &lease).await?);
    }
    Ok(count)
}

/// Decides on a group until it is written. One that collides again and again is cut in two, down to the one enrolment that is to
/// blame, which is looked at again later.
async fn settle<D: Database>(
    run: &mut Run<'_, D>,
    company_id: &Id,
    keys: &[EnrolmentKey],
    lease: &Id,
) -> Result<Vec<Vec<EnrolmentKey>>, Trouble> {
    let mut last = Trouble::Collision;
    for _ in 0..ATTEMPTS {
        match attempt(run, company_id, keys, lease, false).await {
            Ok(()) => return Ok(Vec::new()),
            // After a lost answer the next read tells what was written: what is settled has no lease any more.
            Err(trouble @ (Trouble::Collision | Trouble::Lost(_))) => last = trouble,
            Err(trouble) => return Err(trouble),
        }
    }
    if last != Trouble::Collision {
        return Err(last);
    }
    if let [_] = keys {
        run.fault("due", &last);
        return attempt(run, company_id, keys, lease, true).await.map(|()| Vec::new());
    }
    let (left, right) = keys.split_at(keys.len() / 2);
    Ok(vec![left.to_vec(), right.to_vec()])
}

/// What was read about a group.
struct Known {
    held: Vec<Claimed>,
    leads: HashMap<Id, NurturedLead>,
    company: Company,
    revisions: HashMap<RevisionKey, Revision>,
    previous: HashMap<Id, Previous>,
}

async fn attempt<D: Database>(
    run: &mut Run<'_, D>,
    company_id: &Id,
    keys: &[EnrolmentKey],
    lease: &Id,
    put_off: bool,
) -> Result<(), Trouble> {
    let lead_ids: Vec<Id> = keys.iter().map(|key| key.lead_id.clone()).collect();
    let reads = vec![
        lease::held(company_id, keys, lease),
        leads::read(company_id, &lead_ids),
        leads::read_company(company_id),
        leads::read_revisions_of_enrolments(company_id, keys),
        lease::previous(company_id, keys),
    ];
    let outcomes = run.batch(reads).await?;
    let [held, leads, company, revisions, previous] = &outcomes[..] else { return Err(missing()) };
    let known = Known {
        held: lease::held_rows(held)?,
        leads: leads::found(leads),
        company: leads::company(company)?,
        revisions: leads::revisions(revisions),
        previous: lease::previous_mails(previous)?,
    };
    if known.held.is_empty() {
        return Ok(());
    }
    let mut context = run.context(company_id);
    let day = local_day(context.now, zone::of_company(&known.company.settings.time_zone));
    let mut batch = Batch::new(run, &known, day);
    if put_off {
        known.held.iter().for_each(|claimed| batch.hold(claimed, fault(&context)));
    } else {
        batch.read_counts(run, company_id).await?;
        known.held.iter().for_each(|claimed| batch.decide(claimed, &mut context));
    }
    let done = batch.done();
    let held: Vec<EnrolmentKey> = known.held.iter().map(Claimed::key).collect();
    let mut writes = vec![lease::holds(&held, lease, &context)];
    writes.extend(caps::count(day, &batch.tally, &context));
    writes.extend(statements(&batch.changes(), &context));
    run.batch(writes).await?;
    let report = &mut run.report;
    report.unreadable += done.unreadable;
    report.written += done.written;
    report.held += done.held;
    report.left += done.left;
    report.finished += done.finished;
    Ok(())
}

fn fault(context: &Context<'_>) -> Hold {
    Hold { by: HeldBy::Fault, until: context.now.plus_ms(HOUR_MS) }
}

/// What becomes of a group.
struct Batch<'a> {
    known: &'a Known,
    composer: Composer<'a>,
    subjects: HashMap<Id, Subjects>,
    suppressed: suppressions::Known,
    tally: Tally,
    /// Each step's templates are read once.
    templates: HashMap<(RevisionKey, u32), Option<Templates>>,
    day: i64,
    mails: Vec<QueuedMail>,
    moved: Vec<MovedOn>,
    endings: Vec<Ending>,
    unreadable: usize,
}

/// How much became of it.
struct Done {
    unreadable: usize,
    written: usize,
    held: usize,
    left: usize,
    finished: usize,
}

impl<'a> Batch<'a> {
    fn new<D>(run: &Run<'a, D>, known: &'a Known, day: i64) -> Self {
        let (secret, public_url) = (run.setup.secret, run.setup.public_url);
        let company_id = &known.company.id;
        let subjects = known
            .leads
            .values()
            .map(|lead| (lead.id.clone(), Subjects::of(secret, company_id, &lead.id, lead.domain())));
        Self {
            known,
            composer: Composer { company: &known.company, secret, public_url },
            subjects: subjects.collect(),
            suppressed: suppressions::Known::default(),
            tally: Tally::default(),
            templates: HashMap::new(),
            day,
            mails: Vec::new(),
            moved: Vec::new(),
            endings: Vec::new(),
            unreadable: 0,
        }
    }

    /// Reads who is not mailed, and how many mails of the day were counted.
    async fn read_counts<D: Database>(&mut self, run: &mut Run<'_, D>, company_id: &Id) -> Result<(), Trouble> {
        let subjects: Vec<String> =
            self.subjects.values().flat_map(|of| [of.lead.clone(), of.domain.clone()]).collect();
        let addresses: Vec<AddressHash> = self.known.leads.values().map(|lead| self.address(lead)).collect();
        let reads = vec![suppressions::read_many(company_id, &addresses), caps::read(company_id, self.day, &subjects)];
        let outcomes = run.batch(reads).await?;
        let [suppressed, counts] = &outcomes[..] else { return Err(missing()) };
        self.suppressed = suppressions::found_many(suppressed)?;
        self.tally = Tally::new(caps::found(counts)?);
        Ok(())
    }

    fn address(&self, lead: &NurturedLead) -> AddressHash {
        AddressHash::of_key(self.composer.secret, &self.composer.company.id, &lead.email_key)
    }

    fn decide(&mut self, claimed: &Claimed, context: &mut Context<'_>) {
        let known = self.known;
        let revision_key = (claimed.sequence_id.clone(), claimed.revision);
        let found = (known.leads.get(&claimed.lead_id), known.revisions.get(&revision_key));
        let (Some(lead), Some(revision)) = found else { return self.put_off(claimed, context) };
        let Some(subjects) = self.subjects.get(&lead.id).cloned() else { return };
        let due = Due {
            standing: Standing {
                definition: &revision.definition,
                sequence_deleted: revision.is_deleted,
                lead,
                suppressed: self.suppressed.of(self.address(lead), Some(&claimed.sequence_id)),
                enrolled_at: Some(claimed.enrolled_at),
            },
            enrolled_at: claimed.enrolled_at,
            next_step: claimed.next_step,
            previous: claimed.last_mail_id.as_ref().and_then(|id| known.previous.get(id).copied()),
            settings: &known.company.settings,
            counted: self.tally.counted(&subjects),
        };
        match due.decide(context.now) {
            Decision::Hold(hold) => self.hold(claimed, hold),
            Decision::Leave(reason) => self.end(claimed, Some(reason), &revision.name, context),
            Decision::Finish => self.end(claimed, None, &revision.name, context),
            Decision::Send { step, next_step, due_at } => {
                let id = context.ids.next_id();
                let templates = self.templates.entry((revision_key, step.step_number));
                let templates = templates.or_insert_with(|| Composer::templates(step)).as_ref();
                let written = Written {
                    id: id.clone(),
                    sequence_id: &claimed.sequence_id,
                    revision: claimed.revision,
                    step,
                    due_at: claimed.due_at,
                    now: context.now,
                };
                let mail = templates.and_then(|templates| self.composer.mail(written, templates, lead));
                let Some(mail) = mail else { return self.put_off(claimed, context) };
                self.tally.add(&subjects, &revision.definition);
                self.mails.push(QueuedMail { mail, cap_day: Some(self.day), audit_id: context.ids.next_id() });
                self.moved.push(MovedOn { key: claimed.key(), next_step, due_at, held_by: None, mail_id: Some(id) });
            }
        }
    }

    /// What cannot be read or rendered must not stop the others.
    fn put_off(&mut self, claimed: &Claimed, context: &Context<'_>) {
        self.unreadable += 1;
        self.hold(claimed, fault(context));
    }

    fn hold(&mut self, claimed: &Claimed, Hold { by, until }: Hold) {
        let (key, next_step) = (claimed.key(), claimed.next_step);
        self.moved.push(MovedOn { key, next_step, due_at: until, held_by: Some(by), mail_id: None });
    }

    fn end(
        &mut self,
        claimed: &Claimed,
        reason: Option<lead_core::enrolment::LeftReason>,
        name: &str,
        context: &mut Context<'_>,
    ) {
        let telling = Telling::new(context);
        self.endings.push(Ending {
            id: claimed.id.clone(),
            key: claimed.key(),
            reason,
            name: name.to_owned(),
            telling,
        });
    }

    fn done(&self) -> Done {
        let left = self.endings.iter().filter(|ending| ending.reason.is_some()).count();
        Done {
            unreadable: self.unreadable,
            written: self.mails.len(),
            held: self.moved.len() - self.mails.len(),
            left,
            finished: self.endings.len() - left,
        }
    }

    fn changes(&mut self) -> [Change; 3] {
        [
            Change::QueueMails(std::mem::take(&mut self.mails)),
            Change::MoveOn(std::mem::take(&mut self.moved)),
            Change::Leave(std::mem::take(&mut self.endings)),
        ]
    }
}

fn first(outcomes: &[Outcome]) -> Result<&Outcome, Trouble> {
    outcomes.first().ok_or_else(missing)
}

fn missing() -> Trouble {
    Trouble::Corrupt("another number of outcomes was expected".into())
}
