//! The part of a form that the browser decides with: its lines as text (docs/spec.md, F3), read without serde.
//!
//! A line for each step and, behind it, each of its fields; a last one for the booking link. Columns are parted by tabs, the
//! cells of a column by U+001F. Columns: kind, name, `r` where always required, the type's own rule, and the conditions
//! to show (of a step: to skip; of the booking: to offer) and to require, in postfix order. Answers are pairs of name and
//! value (parted by U+001F), parted by U+001E.
//!
//! Invariant: `alloc` alone, nothing that panics, no formatting: the browser loads it.

use crate::{Code, Date, Kind, check, check_as};
use alloc::string::String;
use alloc::vec::Vec;

/// Parts the cells of a column, and in answers the name from its value.
pub const CELL: char = '\u{1f}';

/// Parts the pairs of name and value.
pub const PAIR: char = '\u{1e}';

/// The kinds of lines.
pub mod line {
    /// A step.
    pub const STEP: &str = "s";
    /// The booking link.
    pub const BOOKING: &str = "b";
    /// No booking link.
    pub const NO_BOOKING: &str = "-";
    /// One line of text.
    pub const TEXT: &str = "t";
    /// Several lines of text.
    pub const LONG_TEXT: &str = "l";
    /// An e-mail address.
    pub const EMAIL: &str = "e";
    /// A telephone number.
    pub const PHONE: &str = "p";
    /// A whole number.
    pub const NUMBER: &str = "n";
    /// One option.
    pub const CHOICE: &str = "c";
    /// Several options.
    pub const CHOICES: &str = "m";
    /// A country.
    pub const COUNTRY: &str = "o";
    /// A day.
    pub const DATE: &str = "d";
    /// A field that is not shown.
    pub const HIDDEN: &str = "h";
    /// A tick box.
    pub const CONSENT: &str = "k";
}

/// Of three values: it does not hold, it is open, it holds. The weaker is the smaller.
const FALSE: u8 = 0;
const UNKNOWN: u8 = 1;
const TRUE: u8 = 2;

struct Line<'a> {
    kind: &'a str,
    name: &'a str,
    required: bool,
    rule: &'a str,
    when: &'a str,
    require: &'a str,
    state: char,
}

impl<'a> Line<'a> {
    fn read(text: &'a str) -> Self {
        let mut columns = text.split('\t');
        let mut column = || columns.next().unwrap_or_default();
        Self {
            kind: column(),
            name: column(),
            required: !column().is_empty(),
            rule: column(),
            when: column(),
            require: column(),
            state: 'h',
        }
    }

    /// The answers that can be taken as such: what is blank, no number, no option or not ticked tells nothing.
    fn known(&self, answers: &'a str) -> impl Iterator<Item = &'a str> {
        let Self { kind, name, rule, state, .. } = *self;
        let pairs = answers.split(PAIR).filter_map(|pair| pair.split_once(CELL));
        pairs.filter(move |(of, _)| *of == name && state != 'h').map(|(_, value)| value.trim()).filter(move |value| {
            match kind {
                line::NUMBER => whole(value).is_some(),
                line::CHOICE | line::CHOICES => !value.is_empty() && rule.split(CELL).any(|option| option == *value),
                line::CONSENT => matches!(*value, "true" | "on" | "1"),
                _ => !value.is_empty(),
            }
        })
    }
}

/// How a form stands under these answers: one sign for each line. Steps: `s` shown, `x` skipped. Fields: `r` required,
/// `o` optional, `h` hidden. The booking link: `b` offered, `-` not.
#[must_use]
pub fn form_state(logic: &str, answers: &str) -> String {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let (mut step, mut skipped) = (0, false);
    for text in logic.split('\n') {
        let mut line = Line::read(text);
        let holds = |condition: &str| judge(condition, &lines, answers) == TRUE;
        let when = line.when.is_empty() || holds(line.when);
        line.state = match line.kind {
            line::STEP => {
                (step, skipped) = (lines.len(), !line.when.is_empty() && when);
                'x' // until one of its fields is shown
            }
            line::BOOKING if when => 'b',
            line::BOOKING | line::NO_BOOKING => '-',
            _ if skipped || !when => 'h',
            _ if line.required || holds(line.require) => 'r',
            _ => 'o',
        };
        let visible = matches!(line.state, 'r' | 'o') && line.kind != line::HIDDEN;
        if let Some(step) = lines.get_mut(step).filter(|_| visible) {
            step.state = 's';
        }
        lines.push(line);
    }
    lines.iter().map(|line| line.state).collect()
}

/// Judges a condition over the answers of the lines before it. Without one nothing is known.
fn judge(condition: &str, lines: &[Line<'_>], answers: &str) -> u8 {
    let mut cells = condition.split(CELL);
    let mut stack: Vec<u8> = Vec::new();
    while let Some(cell) = cells.next().filter(|cell| !cell.is_empty()) {
        let last = match cell {
            "!" => TRUE - stack.pop().unwrap_or(UNKNOWN),
            "&" | "|" => {
                let (right, left) = (stack.pop().unwrap_or(UNKNOWN), stack.pop().unwrap_or(UNKNOWN));
                if cell == "&" { left.min(right) } else { left.max(right) }
            }
            leaf => {
                let mut signs = leaf.chars();
                let asked = signs.next().unwrap_or_default();
                let line = whole(signs.as_str()).and_then(|at| lines.get(usize::try_from(at).ok()?));
                ask(asked, line, &mut cells, answers)
            }
        };
        stack.push(last);
    }
    stack.pop().unwrap_or(UNKNOWN)
}

/// One leaf: `?` whether there is an answer, `=` text or option, `#` number, `+` tick. Its operands are the cells that follow.
fn ask<'a>(asked: char, line: Option<&Line<'a>>, cells: &mut impl Iterator<Item = &'a str>, answers: &'a str) -> u8 {
    let mut known = line.into_iter().flat_map(|line| line.known(answers)).peekable();
    let mut operand = || cells.next().unwrap_or_default();
    let holds = match asked {
        '?' => return if known.peek().is_some() { TRUE } else { FALSE },
        '=' => {
            let (small, capital) = (operand(), operand());
            known.peek().is_some_and(|value| same(value, small, capital))
        }
        '#' => {
            let (least, most) = (whole(operand()), whole(operand()));
            let value = known.peek().and_then(|value| whole(value));
            value.is_some_and(|value| within(value, least, most))
        }
        _ => {
            let option = operand();
            return match known.peek() {
                None => UNKNOWN,
                Some(_) => {
                    if option.is_empty() || known.any(|value| value == option) {
                        TRUE
                    } else {
                        FALSE
                    }
                }
            };
        }
    };
    match known.peek() {
        None => UNKNOWN,
        Some(_) if holds => TRUE,
        Some(_) => FALSE,
    }
}

/// Whether a value is the text that stands here in small and in capital letters; without capitals, to the letter.
fn same(value: &str, small: &str, capital: &str) -> bool {
    if capital.is_empty() {
        return value == small;
    }
    let (mut small, mut capital) = (small.chars(), capital.chars());
    // Greek has two small letters for one capital.
    let letters = value.chars().map(|letter| if letter == 'ς' { 'σ' } else { letter });
    let mut all = true;
    for letter in letters {
        let (small, capital) = (small.next(), capital.next());
        all &= small == Some(letter) || capital == Some(letter);
    }
    all && small.next().is_none()
}

fn within(value: i64, least: Option<i64>, most: Option<i64>) -> bool {
    least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most)
}

