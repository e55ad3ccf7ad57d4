//! The smaller parts of a policy: spam signals, duplicates, qualification, conversion and nurturing.

use super::names::named;
use super::reader::{At, Object, Reader};
use super::states::{Move, Status, Transitions};
use std::collections::BTreeMap;

named! {
    /// A sign that a submission was not made by an interested person (spec L6).
    SpamSignal {
        /// The field that people do not see was filled.
        Honeypot = "honeypot",
        /// The form was filled faster than a person can.
        TooFast = "too_fast",
        /// The form did not say how long filling it took.
        TimingMissing = "timing_missing",
        /// The form did not say when its page was made.
        TokenMissing = "token_missing",
        /// The token was not made here, or for another form.
        TokenForeign = "token_foreign",
        /// The page had been open for longer than a visit lasts.
        TokenOld = "token_old",
        /// The page had been made a moment before.
        TokenYoung = "token_young",
        /// The form wants a proof of work and there was none.
        ProofMissing = "proof_missing",
        /// The proof came after its time.
        ProofExpired = "proof_expired",
        /// The proof had served another submission.
        ProofReused = "proof_reused",
        /// The proof is none.
        ProofWrong = "proof_wrong",
        /// The form wants Turnstile's word and there was none.
        TurnstileMissing = "turnstile_missing",
        /// Turnstile did not vouch for the visitor.
        TurnstileFailed = "turnstile_failed",
        /// Turnstile could not be asked.
        TurnstileSilent = "turnstile_silent",
        /// The mail address is a throw-away one.
        DisposableDomain = "disposable_domain",
        /// A name holds a link.
        LinkInName = "link_in_name",
        /// One word mixes look-alike alphabets.
        MixedScript = "mixed_script",
        /// A name that no language would form.
        Gibberish = "gibberish",
        /// The message holds many links or link markup.
        LinksInMessage = "links_in_message",
        /// One character many times in a row.
        RepeatedCharacters = "repeated_characters",
    }
}

named! {
    /// Signals that are held down together (spec L6).
    SpamGroup {
        /// How the form was filled; counts for forms only.
        Filling = "filling",
        /// What the form should have told and did not; counts for forms only.
        Missing = "missing",
        /// What the form's owner wants shown besides, and was not; counts for such forms only.
        Proof = "proof",
        /// The mail address.
        Email = "email",
        /// Names and text.
        Text = "text",
    }
}

impl SpamSignal {
    /// The group whose ceiling holds this signal down.
    #[must_use]
    pub const fn group(self) -> SpamGroup {
        match self {
            Self::Honeypot | Self::TooFast | Self::TokenYoung => SpamGroup::Filling,
            Self::TimingMissing | Self::TokenMissing | Self::TokenForeign | Self::TokenOld => SpamGroup::Missing,
            Self::ProofMissing | Self::ProofExpired | Self::ProofReused | Self::ProofWrong => SpamGroup::Proof,
            Self::TurnstileMissing | Self::TurnstileFailed | Self::TurnstileSilent => SpamGroup::Proof,
            Self::DisposableDomain => SpamGroup::Email,
            _ => SpamGroup::Text,
        }
    }
}

/// The parsed spam part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spam {
    pub(crate) points: BTreeMap<SpamSignal, i32>,
    pub(crate) ceilings: BTreeMap<SpamGroup, i32>,
    pub(crate) review: i32,
    pub(crate) quarantine: i32,
    pub(crate) least_fill_ms: i32,
    pub(crate) most_open_ms: i32,
    pub(crate) message_links: i32,
}

