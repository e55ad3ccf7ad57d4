//! Which record a number of a step means.

use super::super::step::{Act, LAST, NONE, On};
use super::super::world::World;

/// The same with numbers of records that are there, or of the one after the last, which is none.
pub(super) fn resolved(world: &World, mut act: Act) -> Act {
    let (leads, accounts) = (world.leads.len(), world.accounts.len());
    let (contacts, deals) = (world.contacts.len(), world.opportunities.len());
    match &mut act {
        Act::Submit(..) | Act::OpenAccount(_) | Act::Condition(..) | Act::Bulk(..) => {}
        Act::Edit(n, ..)
        | Act::Delete(n, _)
        | Act::Restore(n, _)
        | Act::Assign(n, ..)
        | Act::Disqualify(n, _)
        | Act::Recycle(n, _)
        | Act::Record(n, _)
        | Act::Qualify(n, ..)
        | Act::Undo(n, _) => *n = pick(*n, leads),
        Act::Convert(n, deal, _) => {
            *n = pick(*n, leads);
            deal.account = deal.account.map(|account| pick(account, accounts));
        }
        Act::CloseAccount(n, _) | Act::OpenContact(n, ..) | Act::OpenDeal(n) => *n = pick(*n, accounts),
        Act::MoveContact(n, account, _) => {
            *n = pick(*n, contacts);
            *account = pick(*account, accounts);
        }
        Act::Appoint(n, ..) | Act::CloseContact(n, _) => *n = pick(*n, contacts),
        Act::Erase(lead, n, _) => *n = pick(*n, if *lead { leads } else { contacts }),
        Act::MoveDeal(n, ..) | Act::RateDeal(n, ..) | Act::CloseDeal(n, _) => *n = pick(*n, deals),
        Act::RecordOn(On::Account, n, _) => *n = pick(*n, accounts),
        Act::RecordOn(On::Contact, n, _) => *n = pick(*n, contacts),
        Act::RecordOn(On::Opportunity, n, _) => *n = pick(*n, deals),
    }
    act
}

/// One of `count` records.
fn pick(number: usize, count: usize) -> usize {
    match number {
        NONE => count,
        LAST => count.saturating_sub(1),
        number => number % count.max(1),
    }
}
