//! What a visitor or a caller sends in: parsed once, every error at once (spec L2).

mod correction;

pub use correction::{Correction, EDITABLE, editable};

use crate::attribution::{Attribution, DIRECT, NO_MEDIUM};
use crate::body::{Members, Reader};
use crate::consent::hex;
use crate::field::{
    AuthorityLevel, BudgetRange, CompanyName, Country, EmailAddress, LeadSourceText, Locale, PersonName, PhoneNumber,
    Text, TextBlock, Timeline, Website,
};
use crate::guard::is_trap;
use crate::invalid::Invalid;
use crate::policy::Policy;
use crate::time::Instant;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Through which door a submission comes in; it decides what must be there and what may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A public form: attribution may be missing, spam traps and UTM names may be there.
    Form,
    /// The API: attribution must be there (spec L3).
    Api,
    /// An edit over the API: as there, but what the first visit was caught with stays as it is (spec L5).
    Edit,
}

/// The values of a submission. Who is asked, what they want, and where they came from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Submission {
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// The company the person works for.
    pub company_name: CompanyName,
    /// The person's address.
    pub email: EmailAddress,
    /// The person's phone.
    pub phone: PhoneNumber,
    /// The country, given or the default.
    pub country: Country,
    /// Where the visit came from.
    pub attribution: Attribution,
    /// What the person is interested in.
    pub interest_product: Option<Text<200>>,
    /// The budget.
    pub budget_range: Option<BudgetRange>,
    /// What the person decides.
    pub authority_level: Option<AuthorityLevel>,
    /// When they mean to buy.
    pub timeline: Option<Timeline>,
    /// Whether the consent box was ticked.
    pub gdpr_consent: bool,
    /// The company's trade.
    pub industry: Option<Text<100>>,
    /// State or province.
    pub state: Option<Text<100>>,
    /// The person's job.
    pub job_title: Option<Text<100>>,
    /// What the person wrote.
    pub message: Option<TextBlock<5000>>,
    /// The company's website.
    pub website: Option<Website>,
    /// The language the person reads.
    pub locale: Option<Locale>,
    /// What else its form asked, by name (spec F3).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, serde_json::Value>,
}

/// How a form was filled: evidence for the spam verdict and the key of a plain page, no part of the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filling {
    /// Whether the field that people do not see was filled.
    pub trapped: bool,
    /// Milliseconds from the first sight of the form to its sending, as the page tells.
    pub elapsed_ms: Option<i64>,
    /// The idempotency key that a plain page carries.
    pub key: Option<String>,
    /// The token of the form as it was shown.
    pub token: Option<String>,
    /// When the visitor sent it, by their own clock: a submission may have waited for a connection.
    pub at: Option<Instant>,
    /// The answer to a challenge.
    pub proof: Option<String>,
    /// Turnstile's answer.
    pub turnstile: Option<String>,
    /// Which of the form's definitions the visitor saw.
    pub form_version: Option<i64>,
}

/// Members that the system sets: sending one is refused by its name.
pub(crate) const READ_ONLY: &[&str] = &[
    "id",
    "company_id",
    "lead_owner_id",
    "owner_id",
    "owner",
    "assignment",
    "status",
    "stage",
    "lead_score",
    "score",
    "score_raw",
    "score_reasons",
    "policy_version",
    "dnd_status",
    "opt_in_date",
    "consent_confirmed_at",
    "is_duplicate",
    "duplicate_of",
    "matches",
    "matches_capped",
    "known_customer",
    "spam_score",
    "spam_reasons",
    "validation_status",
    "quarantined_at",
    "phone_e164",
    "lead_source_raw",
    "attribution_inferred",
    "created_at",
    "updated_at",
    "contacted_at",
    "converted_at",
    "converted_to_account_id",
    "deleted_at",
    "version",
];

/// Members that only the first visit can tell: an edit leaves them alone.
const CAPTURED: &[&str] = &["content", "gclid", "gbraid", "wbraid", "msclkid", "fbclid", "referrer", "landing_page"];

/// The member that only robots fill, of forms whose page was made before each had one of its own.
pub const TRAP: &str = "lg_ref";
/// The member with the token of the form as it was shown.
pub const TOKEN: &str = "lg_token";
/// The member that tells when the visitor sent the form.
pub const AT: &str = "lg_at";
/// The member with ALTCHA's payload, under the name that its own forms have.
pub const PROOF: &str = "altcha";
/// The member with Turnstile's answer, under the name that its script gives it.
pub const TURNSTILE: &str = "cf-turnstile-response";
/// The member that tells how long the filling took.
pub const ELAPSED: &str = "lg_ms";
/// The member with the number of the form's definition that the visitor saw.
pub const VERSION: &str = "lg_version";
/// The member with a plain page's idempotency key.
pub const KEY: &str = "lg_key";

