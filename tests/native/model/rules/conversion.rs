//! A lead becomes account, contact and opportunity, and that can be undone (spec C).

use super::super::super::stage::Who;
use super::super::records::{Account, Became};
use super::super::step::{Deal, Seen};
use super::super::world::{COMPANY_KEY, DOMAIN, World};
use super::Refused;

impl World {
    pub(crate) fn convert(&mut self, by: Who, number: usize, deal: Deal, seen: Seen) -> Result<String, Refused> {
        let lead = self.leads.get(number).filter(|lead| !lead.deleted && self.sees(by, lead.owner));
        let lead = lead.cloned().ok_or("refused not-found")?;
        if lead.status == "converted" {
            return Ok("done".to_owned());
        }
        let superior = !matches!(by, Who::Sdr(_));
        if deal.overriding && !superior {
            return Err("refused forbidden");
        }
        seen.check()?;
        if lead.status == "disqualified" {
            return Err("refused impossible-move");
        }
        let eligible = lead.status == "qualified" && lead.contacted_at.is_some() && lead.score() > 70;
        if !eligible && !deal.overriding {
            return Err("refused not-convertible");
        }
        let linked = self.match_account(by, number, deal.account)?;
        let account = linked.unwrap_or_else(|| self.account_of(number));
        let same = |n: &usize| self.contacts[*n].email == lead.email;
        let known = self.contacts_of(account).into_iter().find(same);
        let contact = known.unwrap_or_else(|| {
            let first = self.primary_of(account).is_none();
            self.add_contact(account, lead.person, lead.email, first)
        });
        let opportunity = deal.amount.then(|| self.add_opportunity(account, Some(contact), lead.owner));
        if let Some(deal) = opportunity {
            self.opportunities[deal].lead = Some(number);
        }
        self.leads[number].conversions.push((contact, opportunity));
        let of = format!("lead {number}");
        self.tally(&format!("account {account}"), "activity note");
        self.audit("activity", "create", "");
        self.tell(&of, "converted");
        self.tally(&of, "conversions");
        self.leads[number].became = Some(Became {
            account,
            contact,
            opportunity,
            made_account: linked.is_none(),
            made_contact: known.is_none(),
            status_before: lead.status,
            stage_before: lead.stage,
        });
        (self.leads[number].status, self.leads[number].stage) = ("converted", "converted");
        self.edited(number, "convert", &COLUMNS[..5 + usize::from(deal.amount)]);
        if !eligible {
            self.audit(&of, "convert", "override");
        }
        Ok("done".to_owned())
    }

    /// The account that a lead goes to: the one that was asked for, else the one of its domain, else the one of its company's
    /// name; none of them is a new one.
    fn match_account(&self, by: Who, number: usize, asked: Option<usize>) -> Result<Option<usize>, Refused> {
        if let Some(asked) = asked {
            return if self.sees_account(by, asked) { Ok(Some(asked)) } else { Err("refused invalid-values") };
        }
        let lead = &self.leads[number];
        let domain = DOMAIN[lead.email];
        let standing = || (0..self.accounts.len()).filter(|n| !self.accounts[*n].deleted);
        let by_domain: Vec<usize> =
            standing().filter(|n| domain.is_some() && self.accounts[*n].domain == domain).collect();
        let same_name = |n: &usize| COMPANY_KEY[self.accounts[*n].company] == COMPANY_KEY[lead.person];
        let by_name: Vec<usize> = standing().filter(same_name).collect();
        match (by_domain.as_slice(), by_name.as_slice()) {
            ([one], _) | ([], [one]) => Ok(Some(*one)),
            ([], []) => Ok(None),
            _ => Err("refused several-accounts"),
        }
    }

    /// A new account of a lead.
    fn account_of(&mut self, lead: usize) -> usize {
        let number = self.accounts.len();
        let lead = &self.leads[lead];
        let account =
            Account { company: lead.person, domain: DOMAIN[lead.email], owner: lead.owner, deleted: false, version: 1 };
        self.accounts.push(account);
        self.audit(&format!("account {number}"), "create", "");
        number
    }

