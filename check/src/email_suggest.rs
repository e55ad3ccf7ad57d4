//! Offers a better spelling for an e-mail address that was mistyped. Never more than an offer.

use alloc::string::String;

/// Domains that many addresses are in; what is spelled like one of them is taken as meant.
const DOMAINS: &str = "gmail.com yahoo.com hotmail.com outlook.com icloud.com live.com aol.com msn.com me.com mac.com \
    ymail.com mail.com email.com googlemail.com rediffmail.com protonmail.com proton.me zoho.com gmx.com gmx.net gmx.de \
    web.de t-online.de mail.ru yandex.ru orange.fr qq.com yahoo.co.in yahoo.co.uk yahoo.in hotmail.co.uk hotmail.fr \
    comcast.net libero.it naver.com";

/// Providers with a domain in many countries: "hotmail.be" is no slip.
const EVERYWHERE: &str = "yahoo hotmail outlook live gmx aol msn orange yandex zoho";

/// What the fingers meant, and the top levels that do not exist.
const TOP_LEVELS: [(&str, &str); 3] = [
    ("com", "con cmo ocm comm coom ccom vom xom cim cpm clm comn como"),
    ("net", "nte ner nett"),
    ("org", "ogr orgg rog"),
];

/// Top levels that exist, but which a big provider's name before them makes a slip of "com".
const CLIPPED: &str = "co cm om cam c";

/// The longest of [`DOMAINS`] has 14 signs, and what is compared with it at most two more.
const LONGEST: usize = 16;

/// Another address that was probably meant: "jo@gmial.com" gives "jo@gmail.com". The local part stays as it is.
///
/// `None` where the domain is a common one, is like none, or `email` is no address.
#[must_use]
pub fn suggest_email(email: &str) -> Option<String> {
    let (local, domain) = email.trim().split_once('@')?;
    if local.is_empty() || !domain.is_ascii() || domain.len() > 253 {
        return None;
    }
    let mut domain = String::from(domain);
    domain.make_ascii_lowercase();
    let (name, top) = meant(&domain)?;
    let mut suggestion = String::with_capacity(email.len() + LONGEST);
    for part in [local, "@", name, if top.is_empty() { "" } else { "." }, top] {
        suggestion.push_str(part);
    }
    Some(suggestion)
}

/// The domain that was meant: whole, or as its name and its top level.
fn meant(domain: &str) -> Option<(&str, &'static str)> {
    if has(DOMAINS, domain) {
        return None;
    }
    let (name, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
    if name.is_empty() {
        return None;
    }
    let first = name.split('.').next().unwrap_or_default();
    if has(EVERYWHERE, first) && first != name || has(EVERYWHERE, name) && top.len() == 2 && !has(CLIPPED, top) {
        return None;
    }
    if let Some((right, _)) = TOP_LEVELS.iter().find(|(_, wrong)| has(wrong, top)) {
        let mut mended = String::from(name);
        mended.push('.');
        mended.push_str(right);
        // Where the name is a slip too, the whole domain is known.
        return Some(closest(&mended).map_or((name, *right), |domain| (domain, "")));
    }
    closest(domain).map(|domain| (domain, ""))
}

/// Whether `word` is one of `words`, which stand apart by a blank.
fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// The one common domain that is nearest, counting swapped neighbours as one slip.
fn closest(domain: &str) -> Option<&'static str> {
    let mut nearest = "";
    let mut fewest = usize::MAX;
    // A short name has too many real neighbours.
    for common in DOMAINS.split(' ').filter(|common| common.len() >= 8 && common.len().abs_diff(domain.len()) <= 2) {
        let slips = slips(domain.as_bytes(), common.as_bytes());
        if slips < fewest {
            (nearest, fewest) = (common, slips);
        }
    }
    let allowed = if nearest.len() >= 11 { 2 } else { 1 };
    (fewest <= allowed).then_some(nearest)
}

/// Signs to add, drop, replace or swap with their neighbour (optimal string alignment), for at most [`LONGEST`] signs.
fn slips(left: &[u8], right: &[u8]) -> usize {
    let mut rows = [[0; LONGEST + 1]; 3];
    for (at, cell) in rows[1].iter_mut().enumerate() {
        *cell = at;
    }
    for (i, a) in left.iter().enumerate() {
        rows[2][0] = i + 1;
        for (j, b) in right.iter().enumerate().take(LONGEST) {
            let mut fewest = (rows[1][j] + usize::from(a != b)).min(rows[1][j + 1] + 1).min(rows[2][j] + 1);
            if i > 0 && j > 0 && left[i - 1] == *b && *a == right[j - 1] {
                fewest = fewest.min(rows[0][j - 1] + 1);
            }
            rows[2][j + 1] = fewest;
        }
        rows = [rows[1], rows[2], rows[0]];
    }
    rows[1][right.len().min(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::{DOMAINS, LONGEST, slips};

    #[test]
    fn slips_are_counted_as_people_make_them() {
        for (wrong, count) in
            [("gmail.com", 0), ("gmial.com", 1), ("gmal.com", 1), ("gmaill.com", 1), ("gmaik.con", 2), ("", 9)]
        {
            assert_eq!(slips(wrong.as_bytes(), b"gmail.com"), count, "{wrong}");
        }
        // A pair that was swapped is not edited again.
        assert_eq!(slips(b"ca", b"abc"), 3);
    }

    #[test]
    fn every_domain_fits_the_rows() {
        assert!(DOMAINS.split(' ').all(|domain| domain.len() + 2 <= LONGEST && !domain.is_empty()));
    }
}
