//! Reads a timeline's words into days.
//!
//! Grammar: `bound? amount ("-" amount)? open?`, where an amount is `number unit?`, its unit taken from the right
//! ("3-6 months"). Every word must be understood, else nothing is: a wrong guess would score a lead.

use super::timeline::DayRange;

/// Longer plans than this are no plans.
const MAX_DAYS: u32 = 36_500;

#[derive(Clone, Copy, PartialEq)]
enum Word {
    /// A count, in hundredths.
    Count(u32),
    /// A unit, in hours.
    Unit(u32),
    /// Between two amounts.
    To,
    /// No later than.
    AtMost,
    /// No earlier than, without an end.
    AtLeast,
    /// The one that runs.
    This,
    /// The one that follows.
    Next,
    /// These days, by themselves.
    Days(u32, u32),
    /// Adds nothing.
    Filler,
}

/// The days that `text` means, if every word of it is understood.
pub(super) fn read(text: &str) -> Option<DayRange> {
    let mut words: Vec<Word> = Vec::new();
    for piece in pieces(&text.to_lowercase()) {
        match word(&piece)? {
            Word::Filler => {}
            word => words.push(word),
        }
    }
    let (lower, upper) = match *words {
        [Word::Days(lower, upper)] => (lower, Some(upper)),
        [Word::This, Word::Unit(hours)] => (0, Some(days(100, hours)?)),
        [Word::Next, Word::Unit(hours)] => (1, Some(days(200, hours)?)),
        [Word::AtMost, Word::To, ref rest @ ..] => (0, Some(amounts(rest)?.1?)),
        [Word::Next, ref rest @ ..] => (0, amounts(rest)?.1),
        [Word::AtMost, Word::Next, Word::Unit(hours)] => (0, Some(days(200, hours)?)),
        [Word::AtMost, Word::This, Word::Unit(hours)] => (0, Some(days(100, hours)?)),
        [Word::AtMost, Word::Next, ref rest @ ..] | [Word::AtMost, ref rest @ ..] => (0, Some(amounts(rest)?.1?)),
        [Word::AtLeast, ref rest @ ..] => (amounts(rest)?.0, None),
        ref rest => amounts(rest)?,
    };
    (lower <= MAX_DAYS && upper.is_none_or(|upper| upper <= MAX_DAYS)).then_some(DayRange { lower, upper })
}

/// One amount, or two with a range between them, or one with an open end.
fn amounts(words: &[Word]) -> Option<(u32, Option<u32>)> {
    let (low, high) = match *words {
        [Word::Unit(hours)] => (days(100, hours)?, days(100, hours)?),
        [Word::Count(count), Word::Unit(hours)] | [Word::Count(count @ 50), Word::Count(100), Word::Unit(hours)] => {
            (days(count, hours)?, days(count, hours)?)
        }
        [Word::Count(count), Word::AtLeast, Word::Unit(hours)]
        | [Word::Count(count), Word::Unit(hours), Word::AtLeast] => {
            return Some((days(count, hours)?, None));
        }
        [Word::Count(count), Word::Unit(hours), Word::To, Word::AtLeast]
        | [Word::Count(count), Word::To, Word::Count(_), Word::AtLeast, Word::Unit(hours)] => {
            return Some((days(count, hours)?, None));
        }
        [Word::Count(count), Word::Unit(hours), Word::AtMost]
        | [Word::Count(count), Word::Unit(hours), Word::To, Word::AtMost] => {
            return Some((0, Some(days(count, hours)?)));
        }
        [Word::Count(low), Word::To, Word::Count(high), Word::Unit(hours)] => (days(low, hours)?, days(high, hours)?),
        [Word::Count(low), Word::Unit(first), Word::To, Word::Count(high), Word::Unit(second)] => {
            (days(low, first)?, days(high, second)?)
        }
        _ => return None,
    };
    Some((low.min(high), Some(low.max(high))))
}

