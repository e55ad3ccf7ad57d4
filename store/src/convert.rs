//! Conversions: what one must know of a lead, its matches and its conversion, and what is held while they are written.

use crate::leads::edit;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, Value, read_first, read_rows, statement};
use crate::visible::{self, account_visible};
use lead_core::command::convert::{
    ContactMatch, Convert, Converted, Known, KnownUndo, Standing, UndoConversion, Undone,
};
use lead_core::convert::{AccountMatch, Conversion, Hold, NewConversion, PartReason};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::stored;
use serde::Deserialize;
use serde_json::json;

/// A key of the lead `?2`.
macro_rules! lead_key {
    ($column:literal) => {
        concat!("(SELECT ", $column, " FROM leads WHERE company_id = ?1 AND id = ?2)")
    };
}

/// The accounts that match the lead `?2`, or the one that was asked for.
macro_rules! accounts {
    ($asked:literal) => {
        concat!(
            "SELECT 'account_id' AS why, id FROM accounts WHERE company_id = ?1 AND id = ",
            $asked,
            " AND deleted_at IS NULL \
             UNION ALL SELECT * FROM (SELECT 'email_domain', id FROM accounts INDEXED BY accounts_domain WHERE company_id = ?1 AND domain = ",
            lead_key!("email_domain"),
            " AND domain IS NOT NULL AND deleted_at IS NULL AND ",
            $asked,
            " IS NULL ORDER BY id LIMIT 20) \
             UNION ALL SELECT * FROM (SELECT 'company_name', id FROM accounts INDEXED BY accounts_key WHERE company_id = ?1 AND company_key = ",
            lead_key!("company_key"),
            " AND deleted_at IS NULL AND ",
            $asked,
            " IS NULL ORDER BY id LIMIT 20)"
        )
    };
}

/// The contacts with the e-mail address of the lead `?2`.
macro_rules! contacts {
    () => {
        concat!(
            "SELECT id, account_id FROM contacts INDEXED BY contacts_email WHERE company_id = ?1 AND email_key = ",
            lead_key!("email_key"),
            " AND email_key IS NOT NULL AND deleted_at IS NULL ORDER BY id LIMIT 20"
        )
    };
}

/// Whether an account has a primary contact.
macro_rules! has_primary {
    ($account:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM contacts p INDEXED BY contacts_primary WHERE p.company_id = ?1 AND p.account_id = ",
            $account,
            " AND p.is_primary_contact = 1 AND p.deleted_at IS NULL)"
        )
    };
}

const ACCOUNTS: &str = concat!(
    // Without an owner the condition is NULL where it does not hold.
    "SELECT a.id, a.name, m.why, coalesce(",
    account_visible!("a", "?4", "?5"),
    ", 0) AS seen, ",
    has_primary!("a.id"),
    " AS has_primary FROM (",
    accounts!("?3"),
    ") m CROSS JOIN accounts a ON a.company_id = ?1 AND a.id = m.id"
);

const CONTACTS: &str = contacts!();

/// The conversion of the lead `?2` that was not undone.
macro_rules! standing {
    () => {
        "SELECT * FROM conversions WHERE company_id = ?1 AND lead_id = ?2 AND undone_at IS NULL ORDER BY id DESC LIMIT 1"
    };
}

const CONVERSION: &str = standing!();

#[derive(Deserialize)]
struct AccountRow {
    id: Id,
    name: String,
    why: PartReason,
    #[serde(deserialize_with = "stored::flag")]
    seen: bool,
    #[serde(deserialize_with = "stored::flag")]
    has_primary: bool,
}

impl AccountRow {
    fn into_match(self) -> AccountMatch {
        let Self { id, name, why, seen, has_primary } = self;
        AccountMatch { id, name, why, seen, has_primary }
    }
}

#[derive(Deserialize)]
struct ConversionRow {
    #[serde(deserialize_with = "stored::json")]
    result: Conversion,
}

