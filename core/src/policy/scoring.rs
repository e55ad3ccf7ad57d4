//! The scoring part of a policy: what each fact and event is worth (spec S1-S5, L3).

use super::condition::{Condition, Kind, Scope};
use super::names::named;
use super::reader::{At, Object, Reader};
use std::collections::{BTreeMap, BTreeSet};

named! {
    /// An event that shows a lead's interest (spec S3).
    EventKind {
        /// A mail was sent to the lead.
        EmailSent = "email_sent",
        /// The lead opened a mail.
        EmailOpen = "email_open",
        /// The lead followed a link in a mail.
        EmailClick = "email_click",
        /// The lead filled a form again.
        FormSubmit = "form_submit",
        /// Somebody called the lead.
        CallMade = "call_made",
        /// A meeting was arranged.
        MeetingScheduled = "meeting_scheduled",
    }
}

/// What an event of one kind is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventWorth {
    pub(crate) points: i32,
    pub(crate) cap: Option<i32>,
}

/// A scoring rule beyond the fixed ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScoringRule {
    pub(crate) id: String,
    pub(crate) when: Condition,
    pub(crate) points: i32,
}

/// The facts that a scoring rule may ask about.
pub const SCORING_SCOPE: Scope<'static> = &[
    ("source", Kind::Text),
    ("campaign", Kind::Text),
    ("medium", Kind::Text),
    ("authority_level", Kind::Text),
    ("country", Kind::Text),
    ("state", Kind::Text),
    ("industry", Kind::Text),
    ("job_title", Kind::Text),
    ("interest_product", Kind::Text),
    ("budget_given", Kind::Flag),
    ("timeline_days", Kind::Number),
    ("gdpr_consent", Kind::Flag),
];

/// A timeline whose upper bound is at most `within_days` is worth `points`, unless an earlier band holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) within_days: i32,
    pub(crate) points: i32,
}

/// The parsed scoring part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scoring {
    pub(crate) sources: BTreeMap<String, i32>,
    pub(crate) other_source: i32,
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) click_ids: BTreeMap<String, String>,
    pub(crate) authority: BTreeMap<String, i32>,
    pub(crate) budget: i32,
    pub(crate) timeline: Vec<Band>,
    pub(crate) engagement: BTreeMap<EventKind, EventWorth>,
    pub(crate) rules: Vec<ScoringRule>,
}

/// The levels of authority that need a weight; `none` is for a lead that named no level.
const AUTHORITY: &[&str] = &["decision_maker", "influencer", "user", "gatekeeper", "none"];
/// The click ids that the form takes.
const CLICK_IDS: &[&str] = &["gclid", "gbraid", "wbraid", "msclkid", "fbclid"];
/// More than the whole scale on one fact cannot be meant.
const POINTS: std::ops::RangeInclusive<i32> = -100..=100;

/// Text as a slug: lower case, everything but letters and digits becomes one underscore. Blank text gives "".
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.trim().chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

impl Scoring {
    pub(super) fn parse(reader: &mut Reader, at: &At<'_>) -> Self {
        let members = ["sources", "authority", "budget", "timeline", "engagement", "rules"];
        let object = reader.object(at, &members);
        let sources = reader.need(&object, "sources");
        let sources = reader.object(&sources, &["weights", "other", "aliases", "click_ids"]);
        let weights = Self::parse_sources(reader, &sources);
        Self {
            aliases: Self::parse_aliases(reader, &sources, &weights),
            click_ids: Self::parse_click_ids(reader, &sources),
            other_source: reader.whole_member(&sources, "other", POINTS),
            sources: weights,
            authority: Self::parse_authority(reader, &object),
            budget: reader.whole_member(&object, "budget", POINTS),
            timeline: Self::parse_timeline(reader, &object),
            engagement: Self::parse_engagement(reader, &object),
            rules: Self::parse_rules(reader, &object),
        }
    }

    fn parse_sources(reader: &mut Reader, sources: &Object<'_>) -> BTreeMap<String, i32> {
        let place = reader.need(sources, "weights");
        let mut weights = BTreeMap::new();
        for (name, at) in reader.entries(&place) {
            check_slug(reader, &at, name);
            weights.insert(name.to_owned(), reader.whole(&at, POINTS));
        }
        weights
    }

    fn parse_aliases(
        reader: &mut Reader,
        sources: &Object<'_>,
        weights: &BTreeMap<String, i32>,
    ) -> BTreeMap<String, String> {
        let place = reader.need(sources, "aliases");
        let mut aliases = BTreeMap::new();
        let entries = reader.entries(&place);
        let names: BTreeSet<&str> = entries.iter().map(|(name, _)| *name).collect();
        for (name, at) in &entries {
            check_slug(reader, at, name);
            let target = reader.text(at);
            check_slug(reader, at, target);
            if weights.contains_key(*name) {
                reader.refuse(&at.pointer, "a source with a weight of its own cannot stand for another");
            }
            if names.contains(target) {
                reader.refuse(&at.pointer, "an alias cannot stand for another alias");
            }
            aliases.insert((*name).to_owned(), target.to_owned());
        }
        aliases
    }

