//! Offers a better spelling for an e-mail address that was mistyped. Never more than an offer.

use crate::cut::{at_first, at_last, has, is_ascii, joined, parts};
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
    let (local, domain) = at_first(email.trim(), b'@')?;
    if local.is_empty() || !is_ascii(domain) || domain.len() > 253 {
        return None;
    }
    let mut domain = joined(&[domain]);
    domain.make_ascii_lowercase();
    meant(&domain).map(|[name, dot, top]| joined(&[local, "@", name, dot, top]))
}

/// The domain that was meant: whole, or as its name, a dot and its top level.
fn meant(domain: &str) -> Option<[&str; 3]> {
    if has(DOMAINS, domain) {
        return None;
    }
    let (name, top) = at_last(domain, b'.').unwrap_or((domain, ""));
    if name.is_empty() {
        return None;
    }
    let first = at_first(name, b'.').map_or(name, |(first, _)| first);
    if has(EVERYWHERE, first) && first != name || has(EVERYWHERE, name) && top.len() == 2 && !has(CLIPPED, top) {
        return None;
    }
    if let Some((right, _)) = TOP_LEVELS.iter().find(|(_, wrong)| has(wrong, top)) {
        // Where the name is a slip too, the whole domain is known.
        return closest(&joined(&[name, ".", right])).map(whole).or(Some([name, ".", right]));
    }
    closest(domain).map(whole)
}

fn whole(domain: &str) -> [&str; 3] {
    [domain, "", ""]
}

/// The one common domain that is nearest, counting swapped neighbours as one slip.
fn closest(domain: &str) -> Option<&'static str> {
    let (mut nearest, mut fewest) = ("", usize::MAX);
    for common in parts(DOMAINS, b' ') {
        // A short name has too many real neighbours.
        if common.len() < 8 || common.len().abs_diff(domain.len()) > 2 {
            continue;
        }
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
    let (mut older, mut old) = ([0; LONGEST + 1], [0; LONGEST + 1]);
    for (at, cell) in old.iter_mut().enumerate() {
        *cell = at;
    }
    let mut above = 0;
    for (i, a) in left.iter().enumerate() {
        let mut row = [i + 1; LONGEST + 1];
        let (mut diagonal, mut swapped, mut beside, mut last) = (i, 2 * LONGEST, 0, i + 1);
        // A cell needs the ones to its left, above, between them, and two back in both ways.
        for (((b, cell), up), two_up) in right.iter().zip(row.iter_mut().skip(1)).zip(old.iter().skip(1)).zip(&older) {
            let mut fewest = (diagonal + usize::from(a != b)).min(up + 1).min(last + 1);
            if i > 0 && above == *b && *a == beside {
                fewest = fewest.min(swapped + 1);
            }
            (*cell, last, diagonal, swapped, beside) = (fewest, fewest, *up, *two_up, *b);
        }
        (older, old, above) = (old, row, *a);
    }
    old.get(right.len()).copied().unwrap_or(usize::MAX)
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
