//! The languages that a browser asks for (RFC 9110 12.5.4).

use std::cmp::Reverse;

/// The languages of an `Accept-Language` header, the most wanted first; at most ten, `*` and those with no weight left out.
#[must_use]
pub fn languages(header: &str) -> Vec<&str> {
    let mut wanted: Vec<(&str, u16)> = Vec::new();
    for item in header.split(',').take(20) {
        let (tag, weight) = item.split_once(';').map_or((item, 1000), |(tag, weight)| (tag, thousandths(weight)));
        let tag = tag.trim();
        let is_tag = tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if weight > 0 && is_tag && !tag.is_empty() {
            wanted.push((tag, weight));
        }
    }
    // Of equal weight, the first ones go first: the sort is stable.
    wanted.sort_by_key(|(_, weight)| Reverse(*weight));
    wanted.into_iter().take(10).map(|(tag, _)| tag).collect()
}

/// The first wanted language that there is, its region aside: `offered` are the languages of the words that there are.
#[must_use]
pub fn first_offered<'a>(wanted: &[&'a str], offered: &[&str]) -> Option<&'a str> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    wanted.iter().copied().find(|tag| offered.iter().any(|other| language(other) == language(tag)))
}

/// `q=0.8` as 800; what cannot be read weighs nothing.
fn thousandths(weight: &str) -> u16 {
    let Some(number) = weight.trim().strip_prefix("q=").and_then(|number| number.trim().parse::<f32>().ok()) else {
        return 0;
    };
    (number.clamp(0.0, 1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_go_by_their_weight() {
        assert_eq!(languages("de-CH, de;q=0.9, en;q=0.8, *;q=0.5"), ["de-CH", "de", "en"]);
        assert_eq!(languages("en;q=0.5,fr;q=0.7,es"), ["es", "fr", "en"]);
        assert_eq!(languages("hi;q=0, ar"), ["ar"]);
        assert_eq!(languages("en;q=high, <script>, ,"), Vec::<&str>::new());
        assert_eq!(languages(""), Vec::<&str>::new());
        assert_eq!(first_offered(&["pt", "de-CH", "en"], &["en", "de"]), Some("de-CH"));
        assert_eq!(first_offered(&["pt"], &["en", "de"]), None);
    }
}
