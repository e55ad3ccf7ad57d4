//! Qualification by BANT and MEDDICC (spec Q1, Q2).

use crate::body::{Members, Reader};
use crate::field::TextBlock;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::policy::named;
use crate::policy::{Move, Policy};
use crate::score::{Reason, close};
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The answer to one criterion: text meets it; `{"met": false, "note": ..}` says that it is not met and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing, `null` or blank text.
    #[default]
    Missing,
    /// Met, in these words; empty where `{"met": true}` came without a note.
    Met(String),
    /// Asked and not met; the note is kept.
    Unmet(String),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "an answer is text or an object with met (true or false) and note (text)")]
enum Spelling {
    Text(String),
    Object(Explicit),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explicit {
    met: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<Spelling>::deserialize(deserializer)? {
            None => Self::Missing,
            Some(Spelling::Text(text)) if text.trim().is_empty() => Self::Missing,
            Some(Spelling::Text(text)) => Self::Met(text.trim().to_owned()),
            Some(Spelling::Object(Explicit { met: true, note })) => Self::Met(note.trim().to_owned()),
            Some(Spelling::Object(Explicit { met: false, note })) => Self::Unmet(note.trim().to_owned()),
        })
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spelling = match self {
            Self::Missing => None,
            Self::Met(text) if text.is_empty() => Some(Spelling::Object(Explicit { met: true, note: String::new() })),
            Self::Met(text) => Some(Spelling::Text(text.clone())),
            Self::Unmet(note) => Some(Spelling::Object(Explicit { met: false, note: note.clone() })),
        };
        spelling.serialize(serializer)
    }
}

impl Answer {
    /// Whether the criterion is met.
    #[must_use]
    pub fn is_met(&self) -> bool {
        matches!(self, Self::Met(_))
    }
}

/// The four basic criteria.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bant {
    /// Is there money for it?
    pub budget: Answer,
    /// Does the person decide?
    pub authority: Answer,
    /// Is it needed?
    pub need: Answer,
    /// Is there a date?
    pub timeline: Answer,
}

/// The seven criteria of larger sales, a bonus on top of BANT.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Meddicc {
    /// The figures that the purchase should move.
    pub metrics: Answer,
    /// Who holds the money.
    pub economic_buyer: Answer,
    /// What the choice is made by.
    pub decision_criteria: Answer,
    /// How the choice is made.
    pub decision_process: Answer,
    /// What hurts.
    pub identify_pain: Answer,
    /// Who speaks for us.
    pub champion: Answer,
    /// Who else is asked.
    pub competition: Answer,
}

named! {
    /// How risky the salesperson thinks the deal is.
    Risk {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much: a qualification needs a manager's confirmation.
        High = "high",
    }
}

named! {
    /// What the points recommend (spec Q1).
    Recommendation {
        /// Go on to conversion.
        Qualified = "qualified",
        /// Keep in touch.
        NurtureMore = "nurture_more",
        /// Not a customer for now.
        Disqualify = "disqualify",
    }
}

/// What a qualification is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answers {
    /// The four basic criteria.
    #[serde(default)]
    pub bant: Bant,
    /// The bonus criteria, where asked.
    #[serde(default)]
    pub meddicc: Option<Meddicc>,
    /// The risk, low unless said otherwise.
    #[serde(default = "low")]
    pub risk_score: Risk,
}

fn low() -> Risk {
    Risk::Low
}

/// What a caller asks a lead to be judged by (spec Q2, Q3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualificationRequest {
    /// The lead of the path, where it is said again.
    pub lead_id: Option<Id>,
    /// The four basic criteria.
    pub bant: Bant,
    /// The bonus criteria, where asked.
    pub meddicc: Option<Meddicc>,
    /// The risk, low unless said otherwise.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub risk_score: Risk,
    /// A manager's word that a high risk is taken; false unless said otherwise.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub confirm: bool,
}

impl QualificationRequest {
    /// Reads a body for the lead of the path.
    ///
    /// # Errors
    /// Every refused member; a `lead_id` that is another lead's is `unknown_value`.
    pub fn parse(members: Members, lead_id: &Id) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let given = reader.id("lead_id");
        if given.as_ref().is_some_and(|given| given != lead_id) {
            reader.refuse("lead_id", Code::UnknownValue);
        }
        let bant = reader.object("bant", |bant| Bant {
            budget: answer(bant, "budget"),
            authority: answer(bant, "authority"),
            need: answer(bant, "need"),
            timeline: answer(bant, "timeline"),
        });
        if bant.is_none() && !reader.refused("bant") {
            reader.refuse("bant", Code::Required);
        }
        let meddicc = reader.object("meddicc", |meddicc| Meddicc {
            metrics: answer(meddicc, "metrics"),
            economic_buyer: answer(meddicc, "economic_buyer"),
            decision_criteria: answer(meddicc, "decision_criteria"),
            decision_process: answer(meddicc, "decision_process"),
            identify_pain: answer(meddicc, "identify_pain"),
            champion: answer(meddicc, "champion"),
            competition: answer(meddicc, "competition"),
        });
        let risk_score = reader.choice("risk_score", Risk::parse).unwrap_or(Risk::Low);
        let confirm = reader.flag("confirm");
        reader.close(&[])?;
        Ok(Self { lead_id: given, bant: bant.unwrap_or_default(), meddicc, risk_score, confirm })
    }

    /// The answers without what is asked besides.
    #[must_use]
    pub fn answers(&self) -> Answers {
        Answers { bant: self.bant.clone(), meddicc: self.meddicc.clone(), risk_score: self.risk_score }
    }
}

