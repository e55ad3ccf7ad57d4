//! Who a submission is already known as: exact, possible and customer matches (spec D1-D3).

use crate::id::Id;
use crate::policy::Policy;
use crate::policy::named;
use rapidfuzz::distance::indel;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// The keys that are compared, each already in its normal form (spec N). An absent key matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The e-mail key (spec N1).
    pub email: Option<String>,
    /// The e-mail's domain; absent where it is a free-mail one, since its users have nothing in common.
    pub email_domain: Option<String>,
    /// The number in E.164 (spec N2).
    pub phone: Option<String>,
    /// The company key (spec N3).
    pub company: Option<String>,
    /// First and last name, case-folded and joined by one blank.
    pub person: Option<String>,
}

named! {
    /// What a candidate is.
    Entity {
        /// A lead that was not converted.
        Lead = "lead",
        /// A contact of an account.
        Contact = "contact",
        /// An account.
        Account = "account",
    }
}

/// A stored row that shares an indexed key with the submission.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// What it is.
    pub entity: Entity,
    /// Its id.
    pub id: Id,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// Its keys.
    #[serde(default)]
    pub keys: Keys,
}

/// One fact that speaks for a match. Similarities are in hundredths of a percent, cut: 8051 is 80.51 %.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum Signal {
    /// The same e-mail key.
    Email,
    /// The same phone number.
    Phone,
    /// Close company keys: the normalised `InDel` similarity.
    Company {
        /// Hundredths of a percent.
        similarity: u32,
    },
    /// The same e-mail domain, which is not a free-mail one.
    EmailDomain,
    /// Close person names: the Jaro-Winkler similarity, or 100 % for the same words in another order.
    PersonName {
        /// Hundredths of a percent.
        similarity: u32,
    },
}

/// A candidate that matches, with the signals that say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// What matches.
    pub entity: Entity,
    /// Its id.
    pub id: Id,
    /// Whether e-mail or phone are equal; else the match is only possible.
    pub exact: bool,
    /// Why.
    pub signals: Vec<Signal>,
    #[serde(skip)]
    created_at: i64,
}

impl Match {
    /// The order of matches is total (spec D3): the stronger first, then the older, then by id.
    fn rank(&self) -> (Reverse<u32>, i64, &Id, Entity) {
        let strength = self.signals.iter().map(|signal| match signal {
            Signal::Email => 40_000,
            Signal::Phone => 20_000,
            Signal::Company { similarity } if !self.exact => *similarity,
            _ => 0,
        });
        (Reverse(strength.sum()), self.created_at, &self.id, self.entity)
    }
}

/// What is known about a submission's person. Every list is in the total order, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Leads with the same e-mail or phone; the first is the one to attach to.
    pub exact: Vec<Match>,
    /// Leads for a person to review; these never block.
    pub possible: Vec<Match>,
    /// Contacts and accounts that match, exactly or possibly.
    pub customers: Vec<Match>,
    /// The keys for which as many candidates came as are read at most, so that further ones may exist (spec D2).
    pub capped: Vec<&'static str>,
}

impl Verdict {
    /// The lead that the submission duplicates.
    #[must_use]
    pub fn duplicate_of(&self) -> Option<&Match> {
        self.exact.first()
    }

    /// Whether a contact or account matches.
    #[must_use]
    pub fn known_customer(&self) -> bool {
        !self.customers.is_empty()
    }
}

/// Compares a submission with the candidates that its keys found. The order of the candidates does not matter, and one
/// that several keys found counts once. The caller leaves out converted, deleted and erased leads and other companies.
#[must_use]
pub fn judge(policy: &Policy, subject: &Keys, candidates: &[Candidate]) -> Verdict {
    let mut sorted: Vec<&Candidate> = candidates.iter().collect();
    sorted.sort_by(|left, right| (left.entity, &left.id).cmp(&(right.entity, &right.id)));
    sorted.dedup_by(|left, right| left.entity == right.entity && left.id == right.id);
    let mut verdict = Verdict { capped: capped(policy, subject, &sorted), ..Verdict::default() };
    for candidate in sorted {
        let Some(found) = compare(policy, subject, candidate) else { continue };
        match candidate.entity {
            Entity::Contact | Entity::Account => verdict.customers.push(found),
            Entity::Lead if found.exact => verdict.exact.push(found),
            Entity::Lead => verdict.possible.push(found),
        }
    }
    for list in [&mut verdict.exact, &mut verdict.possible, &mut verdict.customers] {
        list.sort_by(|left, right| left.rank().cmp(&right.rank()));
    }
    verdict
}

