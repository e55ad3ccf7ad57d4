//! What becomes of the events of a mail once a minute has passed: verdicts, what counts for the score, what the timeline
//! tells (spec E4, S3).

use crate::activity::{Subject, SystemEvent};
use crate::field::TextBlock;
use crate::id::Id;
use crate::mail::machine::{Machine, Sent, Signal, judge};
use crate::mail::webhook::PERMANENT;
use crate::mail::{MailEventKind, MailKind};
use crate::plan::{Context, CountEvent};
use crate::policy::{EventKind, Status};
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How old an event is before it is judged, in milliseconds: what came beside it tells whose it was.
pub const WAIT_MS: i64 = 60_000;

/// A mail with events to be judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct JudgedMail {
    /// Which one.
    pub id: Id,
    /// Why it was sent.
    pub kind: MailKind,
    /// To which lead.
    pub lead_id: Option<Id>,
    /// Its subject; blank once the person is erased.
    pub subject: String,
    /// The addresses behind its links.
    #[serde(deserialize_with = "stored::json")]
    pub links: Vec<String>,
    /// When a provider was first asked to take it.
    pub first_try_at: Option<Instant>,
    /// When a provider took it.
    pub sent_at: Option<Instant>,
    /// When it was delivered, as far as judged.
    pub delivered_at: Option<Instant>,
    /// Where its lead stands, unless it is hidden.
    pub status: Option<Status>,
}

/// An event of a mail, judged or not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MailEvent {
    /// Of which mail.
    pub mail_id: Id,
    /// What names it among those of the mail.
    pub source: String,
    /// What happened.
    pub kind: MailEventKind,
    /// Which link.
    pub link: Option<u16>,
    /// By which method; none is a provider's word.
    pub method: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// More of it.
    pub detail: Option<String>,
    /// When it was judged.
    pub judged_at: Option<Instant>,
    /// When it happened.
    pub created_at: Instant,
}

/// What becomes of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Each event that is judged now, by its source, and why it was a machine's.
    pub verdicts: Vec<(String, Option<Machine>)>,
    /// What the mail shows from now on; what it shows already stays.
    pub stamps: Stamps,
    /// Lines for the timeline, each once.
    pub lines: Vec<Line>,
    /// What counts for the score, each once.
    pub counts: Vec<CountEvent>,
}

/// When something first happened to a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// The recipient's server took it.
    pub delivered_at: Option<Instant>,
    /// A person opened it.
    pub opened_at: Option<Instant>,
    /// A person followed a link of it.
    pub clicked_at: Option<Instant>,
    /// It bounced for good.
    pub bounced_at: Option<Instant>,
    /// The person called it spam.
    pub complained_at: Option<Instant>,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The activity's id, made of what it tells: told again, it is the same one.
    pub id: Id,
    /// On whose timeline.
    pub lead_id: Id,
    /// What happened.
    pub event: SystemEvent,
    /// One line.
    pub subject: Option<Subject>,
    /// More of it, such as the link.
    pub notes: Option<TextBlock<5000>>,
    /// When.
    pub at: Instant,
}

/// The id of what a mail's event of this kind stands for: opens count once for a mail, clicks once for each link.
#[must_use]
pub fn source_id(mail_id: &Id, kind: MailEventKind, part: &str) -> Id {
    let digest = Sha256::digest(format!("{mail_id}:{kind}:{part}"));
    let mut entropy = [0; 10];
    entropy.copy_from_slice(&digest[..10]);
    Id::new(mail_id.made_at(), &entropy)
}

