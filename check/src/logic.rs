//! The part of a form that the browser decides with: its lines as text (docs/spec.md, F3), read without serde.
//!
//! A line for each step and, behind it, each of its fields; a last one for the booking link. Columns are parted by tabs, the
//! cells of a column by U+001F. Columns: kind, name, `r` where always required, the type's own rule, and the conditions
//! to show (of a step: to skip; of the booking: to offer) and to require, in postfix order. Answers are pairs of name and
//! value (parted by U+001F), parted by U+001E.
//!
//! Invariant: `alloc` alone, nothing that panics, no formatting: the browser loads it.

use crate::cut::{Parts, at_first, parts};
use crate::{Code, Date, Field, Kind, check_as, flag, longest, plain};
use alloc::string::String;

/// Parts the cells of a column, and in answers the name from its value.
pub const CELL: char = '\u{1f}';

/// Parts the pairs of name and value.
pub const PAIR: char = '\u{1e}';

/// The kinds of lines.
pub mod line {
    /// A step.
    pub const STEP: u8 = b's';
    /// The booking link.
    pub const BOOKING: u8 = b'b';
    /// No booking link.
    pub const NO_BOOKING: u8 = b'-';
    /// One line of text.
    pub const TEXT: u8 = b't';
    /// Several lines of text.
    pub const LONG_TEXT: u8 = b'l';
    /// An e-mail address.
    pub const EMAIL: u8 = b'e';
    /// A telephone number.
    pub const PHONE: u8 = b'p';
    /// A whole number.
    pub const NUMBER: u8 = b'n';
    /// One option.
    pub const CHOICE: u8 = b'c';
    /// Several options.
    pub const CHOICES: u8 = b'm';
    /// A country.
    pub const COUNTRY: u8 = b'o';
    /// A day.
    pub const DATE: u8 = b'd';
    /// A field that is not shown.
    pub const HIDDEN: u8 = b'h';
    /// A tick box.
    pub const CONSENT: u8 = b'k';
}

/// Of three values: it does not hold, it is open, it holds. The weaker is the smaller, and none is zero.
const FALSE: u64 = 1;
const UNKNOWN: u64 = 2;
const TRUE: u64 = 3;

struct Line<'a> {
    kind: u8,
    name: &'a str,
    required: bool,
    rule: &'a str,
    when: &'a str,
    require: &'a str,
}

impl<'a> Line<'a> {
    fn read(text: &'a str) -> Self {
        let mut columns = parts(text, b'\t');
        let mut column = || columns.next().unwrap_or_default();
        Self {
            kind: column().bytes().next().unwrap_or_default(),
            name: column(),
            required: !column().is_empty(),
            rule: column(),
            when: column(),
            require: column(),
        }
    }

    /// The first answer that can be taken as such, and whether one of them is `option`. What is blank, no number, no option
    /// or not ticked tells nothing.
    fn known(&self, answers: &'a str, option: &str) -> (Option<&'a str>, bool) {
        let (mut first, mut chosen) = (None, false);
        for pair in parts(answers, PAIR as u8) {
            let Some((name, value)) = at_first(pair, CELL as u8) else { continue };
            let value = value.trim();
            if name != self.name || value.is_empty() {
                continue;
            }
            let known = match self.kind {
                line::NUMBER => whole(value).is_some(),
                line::CHOICE | line::CHOICES => self.offers(value),
                line::CONSENT => flag(value) == Ok(true),
                _ => true,
            };
            if known {
                first = first.or(Some(value));
                chosen |= value == option;
            }
        }
        (first, chosen)
    }

    /// Whether `value` is one of the options.
    fn offers(&self, value: &str) -> bool {
        parts(self.rule, CELL as u8).any(|option| option == value)
    }
}

/// A form under some answers, as far as it was judged.
struct Course<'a> {
    logic: &'a str,
    answers: &'a str,
    /// The signs of the steps that are done, and of their fields.
    done: String,
    /// The signs of the fields of the step that is under way; its own stands before them.
    open: String,
    /// Whether one of these is shown; nothing before the first step.
    shown: Option<bool>,
}

/// How a form stands under these answers: one sign for each line. Steps: `s` shown, `x` skipped. Fields: `r` required,
/// `o` optional, `h` hidden. The booking link: `b` offered, `-` not.
#[must_use]
pub fn form_state(logic: &str, answers: &str) -> String {
    let mut course = Course { logic, answers, done: String::new(), open: String::new(), shown: None };
    let mut skipped = false;
    for text in parts(logic, b'\n') {
        let line = Line::read(text);
        if matches!(line.kind, line::STEP | line::BOOKING | line::NO_BOOKING) {
            course.end_step();
        }
        let when = line.when.is_empty() || course.judge(line.when);
        match line.kind {
            line::STEP => (skipped, course.shown) = (!line.when.is_empty() && when, Some(false)),
            line::BOOKING | line::NO_BOOKING => {
                let offered = line.kind == line::BOOKING && when;
                course.done.push_str(if offered { "b" } else { "-" });
            }
            _ => {
                let asked = !skipped && when;
                let state = match asked {
                    false => "h",
                    true if line.required || course.judge(line.require) => "r",
                    true => "o",
                };
                course.open.push_str(state);
                course.shown = course.shown.map(|shown| shown || asked && line.kind != line::HIDDEN);
            }
        }
    }
    course.end_step();
    course.done
}