fn compare(policy: &Policy, subject: &Keys, candidate: &Candidate) -> Option<Match> {
    let keys = &candidate.keys;
    let mut signals = Vec::new();
    if same(subject.email.as_deref(), keys.email.as_deref()) {
        signals.push(Signal::Email);
    }
    if same(subject.phone.as_deref(), keys.phone.as_deref()) {
        signals.push(Signal::Phone);
    }
    let exact = !signals.is_empty();
    let company = company(policy, subject.company.as_deref(), keys.company.as_deref());
    let mut seconds = Vec::new();
    if same(subject.email_domain.as_deref(), keys.email_domain.as_deref()) {
        seconds.push(Signal::EmailDomain);
    }
    seconds.extend(person(policy, subject.person.as_deref(), keys.person.as_deref()));
    if !exact && (company.is_none() || seconds.is_empty()) {
        return None;
    }
    signals.extend(company);
    signals.append(&mut seconds);
    Some(Match { entity: candidate.entity, id: candidate.id.clone(), exact, signals, created_at: candidate.created_at })
}

fn same(left: Option<&str>, right: Option<&str>) -> bool {
    left.is_some_and(|left| !left.is_empty() && right == Some(left))
}

fn company(policy: &Policy, left: Option<&str>, right: Option<&str>) -> Option<Signal> {
    let (left, right) = (left.filter(|key| !key.is_empty())?, right.filter(|key| !key.is_empty())?);
    let ratio = Ratio::of(left, right);
    ratio.rounds_above(policy.dedup.company_ratio_above).then(|| Signal::Company { similarity: ratio.hundredths() })
}

fn person(policy: &Policy, left: Option<&str>, right: Option<&str>) -> Option<Signal> {
    let (left, right) = (left.filter(|name| !name.is_empty())?, right.filter(|name| !name.is_empty())?);
    let same_words = in_order(left) == in_order(right);
    let similarity = if same_words { 1.0 } else { strsim::jaro_winkler(left, right) };
    // Cut, so that the shown number never claims more than was measured; 0 to 10,000 fits.
    let hundredths = (similarity.clamp(0.0, 1.0) * 10_000.0 + 1e-6) as u32;
    let needed = u32::try_from(policy.dedup.person_name_at_least).unwrap_or(100) * 100;
    (hundredths >= needed).then_some(Signal::PersonName { similarity: hundredths })
}

/// The words in alphabetical order: people and forms disagree on which name comes first.
fn in_order(name: &str) -> String {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// The normalised `InDel` similarity as an exact fraction, so that no rounding of floats decides a match (spec D1).
struct Ratio {
    kept: u64,
    total: u64,
}

impl Ratio {
    fn of(left: &str, right: &str) -> Self {
        let total = left.chars().count() + right.chars().count();
        let kept = total.saturating_sub(indel::distance(left.chars(), right.chars()));
        Self { kept: kept as u64, total: total as u64 }
    }

    /// Whether the percentage, rounded half to even as `fuzz.ratio` does, is above `limit`.
    fn rounds_above(&self, limit: i32) -> bool {
        let limit = u64::try_from(limit).unwrap_or(0);
        let (doubled, edge) = (self.kept * 200, self.total * (2 * limit + 1));
        doubled > edge || (doubled == edge && limit % 2 == 1)
    }

    fn hundredths(&self) -> u32 {
        u32::try_from(self.kept * 10_000 / self.total.max(1)).unwrap_or(10_000)
    }
}

/// Keys for which the candidates reach the policy's cap.
fn capped(policy: &Policy, subject: &Keys, candidates: &[&Candidate]) -> Vec<&'static str> {
    type Get = fn(&Keys) -> Option<&str>;
    let keys: [(&'static str, Get); 4] = [
        ("email", |keys| keys.email.as_deref()),
        ("phone", |keys| keys.phone.as_deref()),
        ("email_domain", |keys| keys.email_domain.as_deref()),
        ("company", |keys| keys.company.as_deref()),
    ];
    let full = |get: Get| {
        Entity::ALL.iter().any(|entity| {
            let hits = candidates
                .iter()
                .filter(|candidate| candidate.entity == *entity && same(get(subject), get(&candidate.keys)));
            hits.count() >= policy.candidates_per_key()
        })
    };
    keys.into_iter().filter(|(_, get)| full(*get)).map(|(name, _)| name).collect()
}