impl Command for Convert {
    type Known = Known;
    type Done = Converted;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let (company, lead) = (&context.company_id, &self.target.id);
        let [owners, unowned] = visible::params(&self.target.by.visibility);
        vec![
            edit::read(&self.target, context),
            statement!(CONVERSION, company, lead),
            statement!(ACCOUNTS, company, lead, self.request.account_id.as_ref(), owners, unowned),
            statement!(CONTACTS, company, lead),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        let [lead, conversion, accounts, contacts] = outcomes else {
            return Err(Corrupt("four outcomes were expected".into()));
        };
        let accounts = read_rows::<AccountRow>(&accounts.rows)?;
        Ok(Known {
            found: edit::found(lead)?,
            conversion: read_first::<ConversionRow>(&conversion.rows)?.map(|row| row.result),
            accounts: accounts.into_iter().map(AccountRow::into_match).collect(),
            contacts: read_rows::<ContactMatch>(&contacts.rows)?,
        })
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Converted>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// A member of [`lead_core::convert::Built`].
macro_rules! flag {
    ($name:literal, $condition:expr) => {
        concat!("'", $name, "', json(iif(", $condition, ", 'true', 'false'))")
    };
}

/// Whether the first version of a record does not stand any more.
macro_rules! edited {
    ($table:literal, $id:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM ",
            $table,
            " x WHERE x.company_id = ?1 AND x.id = ",
            $id,
            " AND x.version = 1 AND x.deleted_at IS NULL)"
        )
    };
}

/// Whether people's activities stand on something.
macro_rules! activities {
    ($index:literal, $column:literal, $id:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM activities x INDEXED BY ",
            $index,
            " WHERE x.company_id = ?1 AND x.",
            $column,
            " = ",
            $id,
            " AND x.",
            $column,
            " IS NOT NULL AND x.id <> c.activity_id AND x.activity_type <> 'system' AND x.deleted_at IS NULL)"
        )
    };
}

/// Whether other leads were converted to something.
macro_rules! leads {
    ($index:literal, $column:literal, $id:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM leads x INDEXED BY ",
            $index,
            " WHERE x.company_id = ?1 AND x.",
            $column,
            " = ",
            $id,
            " AND x.",
            $column,
            " IS NOT NULL AND x.id <> ?2)"
        )
    };
}

/// Whether another lead stands by this key of the lead `?2`.
macro_rules! stands {
    ($index:literal, $column:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM leads x INDEXED BY ",
            $index,
            " WHERE x.company_id = ?1 AND x.",
            $column,
            " = ",
            lead_key!($column),
            " AND x.match_slot = '' AND x.id <> ?2)"
        )
    };
}

/// What was built on the conversion `c`, in the order of [`lead_core::convert::Built`], so that two of them compare as texts.
macro_rules! built {
    () => {
        concat!(
            "json_object(",
            flag!("account_edited", edited!("accounts", "c.account_id")), ", ",
            flag!("account_activities", activities!("activities_account", "account_id", "c.account_id")), ", ",
            flag!("account_contacts", "EXISTS (SELECT 1 FROM contacts x INDEXED BY contacts_account WHERE x.company_id = ?1 AND x.account_id = c.account_id \
                AND x.id <> c.contact_id AND x.deleted_at IS NULL)"), ", ",
            flag!("account_opportunities", "EXISTS (SELECT 1 FROM opportunities x INDEXED BY opportunities_account WHERE x.company_id = ?1 \
                AND x.account_id = c.account_id AND x.id IS NOT c.opportunity_id AND x.deleted_at IS NULL)"), ", ",
            flag!("account_leads", leads!("leads_account", "converted_to_account_id", "c.account_id")), ", ",
            flag!("contact_edited", edited!("contacts", "c.contact_id")), ", ",
            flag!("contact_activities", activities!("activities_related", "related_to_id", "c.contact_id")), ", ",
            flag!("contact_opportunities", "EXISTS (SELECT 1 FROM opportunities x INDEXED BY opportunities_account WHERE x.company_id = ?1 \
                AND x.account_id = c.account_id AND x.primary_contact_id = c.contact_id AND x.id IS NOT c.opportunity_id AND x.deleted_at IS NULL)"), ", ",
            flag!("contact_leads", leads!("leads_contact", "converted_to_contact_id", "c.contact_id")), ", ",
            flag!("opportunity_edited", concat!("c.opportunity_id IS NOT NULL AND ", edited!("opportunities", "c.opportunity_id"))), ", ",
            flag!("opportunity_activities", activities!("activities_related", "related_to_id", "c.opportunity_id")), ", ",
            flag!("activity_edited", edited!("activities", "c.activity_id")), ", ",
            flag!("person_has_lead", concat!(stands!("leads_email", "email_key"), " OR ", stands!("leads_phone", "phone_e164"))),
            ")"
        )
    };
}