impl Course<'_> {
    fn end_step(&mut self) {
        let step = match self.shown.take() {
            Some(true) => "s",
            Some(false) => "x",
            None => "",
        };
        self.done.push_str(step);
        self.done.push_str(&self.open);
        self.open.clear();
    }

    /// Whether the line is one that was judged already, and is not hidden.
    fn counts(&self, place: usize) -> bool {
        let done = self.done.as_bytes();
        let state = done.get(place).or_else(|| self.open.as_bytes().get(place.checked_sub(done.len() + 1)?));
        state.is_some_and(|state| *state != b'h')
    }

    /// Whether a condition holds over the answers of the lines before it. Without one it does not.
    fn judge(&self, condition: &str) -> bool {
        let mut cells = parts(condition, CELL as u8);
        // Conditions nest 16 deep at most, so that two bits for each value that waits are enough.
        let mut stack = 0;
        while let Some([sign, place @ ..]) = cells.next().map(str::as_bytes) {
            let mut above = || {
                let last = stack & 3;
                stack >>= 2;
                if last == 0 { UNKNOWN } else { last }
            };
            let last = match sign {
                b'!' => FALSE + TRUE - above(),
                b'&' => above().min(above()),
                b'|' => above().max(above()),
                asked => self.ask(*asked, place, &mut cells),
            };
            stack = stack << 2 | last;
        }
        stack & 3 == TRUE
    }

    /// One leaf: `?` whether there is an answer, `=` text or option, `#` number, `+` tick. Its operands are the cells that
    /// follow.
    fn ask<'a>(&self, asked: u8, place: &[u8], cells: &mut Parts<'a>) -> u64 {
        let mut operand = || cells.next().unwrap_or_default();
        let small = if asked == b'?' { "" } else { operand() };
        let capital = if asked == b'=' || asked == b'#' { operand() } else { "" };
        let place = place.iter().fold(0, |place: usize, digit| place.wrapping_mul(10) + usize::from(digit & 15));
        let line = parts(self.logic, b'\n').nth(place).filter(|_| self.counts(place));
        let (value, chosen) = line.map_or((None, false), |line| Line::read(line).known(self.answers, small));
        let holds = match (asked, value) {
            (b'?', value) => value.is_some(),
            (_, None) => return UNKNOWN,
            (b'=', Some(value)) => same(value, small, capital),
            (b'#', Some(value)) => whole(value).is_some_and(|value| misses(value, small, capital).is_none()),
            _ => small.is_empty() || chosen,
        };
        if holds { TRUE } else { FALSE }
    }
}

/// How a number misses its range, whose ends may be blank.
fn misses(number: i64, least: &str, most: &str) -> Option<Code> {
    match (whole(least), whole(most)) {
        (Some(least), _) if number < least => Some(Code::NumberTooSmall(least)),
        (_, Some(most)) if number > most => Some(Code::NumberTooLarge(most)),
        _ => None,
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

/// A whole number of at most 15 digits, in the digits of Latin, Arabic, Persian, Devanagari or full width script.
#[must_use]
pub fn whole(text: &str) -> Option<i64> {
    let (mut number, mut digits, mut negative) = (0, 0, false);
    for (at, sign) in text.trim().chars().enumerate() {
        if at == 0 && matches!(sign, '-' | '−' | '+') {
            negative = sign != '+';
            continue;
        }
        // Every other sign is no digit, and the sixteenth digit is one too many.
        number = number * 10 + i64::from(plain(sign).to_digit(10).filter(|_| digits < 15)?);
        digits += 1;
    }
    (digits > 0).then_some(if negative { -number } else { number })
}

/// Checks one answer by the rule of its line, which counts from 0; several choices are parted by U+001F. Blank is fine
/// unless `required`.
///
/// # Errors
/// The first rule that is broken: the lead's own for a lead's own field, then the form's. `UnknownMember` where the line is no
/// field.
pub fn check_answer(logic: &str, line: u32, value: &str, required: bool) -> Result<(), Code> {
    let at = usize::try_from(line).unwrap_or(usize::MAX);
    let line = Line::read(parts(logic, b'\n').nth(at).ok_or(Code::UnknownMember)?);
    let value = value.trim();
    if value.is_empty() {
        return if required { Err(Code::Required) } else { Ok(()) };
    }
    // Its own rule goes first: a phone is a phone, however short the form wants it.
    if let Some(field) = Field::named(line.name) {
        field.check(value, required)?;
    }
    let (least, most) = at_first(line.rule, CELL as u8).unwrap_or_default();
    let kind = match line.kind {
        line::NUMBER => {
            let number = whole(value).ok_or(Code::NotWholeNumber)?;
            return misses(number, least, most).map_or(Ok(()), Err);
        }
        line::DATE => return date(value, Date::parse(least).ok(), Date::parse(most).ok()),
        line::CHOICE | line::CHOICES => {
            let mut chosen = parts(value, CELL as u8);
            let known = if line.kind == line::CHOICE {
                line.offers(value)
            } else {
                chosen.all(|value| line.offers(value.trim()))
            };
            return if known { Ok(()) } else { Err(Code::UnknownValue) };
        }
        line::CONSENT => return if flag(value)? || !required { Ok(()) } else { Err(Code::Required) },
        line::TEXT | line::HIDDEN => Kind::Text,
        line::LONG_TEXT => Kind::TextBlock,
        line::EMAIL => Kind::Email,
        line::PHONE => Kind::Phone,
        line::COUNTRY => return check_as(Kind::Country, longest::COUNTRY, value),
        _ => return Err(Code::UnknownMember),
    };
    let max = whole(line.rule).and_then(|max| u16::try_from(max).ok());
    check_as(kind, max.unwrap_or(u16::MAX), value)
}

fn date(text: &str, first: Option<Date>, last: Option<Date>) -> Result<(), Code> {
    let date = Date::parse(text)?;
    match (first, last) {
        (Some(first), _) if date < first => Err(Code::DateTooEarly(first)),
        (_, Some(last)) if date > last => Err(Code::DateTooLate(last)),
        _ => Ok(()),
    }
}
