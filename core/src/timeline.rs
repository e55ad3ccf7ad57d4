//! A timeline: what happened with a lead, account, contact or opportunity, newest first (spec V1, C4).
//!
//! It is braided of strands, each an ordered walk along an index that ends somewhere: what lies behind the nearest end is
//! left to the next page, since a strand that was cut off there may hold more.

use crate::activity::{Activity, Related};
use crate::attribution::Attribution;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::TouchEffect;
use crate::page_query::{Cursor, Parameters};
use crate::time::Instant;
use serde::Serialize;

/// Where an entry stands: by its moment, then by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it happened, or is due.
    pub at: Instant,
    /// Its id.
    pub id: Id,
}

impl Place {
    /// The place as callers carry it: opaque to them, bound to its list.
    #[must_use]
    pub fn to_text(&self, list: &str) -> String {
        Cursor { key: self.at.ms(), id: self.id.clone() }.to_text(list)
    }

    /// Reads a cursor of this list.
    #[must_use]
    pub fn parse(text: &str, list: &str) -> Option<Self> {
        let Cursor { key, id } = Cursor::parse(text, list)?;
        Some(Self { at: Instant::from_ms(key)?, id })
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Entry {
    /// Something that a person or the system recorded.
    Activity(Activity),
    /// A submission by or about the person.
    Touch(Visit),
}

/// A touch as timelines show it; the submitted values stand on the lead (spec L5).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visit {
    /// The touch's id.
    pub id: Id,
    /// The lead.
    #[serde(flatten)]
    pub related: Related,
    /// What it did.
    pub effect: TouchEffect,
    /// Through which form; none is the API.
    pub form_id: Option<Id>,
    /// Where it came from.
    pub attribution: Attribution,
    /// When.
    pub occurred_at: Instant,
}

impl Entry {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Activity(activity) => Place { at: activity.values.occurred_at, id: activity.id.clone() },
            Self::Touch(visit) => Place { at: visit.occurred_at, id: visit.id.clone() },
        }
    }
}

/// A page of a list that goes by moment and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineQuery {
    /// At most so many, 1 to 200.
    pub limit: usize,
    /// Behind this place.
    pub cursor: Option<Place>,
}

/// The name that timelines' cursors are bound to.
pub const TIMELINE: &str = "timeline";

impl TimelineQuery {
    /// Reads the pairs of a timeline's query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let page = Self::take(&mut read, TIMELINE);
        read.close().map(|()| page)
    }

    /// Takes `limit` and `cursor`.
    pub(crate) fn take(read: &mut Parameters, list: &str) -> Self {
        Self {
            limit: read.limit().into(),
            cursor: read.take("cursor", Code::CursorInvalid, |text| Place::parse(text, list)),
        }
    }
}

/// The name that cursors of follow-ups are bound to.
pub const FOLLOW_UPS: &str = "due";

/// What is due, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueQuery {
    /// Due at or before this instant.
    pub until: Instant,
    /// Of this person.
    pub owner: Option<Id>,
    /// Which page.
    pub page: TimelineQuery,
}

impl DueQuery {
    /// Reads the pairs of a query string; without `until`, what is due at `now`.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)], now: Instant) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self {
            until: read.instant("until").unwrap_or(now),
            owner: read.take("owner", Code::NotId, Id::parse),
            page: TimelineQuery::take(&mut read, FOLLOW_UPS),
        };
        read.close().map(|()| query)
    }
}

/// What one walk along an index found.
#[derive(Clone, Debug, PartialEq)]
pub struct Strand<K, T> {
    /// Each item with its place.
    pub items: Vec<(K, T)>,
    /// The last place it saw, where it stopped before its end.
    pub cut: Option<K>,
}

/// Puts strands together in the order of their places: at most `limit` items, and the place behind which the next page
/// begins; none after the last. A page may hold fewer items than there are.
#[must_use]
pub fn braid<K: Ord + Clone, T>(strands: Vec<Strand<K, T>>, limit: usize) -> (Vec<T>, Option<K>) {
    let end = strands.iter().filter_map(|strand| strand.cut.clone()).min();
    let mut items: Vec<(K, T)> = strands.into_iter().flat_map(|strand| strand.items).collect();
    items.retain(|(place, _)| end.as_ref().is_none_or(|end| place <= end));
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let next =
        if items.len() > limit { items.get(limit.saturating_sub(1)).map(|(place, _)| place.clone()) } else { end };
    items.truncate(limit);
    (items.into_iter().map(|(_, item)| item).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let at = Instant::from_ms(1_700_000_000_000).unwrap();
        let place = Place { at, id: Id::new(at, &[1; 10]) };
        let text = place.to_text(TIMELINE);
        assert_eq!(Place::parse(&text, TIMELINE), Some(place));
        assert_eq!(Place::parse(&text, "due"), None);
        assert_eq!(Place::parse("timeline.x.y", TIMELINE), None);
    }

    #[test]
    fn a_page_is_asked_for_by_limit_and_cursor() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(TimelineQuery::parse(&[]), Ok(TimelineQuery { limit: 50, cursor: None }));
        let wrong = TimelineQuery::parse(&[pair("limit", "201"), pair("cursor", "x"), pair("what", "1")]).unwrap_err();
        let codes: Vec<_> = wrong.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
        assert_eq!(codes, [("?limit", "not_whole_number"), ("?cursor", "cursor_invalid"), ("?what", "unknown_member")]);
    }

    proptest! {
        #[test]
        fn pages_give_each_item_once_in_order(
            strands in prop::collection::vec(prop::collection::btree_set(0..200_u32, 0..20), 1..5),
            limit in 1..8_usize, most in 1..9_usize,
        ) {
            // Places differ over all strands, as ids do.
            let strands: Vec<Vec<(u32, usize)>> =
                strands.iter().enumerate().map(|(n, set)| set.iter().map(|at| (*at, n)).collect()).collect();
            let mut expected: Vec<(u32, usize)> = strands.concat();
            expected.sort_unstable();
            let (mut seen, mut behind) = (Vec::new(), None);
            loop {
                let walk = |strand: &Vec<(u32, usize)>| {
                    let rows = strand.iter().copied().filter(|place| behind.is_none_or(|end| *place > end));
                    let rows: Vec<_> = rows.take(most).collect();
                    let cut = if rows.len() == most { rows.last().copied() } else { None };
                    Strand { items: rows.into_iter().map(|place| (place, place)).collect(), cut }
                };
                let (page, next) = braid(strands.iter().map(walk).collect(), limit);
                prop_assert!(page.len() <= limit);
                seen.extend(page);
                prop_assert!(next.is_none() || next > behind, "every page goes on");
                behind = next;
                if behind.is_none() {
                    break;
                }
            }
            prop_assert_eq!(seen, expected);
        }
    }
}
