//! Hands what is due in the outbox to a provider (spec E3). Each mail is looked at once more, marked just before its own call,
//! and settled by what the provider said; a run that ends in between leaves a mail of which it is known that nobody knows.

use super::outbox::{COMPANIES, Claimed, LEASE_MS, Lease, Try};
use super::turns::Turns;
use super::{Again, Run, Trouble, count};
use crate::changes::statements;
use crate::statement::{Database, Statement, statement};
use lead_core::enrolment::LeftReason;
use lead_core::id::{Entropy, Id};
use lead_core::mail::sending::{Act, Answer, CALL_MS, Call, Provider, Settled, Sight, Told, TryAct};
use lead_core::mail::{Mail, MailKind, MailState};
use lead_core::nurture::decide::Verdict;
use lead_core::plan::{Change, Context};
use lead_core::time::Instant;

/// Whoever takes mails.
#[allow(async_fn_in_trait, reason = "the edge is single-threaded: its futures are not Send")]
pub trait Post {
    /// Which provider is asked to take this mail, and what it does about one that it may have already.
    fn provider(&self, mail: &Mail) -> Provider;

    /// Hands a mail over, under its id as key. It answers within [`CALL_MS`].
    async fn send(&self, mail: &Mail) -> Told<Answer>;

    /// Looks for a mail by the tag that is its id, within [`CALL_MS`]. It is asked where the provider is one of
    /// [`Repeats::LookedUp`](lead_core::mail::sending::Repeats::LookedUp).
    async fn look_up(&self, mail: &Mail) -> Told<Sight>;
}

/// How many mails of a company are claimed at once: then it is another company's turn.
const SLICE: usize = 10;

/// What a lease must have left when a call begins, in milliseconds: the call, and the write of what came of it.
const SPARE_MS: i64 = CALL_MS + 10 * 1000;

/// How a company's turn went.
enum Turn {
    /// So many mails were claimed.
    Claimed(usize),
    /// No more is to be begun by this run: it is over, or the provider takes nothing more.
    Over,
}

pub(super) async fn run<D: Database, P: Post>(run: &mut Run<'_, D>, post: &P) {
    if let Err(trouble) = rounds(run, post).await {
        run.fault("send", &trouble);
    }
}

/// Companies take turns until nothing is due any more.
async fn rounds<D: Database, P: Post>(run: &mut Run<'_, D>, post: &P) -> Result<(), Trouble> {
    let mut rest = run.budget.sends;
    let now = run.now();
    let whole = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let turns =
        Turns::read(run, "send", run.budget.companies, |behind, most| statement!(COMPANIES, behind, now, whole(most)))
            .await?;
    let mut waiting: Vec<&Id> = turns.companies.iter().map(|(id, _)| id).collect();
    let mut last = None;
    'rounds: while !waiting.is_empty() {
        for company_id in std::mem::take(&mut waiting) {
            let most = rest.min(SLICE);
            if most == 0 || run.is_over() {
                break 'rounds;
            }
            last = Some(company_id);
            match company(run, post, company_id, most).await {
                Ok(Turn::Claimed(count)) => {
                    rest -= count.min(rest);
                    if count == most {
                        waiting.push(company_id);
                    }
                }
                Ok(Turn::Over) => break 'rounds,
                Err(trouble) => run.fault("send", &trouble),
            }
        }
    }
    match last {
        Some(last) => turns.save(run, last).await,
        None => Ok(()),
    }
}

