//! How much a submission looks like spam, with reasons; it marks and sets aside but never refuses (spec L6).
//!
//! The text signals are conservative: each one alone stays below review or just reaches it, and names of any
//! language must pass. Their points and ceilings are the policy's.

use crate::guard::{ProofState, TokenState, TurnstileState};
use crate::policy::named;
use crate::policy::{Policy, SpamGroup, SpamSignal};
use crate::score::{Reason, close};
use serde::{Deserialize, Serialize};

/// What is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpamFacts<'a> {
    /// Whether a form sent it; the trap and the timing count for forms only.
    pub is_form: bool,
    /// Whether the field that people do not see was filled.
    pub honeypot_filled: bool,
    /// How long filling the form took, in milliseconds; `None` if the form did not say or said nonsense.
    pub elapsed_ms: Option<u64>,
    /// What the form's token is; `None` where none is asked for.
    pub token: Option<TokenState>,
    /// What its proof of work is; `None` where none is asked for.
    pub proof: Option<ProofState>,
    /// What Turnstile says; `None` where it is not asked.
    pub turnstile: Option<TurnstileState>,
    /// Whether the mail domain is one of throw-away addresses.
    pub disposable_domain: bool,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// Company name.
    pub company_name: &'a str,
    /// Message; empty if there is none.
    pub message: &'a str,
}

named! {
    /// What a spam score means for a lead (spec L6).
    Standing {
        /// Nothing to see.
        Clear = "clear",
        /// Treated normally, but marked for a look.
        Review = "review",
        /// Stored and restorable, but not assigned and not mailed.
        Quarantine = "quarantine",
    }
}

/// A spam score with its reasons, which add up to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpamVerdict {
    /// 0 to 100.
    pub score: u8,
    /// What it means.
    pub standing: Standing,
    /// Why: `spam.<signal>`, and `spam.<group>.ceiling` where a group was held down.
    pub reasons: Vec<Reason>,
}

/// Judges a submission.
#[must_use]
pub fn judge(policy: &Policy, facts: &SpamFacts<'_>) -> SpamVerdict {
    let rules = &policy.spam;
    let signals = signals(policy, facts);
    let mut reasons = Vec::new();
    for group in SpamGroup::ALL {
        let mut sum = 0;
        for signal in signals.iter().filter(|signal| signal.group() == *group) {
            let points = rules.points.get(signal).copied().unwrap_or(0);
            if points != 0 {
                reasons.push(Reason::new(format!("spam.{signal}"), points));
                sum += points;
            }
        }
        let ceiling = rules.ceilings.get(group).copied().unwrap_or(0);
        if sum > ceiling {
            reasons.push(Reason::new(format!("spam.{group}.ceiling"), ceiling - sum));
        }
    }
    let (score, _) = close(&mut reasons);
    let standing = match i32::from(score) {
        score if score >= rules.quarantine => Standing::Quarantine,
        score if score >= rules.review => Standing::Review,
        _ => Standing::Clear,
    };
    SpamVerdict { score, standing, reasons }
}

fn signals(policy: &Policy, facts: &SpamFacts<'_>) -> Vec<SpamSignal> {
    let least = u64::try_from(policy.spam.least_fill_ms).unwrap_or(0);
    let most_links = usize::try_from(policy.spam.message_links).unwrap_or(usize::MAX);
    let person = [facts.first_name, facts.last_name];
    let company = facts.company_name;
    let named = || person.into_iter().chain([company]);
    let found = [
        (SpamSignal::Honeypot, facts.is_form && facts.honeypot_filled),
        (SpamSignal::TooFast, facts.is_form && facts.elapsed_ms.is_some_and(|elapsed| elapsed < least)),
        (SpamSignal::TimingMissing, facts.is_form && facts.elapsed_ms.is_none()),
        (SpamSignal::DisposableDomain, facts.disposable_domain),
        (SpamSignal::LinkInName, person.into_iter().any(links_somewhere) || company.contains("://")),
        (SpamSignal::MixedScript, person.into_iter().any(|name| mixes(name, true)) || mixes(company, false)),
        (SpamSignal::Gibberish, named().any(is_gibberish)),
        (SpamSignal::LinksInMessage, has_markup(facts.message) || count_links(facts.message) >= most_links),
        (SpamSignal::RepeatedCharacters, repeats(facts, person)),
    ];
    let told = if facts.is_form { of_evidence(facts) } else { [None; 3] };
    let found = found.into_iter().filter(|(_, holds)| *holds).map(|(signal, _)| signal);
    found.chain(told.into_iter().flatten()).collect()
}

/// What token, proof and Turnstile tell against the sender.
fn of_evidence(facts: &SpamFacts<'_>) -> [Option<SpamSignal>; 3] {
    let token = facts.token.and_then(|token| match token {
        TokenState::Good => None,
        TokenState::Missing => Some(SpamSignal::TokenMissing),
        TokenState::Foreign => Some(SpamSignal::TokenForeign),
        TokenState::Old => Some(SpamSignal::TokenOld),
        TokenState::Young => Some(SpamSignal::TokenYoung),
    });
    let proof = facts.proof.and_then(|proof| match proof {
        ProofState::Solved => None,
        ProofState::Missing => Some(SpamSignal::ProofMissing),
        ProofState::Expired => Some(SpamSignal::ProofExpired),
        ProofState::Reused => Some(SpamSignal::ProofReused),
        ProofState::Wrong => Some(SpamSignal::ProofWrong),
    });
    let turnstile = facts.turnstile.and_then(|turnstile| match turnstile {
        TurnstileState::Passed => None,
        TurnstileState::Missing => Some(SpamSignal::TurnstileMissing),
        TurnstileState::Failed => Some(SpamSignal::TurnstileFailed),
        TurnstileState::Silent => Some(SpamSignal::TurnstileSilent),
    });
    [token, proof, turnstile]
}

