//! Somebody writes in (spec D4, L6, S3, A2).

use std::collections::BTreeMap;

use super::super::super::stage::{DAY, Who};
use super::super::step::{Filling, Said};
use super::super::world::{COMPANY, DOMAIN, Lead, NAME, Touch, World};

/// What the values besides the source are worth, by [`Said::worth`].
pub(crate) const FIT: [i64; 3] = [0, 20, 20 + 15 + 20];

/// So many neighbours are read on each side of an index: more leads of one company may hide each other.
const NEIGHBOURS: usize = 4;

impl World {
    /// What becomes of it.
    pub(crate) fn submit(&mut self, by: Who, said: &Said, key: Option<u8>) -> String {
        let scope = format!("{by:?}");
        let words = format!("{} {} {} {}", said.person, said.phone_of, said.worth, said.consent);
        let key = match key {
            Some(key) => format!("{scope} key {key}"),
            None => format!("{scope} values {words}"),
        };
        if let Some(answer) = self.replay(by, &key, &words) {
            return answer;
        }
        let filling = if by == Who::Visitor { said.filling } else { Filling::Calm };
        let best = self.exact(said.person, said.phone_of);
        // Who may see the lead is asked before the touch hands it over.
        let answer = best.map(|lead| self.duplicate(by, lead));
        let (lead, effect) = match best {
            Some(lead) => (lead, self.attach(lead, said, filling)),
            None => (self.create(by, said, filling), "created"),
        };
        self.tally(&format!("lead {lead}"), &format!("touch {effect}"));
        self.touches.push(Touch { key, said: words, lead, effect, at: self.now });
        answer.unwrap_or_else(|| format!("created lead {lead}"))
    }

    fn duplicate(&self, by: Who, lead: usize) -> String {
        if self.sees(by, self.leads[lead].owner) { format!("duplicate of lead {lead}") } else { "duplicate".to_owned() }
    }

    /// What was taken in before under this key; values alone are remembered for a day.
    fn replay(&self, by: Who, key: &str, words: &str) -> Option<String> {
        let touch = self.touches.iter().rev().find(|touch| touch.key == key)?;
        let replayed = format!("replayed {} on lead {}", touch.effect, touch.lead);
        match (key.contains("values"), by) {
            (false, _) if touch.said != words => Some("refused idempotency-key-reused".to_owned()),
            (false, _) => Some(replayed),
            (true, _) if self.now - touch.at >= DAY || !self.same_person(touch.lead, words) => None,
            (true, Who::Visitor) => Some(replayed),
            (true, _) => Some(self.duplicate(by, touch.lead)),
        }
    }

    /// Whether the lead still stands and has the address or the phone of these words.
    fn same_person(&self, lead: usize, words: &str) -> bool {
        let mut numbers = words.split(' ').map(|word| word.parse().unwrap_or(usize::MAX));
        let (person, phone) = (numbers.next(), numbers.next());
        let lead = &self.leads[lead];
        lead.stands() && (Some(lead.email) == person || Some(lead.phone) == phone)
    }

    /// The standing lead of this address or phone: the address counts more, and the older lead (spec D3).
    pub(crate) fn exact(&self, email: usize, phone: usize) -> Option<usize> {
        let strength = |lead: &Lead| 2 * i64::from(lead.email == email) + i64::from(lead.phone == phone);
        let found = (0..self.leads.len()).filter(|n| self.leads[*n].stands() && strength(&self.leads[*n]) > 0);
        found.min_by_key(|n| (-strength(&self.leads[*n]), *n))
    }

    /// Whether another lead may be the same person or company; none where there are too many to be sure.
    fn possible(&self, person: usize) -> Option<bool> {
        let near = |lead: &&Lead| !lead.erased && COMPANY[lead.person] == COMPANY[person];
        let close: Vec<&Lead> = self.leads.iter().filter(near).collect();
        let second = |lead: &Lead| {
            NAME[lead.person] == NAME[person] || (DOMAIN[person].is_some() && DOMAIN[lead.email] == DOMAIN[person])
        };
        let any = close.iter().any(|lead| lead.stands() && second(lead));
        (close.len() < NEIGHBOURS).then_some(any)
    }

    fn create(&mut self, by: Who, said: &Said, filling: Filling) -> usize {
        let number = self.leads.len();
        let (validation, quarantined) = standing(filling);
        let creator = (Some(self.person(by)), Some("creator".to_owned()));
        let (owner, assignment) = match by {
            _ if quarantined => (None, None),
            Who::Sdr(_) => creator,
            _ => match self.next_owner() {
                (None, _) if by != Who::Visitor => creator,
                (owner, why) => (owner, Some(why)),
            },
        };
        let source = if by == Who::Visitor { 10 } else { 25 };
        let mut lead = Lead {
            person: said.person,
            email: said.person,
            phone: said.phone_of,
            owner,
            assignment,
            status: "new",
            stage: "awareness",
            source,
            worth: said.worth,
            events: BTreeMap::new(),
            validation,
            quarantined,
            duplicate: self.possible(said.person),
            consent: said.consent,
            withdrawn: false,
            dnd: false,
            contacted_at: None,
            became: None,
            conversions: Vec::new(),
            deleted: false,
            erased: false,
            version: 1,
        };
        lead.restage();
        self.leads.push(lead);
        self.audit(&format!("lead {number}"), "create", "");
        if said.consent {
            self.tally(&format!("lead {number}"), "consent marketing given");
        }
        number
    }

    /// A touch on a lead that stands: it overwrites nothing, and what is not spam brings the lead back (spec D4).
    fn attach(&mut self, number: usize, said: &Said, filling: Filling) -> &'static str {
        let lead = self.leads[number].clone();
        let clean = filling != Filling::Trapped;
        let (released, recycled) = (clean && lead.quarantined, clean && lead.status == "unqualified");
        let mut fields: Vec<&str> = Vec::new();
        if released {
            let (validation, _) = standing(filling);
            let after = &mut self.leads[number];
            (after.validation, after.quarantined) = (validation, false);
            fields.extend(["validation_status", "quarantined_at"]);
        }
        if recycled {
            let after = &mut self.leads[number];
            (after.status, after.stage) = ("recycled", "awareness");
            fields.push("status");
            fields.extend((lead.stage != "awareness").then_some("stage"));
        }
        self.edited(number, "update", &fields);
        if released && lead.owner.is_none() {
            let (owner, why) = self.next_owner();
            self.hand(number, owner, why);
        }
        if clean {
            let before = self.leads[number].clone();
            *self.leads[number].events.entry("form_submit").or_default() += 1;
            self.rescored(number, &before);
        }
        if clean && said.consent && !lead.consent && !lead.withdrawn && !lead.dnd {
            self.leads[number].consent = true;
            self.tally(&format!("lead {number}"), "consent marketing given");
            for field in ["gdpr_consent", "opt_in_date"] {
                self.audit(&format!("lead {number}"), "update", field);
            }
        }
        match lead.status {
            _ if released => "released",
            _ if recycled => "recycled",
            "disqualified" => {
                if clean {
                    self.audit(&format!("lead {number}"), "notice", "");
                }
                "noticed"
            }
            _ => "attached",
        }
    }
}

/// What the spam verdict makes of a lead (spec L6).
fn standing(filling: Filling) -> (&'static str, bool) {
    match filling {
        Filling::Calm => ("valid", false),
        Filling::Hasty => ("review", false),
        Filling::Trapped => ("invalid", true),
    }
}
