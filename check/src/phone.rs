//! Telephone numbers.

use crate::{Code, longest, check_line};
use alloc::string::String;

/// The signs and the count of digits that any country's number has; an extension ("x5", "ext. 5") may follow.
///
/// # Errors
/// `Required` when blank, `TooLong`, `ControlCharacter`, `PhoneCharacters`, `PhoneTooShort`, `PhoneTooLong`.
pub fn check_phone(text: &str) -> Result<(), Code> {
    let text = visible(text);
    let text = check_line(&text, longest::PHONE)?;
    let (number, extension) = split_extension(text);
    let mut digits = 0;
    for c in number.chars().map(plain) {
        match c {
            '0'..='9' => digits += 1,
            '+' | '-' | '.' | '/' | '(' | ')' | ' ' => {}
            _ => return Err(Code::PhoneCharacters),
        }
    }
    if !extension.chars().all(|c| plain(c).is_ascii_digit()) {
        return Err(Code::PhoneCharacters);
    }
    match digits {
        0..=3 => Err(Code::PhoneTooShort),
        // Fifteen digits (E.164), an international prefix and a trunk zero before or in them.
        4..=19 => Ok(()),
        _ => Err(Code::PhoneTooLong),
    }
}

/// Address books put invisible signs around the numbers that people copy from them; this is without them.
#[must_use]
pub fn visible(text: &str) -> String {
    let hidden = |c| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.chars().filter(|c| !hidden(*c)).collect()
}

/// The ASCII sign of a dash, blank, plus or digit of the scripts that keyboards in use offer.
#[must_use]
pub fn plain(c: char) -> char {
    // The four runs of digits, each of ten signs in order.
    for zero in ['٠', '۰', '०', '０'] {
        if let Some(digit) = u32::from(c).checked_sub(u32::from(zero)).and_then(|digit| char::from_digit(digit, 10)) {
            return digit;
        }
    }
    match c {
        '＋' => '+',
        '（' => '(',
        '）' => ')',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' | 'ー' => '-',
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\u{3000}' | '\t' => ' ',
        _ => c,
    }
}

/// Parts the extension's digits from the number: "x5", "ext 5", "ext. 5", "extn 5", "#5".
fn split_extension(text: &str) -> (&str, &str) {
    let start = text.find(|c: char| c.is_ascii_alphabetic() || c == '#');
    let Some((number, rest)) = start.and_then(|at| text.split_at_checked(at)) else {
        return (text, "");
    };
    let marks = ["extension", "extn", "ext", "x", "#"];
    let digits = marks.iter().find_map(|mark| {
        let (start, digits) = rest.split_at_checked(mark.len())?;
        start.eq_ignore_ascii_case(mark).then_some(digits)
    });
    match digits.map(|digits| digits.trim_start_matches(['.', ':', ' '])) {
        Some(digits) if !digits.is_empty() => (number, digits),
        _ => (text, ""),
    }
}
