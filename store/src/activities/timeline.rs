//! A page of a timeline, in two round trips: what it is about, where the caller sees that, with the leads it came from; then
//! a bounded walk along the index of each strand (spec V1, C4).

use super::activity_columns;
use super::row::ActivityRow;
use super::subject;
use super::touch::TouchRow;
use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::access::Visibility;
use lead_core::activity::RelatedType;
use lead_core::id::Id;
use lead_core::timeline::{Entry, Place, Strand, TIMELINE, TimelineQuery, braid};
use serde::Deserialize;
use serde_json::json;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The newest leads that an account or contact came from. The histories of older ones stand on those leads alone.
const LEADS_OF_ACCOUNT: &str = "SELECT id, deleted_at FROM leads INDEXED BY leads_account \
     WHERE company_id = ?1 AND converted_to_account_id = ?2 AND converted_to_account_id IS NOT NULL ORDER BY id DESC LIMIT 25";
const LEADS_OF_CONTACT: &str = "SELECT id, deleted_at FROM leads INDEXED BY leads_contact \
     WHERE company_id = ?1 AND converted_to_contact_id = ?2 AND converted_to_contact_id IS NOT NULL ORDER BY id DESC LIMIT 25";

/// The entries of one strand: ?2 whose, behind the moment ?3 and id ?4, at most ?5.
macro_rules! strand {
    ($index:literal, $place:literal) => {
        concat!(
            "SELECT ",
            activity_columns!(),
            " FROM activities a INDEXED BY ",
            $index,
            " WHERE a.company_id = ?1 AND ",
            $place,
            " AND (a.occurred_at, a.id) < (?3, ?4) ORDER BY a.occurred_at DESC, a.id DESC LIMIT ?5"
        )
    };
}

const RELATED: &str = strand!("activities_related", "a.related_to_id = ?2");
const ACCOUNT: &str = strand!("activities_account", "a.account_id = ?2 AND a.account_id IS NOT NULL");

/// The same for each lead of the list ?2, at most ?5 a lead.
const OF_LEADS: &str = concat!(
    "SELECT ",
    activity_columns!(),
    " FROM json_each(?2) l CROSS JOIN activities a ON a.company_id = ?1 AND a.id IN (\
       SELECT b.id FROM activities b INDEXED BY activities_related WHERE b.company_id = ?1 AND b.related_to_id = l.value \
       AND (b.occurred_at, b.id) < (?3, ?4) ORDER BY b.occurred_at DESC, b.id DESC LIMIT ?5)"
);

/// Their touches, whose ids go by time: those below the id ?3, at most ?4 a lead.
const TOUCHES: &str = "SELECT t.id, t.lead_id, t.effect, t.form_id, t.attribution, t.created_at \
     FROM json_each(?2) l CROSS JOIN touches t ON t.company_id = ?1 AND t.idem_key IN (\
       SELECT b.idem_key FROM touches b INDEXED BY touches_lead WHERE b.company_id = ?1 AND b.lead_id = l.value AND b.id < ?3 \
       ORDER BY b.id DESC LIMIT ?4)";

/// How many rows a page reads of all leads together, of activities and of touches alike.
const OF_ALL_LEADS: usize = 250;

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    vec![
        (LEADS_OF_ACCOUNT, "leads_account"),
        (LEADS_OF_CONTACT, "leads_contact"),
        (RELATED, "activities_related"),
        (ACCOUNT, "activities_account"),
        (OF_LEADS, "activities_related"),
        (TOUCHES, "touches_lead"),
    ]
}

/// A timeline that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// About what kind of thing.
    pub kind: RelatedType,
    /// Which one.
    pub id: Id,
    /// Which page.
    pub query: TimelineQuery,
}

impl Asked {
    /// Reads whether the caller sees it, and which leads it came from.
    #[must_use]
    pub fn sources(&self, company_id: &Id, rows: &Visibility) -> Vec<Statement> {
        let seen = subject::read(company_id, self.kind, &self.id, rows);
        match self.kind {
            RelatedType::Account => vec![seen, statement!(LEADS_OF_ACCOUNT, company_id, &self.id)],
            RelatedType::Contact => vec![seen, statement!(LEADS_OF_CONTACT, company_id, &self.id)],
            RelatedType::Lead | RelatedType::Opportunity => vec![seen],
        }
    }