    fn parse_click_ids(reader: &mut Reader, sources: &Object<'_>) -> BTreeMap<String, String> {
        let place = reader.need(sources, "click_ids");
        let object = reader.object(&place, CLICK_IDS);
        let mut sources = BTreeMap::new();
        for name in CLICK_IDS {
            if let Some(at) = object.optional(name) {
                let target = reader.text(&at);
                check_slug(reader, &at, target);
                sources.insert((*name).to_owned(), target.to_owned());
            }
        }
        sources
    }

    fn parse_authority(reader: &mut Reader, object: &Object<'_>) -> BTreeMap<String, i32> {
        let place = reader.need(object, "authority");
        let levels = reader.object(&place, AUTHORITY);
        AUTHORITY.iter().map(|name| ((*name).to_owned(), reader.whole_member(&levels, name, POINTS))).collect()
    }

    fn parse_timeline(reader: &mut Reader, object: &Object<'_>) -> Vec<Band> {
        let place = reader.need(object, "timeline");
        let mut bands: Vec<Band> = Vec::new();
        for at in reader.list(&place) {
            if at.value.is_some_and(|value| value.get("contains").is_some()) {
                let reason =
                    "a timeline is compared by its upper bound in days, not by its text: \"130 days\" contains \"30\"";
                reader.refuse(&at.pointer, reason);
                continue;
            }
            let band = reader.object(&at, &["within_days", "points"]);
            let within_days = reader.whole_member(&band, "within_days", 0..=36_500);
            let points = reader.whole_member(&band, "points", POINTS);
            if bands.last().is_some_and(|last| last.within_days >= within_days) {
                reader.refuse(
                    &at.pointer,
                    "bands must rise: this one lies inside the one before and would never be used",
                );
            }
            bands.push(Band { within_days, points });
        }
        bands
    }

    fn parse_engagement(reader: &mut Reader, object: &Object<'_>) -> BTreeMap<EventKind, EventWorth> {
        let place = reader.need(object, "engagement");
        let events = reader.object(&place, EventKind::NAMES);
        let mut engagement = BTreeMap::new();
        for kind in EventKind::ALL {
            let at = reader.need(&events, kind.as_str());
            let worth = reader.object(&at, &["points", "cap"]);
            let points = reader.whole_member(&worth, "points", POINTS);
            let cap = worth.optional("cap").map(|at| {
                let cap = reader.whole(&at, 1..=1000);
                if points == 0 || cap < points.abs() {
                    reader.refuse(
                        &at.pointer,
                        "a cap below one event's points, or on an event without points, cannot be meant",
                    );
                }
                cap
            });
            engagement.insert(*kind, EventWorth { points, cap });
        }
        engagement
    }

    fn parse_rules(reader: &mut Reader, object: &Object<'_>) -> Vec<ScoringRule> {
        let place = reader.need(object, "rules");
        let mut rules: Vec<ScoringRule> = Vec::new();
        for at in reader.list(&place) {
            let rule = reader.object(&at, &["id", "when", "points"]);
            let id_at = reader.need(&rule, "id");
            let id = reader.text(&id_at).to_owned();
            check_slug(reader, &id_at, &id);
            if rules.iter().any(|known| known.id == id) {
                reader.refuse(&id_at.pointer, "another rule has this id");
            }
            let points = reader.whole_member(&rule, "points", POINTS);
            if points == 0 {
                reader.refuse(rule.pointer_to("points"), "a rule without points does nothing");
            }
            let when = reader.need(&rule, "when");
            if let Some(when) = Condition::read(reader, &when, SCORING_SCOPE) {
                rules.push(ScoringRule { id, when, points });
            }
        }
        rules
    }

    /// The highest sum that fit and events can reach; `None` where events add points without end.
    pub(super) fn highest(&self) -> Option<i32> {
        let best = |weights: &BTreeMap<String, i32>| weights.values().copied().max().unwrap_or(0);
        let timeline = self.timeline.iter().map(|band| band.points).max().unwrap_or(0).max(0);
        let rules: i32 = self.rules.iter().map(|rule| rule.points.max(0)).sum();
        let fit =
            best(&self.sources).max(self.other_source) + best(&self.authority) + self.budget.max(0) + timeline + rules;
        let mut events = 0;
        for worth in self.engagement.values().filter(|worth| worth.points > 0) {
            events += worth.cap?;
        }
        Some(fit + events)
    }
}

fn check_slug(reader: &mut Reader, at: &At<'_>, text: &str) {
    if !text.is_empty() && slug(text) != text {
        reader.refuse(
            &at.pointer,
            format!("{text:?} is no slug: lower-case letters and digits joined by single underscores"),
        );
    }
}
