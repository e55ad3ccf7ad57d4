//! The HTML of a mail: its markup must be sound, hold nothing that mail programs take out, and have values only where they
//! can be escaped.

use super::Fault;
use super::ValueName;
use super::scan::{OPEN, Piece, Scanned};
use crate::invalid::Code;
use html5gum::{DefaultEmitter, EndTag, HtmlString, Spanned, StartTag, Token, Tokenizer};
use url::Url;

/// A checked HTML template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup {
    pub(super) source: Scanned,
    /// The addresses, in order.
    pub(super) addresses: Vec<Address>,
    /// Whether it is a whole document.
    pub(super) is_document: bool,
}

/// The address of a link or picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Where its value stands in the marked source, without quotes.
    pub(super) range: (usize, usize),
    /// The value without entities, with marks.
    pub(super) value: String,
    /// Whether it is followed by the reader, not fetched by the mail program.
    pub(super) is_link: bool,
}

/// Elements that mail programs take out, or that act.
const REFUSED: [&str; 16] = [
    "script", "noscript", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button",
    "select", "textarea", "base", "link", "svg",
];

const VOID: [&str; 9] = ["area", "br", "col", "hr", "img", "meta", "source", "track", "wbr"];

/// Elements whose end may be left out.
const ENDS_BY_ITSELF: [&str; 13] =
    ["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "body", "html"];

/// Attributes whose value is text for people.
const TEXTS: [&str; 4] = ["title", "alt", "aria-label", "summary"];

/// Reads the markup.
pub(super) fn read(source: Scanned) -> (Markup, Vec<Fault>) {
    let text = source.text.clone();
    let mut reading =
        Reading { source, open: Vec::new(), addresses: Vec::new(), faults: Vec::new(), is_document: false };
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let Ok(tokens) = Tokenizer::new_with_emitter(&text, emitter).collect::<Result<Vec<_>, _>>();
    for token in tokens {
        reading.take(token);
    }
    let left: Vec<(String, usize)> = std::mem::take(&mut reading.open);
    for (name, at) in left {
        if !ENDS_BY_ITSELF.contains(&name.as_str()) {
            reading.refuse(at, format!("<{name}> is never closed"));
        }
    }
    let Reading { source, mut addresses, mut faults, is_document, .. } = reading;
    addresses.sort_by_key(|address| address.range);
    faults.sort_by_key(|fault| fault.offset);
    (Markup { source, addresses, is_document }, faults)
}

/// Whether nothing that follows can be of the host any more. What browsers read as a host without `//` is none here.
fn has_host(address: &str) -> bool {
    let Some((scheme, rest)) = address.trim_start().split_once(':') else { return false };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return true;
    }
    let host = rest.strip_prefix("//").unwrap_or_default().trim_start_matches(['/', '\\']);
    host.contains(['/', '?', '#'])
}

struct Reading {
    source: Scanned,
    /// The open elements, and where they begin.
    open: Vec<(String, usize)>,
    addresses: Vec<Address>,
    faults: Vec<Fault>,
    is_document: bool,
}

