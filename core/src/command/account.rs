//! Creating, editing and deleting an account (spec B2, B4, R4).

use crate::access::{Principal, Role};
use crate::account::{Account, AccountBody};
use crate::body::{Members, merged};
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::money::Currency;
use crate::plan::{Change, Context, Plan, Require};
use crate::problem::Refusal;

/// Creates an account.
#[derive(Clone, Debug)]
pub struct CreateAccount {
    /// Who creates it.
    pub by: Principal,
    /// Its id, made once for all attempts.
    pub id: Id,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was sent.
    pub body: AccountBody,
}

/// What a creation must know.
#[derive(Clone, Debug)]
pub struct KnownCreation {
    /// The account, where an attempt before this one wrote it.
    pub existing: Option<Account>,
    /// Whether the owner that was asked for works here.
    pub owner_works_here: bool,
}

impl CreateAccount {
    /// The account, the creator's unless another owner was asked for.
    ///
    /// # Errors
    /// An owner whom the caller may not choose.
    pub fn decide(&self, known: &KnownCreation, context: &mut Context<'_>) -> Result<Plan<Account>, Refusal> {
        if let Some(account) = &known.existing {
            return Ok(Plan { changes: Vec::new(), done: account.clone() });
        }
        let asked = self.body.account_owner_id.as_ref();
        let account = Account {
            id: self.id.clone(),
            company_id: context.company_id.clone(),
            values: self.body.values.clone(),
            currency: self.currency,
            account_owner_id: choose_owner(&self.by, asked, Some(&self.by.user_id), known.owner_works_here)?,
            stamp: Stamp::new(context.now),
        };
        let change = NewRecord::insert(Entity::Account, &self.id, account.columns(), context);
        Ok(Plan { changes: vec![change], done: account })
    }
}

/// Edits an account.
#[derive(Clone, Debug)]
pub struct EditAccount {
    /// Who edits it.
    pub by: Principal,
    /// Which one.
    pub id: Id,
    /// The version that the caller has seen.
    pub precondition: Precondition,
    /// What was sent.
    pub members: Members,
    /// Whether it replaces every value, else it is a merge patch.
    pub whole: bool,
}

/// What an edit must know.
#[derive(Clone, Debug)]
pub struct KnownEdit {
    /// The account, where the caller sees it.
    pub account: Option<Account>,
    /// Whether the owner that was asked for works here.
    pub owner_works_here: bool,
}

impl EditAccount {
    /// The account after the edit; nothing is written where nothing differs.
    ///
    /// # Errors
    /// No such account, another version, refused values, an owner whom the caller may not choose.
    pub fn decide(&self, known: &KnownEdit, context: &mut Context<'_>) -> Result<Plan<Account>, Refusal> {
        let before = known.account.as_ref().ok_or(Refusal::NotFound)?;
        let unchanged = Plan { changes: Vec::new(), done: before.clone() };
        if self.precondition.check(&before.stamp, context)? == Already::Ours {
            return Ok(unchanged);
        }
        let members = self.members.clone();
        let members = if self.whole { members } else { merged(&before.values, members) };
        let AccountBody { values, account_owner_id } =
            AccountBody::parse(members, before.currency).map_err(Refusal::Invalid)?;
        let current = before.account_owner_id.as_ref();
        let owner = choose_owner(&self.by, account_owner_id.as_ref(), current, known.owner_works_here)?;
        let stamp = before.stamp.edited(context.now);
        let after = Account { values, account_owner_id: owner, stamp, ..before.clone() };
        let of = (Entity::Account, &self.id, &before.stamp);
        match Edit::between(of, "update", &before.columns(), after.columns(), context) {
            Some(change) => Ok(Plan { changes: vec![change], done: after }),
            None => Ok(unchanged),
        }
    }
}

/// Deletes an account that has neither contacts nor open opportunities.
#[derive(Clone, Debug)]
pub struct DeleteAccount {
    /// Who deletes it.
    pub by: Principal,
    /// Which one.
    pub id: Id,
    /// The version that the caller has seen.
    pub precondition: Precondition,
}

/// What a deletion must know.
#[derive(Clone, Debug)]
pub struct KnownDeletion {
    /// The account, where the caller sees it.
    pub account: Option<Account>,
    /// The attempt that deleted it, where it is deleted.
    pub deleted_by: Option<Id>,
    /// Whether it has contacts.
    pub has_contacts: bool,
    /// Whether it has open opportunities.
    pub has_open_opportunities: bool,
}

impl DeleteAccount {
    /// Hides the account.
    ///
    /// # Errors
    /// No such account, another version, contacts or open opportunities that would lose it.
    pub fn decide(&self, known: &KnownDeletion, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        if known.deleted_by.as_ref().is_some_and(|attempt| context.attempts.contains(attempt)) {
            return Ok(Plan { changes: Vec::new(), done: () });
        }
        let account = known.account.as_ref().ok_or(Refusal::NotFound)?;
        self.precondition.check(&account.stamp, context)?;
        let reasons = [(known.has_contacts, "contacts"), (known.has_open_opportunities, "open_opportunities")];
        let reasons: Vec<_> = reasons.into_iter().filter_map(|(holds, name)| holds.then_some(name)).collect();
        if !reasons.is_empty() {
            return Err(Refusal::AccountInUse { reasons });
        }
        let hidden = Edit::hide((Entity::Account, &self.id, &account.stamp), context);
        Ok(Plan { changes: vec![hidden, Change::Require(Require::EmptyAccount(self.id.clone()))], done: () })
    }
}

/// The owner that was asked for, where the caller may choose: managers and admins, among the people whose rows they see.
fn choose_owner(
    by: &Principal,
    asked: Option<&Id>,
    current: Option<&Id>,
    works_here: bool,
) -> Result<Option<Id>, Refusal> {
    let Some(asked) = asked.filter(|asked| Some(*asked) != current) else { return Ok(current.cloned()) };
    if !by.role.is_at_least(Role::Manager) {
        return Err(Refusal::Forbidden);
    }
    if !works_here || !by.visibility.sees(Some(asked)) {
        return Err(Refusal::Invalid(vec![Invalid::member("account_owner_id", Code::UnknownReference)]));
    }
    Ok(Some(asked.clone()))
}