/// One criterion of a body: a text, or an object that says whether it is met.
fn answer(reader: &mut Reader, name: &str) -> Answer {
    let words = |text: &str| TextBlock::<2000>::parse(text).map(|words| words.as_str().to_owned());
    if reader.is_text(name) {
        return reader.optional(name, words).map_or(Answer::Missing, Answer::Met);
    }
    let explicit = reader.object(name, |explicit| {
        let met = explicit.truth("met");
        let note = explicit.optional("note", words).unwrap_or_default();
        if met { Answer::Met(note) } else { Answer::Unmet(note) }
    });
    explicit.unwrap_or_default()
}

/// A qualification as it is kept and shown (spec Q3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualificationRecord {
    /// Its id.
    pub id: Id,
    /// Of which lead.
    pub lead_id: Id,
    /// Who asked for it.
    pub user_id: Option<Id>,
    /// What was answered.
    #[serde(deserialize_with = "stored::json")]
    pub answers: Answers,
    /// The verdict as it was then.
    #[serde(deserialize_with = "stored::json")]
    #[cfg_attr(feature = "openapi", schema(value_type = Qualification))]
    pub result: serde_json::Value,
    /// Whether a manager confirmed a high risk.
    #[serde(deserialize_with = "stored::flag")]
    pub confirmed: bool,
    /// When.
    pub created_at: Instant,
}

/// A qualification to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewQualification {
    /// Its id.
    pub id: Id,
    /// Of which lead.
    pub lead_id: Id,
    /// What was answered.
    pub answers: Answers,
    /// The verdict.
    pub result: Qualification,
    /// Whether a manager confirmed a high risk.
    pub confirmed: bool,
    /// The attempt that writes it.
    pub attempt_id: Id,
}

/// The verdict of a qualification. The reasons add up to `qualification_score`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Qualification {
    /// The points, 0 to 100.
    pub qualification_score: u8,
    /// The sum before it was held within 100.
    pub raw: i32,
    /// The BANT criteria that are not met, by their English names.
    pub missing_criteria: Vec<&'static str>,
    /// What the points recommend, whatever the risk.
    pub recommendation: Recommendation,
    /// Whether the lead is qualified by this: recommended, and confirmed where the risk is high.
    pub is_qualified: bool,
    /// Whether a manager must post again with `confirm: true` before the recommendation takes effect.
    pub confirmation_required: bool,
    /// The points and their rules.
    pub reasons: Vec<Reason>,
}

impl Qualification {
    /// The move that follows for the lead (spec Q2); none where the status stays.
    #[must_use]
    pub fn consequence(&self) -> Option<Move> {
        match self.recommendation {
            Recommendation::Qualified => self.is_qualified.then_some(Move::Qualify),
            Recommendation::NurtureMore => None,
            Recommendation::Disqualify => Some(Move::Unqualify),
        }
    }
}

/// Judges the answers. `confirmed` says that a manager confirmed a high risk; who may do so is not checked here.
#[must_use]
pub fn qualify(policy: &Policy, answers: &Answers, confirmed: bool) -> Qualification {
    let rules = &policy.qualifying;
    let Bant { budget, authority, need, timeline } = &answers.bant;
    let mut reasons = Vec::new();
    let mut missing_criteria = Vec::new();
    let criteria = [
        ("Budget", "budget", budget),
        ("Authority", "authority", authority),
        ("Need", "need", need),
        ("Timeline", "timeline", timeline),
    ];
    for (title, name, answer) in criteria {
        if answer.is_met() {
            reasons.push(Reason::new(format!("bant.{name}"), rules.bant));
        } else {
            missing_criteria.push(title);
        }
    }
    if let Some(meddicc) = &answers.meddicc {
        let bonus = bonus(meddicc, rules.meddicc);
        let over = bonus.iter().map(|reason| reason.points).sum::<i32>() - rules.meddicc_ceiling;
        reasons.extend(bonus);
        if over > 0 {
            reasons.push(Reason::new("meddicc.ceiling", -over));
        }
    }
    let (qualification_score, raw) = close(&mut reasons);
    let recommendation = match i32::from(qualification_score) {
        score if score >= rules.qualified => Recommendation::Qualified,
        score if score >= rules.nurture_more => Recommendation::NurtureMore,
        _ => Recommendation::Disqualify,
    };
    let recommended = recommendation == Recommendation::Qualified;
    let confirmation_required = recommended && answers.risk_score == Risk::High && !confirmed;
    let is_qualified = recommended && !confirmation_required;
    Qualification {
        qualification_score,
        raw,
        missing_criteria,
        recommendation,
        is_qualified,
        confirmation_required,
        reasons,
    }
}

fn bonus(meddicc: &Meddicc, points: i32) -> Vec<Reason> {
    let Meddicc { metrics, economic_buyer, decision_criteria, decision_process, identify_pain, champion, competition } =
        meddicc;
    let criteria = [
        ("metrics", metrics),
        ("economic_buyer", economic_buyer),
        ("decision_criteria", decision_criteria),
        ("decision_process", decision_process),
        ("identify_pain", identify_pain),
        ("champion", champion),
        ("competition", competition),
    ];
    let met = criteria.into_iter().filter(|(_, answer)| answer.is_met());
    met.map(|(name, _)| Reason::new(format!("meddicc.{name}"), points)).collect()
}