    pub(crate) fn undo(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        let lead = self.leads.get(number).filter(|lead| !lead.deleted && self.sees(by, lead.owner));
        let lead = lead.cloned().ok_or("refused not-found")?;
        seen.check()?;
        let Some(became) = lead.became.clone().filter(|_| lead.status == "converted") else {
            return Err("refused conversion-stands");
        };
        if self.exact(lead.email, lead.phone).is_some() || self.is_built_on(number, &became) {
            return Err("refused conversion-stands");
        }
        if let Some(deal) = became.opportunity {
            self.opportunities[deal].deleted = true;
            self.opportunities[deal].version += 1;
            self.audit(&format!("opportunity {deal}"), "delete", "deleted_at");
        }
        if became.made_contact {
            self.contacts[became.contact].deleted = true;
            self.contacts[became.contact].version += 1;
            self.audit(&format!("contact {}", became.contact), "delete", "deleted_at");
            let heir = self.contacts_of(became.account).first().copied();
            if let Some(heir) = heir.filter(|_| self.contacts[became.contact].primary) {
                self.set_primary(heir, true);
            }
        }
        if became.made_account {
            self.accounts[became.account].deleted = true;
            self.accounts[became.account].version += 1;
            self.audit(&format!("account {}", became.account), "delete", "deleted_at");
        }
        self.untally(&format!("account {}", became.account), "activity note");
        self.audit("activity", "delete", "deleted_at");
        let after = &mut self.leads[number];
        (after.status, after.stage, after.became) = (became.status_before, became.stage_before, None);
        after.restage();
        self.edited(number, "undo_conversion", &COLUMNS[..5 + usize::from(became.opportunity.is_some())]);
        self.tell(&format!("lead {number}"), "conversion_undone");
        Ok("done".to_owned())
    }

    /// Whether anything hangs on what the conversion made (spec C3).
    fn is_built_on(&self, lead: usize, became: &Became) -> bool {
        let Became { account, contact, opportunity, made_account, made_contact, .. } = became;
        let others = |on: &dyn Fn(&Became) -> bool| {
            self.leads.iter().enumerate().any(|(n, other)| n != lead && other.became.as_ref().is_some_and(on))
        };
        let deals = |on: &dyn Fn(&super::super::records::Opportunity) -> bool| {
            let there = self.opportunities.iter().enumerate();
            there.filter(|(n, deal)| Some(*n) != *opportunity && !deal.deleted).any(|(_, deal)| on(deal))
        };
        let of_account = *made_account
            && (self.accounts[*account].version > 1
                || self.activities(&format!("account {account}")) > 1
                || self
                    .contacts_of(*account)
                    .iter()
                    .any(|n| n != contact || self.activities(&format!("contact {n}")) > 0)
                || deals(&|deal| deal.account == *account)
                || others(&|other| other.account == *account));
        let of_contact = *made_contact
            && (self.contacts[*contact].version > 1
                || self.activities(&format!("contact {contact}")) > 0
                || deals(&|deal| deal.contact == Some(*contact))
                || others(&|other| other.contact == *contact));
        let of_deal = opportunity.is_some_and(|deal| {
            self.opportunities[deal].version > 1 || self.activities(&format!("opportunity {deal}")) > 0
        });
        of_account || of_contact || of_deal
    }

    /// How many activities of people stand on something.
    fn activities(&self, of: &str) -> i64 {
        let by_people = |what: &str| what.starts_with("activity ") && !what.contains("system");
        self.tally.iter().filter(|((on, what), _)| on == of && by_people(what)).map(|(_, count)| count).sum()
    }
}

/// The columns that a conversion sets, the last one with an opportunity only.
const COLUMNS: [&str; 6] = [
    "status",
    "stage",
    "converted_at",
    "converted_to_account_id",
    "converted_to_contact_id",
    "converted_to_opportunity_id",
];
