//! Caps of a day: to one lead, and to one mail domain, over all sequences of a company (spec E2).

use super::decide::Counted;
use crate::id::Id;
use crate::mail::{MailSecret, Purpose};
use crate::sequence::Definition;
use std::collections::{BTreeMap, HashMap};

/// What a mail to a lead is counted under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    /// The lead.
    pub lead: String,
    /// Its mail domain, by a keyed hash: the counts tell nobody whom a company writes to.
    pub domain: String,
}

impl Subjects {
    /// Of a lead of this mail domain.
    #[must_use]
    pub fn of(secret: &MailSecret, company_id: &Id, lead_id: &Id, domain: &str) -> Self {
        let hash = secret.seal_hex(Purpose::Cap, company_id, domain);
        Self { lead: format!("lead:{lead_id}"), domain: format!("domain:{hash}") }
    }
}

/// The mails of one batch, on top of those that were counted before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    before: HashMap<String, u32>,
    added: BTreeMap<String, Added>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Added {
    mails: u32,
    /// How many may have stood before the batch, so that each of its mails keeps its own cap.
    room: Option<i64>,
}

impl Tally {
    /// On top of these counts.
    #[must_use]
    pub fn new(before: HashMap<String, u32>) -> Self {
        Self { before, added: BTreeMap::new() }
    }

    /// What a mail would find counted.
    #[must_use]
    pub fn counted(&self, subjects: &Subjects) -> Counted {
        let of = |subject: &String| {
            let before = self.before.get(subject).copied().unwrap_or(0);
            before.saturating_add(self.added.get(subject).map_or(0, |added| added.mails))
        };
        Counted { lead: of(&subjects.lead), domain: of(&subjects.domain) }
    }

    /// Counts a mail of a sequence.
    pub fn add(&mut self, subjects: &Subjects, definition: &Definition) {
        let caps =
            [(&subjects.lead, definition.daily_cap_per_lead), (&subjects.domain, definition.daily_cap_per_domain)];
        for (subject, cap) in caps {
            let added = self.added.entry(subject.clone()).or_default();
            added.mails = added.mails.saturating_add(1);
            let room = cap.map(|cap| i64::from(cap) - i64::from(added.mails));
            added.room = [added.room, room].into_iter().flatten().min();
        }
    }

    /// Each subject with its mails of the batch, and the most that may be counted once they are; none is no cap.
    pub fn entries(&self) -> impl Iterator<Item = (&str, u32, Option<i64>)> {
        self.added.iter().map(|(subject, added)| {
            (subject.as_str(), added.mails, added.room.map(|room| room + i64::from(added.mails)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::TriggerEvent;
    use crate::time::Instant;
    use proptest::prelude::*;

    fn definition(daily_cap_per_lead: Option<u32>, daily_cap_per_domain: Option<u32>) -> Definition {
        Definition {
            trigger_event: TriggerEvent::LeadCreated,
            score_threshold: None,
            to_status: None,
            condition: None,
            score_max: None,
            send_window: None,
            daily_cap_per_lead,
            daily_cap_per_domain,
            exit_statuses: Vec::new(),
            exit_condition: None,
            steps: Vec::new(),
        }
    }

    proptest! {
        /// A batch passes exactly where each of its mails, one after the other, finds its own caps kept.
        #[test]
        fn a_batch_passes_where_each_mail_keeps_its_cap(
            before in 0_u32..6,
            mails in proptest::collection::vec(proptest::option::of(1_u32..8), 1..6),
        ) {
            let lead = Id::new(Instant::EPOCH, &[1; 10]);
            let secret = MailSecret::new("a secret of more than 32 characters").unwrap();
            let subjects = Subjects::of(&secret, &lead, &lead, "example.com");
            let mut tally = Tally::new(HashMap::from([(subjects.lead.clone(), before)]));
            let mut kept = true;
            for cap in &mails {
                kept &= cap.is_none_or(|cap| tally.counted(&subjects).lead < cap);
                tally.add(&subjects, &definition(*cap, None));
            }
            let (_, added, most) = tally.entries().find(|(subject, ..)| *subject == subjects.lead).unwrap();
            prop_assert_eq!(added as usize, mails.len());
            prop_assert_eq!(most.is_none_or(|most| i64::from(before + added) <= most), kept);
            let domain = tally.entries().find(|(subject, ..)| *subject == subjects.domain).unwrap();
            prop_assert_eq!((domain.1, domain.2), (added, None));
        }
    }
}
