//! Small charts as inline SVG: shapes that a stylesheet colours, stretched to their place. What they show is told in words, and
//! stands in a table as well.

use maud::{Markup, html};
use std::fmt::Write;

/// The height of a chart in its own units; a day is ten of them wide.
const HIGH: i64 = 100;

/// A line of what each day brought in.
pub(super) fn sparkline(days: &[i64]) -> Markup {
    let most = days.iter().copied().max().unwrap_or(0).max(1);
    let wide = width(days.len().saturating_sub(1)).max(1);
    let label = format!("By day, at most {}", days.iter().max().unwrap_or(&0));
    html! {
        svg.spark role="img" aria-label=(label) viewBox={ "0 -4 " (wide) " " (HIGH + 8) } preserveAspectRatio="none" {
            polyline points=(points(days, most)) vector-effect="non-scaling-stroke" {}
        }
    }
}

/// Bars of the views of each day, and of the submissions among them.
pub(super) fn bars(label: &str, days: &[(i64, i64)]) -> Markup {
    let most = days.iter().map(|(whole, part)| *whole.max(part)).max().unwrap_or(0).max(1);
    let bar = |class: &str, at: usize, n: i64| {
        let high = n.max(0) * HIGH / most;
        // What is not nothing is seen.
        let high = if n > 0 { high.max(1) } else { high };
        html! { rect class=(class) x=(width(at) + 1) y=(HIGH - high) width="8" height=(high) {} }
    };
    html! {
        svg.bars role="img" aria-label=(label) viewBox={ "0 0 " (width(days.len()).max(1)) " " (HIGH) } preserveAspectRatio="none" {
            @for (at, (whole, part)) in days.iter().enumerate() {
                (bar("whole", at, *whole))
                (bar("part", at, *part))
            }
        }
    }
}

/// A line of thousandths, with a gap where there are none; each day stands where the bars have it.
pub(super) fn curve(label: &str, days: &[Option<i64>]) -> Markup {
    let most = days.iter().flatten().copied().max().unwrap_or(0).max(1);
    let wide = width(days.len()).max(1);
    html! {
        svg.curve role="img" aria-label=(label) viewBox={ "-5 -4 " (wide) " " (HIGH + 8) } preserveAspectRatio="none" {
            @for (first, run) in runs(days) {
                @if let [alone] = run.as_slice() {
                    // A line without a length, round at its ends: a circle would be stretched with the chart.
                    polyline.dot points=(shifted(&[*alone, *alone], most, first, 0)) vector-effect="non-scaling-stroke" {}
                } @else {
                    polyline points=(shifted(&run, most, first, 1)) vector-effect="non-scaling-stroke" {}
                }
            }
        }
    }
}

/// A bar for a part of a whole.
pub(super) fn share(part: i64, whole: i64) -> Markup {
    let wide = part.clamp(0, whole) * 100 / whole.max(1);
    html! {
        svg.share aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none" {
            rect.rest x="0" y="0" width="100" height="10" {}
            rect.part x="0" y="0" width=(wide) height="10" {}
        }
    }
}

fn width(days: usize) -> i64 {
    i64::try_from(days).unwrap_or(0) * 10
}

fn points(values: &[i64], most: i64) -> String {
    shifted(values, most, 0, 1)
}

/// Points from the day `first` on, `step` days apart.
fn shifted(values: &[i64], most: i64, first: usize, step: usize) -> String {
    let mut text = String::new();
    for (at, value) in values.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{},{} ", width(first + at * step), HIGH - (*value).max(0) * HIGH / most);
    }
    text.truncate(text.trim_end().len());
    text
}

/// The runs of days that have a value, each with the place of its first.
fn runs(days: &[Option<i64>]) -> Vec<(usize, Vec<i64>)> {
    let mut runs: Vec<(usize, Vec<i64>)> = Vec::new();
    let mut before = false;
    for (at, value) in days.iter().enumerate() {
        match (value, before, runs.last_mut()) {
            (Some(value), true, Some((_, run))) => run.push(*value),
            (Some(value), ..) => runs.push((at, vec![*value])),
            (None, ..) => {}
        }
        before = value.is_some();
    }
    runs
}

/// A number with its thousands parted.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Thousandths as a percentage.
pub(super) fn percent(permille: Option<i64>) -> String {
    permille.map_or_else(|| "–".to_owned(), |permille| format!("{}.{} %", permille / 10, permille % 10))
}
