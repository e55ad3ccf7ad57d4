//! Finds the values that a template names, and puts marks in their places that no markup can take apart.

use super::{Fault, ValueName};
use crate::invalid::Code;

/// Begins a mark; the next character counts the slots, and [`CLOSE`] ends it. All three are for private use, and a template
/// that holds the outer ones is refused.
pub(super) const OPEN: char = '\u{E000}';
pub(super) const CLOSE: char = '\u{E001}';
const FIRST: u32 = 0xE100;

/// The most values of one template.
const MOST: u32 = 500;

/// A place for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) name: ValueName,
    pub(super) fallback: Option<String>,
    /// Where it stands in the source, in bytes.
    source: (usize, usize),
    /// Where its mark stands.
    mark: (usize, usize),
}

/// A template with marks for its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) text: String,
    pub(super) slots: Vec<Slot>,
}

/// A piece of a marked text.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Slot(&'a Slot),
}

impl Scanned {
    /// Where a place of the marked text stands in the source.
    pub(super) fn source_of(&self, offset: usize) -> usize {
        let before = self.slots.iter().take_while(|slot| slot.mark.1 <= offset).last();
        match self.slots.iter().find(|slot| slot.mark.0 <= offset && offset < slot.mark.1) {
            Some(within) => within.source.0,
            None => before.map_or(offset, |slot| slot.source.1 + (offset - slot.mark.1)),
        }
    }

    /// The pieces of a text that holds marks of this template.
    pub(super) fn pieces<'a>(&'a self, text: &'a str) -> Vec<Piece<'a>> {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            out.push(Piece::Text(before));
            let mut signs = after.chars();
            let index = signs.next().and_then(|sign| u32::from(sign).checked_sub(FIRST));
            let slot = index.and_then(|index| self.slots.get(usize::try_from(index).ok()?));
            out.extend(slot.map(Piece::Slot));
            rest = signs.as_str().strip_prefix(CLOSE).unwrap_or(signs.as_str());
        }
        out.push(Piece::Text(rest));
        out
    }
}

/// Reads the values of a template. What is refused is left out of the text.
pub(super) fn scan(source: &str) -> (Scanned, Vec<Fault>) {
    let (mut out, mut faults) = (Scanned::default(), Vec::new());
    let mut at = 0;
    while let Some(start) = source[at..].find("{{").map(|found| at + found) {
        out.text.push_str(&source[at..start]);
        let Some(length) = closing(&source[start..]) else {
            faults.push(Fault::new(start, Code::TemplateValue, "this {{ is never closed by }}"));
            at = source.len();
            break;
        };
        let end = start + length;
        match read_slot(&source[start + 2..end - 2]) {
            Ok((name, fallback)) => push_slot(&mut out, &mut faults, (name, fallback), (start, end)),
            Err(words) => faults.push(Fault::new(start, Code::TemplateValue, words)),
        }
        at = end;
    }
    out.text.push_str(&source[at..]);
    if let Some(offset) = source.find([OPEN, CLOSE]) {
        faults.push(Fault::new(offset, Code::ControlCharacter, "this character is for private use"));
    }
    (out, faults)
}

fn push_slot(
    out: &mut Scanned,
    faults: &mut Vec<Fault>,
    (name, fallback): (ValueName, Option<String>),
    source: (usize, usize),
) {
    let number = u32::try_from(out.slots.len()).unwrap_or(MOST);
    let Some(sign) = char::from_u32(FIRST + number).filter(|_| number < MOST) else {
        faults.push(Fault::new(source.0, Code::TemplateValue, format!("at most {MOST} values are allowed")));
        return;
    };
    if fallback.is_none() && !name.is_certain() {
        let words = format!("not every lead has {name}; say what stands there instead: {{{{{name}|\"...\"}}}}");
        faults.push(Fault::new(source.0, Code::TemplateValue, words));
    }
    let start = out.text.len();
    out.text.extend([OPEN, sign, CLOSE]);
    out.slots.push(Slot { name, fallback, source, mark: (start, out.text.len()) });
}

/// The length up to and with the closing braces; those inside quotes do not close.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (index, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '}' if !quoted && text[index..].starts_with("}}") => return Some(index + 2),
            _ => {}
        }
    }
    None
}

fn read_slot(inner: &str) -> Result<(ValueName, Option<String>), String> {
    let (name, fallback) = match inner.split_once('|') {
        Some((name, fallback)) => (name, Some(fallback.trim())),
        None => (inner, None),
    };
    let name = name.trim();
    let known = ValueName::parse(name)
        .ok_or_else(|| format!("there is no value {name:?}; known are {}", ValueName::NAMES.join(", ")))?;
    let Some(fallback) = fallback else { return Ok((known, None)) };
    let bare = fallback.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let bare = bare.filter(|bare| !bare.contains('"') && !bare.chars().any(char::is_control));
    let bare = bare.ok_or("what stands there instead is one line in double quotes")?;
    Ok((known, Some(bare.to_owned())))
}
