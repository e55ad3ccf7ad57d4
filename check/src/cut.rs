//! Parting and joining of text at ASCII signs. By hand, since the standard library's searches are as large as the
//! checks themselves.

use alloc::string::String;

/// What stands before and behind the first `sign`, which is ASCII.
pub(crate) fn at_first(text: &str, sign: u8) -> Option<(&str, &str)> {
    parted(text, text.bytes().position(|b| b == sign)?)
}

/// What stands before and behind the last `sign`, which is ASCII.
pub(crate) fn at_last(text: &str, sign: u8) -> Option<(&str, &str)> {
    let behind = text.bytes().rev().position(|b| b == sign)?;
    parted(text, text.len().checked_sub(behind + 1)?)
}

fn parted(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The texts between the signs, which are ASCII.
pub(crate) struct Parts<'a> {
    rest: Option<&'a str>,
    sign: u8,
}

/// What stands between each `sign`, which is ASCII; of a text without any, the text.
pub(crate) fn parts(text: &str, sign: u8) -> Parts<'_> {
    Parts { rest: Some(text), sign }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let (part, others) = at_first(rest, self.sign).map_or((rest, None), |(part, others)| (part, Some(others)));
        self.rest = others;
        Some(part)
    }
}

/// Whether `word` is one of `words`, which stand apart by a blank.
pub(crate) fn has(words: &str, word: &str) -> bool {
    parts(words, b' ').any(|known| known == word)
}

/// The parts as one text.
pub(crate) fn joined(parts: &[&str]) -> String {
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        text.push_str(part);
    }
    text
}

/// Whether all of `text` is ASCII.
pub(crate) fn is_ascii(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii())
}

/// Whether the texts are equal but for the case of ASCII letters; `small` has none in capitals.
pub(crate) fn is_alike(text: &[u8], small: &[u8]) -> bool {
    text.len() == small.len() && text.iter().zip(small).all(|(a, b)| a.to_ascii_lowercase() == *b)
}

#[cfg(test)]
mod tests {
    use super::{at_first, at_last, has, is_alike, joined};

    #[test]
    fn texts_are_parted_and_joined() {
        assert_eq!(at_first("a@é@c", b'@'), Some(("a", "é@c")));
        assert_eq!(at_last("a@é@c", b'@'), Some(("a@é", "c")));
        assert_eq!(at_last("@", b'@'), Some(("", "")));
        assert_eq!((at_first("a", b'@'), at_last("", b'@')), (None, None));
        assert_eq!(joined(&["a", "", "é"]), "aé");
        assert!(has("a bc d", "a") && has("a bc d", "bc") && has("a bc d", "d"));
        assert!(!has("a bc d", "b") && !has("a bc d", "") && !has("a bc d", "a bc"));
        assert!(is_alike(b"LocalHost", b"localhost") && !is_alike(b"local", b"localhost"));
    }
}