/// Judges the events of a mail that were not judged yet, beside those that were.
#[must_use]
pub fn judge_mail(mail: &JudgedMail, events: &[MailEvent], context: &mut Context<'_>) -> Judgement {
    let mut events: Vec<&MailEvent> = events.iter().collect();
    events.sort_by_key(|event| event.created_at);
    let reported = |kind| events.iter().find(|event| event.kind == kind).map(|event| event.created_at);
    let mut links: Vec<&String> = mail.links.iter().collect();
    links.sort_unstable();
    links.dedup();
    let sent = Sent {
        sent_at: mail.sent_at.or(mail.first_try_at),
        delivered_at: mail.delivered_at.or_else(|| reported(MailEventKind::Delivered)),
        links: links.len(),
    };
    let is_signal = |event: &&&MailEvent| matches!(event.kind, MailEventKind::Opened | MailEventKind::Clicked);
    let looked: Vec<&MailEvent> = events.iter().filter(is_signal).copied().collect();
    let signals: Vec<Signal> = looked.iter().map(|event| signal(event)).collect();
    let machines = judge(&sent, &signals);
    let mut out = Judgement::default();
    for event in events.iter().filter(|event| event.judged_at.is_none()) {
        let place = looked.iter().position(|other| other.source == event.source);
        let machine = place.and_then(|place| machines[place]);
        out.verdicts.push((event.source.clone(), machine));
        if machine.is_none() {
            take(mail, event, &mut out, context);
        }
    }
    out
}

fn signal(event: &MailEvent) -> Signal {
    let MailEvent { kind, link, method, user_agent, created_at, .. } = event;
    Signal { kind: *kind, link: *link, method: method.clone(), user_agent: user_agent.clone(), at: *created_at }
}

/// What an event means that was a person's, or a provider's word.
fn take(mail: &JudgedMail, event: &MailEvent, out: &mut Judgement, context: &mut Context<'_>) {
    let for_good = event.detail.as_deref().is_some_and(|detail| detail.starts_with(PERMANENT));
    let at = event.created_at;
    let stamp = match event.kind {
        MailEventKind::Delivered => Some(&mut out.stamps.delivered_at),
        MailEventKind::Opened => Some(&mut out.stamps.opened_at),
        MailEventKind::Clicked => Some(&mut out.stamps.clicked_at),
        MailEventKind::Bounced if for_good => Some(&mut out.stamps.bounced_at),
        MailEventKind::Complained => Some(&mut out.stamps.complained_at),
        MailEventKind::Bounced | MailEventKind::Unsubscribed => None,
    };
    if let Some(stamp) = stamp {
        *stamp = Some(stamp.map_or(at, |earlier| earlier.min(at)));
    }
    let Some(lead_id) = mail.lead_id.as_ref().filter(|_| matches!(mail.kind, MailKind::Sequence | MailKind::OptIn))
    else {
        return;
    };
    out.lines.extend(line(mail, lead_id, event, for_good));
    let counts = match event.kind {
        MailEventKind::Opened => Some((EventKind::EmailOpen, String::new())),
        MailEventKind::Clicked => Some((EventKind::EmailClick, part(event))),
        _ => None,
    };
    // What became of a converted lead is not for its score (spec V2).
    let scores = mail.kind == MailKind::Sequence && mail.status.is_some_and(|status| status != Status::Converted);
    if let Some((kind, part)) = counts.filter(|_| scores) {
        let source = source_id(&mail.id, event.kind, &part);
        out.counts.push(CountEvent::of(lead_id, &source, kind, context));
    }
}

/// Which of several that each count once.
fn part(event: &MailEvent) -> String {
    event.link.map_or_else(String::new, |link| link.to_string())
}

fn line(mail: &JudgedMail, lead_id: &Id, event: &MailEvent, for_good: bool) -> Option<Line> {
    let (told, part, notes) = match event.kind {
        MailEventKind::Delivered => (SystemEvent::MailDelivered, String::new(), None),
        MailEventKind::Opened => (SystemEvent::MailOpened, String::new(), None),
        MailEventKind::Clicked => {
            let link = event.link.and_then(|link| mail.links.get(usize::from(link)));
            (SystemEvent::MailClicked, part(event), link.cloned())
        }
        MailEventKind::Bounced => {
            let notes = if for_good { "The address does not exist." } else { "Not delivered for now." };
            (SystemEvent::MailBounced, for_good.to_string(), Some(notes.to_owned()))
        }
        MailEventKind::Complained => (SystemEvent::MailComplained, String::new(), None),
        MailEventKind::Unsubscribed => return None,
    };
    Some(Line {
        id: source_id(&mail.id, event.kind, &format!("line {part}")),
        lead_id: lead_id.clone(),
        event: told,
        subject: Subject::parse(&mail.subject.chars().take(200).collect::<String>()).ok(),
        notes: notes.and_then(|notes| TextBlock::parse(&notes).ok()),
        at: event.created_at,
    })
}
