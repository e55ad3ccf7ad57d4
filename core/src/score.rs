//! The score of a lead: a fold of what it is and what it did, with the reasons that add up to it (spec S).

use crate::policy::condition::{Facts, Truth};
use crate::policy::{EventKind, Policy, Stage, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One part of a sum: which rule gave or took how many points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// The rule's stable, dotted name, such as `source.google_ads`.
    pub rule: String,
    /// The points, negative where the rule takes some.
    pub points: i32,
}

impl Reason {
    /// A reason.
    #[must_use]
    pub fn new(rule: impl Into<String>, points: i32) -> Self {
        Self { rule: rule.into(), points }
    }
}

/// What a lead said about its timeline (spec S2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineFact {
    /// Nothing.
    #[default]
    Absent,
    /// Something that no day range could be read from.
    Unparsed,
    /// A range without an upper bound, such as "more than 6 months".
    Open,
    /// A range whose upper bound is this many days.
    Within(i64),
}

/// What a lead is, as far as scoring asks (spec S1). Blank text counts as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitFacts<'a> {
    /// The canonical slug, from `Policy::source_slug`.
    pub source: &'a str,
    /// The wire name of the authority level.
    pub authority: Option<&'a str>,
    /// Whether a budget range was given.
    pub budget_given: bool,
    /// The timeline.
    pub timeline: TimelineFact,
    /// The campaign, for scoring rules.
    pub campaign: Option<&'a str>,
    /// The medium, for scoring rules.
    pub medium: Option<&'a str>,
    /// ISO 3166-1 alpha-2, for scoring rules.
    pub country: Option<&'a str>,
    /// The state or province, for scoring rules.
    pub state: Option<&'a str>,
    /// The industry, for scoring rules.
    pub industry: Option<&'a str>,
    /// The job title, for scoring rules.
    pub job_title: Option<&'a str>,
    /// The product asked about, for scoring rules.
    pub interest_product: Option<&'a str>,
    /// Whether consent was given, for scoring rules.
    pub gdpr_consent: Option<bool>,
}

impl FitFacts<'_> {
    fn facts(&self) -> Facts {
        let days = match self.timeline {
            TimelineFact::Within(days) => Some(days),
            TimelineFact::Absent | TimelineFact::Unparsed | TimelineFact::Open => None,
        };
        Facts::default()
            .text("source", Some(self.source))
            .text("campaign", self.campaign)
            .text("medium", self.medium)
            .text("authority_level", self.authority)
            .text("country", self.country)
            .text("state", self.state)
            .text("industry", self.industry)
            .text("job_title", self.job_title)
            .text("interest_product", self.interest_product)
            .flag("budget_given", Some(self.budget_given))
            .number("timeline_days", days)
            .flag("gdpr_consent", self.gdpr_consent)
    }
}

/// What the lead's own values are worth, in a fixed order (spec S1, S2). Rules worth nothing are left out, but a
/// timeline that could not be read says so with 0 points.
#[must_use]
pub fn fit(policy: &Policy, facts: &FitFacts<'_>) -> Vec<Reason> {
    let scoring = &policy.scoring;
    let source = match scoring.sources.get(facts.source) {
        Some(points) => Reason::new(format!("source.{}", facts.source), *points),
        None => Reason::new("source.other", scoring.other_source),
    };
    let level = facts.authority.filter(|level| scoring.authority.contains_key(*level)).unwrap_or("none");
    let authority = Reason::new(format!("authority.{level}"), scoring.authority.get(level).copied().unwrap_or(0));
    let budget = Reason::new("budget.given", if facts.budget_given { scoring.budget } else { 0 });
    let mut reasons: Vec<Reason> =
        [source, authority, budget].into_iter().filter(|reason| reason.points != 0).collect();
    match facts.timeline {
        TimelineFact::Within(days) => {
            let band = scoring.timeline.iter().find(|band| (0..=i64::from(band.within_days)).contains(&days));
            if let Some(band) = band.filter(|band| band.points != 0) {
                reasons.push(Reason::new(format!("timeline.within_{}_days", band.within_days), band.points));
            }
        }
        TimelineFact::Unparsed => reasons.push(Reason::new("timeline.unparsed", 0)),
        TimelineFact::Absent | TimelineFact::Open => {}
    }
    if !scoring.rules.is_empty() {
        let facts = facts.facts();
        let hits = scoring.rules.iter().filter(|rule| rule.when.judge(&facts).truth == Truth::True);
        reasons.extend(hits.map(|rule| Reason::new(format!("rule.{}", rule.id), rule.points)));
    }
    reasons
}

/// How often each kind of event happened to a lead; on the wire an object such as `{"form_submit": 2}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, u32>")]
pub struct Engagement(BTreeMap<EventKind, u32>);