impl Spam {
    pub(super) fn parse(reader: &mut Reader, at: &At<'_>) -> Self {
        let before = reader.errors.len();
        let members = ["signals", "ceilings", "review", "quarantine", "least_fill_ms", "most_open_ms", "message_links"];
        let object = reader.object(at, &members);
        let place = reader.need(&object, "signals");
        let signals = reader.object(&place, SpamSignal::NAMES);
        let place = reader.need(&object, "ceilings");
        let ceilings = reader.object(&place, SpamGroup::NAMES);
        let spam = Self {
            points: SpamSignal::ALL
                .iter()
                .map(|signal| (*signal, reader.whole_member(&signals, signal.as_str(), 0..=100)))
                .collect(),
            ceilings: SpamGroup::ALL
                .iter()
                .map(|group| (*group, reader.whole_member(&ceilings, group.as_str(), 0..=100)))
                .collect(),
            review: reader.whole_member(&object, "review", 1..=100),
            quarantine: reader.whole_member(&object, "quarantine", 1..=100),
            least_fill_ms: reader.whole_member(&object, "least_fill_ms", 0..=60_000),
            most_open_ms: reader.whole_member(&object, "most_open_ms", 60_000..=2_000_000_000),
            message_links: reader.whole_member(&object, "message_links", 1..=1000),
        };
        if at.value.is_some() && reader.errors.len() == before {
            spam.check(reader, &object);
        }
        spam
    }

    fn check(&self, reader: &mut Reader, object: &Object<'_>) {
        let ceiling = |group| self.ceilings.get(&group).copied().unwrap_or(0);
        let (text, missing) = (ceiling(SpamGroup::Text), ceiling(SpamGroup::Missing));
        let ceilings = object.pointer_to("ceilings");
        if self.review >= self.quarantine {
            reader
                .refuse(object.pointer_to("review"), "review must begin below quarantine, or nothing is ever reviewed");
        }
        if text >= self.quarantine {
            reader.refuse(format!("{ceilings}/text"), "names and text alone must never quarantine");
        }
        if missing >= self.review {
            reader.refuse(format!("{ceilings}/missing"), "a missing timing alone must never lead to a review");
        }
        if ceiling(SpamGroup::Proof) >= self.quarantine {
            reader.refuse(format!("{ceilings}/proof"), "a proof that is missing or wrong alone must never quarantine");
        }
        if text < self.quarantine && text + missing >= self.quarantine {
            reader.refuse(ceilings.clone(), "names, text and a missing timing together must not quarantine");
        }
        // Few forms ask for proofs: the others must be able to set something aside, too.
        let top: i32 = SpamGroup::ALL
            .iter()
            .filter(|group| **group != SpamGroup::Proof)
            .map(|group| {
                let sum: i32 =
                    self.points.iter().filter(|(signal, _)| signal.group() == *group).map(|(_, points)| points).sum();
                sum.min(ceiling(*group))
            })
            .sum();
        if top < self.quarantine {
            reader.refuse(
                object.pointer_to("quarantine"),
                format!("all signals together reach {top}: nothing is ever quarantined"),
            );
        }
    }
}

/// The parsed duplicates part (spec D1, D2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dedup {
    pub(crate) company_ratio_above: i32,
    pub(crate) person_name_at_least: i32,
    pub(crate) candidates_per_key: usize,
}

impl Dedup {
    pub(super) fn parse(reader: &mut Reader, at: &At<'_>) -> Self {
        let members = ["company_ratio_above", "second_signals", "person_name_at_least", "candidates_per_key"];
        let object = reader.object(at, &members);
        let place = reader.need(&object, "second_signals");
        let mut signals = Vec::new();
        for item in reader.list(&place) {
            match reader.text(&item) {
                name @ ("email_domain" | "person_name") => signals.push(name),
                "email" | "phone" => {
                    let reason =
                        "an equal e-mail or phone is an exact match already, so it could never confirm a fuzzy one";
                    reader.refuse(&item.pointer, reason);
                }
                _ => reader.refuse(&item.pointer, "the second signals are email_domain and person_name"),
            }
        }
        if signals != ["email_domain", "person_name"] && reader.errors.is_empty() {
            reader.refuse(&place.pointer, "both email_domain and person_name are second signals, in this order");
        }
        Self {
            company_ratio_above: reader.whole_member(&object, "company_ratio_above", 50..=99),
            person_name_at_least: reader.whole_member(&object, "person_name_at_least", 50..=100),
            candidates_per_key: usize::try_from(reader.whole_member(&object, "candidates_per_key", 1..=50))
                .unwrap_or(1),
        }
    }
}

