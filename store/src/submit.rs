//! What a submission must know: its touch, who stands for the person, who is near, and how leads are handed out.

use crate::leads::near::{self, NearRow};
use crate::opt_ins;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::submit::{IdemKey, Known, KnownTouch, StandingLead, Submit, Taken};
use lead_core::id::Id;
use lead_core::lead::{TouchEffect, ValidationStatus};
use lead_core::plan::{Context, Plan};
use lead_core::policy::{Stage, Status};
use lead_core::problem::Refusal;
use lead_core::routing::Routing;
use lead_core::stored;
use lead_core::time::Instant;
use serde::Deserialize;

const TOUCH_BY_KEY: &str = "SELECT idem_key, lead_id, attempt_id, digest, effect, created_at FROM touches \
     WHERE company_id = ?1 AND idem_key = ?2";

/// The newest touch of the same values: their keys differ by a number at the end.
const TOUCH_BY_VALUES: &str = "SELECT idem_key, lead_id, attempt_id, digest, effect, created_at FROM touches \
     WHERE company_id = ?1 AND idem_key >= ?2 AND idem_key < ?2 || '~' ORDER BY idem_key DESC LIMIT 1";

/// The standing leads of this e-mail address or phone, at most one each, with the newest word of their ledger about marketing. Two
/// look-ups joined by id: an OR over two indexes would walk the whole company.
const STANDING: &str = "SELECT id, lead_owner_id, status, stage, validation_status, quarantined_at, gdpr_consent, consent_confirmed_at, dnd_status, country, \
       state, industry, version, \
       (SELECT state FROM consents WHERE consents.company_id = leads.company_id AND consents.lead_id = leads.id \
         AND consents.purpose = 'marketing' ORDER BY id DESC LIMIT 1) AS ledger \
     FROM leads WHERE company_id = ?1 AND id IN (\
       SELECT id FROM leads WHERE company_id = ?1 AND email_key = ?2 AND match_slot = '' \
       UNION ALL SELECT id FROM leads WHERE company_id = ?1 AND phone_e164 = ?3 AND match_slot = '')";

/// Pools and territories, and what handing out leads counts.
pub(crate) const ROUTING: &str =
    "SELECT document, loads, turns FROM routings JOIN rounds USING (company_id) WHERE company_id = ?1";

impl Command for Submit {
    type Known = Known;
    type Done = Taken;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let keys = self.keys();
        let touch = match self.idem() {
            IdemKey::Given(key) => statement!(TOUCH_BY_KEY, company, key),
            IdemKey::Values(prefix) => statement!(TOUCH_BY_VALUES, company, prefix),
        };
        let mut reads = vec![
            touch,
            statement!(STANDING, company, &keys.email, keys.phone.as_ref()),
            statement!(ROUTING, company),
            opt_ins::read_beside(company, self.address()),
        ];
        reads.extend(near::statements(company, keys, context.policy.candidates_per_key()));
        reads
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        let [touch, standing, routing, beside, near @ ..] = outcomes else {
            return Err(Corrupt("seven outcomes were expected".into()));
        };
        let standing: Vec<StandingRow> = read_rows(&standing.rows)?;
        let mut candidates = Vec::new();
        for outcome in near {
            let rows: Vec<NearRow> = read_rows(&outcome.rows)?;
            candidates.extend(rows.into_iter().filter(NearRow::stands).map(NearRow::into_candidate));
        }
        Ok(Known {
            touch: read_first::<TouchRow>(&touch.rows)?.map(TouchRow::into_known),
            standing: standing.into_iter().map(StandingRow::into_standing).collect(),
            candidates,
            routing: found_routing(routing)?,
            beside: opt_ins::found_beside(beside)?,
        })
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Taken>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// How the company's leads are handed out, as [`ROUTING`] reads it.
pub(crate) fn found_routing(outcome: &Outcome) -> Result<Routing, Corrupt> {
    let row: Option<RoutingRow> = read_first(&outcome.rows)?;
    let RoutingRow { document, loads } = row.ok_or_else(|| Corrupt("the company has no routing".into()))?;
    Routing::parse(&document, &loads).map_err(|error| Corrupt(error.to_string()))
}

#[derive(Deserialize)]
struct RoutingRow {
    document: String,
    loads: String,
}

#[derive(Deserialize)]
struct TouchRow {
    idem_key: String,
    lead_id: Id,
    attempt_id: Id,
    digest: String,
    effect: TouchEffect,
    created_at: Instant,
}

impl TouchRow {
    fn into_known(self) -> KnownTouch {
        let Self { idem_key, lead_id, attempt_id, digest, effect, created_at } = self;
        KnownTouch { idem_key, lead_id, attempt_id, digest, effect, created_at }
    }
}

#[derive(Deserialize)]
struct StandingRow {
    id: Id,
    lead_owner_id: Option<Id>,
    status: Status,
    validation_status: ValidationStatus,
    stage: Stage,
    quarantined_at: Option<Instant>,
    #[serde(deserialize_with = "stored::flag")]
    gdpr_consent: bool,
    consent_confirmed_at: Option<Instant>,
    #[serde(deserialize_with = "stored::flag")]
    dnd_status: bool,
    country: String,
    state: Option<String>,
    industry: Option<String>,
    version: i64,
    ledger: Option<String>,
}

impl StandingRow {
    fn into_standing(self) -> StandingLead {
        StandingLead {
            id: self.id,
            owner: self.lead_owner_id,
            status: self.status,
            validation_status: self.validation_status,
            stage: self.stage,
            quarantined_at: self.quarantined_at,
            consented: self.gdpr_consent,
            confirmed: self.consent_confirmed_at.is_some(),
            withdrawn: self.ledger.as_deref() == Some("withdrawn"),
            dnd: self.dnd_status,
            country: self.country,
            state: self.state,
            industry: self.industry,
            version: self.version,
        }
    }
}
