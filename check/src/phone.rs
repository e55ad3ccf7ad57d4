//! Telephone numbers.

use crate::cut::is_alike;
use crate::text::is_control;
use crate::{Code, longest};
use alloc::string::String;

/// The signs and the count of digits that any country's number has; an extension ("x5", "ext. 5") may follow.
///
/// # Errors
/// `Required` when blank, `TooLong`, `ControlCharacter`, `PhoneCharacters`, `PhoneTooShort`, `PhoneTooLong`.
pub fn check_phone(text: &str) -> Result<(), Code> {
    let mut signs = [OTHER; longest::PHONE as usize];
    // How many signs were seen, how many of them up to the last that is no blank, and what was refused among those.
    let (mut seen, mut used, mut refused, mut controls) = (0, 0, false, false);
    for c in text.chars().filter(|c| !is_hidden(*c)) {
        let blank = c.is_whitespace();
        if blank && used == 0 {
            continue;
        }
        if let Some(place) = signs.get_mut(seen) {
            *place = sign(c);
        }
        seen += 1;
        controls |= is_control(c);
        if !blank {
            (used, refused) = (seen, controls);
        }
    }
    match signs.get(..used) {
        Some([]) => Err(Code::Required),
        None => Err(Code::TooLong(longest::PHONE)),
        Some(_) if refused => Err(Code::ControlCharacter),
        Some(signs) => check_signs(signs),
    }
}

/// Any sign that no number has, and a blank other than a space.
const OTHER: u8 = b'?';
const BLANK: u8 = b'_';

/// The one byte that a sign stands for.
fn sign(c: char) -> u8 {
    match plain(c) {
        ' ' if c != ' ' => BLANK,
        plain
            if plain.is_ascii_alphanumeric()
                || matches!(plain, '+' | '-' | '.' | '/' | '(' | ')' | ' ' | '#' | ':') =>
        {
            plain as u8
        }
        _ => OTHER,
    }
}

fn check_signs(signs: &[u8]) -> Result<(), Code> {
    let (number, extension) = split_extension(signs);
    let mut digits = 0;
    for sign in number {
        match sign {
            b'0'..=b'9' => digits += 1,
            b'+' | b'-' | b'.' | b'/' | b'(' | b')' | b' ' | &BLANK => {}
            _ => return Err(Code::PhoneCharacters),
        }
    }
    if !extension.iter().all(u8::is_ascii_digit) {
        return Err(Code::PhoneCharacters);
    }
    match digits {
        0..=3 => Err(Code::PhoneTooShort),
        // Fifteen digits (E.164), an international prefix and a trunk zero before or in them.
        4..=19 => Ok(()),
        _ => Err(Code::PhoneTooLong),
    }
}

/// Parts the extension's digits from the number: "x5", "ext 5", "ext. 5", "extn 5", "#5".
fn split_extension(signs: &[u8]) -> (&[u8], &[u8]) {
    let start = signs.iter().position(|b| b.is_ascii_alphabetic() || *b == b'#').unwrap_or(signs.len());
    let Some((number, rest)) = signs.split_at_checked(start) else { return (signs, &[]) };
    for mark in ["extension", "extn", "ext", "x", "#"] {
        let Some((start, mut digits)) = rest.split_at_checked(mark.len()) else { continue };
        if !is_alike(start, mark.as_bytes()) {
            continue;
        }
        while let [b'.' | b':' | b' ', others @ ..] = digits {
            digits = others;
        }
        return if digits.is_empty() { (signs, &[]) } else { (number, digits) };
    }
    (signs, &[])
}

/// Address books put invisible signs around the numbers that people copy from them; this is without them.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).collect()
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
