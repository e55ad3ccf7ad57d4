//! An opportunity as it is sent, stored and shown.

use super::{ForecastCategory, PipelineStage, StageEntry};
use crate::body::{Members, Reader};
use crate::edit::NewRecord;
use crate::entity::{Entity, Stamp};
use crate::field::{Text, TextBlock};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::money::{Currency, Money};
use crate::plan::{Change, Context};
use crate::stored;
use crate::time::{DAY_MS, Instant};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an opportunity is worth. Stored in minor units, shown in major ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "StoredPrice")]
pub struct Price {
    /// How much: an exact decimal in major units, as a number or a text.
    pub deal_value: Money,
    /// Of which currency: the company's.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub currency: Currency,
}

#[derive(Deserialize)]
struct StoredPrice {
    deal_value: i64,
    currency: Currency,
}

impl TryFrom<StoredPrice> for Price {
    type Error = &'static str;

    fn try_from(stored: StoredPrice) -> Result<Self, Self::Error> {
        Money::from_minor(stored.deal_value, stored.currency).map(Self::of).ok_or("an amount was expected")
    }
}

impl Price {
    /// The price of so much.
    #[must_use]
    pub fn of(money: Money) -> Self {
        Self { deal_value: money, currency: money.currency() }
    }
}

/// What is sold to whom, for how much and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deal {
    /// What it is called.
    pub name: Text<255>,
    /// The account that may buy.
    pub account_id: Id,
    /// The person there who is talked to: a contact of that account.
    pub primary_contact_id: Option<Id>,
    /// Where the opportunity came from.
    pub source: Option<Text<100>>,
    /// What it is worth.
    #[serde(flatten)]
    pub price: Price,
    /// When it is expected to close.
    pub close_date: Instant,
    /// Whose opportunity. Managers and admins may say; without it the owner stays, and a new one is its creator's.
    pub owner_id: Option<Id>,
}

/// The body of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpportunityBody {
    /// What is sold.
    #[serde(flatten)]
    pub deal: Deal,
    /// In percent, set by hand until the stage changes; the stage's own where absent (spec O1).
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub probability: Option<u8>,
    /// Set by hand until the stage changes; the stage's own where absent (spec O2).
    pub forecast_category: Option<ForecastCategory>,
}

/// The body of a creation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewOpportunity {
    /// What it is.
    #[serde(flatten)]
    pub body: OpportunityBody,
    /// Where it begins: an open stage, `prospect` unless given. Later it moves by `/stage` alone.
    pub pipeline_stage: Option<PipelineStage>,
}

/// An opportunity, every field of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opportunity {
    /// The opportunity's id.
    pub id: Id,
    /// Whose data.
    pub company_id: Id,
    /// What is sold.
    #[serde(flatten)]
    pub deal: Deal,
    /// How far it has come.
    pub pipeline_stage: PipelineStage,
    /// In percent.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub probability: u8,
    /// Whether a person set the probability since the stage last changed.
    #[serde(deserialize_with = "stored::flag")]
    pub probability_by_hand: bool,
    /// How firmly it is counted on.
    pub forecast_category: ForecastCategory,
    /// Whether a person set the category since the stage last changed.
    #[serde(deserialize_with = "stored::flag")]
    pub forecast_by_hand: bool,
    /// The lead it was converted from.
    pub lead_id: Option<Id>,
    /// Why it was lost.
    pub lost_reason: Option<TextBlock<1000>>,
    /// When it was won or lost.
    pub closed_at: Option<Instant>,
    /// The last open stage, while it is closed.
    pub stage_before_close: Option<PipelineStage>,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// Members that only the system sets, or a move of the stage.
const READ_ONLY: &[&str] = &[
    "id",
    "company_id",
    "pipeline_stage",
    "probability_by_hand",
    "forecast_by_hand",
    "lead_id",
    "lost_reason",
    "closed_at",
    "stage_before_close",
    "stages",
    "created_at",
    "updated_at",
    "deleted_at",
    "version",
];

/// When an opportunity closes unless somebody says otherwise: in 90 days (spec C2).
#[must_use]
pub fn default_close_date(now: Instant) -> Instant {
    now.plus_ms(90 * DAY_MS)
}

impl NewOpportunity {
    /// Reads a body. `currency` is the company's.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, currency: Currency) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let open = |text: &str| PipelineStage::parse(text).filter(|stage| !stage.is_closed());
        let pipeline_stage = reader.choice("pipeline_stage", open);
        let body = OpportunityBody::read(&mut reader, currency);
        reader.close(READ_ONLY)?;
        body.map(|body| Self { body, pipeline_stage }).ok_or_else(Vec::new)
    }
}

