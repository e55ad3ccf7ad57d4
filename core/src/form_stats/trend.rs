//! What a form brought in lately, in short: a line of the list of forms.

use super::{Day, permille};
use crate::id::Id;
use serde::Deserialize;

/// Views or submissions of a form on one day, as they are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DayGroup {
    /// Which form.
    pub form_id: Id,
    /// Days since 1970.
    pub day: i64,
    /// How many.
    pub n: i64,
}

/// Some days of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTrend {
    /// How often the form was shown.
    pub views: i64,
    /// Submissions, replays left out.
    pub submissions: i64,
    /// Submissions for a view, in thousandths; none without a view.
    pub conversion_permille: Option<i64>,
    /// The submissions of each day, the first day first.
    pub days: Vec<i64>,
}

impl FormTrend {
    /// Adds up what was read of a form, of the days from `from` to `to`.
    #[must_use]
    pub fn of(form_id: &Id, (from, to): (Day, Day), views: &[DayGroup], submits: &[DayGroup]) -> Self {
        let sum = |groups: &[DayGroup], day: Option<i64>| -> i64 {
            let of_form = groups.iter().filter(|group| group.form_id == *form_id);
            of_form.filter(|group| day.is_none_or(|day| group.day == day)).map(|group| group.n.max(0)).sum()
        };
        let (views, submissions) = (sum(views, None), sum(submits, None));
        let days = (from.number()..=to.number()).map(|day| sum(submits, Some(day))).collect();
        Self { views, submissions, conversion_permille: permille(submissions, views), days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn each_form_has_its_own_days() {
        let [one, other] = [1, 2].map(|byte| Id::new(Instant::EPOCH, &[byte; 10]));
        let group = |form_id: &Id, day, n| DayGroup { form_id: form_id.clone(), day, n };
        let views = [group(&one, 10, 8), group(&other, 10, 100), group(&one, 12, 8)];
        let submits = [group(&one, 10, 1), group(&one, 12, 2), group(&other, 11, 7)];
        let trend = FormTrend::of(&one, (Day(10), Day(12)), &views, &submits);
        let expected = FormTrend { views: 16, submissions: 3, conversion_permille: Some(188), days: vec![1, 0, 2] };
        assert_eq!(trend, expected);
        let none = FormTrend::of(&one, (Day(10), Day(11)), &[], &[]);
        assert_eq!((none.conversion_permille, none.days), (None, vec![0, 0]));
    }
}