/// A whole number of at most 15 digits, in the digits of Latin, Arabic, Persian, Devanagari or full width script.
#[must_use]
pub fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '−', '+']).unwrap_or(text);
    let mut number = 0;
    for (at, sign) in digits.chars().enumerate() {
        let of = |zero: u32| u32::from(sign).checked_sub(zero).filter(|digit| *digit < 10);
        let digit = [0x30, 0x660, 0x6f0, 0x966, 0xff10].into_iter().find_map(of).filter(|_| at < 15)?;
        number = number * 10 + i64::from(digit);
    }
    if digits.is_empty() {
        return None;
    }
    Some(if text.starts_with(['-', '−']) { -number } else { number })
}

/// Checks one answer by the rule of its line, which counts from 0; several choices are parted by U+001F. Blank is fine
/// unless `required`.
///
/// # Errors
/// The first rule that is broken: the lead's own for a lead's own field, then the form's. `UnknownMember` where the line is no
/// field.
pub fn check_answer(logic: &str, line: u32, value: &str, required: bool) -> Result<(), Code> {
    let at = usize::try_from(line).unwrap_or(usize::MAX);
    let line = logic.split('\n').nth(at).map(Line::read).ok_or(Code::UnknownMember)?;
    let Line { kind, name, rule, .. } = line;
    if value.trim().is_empty() {
        return if required { Err(Code::Required) } else { Ok(()) };
    }
    // Its own rule goes first: a phone is a phone, however short the form wants it.
    match check(name, value, required) {
        Ok(()) | Err(Code::UnknownMember) => {}
        Err(code) => return Err(code),
    }
    let value = value.trim();
    let (least, most) = rule.split_once(CELL).unwrap_or_default();
    let max = whole(rule).and_then(|max| u16::try_from(max).ok()).unwrap_or(u16::MAX);
    let option = |value: &str| rule.split(CELL).any(|option| option == value.trim());
    match kind {
        line::TEXT | line::HIDDEN => check_as(Kind::Text, max, value),
        line::LONG_TEXT => check_as(Kind::TextBlock, max, value),
        line::EMAIL => check_as(Kind::Email, max, value),
        line::PHONE => check_as(Kind::Phone, max, value),
        line::COUNTRY => check_as(Kind::Country, 100, value),
        line::NUMBER => number(value, whole(least), whole(most)),
        line::DATE => date(value, Date::parse(least).ok(), Date::parse(most).ok()),
        line::CHOICE if option(value) => Ok(()),
        line::CHOICES if value.split(CELL).all(option) => Ok(()),
        line::CHOICE | line::CHOICES => Err(Code::UnknownValue),
        line::CONSENT => match crate::flag(value)? {
            false if required => Err(Code::Required),
            _ => Ok(()),
        },
        _ => Err(Code::UnknownMember),
    }
}

fn number(text: &str, least: Option<i64>, most: Option<i64>) -> Result<(), Code> {
    let number = whole(text).ok_or(Code::NotWholeNumber)?;
    match (least, most) {
        (Some(least), _) if number < least => Err(Code::NumberTooSmall(least)),
        (_, Some(most)) if number > most => Err(Code::NumberTooLarge(most)),
        _ => Ok(()),
    }
}

fn date(text: &str, first: Option<Date>, last: Option<Date>) -> Result<(), Code> {
    let date = Date::parse(text)?;
    match (first, last) {
        (Some(first), _) if date < first => Err(Code::DateTooEarly(first)),
        (_, Some(last)) if date > last => Err(Code::DateTooLate(last)),
        _ => Ok(()),
    }
}