impl Submission {
    /// Reads a body's members.
    ///
    /// `country` is the form's or the company's default (spec L4); the policy knows the aliases of sources.
    ///
    /// # Errors
    /// Every refused member, in the order of the fields, then the members that nobody knows.
    pub fn parse(
        members: Members,
        door: Door,
        country: Country,
        policy: &Policy,
    ) -> Result<(Self, Filling), Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let filling = if door == Door::Form { read_filling(&mut reader) } else { Filling::default() };
        let submission = Self::read(&mut reader, door, country, policy);
        reader.close(READ_ONLY)?;
        submission.map(|submission| (submission, filling)).ok_or_else(Vec::new)
    }

    /// Takes the members of a submission; `None` where one was refused.
    fn read(reader: &mut Reader, door: Door, country: Country, policy: &Policy) -> Option<Self> {
        let first_name = reader.required("first_name", PersonName::parse);
        let last_name = reader.required("last_name", PersonName::parse);
        let company_name = reader.required("company_name", CompanyName::parse);
        let email = reader.required("email", EmailAddress::parse);
        let phone = reader.required("phone", |text| Ok(text.to_owned()));
        let given = reader.optional("country", Country::parse);
        let country = given.unwrap_or(country);
        // The region comes from the country, so a refused country leaves only the shape to be judged.
        let phone = phone.and_then(|text| {
            let region = if reader.refused("country") { None } else { Some(country) };
            reader.judge("phone", read_phone(&text, region))
        });
        let attribution = read_attribution(reader, door, policy);
        let rest = Rest::read(reader);
        let (Some(first_name), Some(last_name), Some(company_name), Some(email), Some(Some(phone)), Some(attribution)) =
            (first_name, last_name, company_name, email, phone, attribution)
        else {
            return None;
        };
        let Rest {
            interest_product,
            budget_range,
            authority_level,
            timeline,
            gdpr_consent,
            industry,
            state,
            job_title,
            message,
            website,
            locale,
        } = rest;
        Some(Self {
            first_name,
            last_name,
            company_name,
            email,
            phone,
            country,
            attribution,
            interest_product,
            budget_range,
            authority_level,
            timeline,
            gdpr_consent,
            industry,
            state,
            job_title,
            message,
            website,
            locale,
            answers: BTreeMap::new(),
        })
    }

    /// SHA-256 of the parsed values: two submissions with the same digest say the same.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.values().to_string().as_bytes()))
    }

    /// The values as they are kept with the touch.
    #[must_use]
    pub fn values(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

struct Rest {
    interest_product: Option<Text<200>>,
    budget_range: Option<BudgetRange>,
    authority_level: Option<AuthorityLevel>,
    timeline: Option<Timeline>,
    gdpr_consent: bool,
    industry: Option<Text<100>>,
    state: Option<Text<100>>,
    job_title: Option<Text<100>>,
    message: Option<TextBlock<5000>>,
    website: Option<Website>,
    locale: Option<Locale>,
}

impl Rest {
    fn read(reader: &mut Reader) -> Self {
        Self {
            interest_product: reader.optional("interest_product", Text::parse),
            budget_range: reader.optional("budget_range", BudgetRange::parse),
            authority_level: reader.optional("authority_level", AuthorityLevel::parse),
            timeline: reader.optional("timeline", Timeline::parse),
            gdpr_consent: reader.flag("gdpr_consent"),
            industry: reader.optional("industry", Text::parse),
            state: reader.optional("state", Text::parse),
            job_title: reader.optional("job_title", Text::parse),
            message: reader.optional("message", TextBlock::parse),
            website: reader.optional("website", Website::parse),
            locale: reader.optional("locale", Locale::parse),
        }
    }
}

/// `Some(None)` never happens for a known region; without one only the shape is judged.
fn read_phone(text: &str, region: Option<Country>) -> Result<Option<PhoneNumber>, crate::invalid::Code> {
    match region {
        Some(region) => PhoneNumber::parse(text, region).map(Some),
        None => crate::field::check("phone", text, true).map(|()| None),
    }
}

/// Evidence never refuses a submission: what cannot be read counts as missing.
fn read_filling(reader: &mut Reader) -> Filling {
    let traps: Vec<String> = reader.names().filter(|name| *name == TRAP || is_trap(name)).map(str::to_owned).collect();
    let filled = |value: Value| value.as_str().is_none_or(|text| !text.trim().is_empty());
    // Every trap is taken, so that none is refused as unknown.
    let trapped = traps.iter().filter(|name| reader.take(name).is_some_and(filled)).count() > 0;
    let elapsed_ms = reader.take(ELAPSED).and_then(|value| match value {
        Value::Number(number) => number.as_f64().map(|ms| ms as i64),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    });
    let at = reader.take(AT).and_then(|value| match value {
        Value::Number(number) => number.as_i64().and_then(Instant::from_ms),
        Value::String(text) => Instant::parse(&text).or_else(|| Instant::from_ms(text.trim().parse().ok()?)),
        _ => None,
    });
    let mut text = |name| reader.take(name).and_then(|value| value.as_str().map(str::to_owned));
    let [key, token, proof, turnstile] = [KEY, TOKEN, PROOF, TURNSTILE].map(&mut text);
    let key = key.filter(|key| is_idempotency_key(key));
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Filling {
        trapped,
        elapsed_ms: elapsed_ms.filter(|ms| *ms >= 0),
        key,
        token: said(token),
        at,
        proof: said(proof),
        turnstile: said(turnstile),
        form_version: None,
    }
}

/// Whether a text can be an idempotency key: 1 to 255 visible ASCII characters.
#[must_use]
pub fn is_idempotency_key(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read_attribution(reader: &mut Reader, door: Door, policy: &Policy) -> Option<Attribution> {
    let mut text = Tagged { reader, door };
    let source = text.read("lead_source", "utm_source", true, LeadSourceText::parse);
    let campaign = text.read("campaign", "utm_campaign", true, Text::<200>::parse);
    let medium = text.read("medium", "utm_medium", false, Text::<50>::parse);
    let term = text.read("term", "utm_term", false, Text::<200>::parse);
    let content = text.read("content", "utm_content", false, Text::<200>::parse);
    let mut plain = |name| reader.optional(name, Text::<255>::parse).map(|text| text.to_string());
    let [gclid, gbraid, wbraid, msclkid, fbclid] = ["gclid", "gbraid", "wbraid", "msclkid", "fbclid"].map(&mut plain);
    let mut page = |name| reader.optional(name, Text::<2048>::parse).map(|text| text.to_string());
    let [referrer, landing_page] = ["referrer", "landing_page"].map(&mut page);
    let clicks =
        [("gclid", &gclid), ("gbraid", &gbraid), ("wbraid", &wbraid), ("msclkid", &msclkid), ("fbclid", &fbclid)];
    let by_click = clicks.iter().find(|(_, id)| id.is_some()).and_then(|(name, _)| policy.source_of_click_id(name));
    let (raw, lead_source) = match source {
        Some(raw) => {
            let slug = policy.source_slug(raw.as_str());
            (Some(raw.to_string()), slug)
        }
        None if door != Door::Form => return None,
        None => (None, by_click.unwrap_or("website_form").to_owned()),
    };
    let inferred = raw.is_none() || campaign.is_none();
    let no_medium = campaign.is_none().then(|| NO_MEDIUM.to_owned());
    if campaign.is_none() && door != Door::Form {
        return None;
    }
    Some(Attribution {
        lead_source,
        lead_source_raw: raw,
        campaign: campaign.map_or_else(|| DIRECT.to_owned(), |text| text.to_string()),
        medium: medium.map(|text| text.to_string()).or(no_medium),
        term: term.map(|text| text.to_string()),
        content: content.map(|text| text.to_string()),
        gclid,
        gbraid,
        wbraid,
        msclkid,
        fbclid,
        referrer,
        landing_page,
        inferred,
    })
}

/// Reads a member by its own name, on forms else by its UTM name.
struct Tagged<'a> {
    reader: &'a mut Reader,
    door: Door,
}

impl Tagged<'_> {
    fn read<T>(
        &mut self,
        name: &str,
        utm: &str,
        needed: bool,
        parse: impl Fn(&str) -> Result<T, crate::invalid::Code>,
    ) -> Option<T> {
        match self.door {
            Door::Api | Door::Edit if needed => self.reader.required(name, parse),
            Door::Api | Door::Edit => self.reader.optional(name, parse),
            Door::Form => {
                let own = self.reader.optional(name, &parse);
                let tagged = self.reader.optional(utm, &parse);
                own.or(tagged)
            }
        }
    }
}