/// The parsed qualification part (spec Q1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Qualifying {
    pub(crate) bant: i32,
    pub(crate) meddicc: i32,
    pub(crate) meddicc_ceiling: i32,
    pub(crate) qualified: i32,
    pub(crate) nurture_more: i32,
}

impl Qualifying {
    pub(super) fn parse(reader: &mut Reader, at: &At<'_>) -> Self {
        let before = reader.errors.len();
        let object = reader.object(at, &["bant", "meddicc", "meddicc_ceiling", "qualified", "nurture_more"]);
        let rules = Self {
            bant: reader.whole_member(&object, "bant", 0..=100),
            meddicc: reader.whole_member(&object, "meddicc", 0..=100),
            meddicc_ceiling: reader.whole_member(&object, "meddicc_ceiling", 0..=100),
            qualified: reader.whole_member(&object, "qualified", 1..=100),
            nurture_more: reader.whole_member(&object, "nurture_more", 1..=100),
        };
        let top = 4 * rules.bant + (7 * rules.meddicc).min(rules.meddicc_ceiling);
        if at.value.is_none() || reader.errors.len() > before {
            return rules;
        }
        if rules.nurture_more >= rules.qualified {
            let reason = "nurture_more must begin below qualified, or it is never recommended";
            reader.refuse(object.pointer_to("nurture_more"), reason);
        }
        if top < rules.qualified {
            reader.refuse(
                object.pointer_to("qualified"),
                format!("all criteria together reach {top}: nothing could ever qualify"),
            );
        }
        rules
    }
}

/// The parsed thresholds of stage, nurturing and conversion (spec M2, E1, C1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    pub(crate) consideration_above: i32,
    pub(crate) nurture_max: i32,
    pub(crate) convert_above: i32,
    pub(crate) convert_status: Status,
}

impl Thresholds {
    pub(super) fn parse(
        reader: &mut Reader,
        at: &At<'_>,
        transitions: Option<&Transitions>,
        highest: Option<i32>,
    ) -> Self {
        let before = reader.errors.len();
        let object = reader.object(at, &["consideration_above", "nurture_max", "convert_above", "convert_status"]);
        let status = reader.need(&object, "convert_status");
        let convert_status = if status.value.is_some_and(serde_json::Value::is_array) {
            reader.refuse(
                &status.pointer,
                "a lead has one status at a time: if several were needed at once, nothing could ever convert",
            );
            None
        } else {
            reader.choice(&status, Status::parse, Status::NAMES)
        };
        let thresholds = Self {
            consideration_above: reader.whole_member(&object, "consideration_above", 0..=99),
            nurture_max: reader.whole_member(&object, "nurture_max", 0..=100),
            convert_above: reader.whole_member(&object, "convert_above", 0..=99),
            convert_status: convert_status.unwrap_or(Status::Qualified),
        };
        if at.value.is_none() || reader.errors.len() > before {
            return thresholds;
        }
        if thresholds.nurture_max < thresholds.convert_above {
            let (low, high) = (thresholds.nurture_max + 1, thresholds.convert_above);
            let reason = match low == high {
                true => format!("a score of {low} is neither nurtured nor convertible"),
                false => format!("scores from {low} to {high} are neither nurtured nor convertible"),
            };
            reader.refuse(object.pointer_to("nurture_max"), reason);
        }
        if transitions.is_some_and(|table| table.after(thresholds.convert_status, Move::Convert).is_err()) {
            let reason = format!("no move converts a lead in the state {}", thresholds.convert_status);
            reader.refuse(status.pointer, reason);
        }
        for (name, limit) in
            [("consideration_above", thresholds.consideration_above), ("convert_above", thresholds.convert_above)]
        {
            if let Some(highest) = highest.filter(|highest| *highest <= limit) {
                let reason = format!("the highest score that can be reached is {highest}, so this is never passed");
                reader.refuse(object.pointer_to(name), reason);
            }
        }
        thresholds
    }
}