const STANDING: &str = concat!(
    "SELECT c.id, c.result, c.activity_id, c.status_before, c.stage_before, ",
    built!(),
    " AS built, (SELECT json_object('id', x.id, 'version', x.version) FROM contacts x INDEXED BY contacts_account WHERE x.company_id = ?1 AND x.account_id = c.account_id \
       AND x.id <> c.contact_id AND x.deleted_at IS NULL AND EXISTS (SELECT 1 FROM contacts p WHERE p.company_id = ?1 AND p.id = c.contact_id \
       AND p.is_primary_contact = 1) ORDER BY x.id LIMIT 1) AS heir FROM (",
    standing!(),
    ") c"
);

impl Command for UndoConversion {
    type Known = KnownUndo;
    type Done = Undone;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![edit::read(&self.target, context), statement!(STANDING, &context.company_id, &self.target.id)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownUndo, Corrupt> {
        let [lead, standing] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        Ok(KnownUndo { found: edit::found(lead)?, standing: read_first::<Standing>(&standing.rows)? })
    }

    fn decide(&self, known: &KnownUndo, context: &mut Context<'_>) -> Result<Plan<Undone>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// The lead's version row once more, which collides, where a condition shows that the picture has changed.
macro_rules! collide {
    ($changed:expr) => {
        concat!(
            "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
             SELECT company_id, entity_id, version, attempt_id FROM entity_versions \
             WHERE company_id = ?1 AND entity_id = ?2 AND version = ?3 AND (",
            $changed,
            ")"
        )
    };
}

const HOLD_MATCH: &str = collide!(concat!(
    "(SELECT json_group_array(id ORDER BY id) FROM (",
    accounts!("?4"),
    ")) <> ?5 OR (SELECT json_group_array(id ORDER BY id) FROM (",
    contacts!(),
    ")) <> ?6 OR (?7 IS NOT NULL AND ?8 <> ",
    has_primary!("?7"),
    ")"
));

const HOLD_BUILT: &str = collide!(concat!("(SELECT ", built!(), " FROM (", standing!(), ") c) <> ?4"));

/// A statement that collides where `hold` is not so any more.
pub(crate) fn hold(lead_id: &Id, version: i64, hold: &Hold, context: &Context<'_>) -> Statement {
    let company = &context.company_id;
    match hold {
        Hold::Match { asked, accounts, contacts, account } => statement!(
            HOLD_MATCH,
            company,
            lead_id,
            version,
            asked.as_ref(),
            sorted(accounts),
            sorted(contacts),
            account.as_ref().map(|(id, _)| id),
            account.as_ref().is_some_and(|(_, has_primary)| *has_primary),
        ),
        Hold::Built(built) => {
            // As the struct is written, not as a sorted map.
            let text = serde_json::to_string(built).unwrap_or_default();
            statement!(HOLD_BUILT, company, lead_id, version, text)
        }
    }
}

/// Ids as `json_group_array(id ORDER BY id)` gives them.
pub(crate) fn sorted(ids: &[Id]) -> Value {
    let mut ids: Vec<&Id> = ids.iter().collect();
    ids.sort();
    json!(ids).into()
}

const INSERT: &str = "INSERT INTO conversions (company_id, lead_id, id, account_id, contact_id, opportunity_id, activity_id, result, \
     user_id, status_before, stage_before, attempt_id, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

pub(crate) fn insert(new: &NewConversion, context: &Context<'_>) -> Statement {
    let Conversion { account_id, contact_id, opportunity_id, .. } = &new.conversion;
    statement!(
        INSERT,
        &context.company_id,
        &new.lead_id,
        &new.id,
        account_id,
        contact_id,
        opportunity_id.as_ref(),
        &new.activity_id,
        json!(new.conversion),
        context.actor.user_id.as_ref(),
        new.status_before.as_str(),
        new.stage_before.as_str(),
        &new.attempt_id,
        context.now,
    )
}

const UNDO: &str = "UPDATE conversions SET undone_at = ?4 WHERE company_id = ?1 AND lead_id = ?2 AND id = ?3";

pub(crate) fn undo(lead_id: &Id, id: &Id, context: &Context<'_>) -> Statement {
    statement!(UNDO, &context.company_id, lead_id, id, context.now)
}
