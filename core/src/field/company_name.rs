//! Names of companies.

use super::fold::{fold_case, is_word};
use super::text_type;
use crate::invalid::Code;
use lead_check::check_line;

/// A company's name: 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CompanyName(String);

impl CompanyName {
    /// The most characters.
    pub const MAX: u16 = lead_check::longest::COMPANY_NAME;

    /// Trims and reads a name.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        check_line(text, Self::MAX).map(|line| Self(line.to_owned()))
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What companies are compared by (spec N3): words in folded case, one blank between them, without punctuation
    /// and without legal forms at the end. Accents stay. Names in other scripts keep their script; the legal forms
    /// of Chinese, Japanese, Korean and Russian names go from either end. A name of nothing but legal forms keeps
    /// them, and one of nothing but signs keeps those.
    #[must_use]
    pub fn key(&self) -> String {
        let words = words(&self.0);
        if words.is_empty() {
            return fold_case(&self.0).split_whitespace().collect::<Vec<_>>().join(" ");
        }
        let mut kept: Vec<&str> = words.iter().map(String::as_str).collect();
        // "Spa" is a word that names end in; "S.p.A." and "SpA" are legal forms.
        if kept.len() > 1
            && kept.ends_with(&["spa"])
            && ["SpA", "S.p.A", "S.P.A", "s.p.a"].iter().any(|form| self.0.contains(form))
        {
            kept.pop();
        }
        // "The Limited" is no article.
        while let Some(shorter) = without_form(&kept).filter(|shorter| *shorter != ["the"]) {
            kept = shorter;
        }
        kept.join(" ")
    }
}

text_type!(CompanyName);

/// Legal forms of several words, as they stand at the end of a name in folded case without dots.
#[rustfmt::skip]
const LAST_FORMS: &[&[&str]] = &[
    &["s", "de", "rl", "de", "cv"], &["s", "a", "de", "c", "v"], &["sapi", "de", "cv"], &["sab", "de", "cv"],
    &["sa", "de", "cv"], &["sp", "z", "o", "o"], &["sp", "z", "oo"], &["public", "limited", "company"],
    &["public", "company", "limited"], &["kabushiki", "kaisha"], &["ug", "haftungsbeschränkt"], &["d", "o", "o"],
    &["s", "r", "o"], &["s", "r", "l"], &["k", "k"], &["a", "s"], &["s", "a"],
    &["sà", "rl"], &["p", "ltd"], &["p", "limited"],
];

/// Legal forms of one word.
#[rustfmt::skip]
const LAST_WORDS: &[&str] = &[
    "ab", "ag", "aps", "as", "asa", "bhd", "bv", "bvba", "co", "company", "corp", "corporation", "doo", "ehf",
    "eireli", "eirl", "ev", "fzco", "fze", "fzllc", "gbr", "gesmbh", "gmbh", "hf", "inc", "incorporated", "jsc", "kft",
    "kg", "kgaa", "kk", "lda", "limitada", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "nyrt", "ohg",
    "ojsc", "oy", "oyj", "pbc", "pjsc", "plc", "private", "proprietary", "pte", "pty", "pvt", "sa", "sab", "sae",
    "sarl", "sàrl", "sas", "sasu", "scs", "sdn", "se", "sl", "slu", "snc", "sprl", "srl", "srls", "sro", "tbk", "ug", "vof",
    "zrt", "ооо", "оао", "зао", "пао", "ао", "тов", "株", "有", "주",
];

/// Legal forms that stand first.
const FIRST_WORDS: &[&str] = &["ооо", "оао", "зао", "пао", "ао", "тов", "株", "有", "주"];

/// Legal forms of scripts that put no blank between words, longest first.
#[rustfmt::skip]
const ATTACHED: &[&str] = &[
    "股份有限公司", "有限责任公司", "有限責任公司", "株式会社", "有限会社", "合同会社", "有限公司", "주식회사", "유한회사",
];

/// The words of a name in folded case. Dots and apostrophes vanish ("S.A." is one word), other signs part words.
fn words(name: &str) -> Vec<String> {
    let folded: String = fold_case(name).chars().filter(|c| !matches!(c, '.' | '\'' | '’' | '`')).collect();
    folded.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words without one legal form; `None` where there is none, or nothing else.
fn without_form<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    let (first, last) = (words.first()?, words.last()?);
    let shorter = LAST_FORMS.iter().find_map(|form| words.strip_suffix(*form).filter(|rest| !rest.is_empty()));
    if let Some(shorter) = shorter {
        return Some(shorter.to_vec());
    }
    if words.len() > 1 && LAST_WORDS.contains(last) {
        return Some(words[..words.len() - 1].to_vec());
    }
    if words.len() > 1 && FIRST_WORDS.contains(first) {
        return Some(words[1..].to_vec());
    }
    for form in ATTACHED {
        if let Some(rest) = last.strip_suffix(form) {
            return replaced(words, words.len() - 1, rest);
        }
        if let Some(rest) = first.strip_prefix(form) {
            return replaced(words, 0, rest);
        }
    }
    None
}

fn replaced<'a>(words: &[&'a str], at: usize, rest: &'a str) -> Option<Vec<&'a str>> {
    let shorter: Vec<&str> = words
        .iter()
        .enumerate()
        .map(|(i, word)| if i == at { rest } else { *word })
        .filter(|word| !word.is_empty())
        .collect();
    (!shorter.is_empty()).then_some(shorter)
}