    /// The leads whose histories belong to it; `None` where the caller sees no such thing.
    ///
    /// # Errors
    /// A stored row does not have the shape this code wrote.
    pub fn leads(&self, outcomes: &[Outcome]) -> Result<Option<Vec<Id>>, Corrupt> {
        #[derive(Deserialize)]
        struct LeadRow {
            id: Id,
            deleted_at: Option<i64>,
        }
        let Some((seen, leads)) = outcomes.split_first() else { return Err(Corrupt("no outcome".into())) };
        if seen.rows.is_empty() {
            return Ok(None);
        }
        let mut ids: Vec<Id> = (self.kind == RelatedType::Lead).then(|| self.id.clone()).into_iter().collect();
        for outcome in leads {
            let rows: Vec<LeadRow> = read_rows(&outcome.rows)?;
            ids.extend(rows.into_iter().filter(|row| row.deleted_at.is_none()).map(|row| row.id));
        }
        Ok(Some(ids))
    }

    /// Reads every strand.
    #[must_use]
    pub fn strands(&self, company_id: &Id, leads: &[Id]) -> Vec<Statement> {
        let (at, id) = match &self.query.cursor {
            Some(place) => (place.at.ms(), place.id.as_str()),
            None => (i64::MAX >> 10, "~"),
        };
        let own = match self.kind {
            RelatedType::Lead => None,
            RelatedType::Account => Some(ACCOUNT),
            RelatedType::Contact | RelatedType::Opportunity => Some(RELATED),
        };
        let limit = whole(self.query.limit + 1);
        let own = own.map(|sql| statement!(sql, company_id, &self.id, at, id, limit));
        let mut out: Vec<Statement> = own.into_iter().collect();
        if !leads.is_empty() {
            let each = whole(self.each(leads));
            out.push(statement!(OF_LEADS, company_id, json!(leads), at, id, each));
            out.push(statement!(TOUCHES, company_id, json!(leads), touches_below(self.query.cursor.as_ref()), each));
        }
        out
    }

    /// How many rows are read of each lead.
    fn each(&self, leads: &[Id]) -> usize {
        (OF_ALL_LEADS / leads.len().max(1)).min(self.query.limit + 1)
    }

    /// The page and the cursor of the next.
    ///
    /// # Errors
    /// A stored row does not have the shape this code wrote.
    pub fn page(&self, leads: &[Id], outcomes: &[Outcome]) -> Result<(Vec<Entry>, Option<String>), Corrupt> {
        let (own, of_leads) = outcomes.split_at(outcomes.len().saturating_sub(if leads.is_empty() { 0 } else { 2 }));
        let mut strands = Vec::new();
        for outcome in own {
            let rows: Vec<ActivityRow> = read_rows(&outcome.rows)?;
            strands.push(strand(rows.into_iter().map(recorded).collect(), self.query.limit + 1));
        }
        if let [activities, touches] = of_leads {
            let activities: Vec<ActivityRow> = read_rows(&activities.rows)?;
            let touches: Vec<TouchRow> = read_rows(&touches.rows)?;
            let mut strand_of: BTreeMap<(bool, Id), Vec<Found>> = BTreeMap::new();
            for row in activities {
                let lead = row.activity.related.related_to_id.clone();
                strand_of.entry((false, lead)).or_default().push(recorded(row));
            }
            for row in touches {
                let (lead, visit) = (row.lead_id.clone(), Entry::Touch(row.into_visit()));
                strand_of.entry((true, lead)).or_default().push((visit.place(), Some(visit)));
            }
            strands.extend(strand_of.into_values().map(|found| strand(found, self.each(leads))));
        }
        let (items, next) = braid(strands, self.query.limit);
        Ok((items, next.map(|Reverse(place)| place.to_text(TIMELINE))))
    }
}

/// A row that was read, and the entry it makes; a deleted one makes none.
type Found = (Place, Option<Entry>);

fn recorded(row: ActivityRow) -> Found {
    let entry = Entry::Activity(row.activity);
    (entry.place(), Some(entry).filter(|_| row.deleted_at.is_none()))
}

/// What a walk of at most `most` rows found: one that found as many may have been cut off.
fn strand(found: Vec<Found>, most: usize) -> Strand<Reverse<Place>, Entry> {
    let last = found.iter().map(|(place, _)| place).min().cloned();
    let cut = last.filter(|_| found.len() >= most).map(Reverse);
    let items = found.into_iter().filter_map(|(place, entry)| Some((Reverse(place), entry?))).collect();
    Strand { items, cut }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The id below which every touch lies behind the cursor: a touch's id begins with its moment.
fn touches_below(cursor: Option<&Place>) -> String {
    let Some(Place { at, id }) = cursor else { return "~".to_owned() };
    let (first, next) = (Id::first_at(*at), Id::first_at(at.plus_ms(1)));
    id.as_str().to_owned().clamp(first, next)
}
