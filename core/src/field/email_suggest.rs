//! Offers a better spelling for an e-mail address that was mistyped. Never more than an offer.

/// Domains that many addresses are in; what is spelled like one of them is taken as meant.
#[rustfmt::skip]
const DOMAINS: &[&str] = &[
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "live.com", "aol.com", "msn.com", "me.com",
    "mac.com", "ymail.com", "mail.com", "email.com", "googlemail.com", "rediffmail.com", "protonmail.com", "proton.me",
    "zoho.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "t-online.de", "mail.ru", "yandex.ru", "orange.fr", "qq.com",
    "yahoo.co.in", "yahoo.co.uk", "yahoo.in", "hotmail.co.uk", "hotmail.fr", "comcast.net", "libero.it", "naver.com",
];

/// Providers with a domain in many countries: "hotmail.be" is no slip.
const EVERYWHERE: &[&str] = &["yahoo", "hotmail", "outlook", "live", "gmx", "aol", "msn", "orange", "yandex", "zoho"];

/// Top levels that do not exist, and what the fingers meant.
#[rustfmt::skip]
const TOP_LEVELS: &[(&str, &str)] = &[
    ("con", "com"), ("cmo", "com"), ("ocm", "com"), ("comm", "com"), ("coom", "com"), ("ccom", "com"), ("vom", "com"),
    ("xom", "com"), ("cim", "com"), ("cpm", "com"), ("clm", "com"), ("comn", "com"), ("como", "com"), ("nte", "net"),
    ("ner", "net"), ("nett", "net"), ("ogr", "org"), ("orgg", "org"), ("rog", "org"),
];

/// Top levels that exist, but which a big provider's name before them makes a slip of "com".
const CLIPPED: [&str; 5] = ["co", "cm", "om", "cam", "c"];

/// Another address that was probably meant: "jo@gmial.com" gives "jo@gmail.com". The local part stays as it is.
///
/// `None` where the domain is a common one, is like none, or `email` is no address.
#[must_use]
pub fn suggest_email(email: &str) -> Option<String> {
    let (local, domain) = email.trim().split_once('@')?;
    if local.is_empty() || !domain.is_ascii() || domain.len() > 253 {
        return None;
    }
    let domain = domain.to_ascii_lowercase();
    let meant = meant(&domain)?;
    let mut suggestion = String::with_capacity(local.len() + 1 + meant.len());
    suggestion.push_str(local);
    suggestion.push('@');
    suggestion.push_str(&meant);
    Some(suggestion)
}

fn meant(domain: &str) -> Option<String> {
    if DOMAINS.contains(&domain) {
        return None;
    }
    let (name, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
    if name.is_empty() {
        return None;
    }
    let first = name.split('.').next().unwrap_or_default();
    if EVERYWHERE.contains(&first) && first != name
        || EVERYWHERE.contains(&name) && top.len() == 2 && !CLIPPED.contains(&top)
    {
        return None;
    }
    if let Some((_, right)) = TOP_LEVELS.iter().find(|(wrong, _)| *wrong == top) {
        let mended = [name, ".", right].concat();
        return Some(closest(&mended).map_or(mended, str::to_owned));
    }
    closest(domain).map(str::to_owned)
}

/// The one common domain that is nearest, counting swapped neighbours as one slip.
fn closest(domain: &str) -> Option<&'static str> {
    let (slips, nearest) = DOMAINS
        .iter()
        // A short name has too many real neighbours.
        .filter(|common| common.len() >= 8 && common.len().abs_diff(domain.len()) <= 2)
        .map(|common| (strsim::osa_distance(domain, common), *common))
        .min_by_key(|(slips, _)| *slips)?;
    let allowed = if nearest.len() >= 11 { 2 } else { 1 };
    (slips <= allowed).then_some(nearest)
}
