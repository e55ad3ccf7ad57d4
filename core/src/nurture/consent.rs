//! Whether a lead may be sent anything marketing (spec E2, L7).

use crate::field::Country;
use crate::settings::{ConsentRule, ConsentRules, SettingsValues};

/// What a lead's ledger says, and from where the lead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadConsent {
    /// The lead's country; an unknown one has the default rule.
    pub country: Option<Country>,
    /// Whether a consent stands: `gdpr_consent`.
    pub given: bool,
    /// Whether it was confirmed by mail: `consent_confirmed_at` is set.
    pub confirmed: bool,
    /// Whether the newest word of the ledger about marketing is a withdrawal.
    pub withdrawn: bool,
    /// Whether the person asked to be left alone.
    pub dnd: bool,
}

impl ConsentRules {
    /// The rule of a country.
    #[must_use]
    pub fn of(&self, country: Option<Country>) -> ConsentRule {
        country.and_then(|country| self.countries.get(&country)).copied().unwrap_or(self.default)
    }
}

/// Whether the company's rules allow mails to this lead. Where the company asks for confirmations, a consent counts once it
/// is confirmed. To be left alone stops everything.
#[must_use]
pub fn may_mail(settings: &SettingsValues, lead: &LeadConsent) -> bool {
    let allowed = match settings.consent.of(lead.country) {
        ConsentRule::Given => lead.given && (lead.confirmed || !settings.double_opt_in),
        ConsentRule::Confirmed => lead.given && lead.confirmed,
        ConsentRule::NotWithdrawn => true,
    };
    allowed && !lead.withdrawn && !lead.dnd
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn settings(default: ConsentRule, double_opt_in: bool) -> SettingsValues {
        let germany = Country::parse("DE").unwrap();
        let consent = ConsentRules { default, countries: BTreeMap::from([(germany, ConsentRule::Confirmed)]) };
        SettingsValues {
            time_zone: "UTC".to_owned(),
            mail_name: None,
            mail_address: None,
            reply_address: None,
            postal_address: None,
            consent,
            double_opt_in,
            lead_alerts: false,
            track_opens: true,
            track_clicks: true,
        }
    }

    /// Every lead from a country.
    fn leads(country: Option<&str>) -> impl Iterator<Item = LeadConsent> {
        let country = country.map(|country| Country::parse(country).unwrap());
        (0..16_u8).map(move |bits| {
            let [given, confirmed, withdrawn, dnd] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            LeadConsent { country, given, confirmed, withdrawn, dnd }
        })
    }

    #[test]
    fn withdrawals_and_the_wish_to_be_left_alone_stop_everything() {
        for rule in ConsentRule::ALL {
            for lead in leads(Some("IN")).chain(leads(None)).filter(|lead| lead.withdrawn || lead.dnd) {
                assert!(!may_mail(&settings(*rule, false), &lead), "{rule} {lead:?}");
            }
        }
    }

    #[test]
    fn each_rule_asks_for_what_it_says() {
        for lead in leads(Some("IN")).chain(leads(None)).filter(|lead| !lead.withdrawn && !lead.dnd) {
            let may = |rule, double| may_mail(&settings(rule, double), &lead);
            assert_eq!(may(ConsentRule::Given, false), lead.given);
            assert_eq!(may(ConsentRule::Given, true), lead.given && lead.confirmed);
            assert_eq!(may(ConsentRule::Confirmed, false), lead.given && lead.confirmed);
            assert!(may(ConsentRule::NotWithdrawn, true));
        }
        for lead in leads(Some("DE")).filter(|lead| !lead.withdrawn && !lead.dnd) {
            let confirmed = lead.given && lead.confirmed;
            assert_eq!(may_mail(&settings(ConsentRule::NotWithdrawn, false), &lead), confirmed);
        }
    }
}