impl OpportunityBody {
    /// Reads a whole body. `currency` is the opportunity's.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, currency: Currency) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let body = Self::read(&mut reader, currency);
        reader.close(READ_ONLY)?;
        body.ok_or_else(Vec::new)
    }

    fn read(reader: &mut Reader, currency: Currency) -> Option<Self> {
        let name = reader.required("name", Text::parse);
        let account_id = reader.required("account_id", |text| Id::parse(text.trim()).ok_or(Code::NotId));
        let primary_contact_id = reader.id("primary_contact_id");
        let source = reader.optional("source", Text::parse);
        let value = reader.take("deal_value").ok_or(Code::Required);
        let deal_value = reader.judge("deal_value", value.and_then(|value| Money::read(&value, currency)));
        reader.optional("currency", |text| {
            Currency::parse(text).and_then(|sent| if sent == currency { Ok(sent) } else { Err(Code::UnknownValue) })
        });
        let close_date = reader.required("close_date", |text| Instant::parse(text).ok_or(Code::NotDateTime));
        let owner_id = reader.id("owner_id");
        let probability = reader.whole("probability", 0..=100).and_then(|percent| u8::try_from(percent).ok());
        let forecast_category = reader.choice("forecast_category", ForecastCategory::parse);
        let (name, account_id, close_date) = (name?, account_id?, close_date?);
        let price = Price::of(deal_value?);
        let deal = Deal { name, account_id, primary_contact_id, source, price, close_date, owner_id };
        Some(Self { deal, probability, forecast_category })
    }
}

impl Opportunity {
    /// A new opportunity in this stage.
    #[must_use]
    pub fn new(id: Id, company_id: Id, deal: Deal, stage: PipelineStage, now: Instant) -> Self {
        Self {
            id,
            company_id,
            deal,
            pipeline_stage: stage,
            probability: stage.probability(),
            probability_by_hand: false,
            forecast_category: stage.forecast_category(),
            forecast_by_hand: false,
            lead_id: None,
            lost_reason: None,
            closed_at: None,
            stage_before_close: None,
            stamp: Stamp::new(now),
        }
    }

    /// The opportunity that a lead becomes: a prospect at 10 percent (spec C2; seed, Step 6.1).
    #[must_use]
    pub fn of_lead(id: Id, company_id: Id, lead_id: Id, deal: Deal, now: Instant) -> Self {
        Self { lead_id: Some(lead_id), ..Self::new(id, company_id, deal, PipelineStage::Prospect, now) }
    }

    /// With the values of a body. What it sets by hand survives until the stage changes (spec O1, O2). Without an owner
    /// the one there is stays.
    ///
    /// # Errors
    /// `read_only_member` for a probability or category of a closed opportunity: its outcome is certain.
    pub fn with(&self, body: OpportunityBody) -> Result<Self, Vec<Invalid>> {
        let OpportunityBody { mut deal, probability, forecast_category } = body;
        if self.pipeline_stage.is_closed() {
            let sent = [("probability", probability.is_some()), ("forecast_category", forecast_category.is_some())];
            let refused: Vec<_> = sent.into_iter().filter(|(_, sent)| *sent).collect();
            if !refused.is_empty() {
                return Err(refused.iter().map(|(name, _)| Invalid::member(name, Code::ReadOnlyMember)).collect());
            }
        }
        deal.owner_id = deal.owner_id.or_else(|| self.deal.owner_id.clone());
        let stage = self.pipeline_stage;
        Ok(Self {
            deal,
            probability: probability.unwrap_or(stage.probability()),
            probability_by_hand: probability.is_some(),
            forecast_category: forecast_category.unwrap_or(stage.forecast_category()),
            forecast_by_hand: forecast_category.is_some(),
            ..self.clone()
        })
    }

    /// What a caller could send to have it as it is.
    #[must_use]
    pub fn editable(&self) -> OpportunityBody {
        OpportunityBody {
            deal: self.deal.clone(),
            probability: self.probability_by_hand.then_some(self.probability),
            forecast_category: self.forecast_by_hand.then_some(self.forecast_category),
        }
    }

    /// Its columns, the key for the search among them.
    #[must_use]
    pub fn columns(&self) -> Map<String, Value> {
        let mut columns = stored::row(self);
        columns.insert("deal_value".into(), self.deal.price.deal_value.minor().into());
        columns.insert("name_key".into(), self.deal.name.key().into());
        columns
    }

    /// The changes that insert it: the record, and where its stages begin.
    #[must_use]
    pub fn insert(&self, context: &mut Context<'_>) -> Vec<Change> {
        let record = NewRecord::insert(Entity::Opportunity, &self.id, self.columns(), context);
        vec![record, Change::RecordStage(Box::new(StageEntry::of(self, None, None, context)))]
    }
}
