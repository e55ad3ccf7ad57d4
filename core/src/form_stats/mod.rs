//! What is counted of a form: who saw it, began it, sent it, and where the others stopped. Numbers only: no visitor stands behind
//! them, and nothing is kept by which one could be told from another.

mod asked;
mod seen;
mod trend;

pub use asked::StatsQuery;
pub use seen::{Seen, Step};
pub use trend::FormTrend;

use crate::time::{DAY_MS, Instant};
use chrono::{DateTime, Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A day in UTC, written `2026-11-23`; stored as days since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day of an instant.
    #[must_use]
    pub fn of(at: Instant) -> Self {
        Self(at.ms().div_euclid(DAY_MS))
    }

    /// Reads `2026-11-23`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)?;
        (0..=9999).contains(&date.year()).then(|| Self(date.to_epoch_days().into()))
    }

    /// Days since 1970.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = DateTime::from_timestamp_millis(self.0.saturating_mul(DAY_MS)).unwrap_or_default();
        write!(f, "{}", at.format("%Y-%m-%d"))
    }
}

/// Views and starts of one version on one day, as they are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VisitGroup {
    /// Days since 1970.
    pub day: i64,
    /// Which version.
    pub version: i64,
    /// How often it was shown.
    pub views: i64,
    /// How often somebody began to fill it.
    pub starts: i64,
}

/// Submissions of one version on one day, as they are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SubmitGroup {
    /// Days since 1970.
    pub day: i64,
    /// Which version.
    pub version: i64,
    /// How many.
    pub submissions: i64,
    /// Those that made a lead.
    pub leads: i64,
    /// Those that were set aside as spam.
    pub spam: i64,
}

/// Visitors who reached this field last, as they are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldGroup {
    /// The field's name.
    pub field: String,
    /// How many.
    pub stopped: i64,
}

/// Submissions of a source, as they are read and shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SourceCounts {
    /// Where the visits came from.
    pub lead_source: String,
    /// Submissions.
    pub submissions: i64,
    /// Those that made a lead.
    pub leads: i64,
    /// Those that were set aside as spam.
    pub spam: i64,
}

/// Submissions of a campaign, as they are read and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignCounts {
    /// Where the visits came from.
    pub lead_source: String,
    /// The campaign.
    pub campaign: String,
    /// Submissions.
    pub submissions: i64,
    /// Those that made a lead.
    pub leads: i64,
    /// Those that were set aside as spam.
    pub spam: i64,
}

/// What is counted of some days or versions together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormCounts {
    /// How often the form was shown.
    pub views: i64,
    /// How often somebody began to fill it.
    pub starts: i64,
    /// Submissions, replays left out.
    pub submissions: i64,
    /// Those that made a lead.
    pub leads: i64,
    /// Those that were set aside as spam.
    pub spam: i64,
    /// Submissions for a view, in thousandths; none without a view. More than 1,000 where views went uncounted.
    pub conversion_permille: Option<i64>,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayCounts {
    /// Which day, in UTC.
    pub day: String,
    /// Its numbers.
    #[serde(flatten)]
    pub counts: FormCounts,
}

/// A version.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionCounts {
    /// Which version.
    pub version: i64,
    /// Its numbers.
    #[serde(flatten)]
    pub counts: FormCounts,
}

/// A field at which visitors stopped.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldCounts {
    /// The field's name.
    pub field: String,
    /// Visitors who reached it last and did not send the form.
    pub stopped: i64,
    /// Those among all who began, in thousandths; none where nobody began.
    pub stopped_permille: Option<i64>,
}

/// What a form's visitors did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormStats {
    /// The first day, in UTC.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Of this version alone; none is all of them.
    pub version: Option<i64>,
    /// Everything together.
    pub total: FormCounts,
    /// Each day of the range, also those without visitors.
    pub days: Vec<DayCounts>,
    /// Each version that somebody saw.
    pub versions: Vec<VersionCounts>,
    /// Fields at which visitors stopped, most first.
    pub fields: Vec<FieldCounts>,
    /// The campaigns with most submissions, at most 50.
    pub campaigns: Vec<CampaignCounts>,
}

impl FormCounts {
    fn visit(&mut self, group: &VisitGroup) {
        self.views += group.views.max(0);
        self.starts += group.starts.max(0);
    }