impl Engagement {
    /// The highest count that is kept per kind, so that sums stay within range.
    pub const MAX_COUNT: u32 = 1_000_000;

    /// Counts one more event of this kind.
    pub fn add(&mut self, kind: EventKind) {
        let count = self.0.entry(kind).or_default();
        *count = count.saturating_add(1).min(Self::MAX_COUNT);
    }

    /// What is left when the later events are taken away.
    #[must_use]
    pub fn without(&self, later: &Self) -> Self {
        let left = self.0.iter().map(|(kind, count)| (*kind, count.saturating_sub(later.count(*kind))));
        Self(left.filter(|(_, count)| *count > 0).collect())
    }

    /// How often this kind of event happened.
    #[must_use]
    pub fn count(&self, kind: EventKind) -> u32 {
        self.0.get(&kind).copied().unwrap_or(0)
    }
}

impl FromIterator<EventKind> for Engagement {
    fn from_iter<T: IntoIterator<Item = EventKind>>(kinds: T) -> Self {
        let mut engagement = Self::default();
        for kind in kinds {
            engagement.add(kind);
        }
        engagement
    }
}

/// An event or a count that engagement cannot hold (spec S3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EngagementError {
    /// No event has this name.
    UnknownEvent(String),
    /// More than `Engagement::MAX_COUNT` of this event.
    TooMany(String),
}

impl std::fmt::Display for EngagementError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownEvent(name) => write!(f, "unknown event {name}"),
            Self::TooMany(name) => write!(f, "more than {} events {name}", Engagement::MAX_COUNT),
        }
    }
}

impl TryFrom<BTreeMap<String, u32>> for Engagement {
    type Error = EngagementError;

    fn try_from(counts: BTreeMap<String, u32>) -> Result<Self, Self::Error> {
        let mut engagement = BTreeMap::new();
        for (name, count) in counts {
            let Some(kind) = EventKind::parse(&name) else { return Err(EngagementError::UnknownEvent(name)) };
            if count > Self::MAX_COUNT {
                return Err(EngagementError::TooMany(name));
            }
            if count > 0 {
                engagement.insert(kind, count);
            }
        }
        Ok(Self(engagement))
    }
}

/// A score with its reasons, which add up to `value` (spec S4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    value: u8,
    raw: i32,
    reasons: Vec<Reason>,
    policy_version: String,
}

impl Score {
    /// The score as shown, 0 to 100.
    #[must_use]
    pub fn value(&self) -> u8 {
        self.value
    }

    /// The sum before it was held within 0 to 100.
    #[must_use]
    pub fn raw(&self) -> i32 {
        self.raw
    }

    /// The reasons: fit, then events, then `cap` where the raw sum was outside the scale.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The version of the policy that gave the score.
    #[must_use]
    pub fn policy_version(&self) -> &str {
        &self.policy_version
    }
}

/// Folds what the lead is and what it did into one score (spec S4, S5). The order of events does not matter.
#[must_use]
pub fn fold(policy: &Policy, fit: &[Reason], engagement: &Engagement) -> Score {
    let mut reasons = fit.to_vec();
    for (kind, worth) in &policy.scoring.engagement {
        let count = i32::try_from(engagement.count(*kind)).unwrap_or(i32::MAX);
        let sum = count.saturating_mul(worth.points);
        let points = worth.cap.map_or(sum, |cap| sum.clamp(-cap, cap));
        if points != 0 {
            reasons.push(Reason::new(format!("engagement.{kind}"), points));
        }
    }
    let (value, raw) = close(&mut reasons);
    Score { value, raw, reasons, policy_version: policy.version().to_owned() }
}

/// Holds the sum of the reasons within 0 to 100 by a closing reason `cap`; gives the held and the raw sum.
pub(crate) fn close(reasons: &mut Vec<Reason>) -> (u8, i32) {
    let raw = reasons.iter().fold(0_i32, |sum, reason| sum.saturating_add(reason.points));
    let held = raw.clamp(0, 100);
    if held != raw {
        reasons.push(Reason::new("cap", held - raw));
    }
    (u8::try_from(held).unwrap_or(100), raw)
}

/// The stage that follows from status and score (spec M2). `before` is the stage the lead had: an unqualified or
/// disqualified lead keeps it. A recycled lead starts at awareness again whatever its score, until it is contacted.
#[must_use]
pub fn stage_for(policy: &Policy, status: Status, score: u8, before: Stage) -> Stage {
    match status {
        Status::New if i32::from(score) > policy.thresholds.consideration_above => Stage::Consideration,
        Status::New | Status::Recycled => Stage::Awareness,
        Status::Contacted => Stage::Consideration,
        Status::Qualified => Stage::Decision,
        Status::Converted => Stage::Converted,
        Status::Unqualified | Status::Disqualified => before,
    }
}
