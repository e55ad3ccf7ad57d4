//! Double opt-in: a consent that a person confirms by mail (spec L7).

use crate::consent::ConsentText;
use crate::field::Country;
use crate::settings::{ConsentRule, ConsentRules};
use crate::suppression::SuppressionReason;
use crate::time::{DAY_MS, Instant};

/// For how long a question can be answered once it was mailed, in milliseconds; and how long it waits to be mailed.
pub const EXPIRY_MS: i64 = 7 * DAY_MS;

/// A lead is asked once in so many milliseconds.
pub const ASK_AGAIN_MS: i64 = DAY_MS;

impl ConsentText {
    /// What a person reads in the mail where they had read nothing before, such as after a word by telephone.
    #[must_use]
    pub fn by_mail() -> Self {
        Self {
            version: "mail-1".to_owned(),
            text: "Yes, you may write to me by e-mail about my enquiry and your offers.".to_owned(),
        }
    }

    /// What a person said by unsubscribing.
    #[must_use]
    pub fn unsubscribed() -> Self {
        Self { version: "unsubscribe-1".to_owned(), text: "Stop all mails.".to_owned() }
    }

    /// What a person said by calling a mail spam.
    #[must_use]
    pub fn complained() -> Self {
        Self { version: "complaint-1".to_owned(), text: "This mail is spam.".to_owned() }
    }
}

/// What stands beside a consent that somebody passes on: where the company has it confirmed, and what the person's address
/// said before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The company has every consent confirmed by mail.
    pub double_opt_in: bool,
    /// What its rules ask for, by country.
    pub consent: ConsentRules,
    /// Why the address is not mailed by the company.
    pub suppressed: Option<SuppressionReason>,
}

impl Beside {
    /// Whether a consent from this country counts for nothing until it is confirmed by mail.
    #[must_use]
    pub fn confirms(&self, country: Option<Country>) -> bool {
        self.double_opt_in || self.consent.of(country) == ConsentRule::Confirmed
    }

    /// Whether the person said no by mail: then nobody else says yes for them.
    #[must_use]
    pub fn said_no(&self) -> bool {
        matches!(self.suppressed, Some(SuppressionReason::Unsubscribed | SuppressionReason::Complained))
    }
}

/// A question that was mailed, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptIn {
    /// What the person read.
    pub text: ConsentText,
    /// The language it was read in.
    pub locale: Option<String>,
    /// Until when it can be answered.
    pub expires_at: Instant,
    /// When it was.
    pub confirmed_at: Option<Instant>,
}