fn text_of(bytes: &HtmlString) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Reading {
    fn refuse(&mut self, at: usize, words: impl Into<String>) {
        let offset = self.source.source_of(at);
        self.faults.push(Fault::new(offset, Code::TemplateMarkup, words.into()));
    }

    fn misplaced(&mut self, at: usize) {
        let offset = self.source.source_of(at);
        let words = "a value may stand in text, in title, alt and aria-label, and inside an address";
        self.faults.push(Fault::new(offset, Code::TemplateValue, words));
    }

    fn take(&mut self, token: Token<usize>) {
        match token {
            Token::StartTag(tag) => self.start(&tag),
            Token::EndTag(tag) => self.end(&tag),
            Token::String(text) => {
                if text_of(&text.value).contains(OPEN) && self.inside(&["style", "title"]) {
                    self.misplaced(text.span.start);
                }
            }
            Token::Comment(text) => {
                if text_of(&text.value).contains(OPEN) {
                    self.misplaced(text.span.start);
                }
            }
            Token::Doctype(_) => self.is_document = true,
            Token::Error(error) => self.refuse(error.span.start, format!("broken markup ({})", error.value)),
        }
    }

    fn inside(&self, names: &[&str]) -> bool {
        self.open.last().is_some_and(|(name, _)| names.contains(&name.as_str()))
    }

    fn start(&mut self, tag: &StartTag<usize>) {
        let (name, at) = (text_of(&tag.name), tag.span.start);
        if name == "html" {
            self.is_document = true;
        }
        if REFUSED.contains(&name.as_str()) {
            self.refuse(at, format!("mail programs take <{name}> out"));
        }
        if name.contains(OPEN) {
            self.misplaced(at);
        }
        for (attribute, value) in &tag.attributes {
            self.attribute(&name, &text_of(attribute), value);
        }
        let void = VOID.contains(&name.as_str());
        if tag.self_closing && !void {
            self.refuse(at, format!("<{name}/> does not close itself in HTML"));
        } else if !void {
            self.open.push((name, at));
        }
    }

    fn attribute(&mut self, element: &str, name: &str, value: &Spanned<HtmlString, usize>) {
        let (at, text) = (value.span.start, text_of(&value.value));
        if name.contains(OPEN) {
            self.misplaced(at);
        } else if name.starts_with("on") || name == "srcdoc" || (element == "meta" && name == "http-equiv") {
            self.refuse(at, format!("mail programs take {name} out"));
        } else if matches!(name, "href" | "src" | "background" | "cite") {
            self.address(value, text, element == "a" || element == "area");
        } else if text.contains(OPEN) && !TEXTS.contains(&name) {
            self.misplaced(at);
        }
    }

    fn address(&mut self, at: &Spanned<HtmlString, usize>, value: String, is_link: bool) {
        let start = at.span.start;
        let Some(range) = self.value_range(at.span.start, at.span.end) else {
            self.refuse(start, "an address stands in quotes");
            return;
        };
        if let Err(words) = self.judge_address(&value, is_link) {
            self.refuse(range.0, words);
            return;
        }
        self.addresses.push(Address { range, value, is_link });
    }

    /// Where the quoted value of an attribute stands, which begins at `start` with its name.
    fn value_range(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let text = self.source.text.get(start..end)?;
        let equals = text.find('=')?;
        let open = equals + 1 + text[equals + 1..].find(['"', '\''])?;
        if !text[equals + 1..open].trim().is_empty() {
            return None;
        }
        let quote = text[open..].chars().next()?;
        let length = text[open + 1..].find(quote)?;
        Some((start + open + 1, start + open + 1 + length))
    }

    fn judge_address(&self, value: &str, is_link: bool) -> Result<(), String> {
        let pieces = self.source.pieces(value);
        let slots = pieces.iter().filter(|piece| matches!(piece, Piece::Slot(_))).count();
        let mut filled = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Slot(slot) if slot.name == ValueName::UnsubscribeUrl => {
                    let alone = slots == 1 && filled.trim().is_empty() && value.trim().chars().count() == 3;
                    return if alone && is_link {
                        Ok(())
                    } else {
                        Err("the address to unsubscribe stands alone".into())
                    };
                }
                Piece::Slot(_) if has_host(&filled) => filled.push('x'),
                Piece::Slot(_) => return Err("a value stands behind the / or ? of an address, not before".into()),
            }
        }
        let url = Url::parse(filled.trim()).map_err(|_| "a whole address such as https://example.com is expected")?;
        let allowed: &[&str] = if is_link { &["http", "https", "mailto", "tel"] } else { &["https"] };
        if allowed.contains(&url.scheme()) {
            return Ok(());
        }
        Err(format!("an address begins with {} here", allowed.join(", ")))
    }

    fn end(&mut self, tag: &EndTag<usize>) {
        let (name, at) = (text_of(&tag.name), tag.span.start);
        let Some(place) = self.open.iter().rposition(|(open, _)| *open == name) else {
            self.refuse(at, format!("</{name}> closes nothing"));
            return;
        };
        for (inner, start) in self.open.split_off(place).into_iter().skip(1) {
            if !ENDS_BY_ITSELF.contains(&inner.as_str()) {
                self.refuse(start, format!("<{inner}> is not closed before </{name}>"));
            }
        }
    }
}
