//! A form's own look as a stylesheet: its tokens become the custom properties of page and widget. No style stands in the page
//! itself, so that the policy needs no exception.

use lead_core::form::{Mode, Theme};
use std::fmt::Write;

/// The stylesheet; blank where the form has no look of its own. Every value was read strictly: a colour, a number, names of faces.
pub(crate) fn theme(theme: &Theme) -> String {
    let mut page = String::new();
    let mut form = String::new();
    let scheme = match theme.mode {
        Some(Mode::Light) => Some("light"),
        Some(Mode::Dark) => Some("dark"),
        Some(Mode::Auto) | None => None,
    };
    let radius = theme.radius.map(|radius| format!("{radius}px"));
    let tokens: [(&str, &str, Option<&str>); 9] = [
        ("--accent", "--lf-accent", theme.accent.as_deref()),
        ("--on-accent", "--lf-on-accent", theme.on_accent.as_deref()),
        ("--ink", "--lf-text", theme.text.as_deref()),
        ("--card", "--lf-surface", theme.surface.as_deref()),
        ("--field", "--lf-field", theme.field.as_deref()),
        ("--line", "--lf-line", theme.line.as_deref()),
        ("--wrong", "--lf-error", theme.error.as_deref()),
        ("--round", "--lf-radius", radius.as_deref()),
        ("--face", "--lf-font", theme.font.as_deref()),
    ];
    for (of_page, of_form, value) in tokens {
        let Some(value) = value else { continue };
        // Writing to a string cannot fail.
        let _ = write!(page, "{of_page}:{value};");
        let _ = write!(form, "{of_form}:{value};");
    }
    if let Some(scheme) = scheme {
        let _ = write!(page, "color-scheme:{scheme};");
    }
    // Soft words are mixed from the form's own, or they could vanish before its surface.
    if theme.text.is_some() || theme.surface.is_some() {
        page.push_str("--page:color-mix(in srgb,var(--card) 94%,var(--ink));");
        page.push_str("--soft:color-mix(in srgb,var(--ink) 78%,var(--card));");
        form.push_str("--lf-muted:color-mix(in srgb,var(--lf-text) 78%,var(--lf-surface));");
        form.push_str("--lf-error-surface:color-mix(in srgb,var(--lf-error) 8%,var(--lf-surface));");
        form.push_str("--lf-note-surface:color-mix(in srgb,var(--lf-accent) 8%,var(--lf-surface));");
    }
    if page.is_empty() && form.is_empty() {
        return String::new();
    }
    format!(":root{{{page}}}\nlead-form{{{form}}}\n")
}
