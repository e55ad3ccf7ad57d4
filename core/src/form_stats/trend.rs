//! What a form brought in lately, in short: a line of the list of forms.

use super::{Day, SubmitGroup, VisitGroup, permille};

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
    /// Adds up what was read of the days from `from` to `to`.
    #[must_use]
    pub fn of((from, to): (Day, Day), visits: &[VisitGroup], submits: &[SubmitGroup]) -> Self {
        let views = visits.iter().map(|group| group.views.max(0)).sum();
        let submissions = submits.iter().map(|group| group.submissions).sum();
        let on = |day| submits.iter().filter(|group| group.day == day).map(|group| group.submissions).sum();
        let days = (from.number()..=to.number()).map(on).collect();
        Self { views, submissions, conversion_permille: permille(submissions, views), days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_add_up_by_day() {
        let visit = |day, version, views| VisitGroup { day, version, views, starts: 0 };
        let submit = |day, version, submissions| SubmitGroup { day, version, submissions, leads: 0, spam: 0 };
        let visits = [visit(10, 1, 8), visit(10, 2, 4), visit(12, 2, 4)];
        let submits = [submit(10, 1, 1), submit(12, 1, 1), submit(12, 2, 1)];
        let trend = FormTrend::of((Day(10), Day(12)), &visits, &submits);
        let expected = FormTrend { views: 16, submissions: 3, conversion_permille: Some(188), days: vec![1, 0, 2] };
        assert_eq!(trend, expected);
        let none = FormTrend::of((Day(10), Day(11)), &[], &[]);
        assert_eq!((none.conversion_permille, none.days), (None, vec![0, 0]));
    }
}
