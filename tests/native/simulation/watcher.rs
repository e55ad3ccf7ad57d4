//! Who may not be mailed, and since when: judged from the tables alone, after each write, by a query of its own.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use lead_core::id::Id;
use lead_core::mail::MailSecret;
use lead_core::suppression::AddressHash;
use lead_store::statement::Row;

use super::super::stage::Stage;

/// Each lead in each sequence that it is or was in, with why it may not be mailed.
const BLOCKED: &str = "SELECT e.lead_id, e.sequence_id, l.email_key, CASE \
       WHEN e.state = 'left' THEN 'left' \
       WHEN l.erased_at IS NOT NULL THEN 'erased' \
       WHEN l.deleted_at IS NOT NULL THEN 'deleted' \
       WHEN s.deleted_at IS NOT NULL THEN 'of a deleted sequence' \
       WHEN l.quarantined_at IS NOT NULL THEN 'in quarantine' \
       WHEN l.status IN ('qualified', 'unqualified', 'disqualified', 'converted') THEN l.status \
       WHEN l.dnd_status THEN 'left alone' \
       WHEN NOT l.gdpr_consent AND (json_extract(t.consent, '$.default') <> 'not_withdrawn' \
         OR EXISTS (SELECT 1 FROM consents c WHERE c.lead_id = l.id AND c.purpose = 'marketing' AND c.state = 'withdrawn')) THEN 'without consent' \
       WHEN l.consent_confirmed_at IS NULL AND (json_extract(t.consent, '$.default') = 'confirmed' \
         OR (t.double_opt_in AND json_extract(t.consent, '$.default') = 'given')) THEN 'without a confirmed consent' \
       WHEN l.lead_score > (SELECT json_extract(r.definition, '$.score_max') FROM sequence_revisions r WHERE r.sequence_id = e.sequence_id \
         AND r.revision = e.revision) THEN 'above the score' \
       WHEN EXISTS (SELECT 1 FROM activities a WHERE a.related_to_id = l.id AND a.activity_type = 'email' AND a.direction = 'inbound' \
         AND a.deleted_at IS NULL AND a.occurred_at >= e.enrolled_at) THEN 'replied' \
       WHEN t.mail_address IS NULL OR t.postal_address IS NULL THEN 'of a company that cannot mail' END AS why \
     FROM enrolments e JOIN leads l ON l.id = e.lead_id JOIN sequences s ON s.id = e.sequence_id \
     JOIN company_settings t ON t.company_id = e.company_id";

/// A lead in a sequence.
pub(super) type Place = (String, String);

/// What it knows.
#[derive(Default)]
pub(super) struct Watcher {
    written: Cell<u64>,
    /// With the number of the write by which it became so.
    blocked: RefCell<BTreeMap<Place, (String, u64)>>,
    hashes: RefCell<HashMap<String, String>>,
}

impl Watcher {
    /// How many writes there were.
    pub(super) fn written(&self) -> u64 {
        self.written.get()
    }

    /// Looks after a write.
    pub(super) fn look(&self, stage: &Stage, secret: &MailSecret) {
        let now = self.written.get() + 1;
        self.written.set(now);
        let suppressed = stage.database.rows("SELECT address_hash, sequence_id FROM suppressions");
        let suppressed: BTreeSet<(String, String)> =
            suppressed.iter().map(|row| (text(row, "address_hash"), text(row, "sequence_id"))).collect();
        let mut blocked = self.blocked.borrow_mut();
        for row in stage.database.rows(BLOCKED) {
            let (lead, sequence) = (text(&row, "lead_id"), text(&row, "sequence_id"));
            let hash = self.hash(&stage.company_id, secret, &text(&row, "email_key"));
            let listed =
                suppressed.contains(&(hash.clone(), String::new())) || suppressed.contains(&(hash, sequence.clone()));
            let why = row["why"].as_str().map(str::to_owned).or_else(|| listed.then(|| "suppressed".to_owned()));
            let place = (lead, sequence);
            match why {
                Some(why) => {
                    let since = blocked.get(&place).map_or(now, |(_, since)| *since);
                    blocked.insert(place, (why, since));
                }
                None => drop(blocked.remove(&place)),
            }
        }
    }

    fn hash(&self, company: &Id, secret: &MailSecret, key: &str) -> String {
        let of = || AddressHash::of_key(secret, company, key).to_hex();
        self.hashes.borrow_mut().entry(key.to_owned()).or_insert_with(of).clone()
    }

    /// Why a lead may not be mailed, if that was so before the write of this number.
    pub(super) fn blocked(&self, place: &Place, before: u64) -> Option<String> {
        self.blocked.borrow().get(place).filter(|(_, since)| *since <= before).map(|(why, _)| why.clone())
    }
}

pub(super) fn text(row: &Row, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}
