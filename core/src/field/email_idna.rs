//! The part of an e-mail address's rules that needs Unicode's tables: at the edge only.

use crate::invalid::Code;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use lead_check::{check_ascii_domain, is_dot_atom};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// A domain in both of its forms.
pub(super) struct Domain {
    /// Punycode where needed, lower case.
    pub(super) ascii: String,
    /// The Unicode form.
    pub(super) unicode: String,
}

/// The local part in NFC (RFC 6532, section 3.1), still a dot-atom.
pub(super) fn local_part(local: &str) -> Result<String, Code> {
    let normal: String = local.nfc().collect();
    // A few signs fold to ASCII ones: the Greek question mark to a semicolon.
    if is_safe(local) && is_safe(&normal) && is_dot_atom(&normal) { Ok(normal) } else { Err(Code::EmailLocalPart) }
}

/// Lower case, in NFC again.
pub(super) fn lower_case(local: &str) -> String {
    local.chars().flat_map(char::to_lowercase).nfc().collect()
}

/// The domain by UTS 46 without transition, and every label by IDNA 2008 (RFC 5891, 5892, 5893).
pub(super) fn domain(domain: &str) -> Result<Domain, Code> {
    if !is_safe(domain) || domain.contains(folds_to_dot) {
        return Err(Code::EmailDomain);
    }
    let uts46 = Uts46::new();
    let ascii = uts46
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Verify)
        .map_err(|_| Code::EmailDomain)?;
    check_ascii_domain(&ascii)?;
    let (unicode, valid) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
    if valid.is_err() || !is_safe(&unicode) || !unicode.split('.').all(is_label) {
        return Err(Code::EmailDomain);
    }
    let unicode = unicode.into_owned();
    Ok(Domain { ascii: ascii.into_owned(), unicode })
}

/// Only letters, marks, numbers, punctuation and symbols, and no mark that would join what stands before.
fn is_safe(text: &str) -> bool {
    text.chars().enumerate().all(|(at, c)| match c.general_category_group() {
        GeneralCategoryGroup::Letter
        | GeneralCategoryGroup::Number
        | GeneralCategoryGroup::Punctuation
        | GeneralCategoryGroup::Symbol => true,
        GeneralCategoryGroup::Mark => at > 0,
        GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other => false,
    })
}

/// Signs that stand for a dot among others ("⒈"), other than the full stops of Chinese and Japanese.
fn folds_to_dot(c: char) -> bool {
    matches!(c, '\u{2024}'..='\u{2026}' | '\u{2488}'..='\u{249b}' | '\u{fe19}' | '\u{fe30}' | '\u{fe52}' | '\u{1f100}')
}

/// No hyphen at either end, nor two in third and fourth place, which are kept for Punycode (RFC 5891, section 4.2.3.1).
fn is_label(label: &str) -> bool {
    let mut signs = label.chars();
    let reserved = signs.nth(2) == Some('-') && signs.next() == Some('-');
    let hyphens = reserved || label.starts_with('-') || label.ends_with('-');
    label.is_ascii() || !hyphens && label.char_indices().all(|(at, c)| is_allowed(label, at, c))
}

/// Whether IDNA 2008 allows the character at this place (RFC 5892, section 3), in a label that UTS 46 has folded.
fn is_allowed(label: &str, at: usize, c: char) -> bool {
    match c {
        '\0'..='\u{7f}' | 'ß' | 'ς' | '\u{6fd}' | '\u{6fe}' | '\u{f0b}' | '\u{3007}' => true,
        // Cherokee folds to its capitals.
        '\u{13a0}'..='\u{13f5}' => true,
        '\u{640}' | '\u{7fa}' | '\u{302e}' | '\u{302f}' | '\u{3031}'..='\u{3035}' | '\u{303b}' => false,
        // Old Hangul jamo, and marks for symbols and music.
        '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}' => false,
        '\u{20d0}'..='\u{20ff}' | '\u{1d100}'..='\u{1d1ff}' | '\u{1d200}'..='\u{1d24f}' => false,
        _ if is_contextual(c) => is_in_context(label, at, c),
        _ => matches!(
            c.general_category(),
            GeneralCategory::LowercaseLetter
                | GeneralCategory::OtherLetter
                | GeneralCategory::ModifierLetter
                | GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::DecimalNumber
        ),
    }
}

fn is_contextual(c: char) -> bool {
    matches!(c, '·' | '\u{375}' | '\u{5f3}' | '\u{5f4}' | '\u{30fb}' | '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}')
}

/// RFC 5892, appendix A.3 to A.9.
fn is_in_context(label: &str, at: usize, c: char) -> bool {
    let before = label[..at].chars().next_back();
    let after = label[at + c.len_utf8()..].chars().next();
    match c {
        '·' => before == Some('l') && after == Some('l'),
        '\u{375}' => after.is_some_and(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')),
        '\u{5f3}' | '\u{5f4}' => before.is_some_and(|c| matches!(c, '\u{591}'..='\u{5f4}')),
        '\u{660}'..='\u{669}' => !label.contains(|c| matches!(c, '\u{6f0}'..='\u{6f9}')),
        '\u{6f0}'..='\u{6f9}' => !label.contains(|c| matches!(c, '\u{660}'..='\u{669}')),
        '\u{30fb}' => label.contains(is_japanese),
        _ => false,
    }
}

/// Hiragana, Katakana or Han; the sign for long vowels belongs to no script.
fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fd}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{20000}'..='\u{323af}')
}
