//! Folding of text for comparison, never for show.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// NFKC with case folded, and without the invisible signs that only guide how text is drawn.
///
/// Upper case and then lower case, character by character, is Unicode's full case folding but for a few letters
/// (dotless i, Cherokee), which fold together more, never less.
pub(super) fn fold_case(text: &str) -> String {
    let drawn = text.nfkc().filter(|c| c.general_category() != GeneralCategory::Format);
    drawn.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// [`fold_case`] without accents: the combining marks of Latin, Greek and Cyrillic (U+0300 to U+036F).
///
/// Marks of other scripts are vowels or consonants there and stay.
pub(super) fn fold_accents(text: &str) -> String {
    fold_case(text).nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).nfc().collect()
}

/// A letter, digit or combining mark of any script.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || !c.is_ascii()
            && matches!(
                c.general_category_group(),
                GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number | GeneralCategoryGroup::Mark
            )
}

/// A letter of any script.
pub(super) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Letter
}