    fn submit(&mut self, group: &SubmitGroup) {
        self.submissions += group.submissions;
        self.leads += group.leads;
        self.spam += group.spam;
    }

    fn closed(self) -> Self {
        Self { conversion_permille: permille(self.submissions, self.views), ..self }
    }
}

/// Rounded half up; none of nothing.
fn permille(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| part.saturating_mul(2000).saturating_add(whole) / whole.saturating_mul(2))
}

impl FormStats {
    /// Adds up what was read.
    #[must_use]
    pub fn of(
        query: &StatsQuery,
        visits: &[VisitGroup],
        submits: &[SubmitGroup],
        fields: Vec<FieldGroup>,
        campaigns: Vec<CampaignCounts>,
    ) -> Self {
        let mut total = FormCounts::default();
        let range = query.from.number()..=query.to.number();
        let mut days: BTreeMap<i64, FormCounts> = range.map(|day| (day, FormCounts::default())).collect();
        let mut versions: BTreeMap<i64, FormCounts> = BTreeMap::new();
        for group in visits {
            total.visit(group);
            days.entry(group.day).or_default().visit(group);
            versions.entry(group.version).or_default().visit(group);
        }
        for group in submits {
            total.submit(group);
            days.entry(group.day).or_default().submit(group);
            versions.entry(group.version).or_default().submit(group);
        }
        let starts = total.starts;
        let mut fields: Vec<FieldCounts> = fields
            .into_iter()
            .filter(|group| group.stopped > 0)
            .map(|FieldGroup { field, stopped }| FieldCounts {
                field,
                stopped,
                stopped_permille: permille(stopped, starts),
            })
            .collect();
        fields.sort_by(|a, b| b.stopped.cmp(&a.stopped).then_with(|| a.field.cmp(&b.field)));
        let days =
            days.into_iter().map(|(day, counts)| DayCounts { day: Day(day).to_string(), counts: counts.closed() });
        let versions = versions.into_iter().map(|(version, counts)| VersionCounts { version, counts: counts.closed() });
        Self {
            from: query.from.to_string(),
            to: query.to.to_string(),
            version: query.version,
            total: total.closed(),
            days: days.collect(),
            versions: versions.collect(),
            fields,
            campaigns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_as_they_are_written() {
        for text in ["2026-11-29", "1970-01-01", "1969-12-31", "2024-02-29"] {
            assert_eq!(Day::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Day::parse("1970-01-02").unwrap().number(), 1);
        assert_eq!(Day::of(Instant::from_ms(DAY_MS - 1).unwrap()), Day::parse("1970-01-01").unwrap());
        for wrong in ["2026-1-1", "2026-02-30", "2026-11-29T00:00:00Z", "", "20261129"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_add_up_by_day_and_version() {
        let query = StatsQuery { from: Day(10), to: Day(12), version: None };
        let visit = |day, version, views, starts| VisitGroup { day, version, views, starts };
        let submit = |day, version, submissions| SubmitGroup { day, version, submissions, leads: submissions, spam: 0 };
        let field = |field: &str, stopped| FieldGroup { field: field.to_owned(), stopped };
        let stats = FormStats::of(
            &query,
            &[visit(10, 1, 8, 4), visit(10, 2, 4, 2), visit(12, 2, 4, 2)],
            &[submit(10, 1, 1), submit(12, 2, 2)],
            vec![field("email", 2), field("phone", 3), field("company_name", -1)],
            Vec::new(),
        );
        assert_eq!((stats.total.views, stats.total.starts, stats.total.submissions), (16, 8, 3));
        assert_eq!(stats.total.conversion_permille, Some(188), "187.5 rounds up");
        let days: Vec<_> = stats.days.iter().map(|day| (day.counts.views, day.counts.submissions)).collect();
        assert_eq!(days, [(12, 1), (0, 0), (4, 2)]);
        assert_eq!(stats.days[1].counts.conversion_permille, None);
        let versions: Vec<_> = stats.versions.iter().map(|of| (of.version, of.counts.submissions)).collect();
        assert_eq!(versions, [(1, 1), (2, 2)]);
        let fields: Vec<_> = stats.fields.iter().map(|of| (of.field.as_str(), of.stopped_permille)).collect();
        assert_eq!(fields, [("phone", Some(375)), ("email", Some(250))], "those that went on are none");
    }
}