fn repeats(facts: &SpamFacts<'_>, person: [&str; 2]) -> bool {
    person.into_iter().any(|name| longest_run(name) >= 4)
        || longest_run(facts.company_name) >= 5
        || longest_run(facts.message) >= 12
}

/// The longest run of one letter, case aside. Digits and signs are left out: dashes draw lines, zeros make sums.
fn longest_run(text: &str) -> usize {
    let (mut longest, mut run, mut before) = (0, 0, None);
    for letter in text.chars().flat_map(char::to_lowercase) {
        run = if before == Some(letter) { run + 1 } else { 1 };
        before = Some(letter);
        if letter.is_alphabetic() {
            longest = longest.max(run);
        }
    }
    longest
}

/// A link or host name inside a person's name. "J.R." and "Mary-Jo" are none.
fn links_somewhere(name: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".com", ".net", ".org", ".info", ".biz", ".ru", ".xyz", ".top", ".online", ".site", ".shop", ".io"];
    let name = name.to_lowercase();
    count_links(&name) > 0
        || name.split_whitespace().any(|word| {
            let host = word.split('/').next().unwrap_or(word).trim_end_matches(['.', ',', '!', ')']);
            ENDINGS.iter().any(|ending| host.len() > ending.len() && host.ends_with(ending))
        })
}

fn count_links(text: &str) -> usize {
    let text = text.to_lowercase();
    let schemes = text.matches("://").count();
    let bare = text.matches("www.").count() - text.matches("://www.").count();
    schemes + bare
}

fn has_markup(message: &str) -> bool {
    let message = message.to_lowercase();
    ["<a href", "[url=", "[url]", "[link="].iter().any(|mark| message.contains(mark))
}

/// Whether one word has Latin letters and look-alikes of another alphabet. Greek counts for persons only: companies
/// are fond of a Greek letter in front.
fn mixes(name: &str, with_greek: bool) -> bool {
    name.split(|letter: char| !letter.is_alphabetic()).any(|word| {
        let foreign = |letter: char| is_cyrillic(letter) || (with_greek && is_greek(letter));
        word.chars().any(is_latin) && word.chars().any(foreign)
    })
}

/// The Latin letters of the Basic Latin to Latin Extended-B blocks and Latin Extended Additional.
fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || (matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') && letter.is_alphabetic())
}

/// The Cyrillic blocks.
fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}')
}

/// The Greek blocks without the small epsilon, which many type for the Latin open e of Akan and Ewe names.
fn is_greek(letter: char) -> bool {
    letter != '\u{3b5}' && matches!(letter, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

/// Whether a word of the name is keyboard noise: a run along a keyboard row, a pile of consonants that no
/// spelling has, or capitals at random.
fn is_gibberish(name: &str) -> bool {
    name.split(|letter: char| !letter.is_alphabetic()).any(|word| slides(word) || piles(word) || flips(word))
}

/// Five neighbours on one row of a keyboard, in either direction ("asdfg", "poiuy").
fn slides(word: &str) -> bool {
    const ROWS: &[&str] =
        &["qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz", "qwertzuiop", "poiuztrewq"];
    let word = word.to_lowercase();
    if word == "asdf" {
        return true;
    }
    let letters: Vec<char> = word.chars().collect();
    letters.windows(5).any(|window| {
        let piece: String = window.iter().collect();
        ROWS.iter().any(|row| row.contains(&piece))
    })
}

/// Six consonants in a row after the groups that stand for one sound are counted once, so that "Hirschsprung" and
/// "Knightsbridge" pass. Letters beyond ASCII count as vowels; abbreviations in capitals are left alone.
fn piles(word: &str) -> bool {
    const GROUPS: &[&str] =
        &["tsch", "sch", "ch", "sh", "th", "gh", "ck", "ph", "sz", "cz", "rz", "dz", "ts", "ng", "zh", "kh"];
    if word.chars().all(char::is_uppercase) {
        return false;
    }
    let word = word.to_lowercase();
    let (mut rest, mut run) = (word.as_str(), 0);
    while let Some(letter) = rest.chars().next() {
        let group = GROUPS.iter().find(|group| rest.starts_with(**group));
        rest = rest.get(group.map_or(letter.len_utf8(), |group| group.len())..).unwrap_or("");
        run = if is_consonant(letter) { run + 1 } else { 0 };
        if run >= 6 {
            return true;
        }
    }
    false
}

fn is_consonant(letter: char) -> bool {
    letter.is_ascii_alphabetic() && !"aeiouy".contains(letter)
}

/// A capital after a small letter four times or more: "McDonaldMacLeod" has three.
fn flips(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.len() >= 10
        && letters.windows(2).filter(|pair| matches!(pair, [a, b] if a.is_lowercase() && b.is_uppercase())).count() >= 4
}
