//! Whether the colours of a form can be told apart (WCAG 2.2, 1.4.3 and 1.4.11), in light and in dark.

use super::content::{Mode, Theme};
use crate::policy::named;
use serde::Serialize;

named! {
    /// A colour scheme.
    Scheme {
        /// Dark words before light ground.
        Light = "light",
        /// Light words before dark ground.
        Dark = "dark",
    }
}

/// What is judged: a token before another, the least ratio, and what stands there.
const PAIRS: [(&str, &str, f64, &str); 7] = [
    ("text", "surface", 4.5, "Words before the form's ground"),
    ("text", "field", 4.5, "Answers in their fields"),
    ("on_accent", "accent", 4.5, "Words on buttons"),
    ("accent", "surface", 4.5, "Links, and the mark of the focus"),
    ("error", "surface", 4.5, "Words about errors"),
    ("line", "field", 3.0, "Borders before their fields"),
    ("line", "surface", 3.0, "Borders before the form's ground"),
];

/// What the widget shows where the form leaves a colour out (web-widget/element/lead-form.css), light and dark.
const OWN: [(&str, &str, &str); 7] = [
    ("accent", "#1f55c8", "#8fb4ff"),
    ("on_accent", "#fff", "#0c1626"),
    ("text", "#17202e", "#e8edf4"),
    ("surface", "#fff", "#161d29"),
    ("field", "#fff", "#0f1520"),
    ("line", "#7b8797", "#7f8da1"),
    ("error", "#b3201b", "#ff9d96"),
];

/// What was found of two colours that meet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contrast {
    /// Where.
    pub scheme: Scheme,
    /// The token in front.
    pub front: &'static str,
    /// The token behind it.
    pub behind: &'static str,
    /// What stands there.
    pub what: &'static str,
    /// Their contrast, 1 to 21, cut to hundredths: what is just too little never looks like enough.
    pub ratio: f64,
    /// What it must be at least.
    pub least: f64,
    /// Whether it is.
    pub passes: bool,
    /// Why, in English: both colours, whose they are, and the rule.
    pub reason: String,
}

impl Theme {
    /// Every pair of colours that meet, in each scheme that the form is shown in.
    #[must_use]
    pub fn contrasts(&self) -> Vec<Contrast> {
        let schemes: &[Scheme] = match self.mode {
            Some(Mode::Light) => &[Scheme::Light],
            Some(Mode::Dark) => &[Scheme::Dark],
            Some(Mode::Auto) | None => &[Scheme::Light, Scheme::Dark],
        };
        let each = |scheme: &Scheme| PAIRS.map(|pair| self.contrast(*scheme, pair));
        schemes.iter().flat_map(each).collect()
    }

    fn contrast(&self, scheme: Scheme, pair: (&'static str, &'static str, f64, &'static str)) -> Contrast {
        let (front, behind, least, what) = pair;
        let (front_colour, whose_front) = self.colour(front, scheme);
        let (behind_colour, whose_behind) = self.colour(behind, scheme);
        let ratio = ratio(front_colour, behind_colour);
        let rule = if least < 4.5 { "1.4.11" } else { "1.4.3" };
        let reason = format!(
            "{front} {front_colour} ({whose_front}) before {behind} {behind_colour} ({whose_behind}) has {ratio:.2}:1; \
             WCAG 2.2, {rule}, asks for {least:.1}:1"
        );
        Contrast { scheme, front, behind, what, ratio, least, passes: ratio >= least, reason }
    }

    /// The colour of a token, and whose choice it is.
    fn colour(&self, token: &str, scheme: Scheme) -> (&str, &'static str) {
        let chosen = match token {
            "accent" => &self.accent,
            "on_accent" => &self.on_accent,
            "text" => &self.text,
            "surface" => &self.surface,
            "field" => &self.field,
            "line" => &self.line,
            _ => &self.error,
        };
        if let Some(colour) = chosen {
            return (colour, "the form's");
        }
        let own = OWN.iter().find(|(name, ..)| *name == token);
        let own = own.map_or("#000", |(_, light, dark)| if scheme == Scheme::Light { light } else { dark });
        (own, "the widget's")
    }
}

/// The contrast ratio of two colours, cut to hundredths.
fn ratio(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
    // What rounding took must not cost a whole hundredth, as it would from 21:1.
    (ratio * 100.0 + 1e-9).floor() / 100.0
}

/// Relative luminance (WCAG 2.2), 0 for black to 1 for white.
fn luminance(colour: &str) -> f64 {
    let [red, green, blue] = channels(colour).map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Red, green and blue of `#rgb` or `#rrggbb`; a theme holds nothing else.
fn channels(colour: &str) -> [u8; 3] {
    let digits: Vec<u8> =
        colour.chars().filter_map(|sign| sign.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
    match digits[..] {
        [red, green, blue] => [red * 17, green * 17, blue * 17],
        [a, b, c, d, e, f] => [a * 16 + b, c * 16 + d, e * 16 + f],
        _ => [0, 0, 0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_standard() {
        // Counted by hand from the formula, and as every checker tells them.
        let known = [
            ("#000", "#fff", "21.00"),
            ("#fff", "#ffffff", "1.00"),
            ("#777", "#fff", "4.47"),
            ("#767676", "#fff", "4.54"),
            ("#949494", "#fff", "3.03"),
            ("#f00", "#fff", "3.99"),
        ];
        for (one, other, expected) in known {
            assert_eq!(format!("{:.2}", ratio(one, other)), expected, "{one} {other}");
            assert_eq!(ratio(other, one).to_bits(), ratio(one, other).to_bits(), "the order does not matter");
        }
    }

    #[test]
    fn the_widgets_own_colours_can_be_told_apart() {
        let contrasts = Theme::default().contrasts();
        assert_eq!(contrasts.len(), 2 * PAIRS.len());
        for contrast in contrasts {
            assert!(contrast.passes, "{}", contrast.reason);
        }
    }

    #[test]
    fn the_colours_here_are_those_of_the_stylesheet() {
        let sheet = include_str!("../../../web-widget/element/lead-form.css");
        for (token, light, dark) in OWN {
            let line = format!("--lf-{}: light-dark({light}, {dark});", token.replace('_', "-"));
            assert!(sheet.contains(&line), "lead-form.css has no {line}");
        }
    }

    #[test]
    fn a_form_that_is_always_light_is_judged_in_light_alone() {
        let theme = Theme { accent: Some("#ffe14d".into()), mode: Some(Mode::Light), ..Theme::default() };
        let failed: Vec<_> = theme.contrasts().into_iter().filter(|contrast| !contrast.passes).collect();
        assert!(failed.iter().all(|contrast| contrast.scheme == Scheme::Light));
        let pairs: Vec<_> = failed.iter().map(|contrast| (contrast.front, contrast.behind)).collect();
        assert_eq!(pairs, [("on_accent", "accent"), ("accent", "surface")]);
        assert!(
            failed[0].reason.starts_with("on_accent #fff (the widget's) before accent #ffe14d (the form's) has 1.30:1"),
            "{}",
            failed[0].reason
        );
    }
}