/// `count` hundredths of a unit in whole days, rounded up.
fn days(count: u32, hours: u32) -> Option<u32> {
    u32::try_from((u64::from(count) * u64::from(hours)).div_ceil(2400)).ok()
}

/// Parts text into numbers, words and signs; what stands in brackets is an aside.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut aside = 0_u32;
    let mut previous = ' ';
    for c in text.chars() {
        match c {
            '(' | '[' => aside += 1,
            ')' | ']' => aside = aside.saturating_sub(1),
            _ if aside > 0 => {}
            _ => {
                let joins = (c.is_ascii_digit() || c == '.') && (previous.is_ascii_digit() || previous == '.')
                    || c.is_alphabetic() && previous.is_alphabetic()
                    || c == '=' && matches!(previous, '<' | '>');
                match pieces.last_mut() {
                    Some(last) if joins => last.push(c),
                    _ if c.is_whitespace() || matches!(c, ',' | '\'' | '’' | '!' | '~' | '≈' | ';') => {}
                    _ => pieces.push(c.to_string()),
                }
            }
        }
        previous = c;
    }
    pieces
}

fn word(piece: &str) -> Option<Word> {
    const HOURS_A_DAY: u32 = 24;
    if piece.starts_with(|c: char| c.is_ascii_digit()) {
        return hundredths(piece).map(Word::Count);
    }
    let word = match piece.trim_end_matches('.') {
        "hour" | "hours" | "hr" | "hrs" | "h" => Word::Unit(1),
        "day" | "days" | "d" => Word::Unit(HOURS_A_DAY),
        "week" | "weeks" | "wk" | "wks" | "w" => Word::Unit(7 * HOURS_A_DAY),
        "fortnight" | "fortnights" => Word::Unit(14 * HOURS_A_DAY),
        "month" | "months" | "mon" | "mo" | "mos" | "mth" | "mths" | "m" => Word::Unit(30 * HOURS_A_DAY),
        "quarter" | "quarters" | "qtr" | "qtrs" => Word::Unit(90 * HOURS_A_DAY),
        "year" | "years" | "yr" | "yrs" | "y" => Word::Unit(365 * HOURS_A_DAY),
        "half" => Word::Count(50),
        "a" | "an" | "one" => Word::Count(100),
        "two" | "couple" => Word::Count(200),
        "three" => Word::Count(300),
        "four" => Word::Count(400),
        "five" => Word::Count(500),
        "six" => Word::Count(600),
        "seven" => Word::Count(700),
        "eight" => Word::Count(800),
        "nine" => Word::Count(900),
        "ten" => Word::Count(1000),
        "eleven" => Word::Count(1100),
        "twelve" => Word::Count(1200),
        "eighteen" => Word::Count(1800),
        "-" | "–" | "—" | "−" | "/" | "to" | "and" | "or" => Word::To,
        "<" | "<=" | "≤" | "within" | "under" | "below" | "less" | "fewer" | "inside" | "max" | "maximum" | "most"
        | "before" | "up" | "sooner" | "earlier" => Word::AtMost,
        ">" | ">=" | "≥" | "+" | "over" | "above" | "after" | "more" | "least" | "beyond" | "longer" | "plus"
        | "later" => Word::AtLeast,
        "this" | "current" => Word::This,
        "next" | "coming" | "following" => Word::Next,
        "asap" | "now" | "immediately" | "immediate" | "today" | "urgent" | "urgently" | "instantly" => {
            Word::Days(0, 0)
        }
        "tomorrow" => Word::Days(1, 1),
        "in" | "the" | "than" | "about" | "around" | "approx" | "approximately" | "roughly" | "circa" | "at"
        | "between" | "from" | "of" | "time" | "s" | "only" | "" => Word::Filler,
        _ => return None,
    };
    Some(word)
}

/// A decimal number in hundredths; at most four digits before the dot and two behind it.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.trim_end_matches('.').split_once('.').unwrap_or((text.trim_end_matches('.'), ""));
    if whole.len() > 4 || part.len() > 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<u32>().ok()? * 100 + part)
}