async fn company<D: Database, P: Post>(
    run: &mut Run<'_, D>,
    post: &P,
    company_id: &Id,
    most: usize,
) -> Result<Turn, Trouble> {
    let now = run.now();
    let lease = Lease {
        company_id: company_id.clone(),
        id: run.context(company_id).ids.next_id(),
        until: now.plus_ms(LEASE_MS),
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let (claimed, unreadable) = Lease::claimed(&run.batch(vec![lease.claim(now, most)]).await?);
    run.report.unreadable += unreadable;
    for (at, mail) in claimed.iter().enumerate() {
        let outlives = lease.until.ms() - run.now().ms() >= SPARE_MS;
        if !outlives || run.is_over() {
            run.batch(vec![lease.release(&claimed[at..])]).await?;
            return Ok(Turn::Over);
        }
        match one(run, post, &lease, mail).await {
            Ok(false) => {}
            Ok(true) => {
                run.batch(vec![lease.release(&claimed[at..])]).await?;
                return Ok(Turn::Over);
            }
            // Whoever has the mail now goes on with it; where an answer was lost, the end of the lease tells.
            Err(Trouble::Collision) => {}
            Err(trouble) => run.fault("send", &trouble),
        }
    }
    Ok(Turn::Claimed(claimed.len() + unreadable))
}

/// Does what is to be done about one mail, and says whether its provider takes no more for now.
async fn one<D: Database, P: Post>(
    run: &mut Run<'_, D>,
    post: &P,
    lease: &Lease,
    claimed: &Claimed,
) -> Result<bool, Trouble> {
    let provider = post.provider(&claimed.mail);
    match claimed.pending().act(&provider, run.now()) {
        Act::Settle(settled) => settle(run, lease, &claimed.mail.id, &settled).await.map(|()| false),
        Act::LookUp => look_up(run, post, lease, claimed, &provider).await.map(|()| false),
        Act::Send => match mark(run, lease, claimed, &provider).await? {
            Some(began) => send(run, post, lease, claimed, &provider, began).await,
            None => Ok(false),
        },
    }
}

/// Looks at the mail once more and marks it; `None` where it is not to be sent now, which is written then.
async fn mark<D: Database>(
    run: &mut Run<'_, D>,
    lease: &Lease,
    claimed: &Claimed,
    provider: &Provider,
) -> Result<Option<Instant>, Trouble> {
    let mut context = run.context(&lease.company_id);
    let mail_id = &claimed.mail.id;
    let again = Again::of(run, &claimed.mail, claimed.cap_day, &mut context).await?;
    let mut writes = vec![lease.holds(mail_id, &context)];
    let verdict = again.verdicts.get(mail_id).copied().unwrap_or(Verdict::Ask);
    match verdict {
        Verdict::Ask => {
            let day = again.verdicts.contains_key(mail_id).then_some(again.day);
            writes.extend(count(again.day, &again.tally, &context));
            writes.extend(lease.mark(mail_id, provider, day, &context));
        }
        Verdict::Hold(hold) => {
            let state = claimed.mail.state;
            let held = Settled::waiting(state, hold.until, claimed.asked_at);
            writes.extend(lease.settle(mail_id, &held, &mut context));
            run.report.postponed += 1;
        }
        Verdict::Cancel(reason) => {
            writes.extend(lease.settle(mail_id, &cancelled(claimed, reason), &mut context));
            writes.extend(statements(&[Change::Leave(again.endings)], &context));
            run.report.cancelled += 1;
        }
    }
    run.batch(writes).await?;
    Ok((verdict == Verdict::Ask).then_some(context.now))
}

/// A mail whose lead left. Where a provider may have it already, nobody can say that it was not sent.
fn cancelled(claimed: &Claimed, reason: LeftReason) -> Settled {
    let state = if claimed.asked_at.is_some() { MailState::Parked } else { MailState::Cancelled };
    Settled::end(state, reason.as_str())
}

async fn send<D: Database, P: Post>(
    run: &mut Run<'_, D>,
    post: &P,
    lease: &Lease,
    claimed: &Claimed,
    provider: &Provider,
    began: Instant,
) -> Result<bool, Trouble> {
    let mail = &claimed.mail;
    let told = match mail.kind {
        MailKind::SignIn => post.send(&mail.with_link(run.setup.secret, run.setup.public_url)).await,
        _ => post.send(mail).await,
    };
    let now = run.now();
    let jitter = jitter(&run.setup.entropy, &mail.id);
    let settled = claimed.pending().answered(provider, &told.what, &Call { began, now, jitter });
    run.report.note(&settled);
    let mut context = run.context(&lease.company_id);
    let (act, outcome) = (TryAct::Send, told.what.outcome());
    let mut writes = lease.settle(&mail.id, &settled, &mut context);
    writes.push(Try { mail_id: &mail.id, provider: provider.name, act, outcome, told: &told }.write(&mut context));
    surely(run, writes).await?;
    Ok(matches!(told.what, Answer::Retry { is_full: true, .. }))
}

async fn look_up<D: Database, P: Post>(
    run: &mut Run<'_, D>,
    post: &P,
    lease: &Lease,
    claimed: &Claimed,
    provider: &Provider,
) -> Result<(), Trouble> {
    let mail = &claimed.mail;
    let began = run.now();
    let told = post.look_up(mail).await;
    let now = run.now();
    let jitter = jitter(&run.setup.entropy, &mail.id);
    let settled = claimed.pending().seen(provider, &told.what, &Call { began, now, jitter });
    run.report.note(&settled);
    let mut context = run.context(&lease.company_id);
    let (act, outcome) = (TryAct::LookUp, told.what.outcome());
    let mut writes = lease.settle(&mail.id, &settled, &mut context);
    writes.push(Try { mail_id: &mail.id, provider: provider.name, act, outcome, told: &told }.write(&mut context));
    surely(run, writes).await
}

async fn settle<D: Database>(
    run: &mut Run<'_, D>,
    lease: &Lease,
    mail_id: &Id,
    settled: &Settled,
) -> Result<(), Trouble> {
    run.report.note(settled);
    let mut context: Context<'_> = run.context(&lease.company_id);
    let mut writes = vec![lease.holds(mail_id, &context)];
    writes.extend(lease.settle(mail_id, settled, &mut context));
    run.batch(writes).await.map(drop)
}

/// Writes what a provider said, and once more where the answer was lost: the ids are the same, so what was written already
/// collides.
async fn surely<D: Database>(run: &mut Run<'_, D>, writes: Vec<Statement>) -> Result<(), Trouble> {
    match run.batch(writes.clone()).await {
        Err(Trouble::Lost(_)) => match run.batch(writes).await {
            Ok(_) | Err(Trouble::Collision) => Ok(()),
            Err(trouble) => Err(trouble),
        },
        other => other.map(drop),
    }
}

/// A number of this mail's own in this run: ids that were made together differ in a few bits only.
fn jitter(entropy: &Entropy, mail_id: &Id) -> u32 {
    let mix = |sum: u32, byte: &u8| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let sum = mail_id.bytes().iter().chain(entropy).fold(0x811c_9dc5, mix);
    // The last bytes reach the high bits, too.
    (sum ^ (sum >> 15)).wrapping_mul(0x2c1b_3c6d)
}
