//! The consent ledger (spec L7).

use crate::id::Id;
use crate::policy::named;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

named! {
    /// What a ledger row says.
    ConsentState {
        /// The person agreed.
        Given = "given",
        /// The person took the agreement back.
        Withdrawn = "withdrawn",
    }
}

named! {
    /// What a ledger row speaks of.
    Purpose {
        /// Being contacted about the enquiry and offers: `gdpr_consent`.
        Marketing = "marketing",
        /// Being left alone: `dnd_status`. Given is the wish, withdrawn its end.
        DoNotDisturb = "dnd",
    }
}

/// The wording a person is shown, with the version that names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentText {
    /// Names this wording; a changed text gets a new version.
    pub version: String,
    /// The wording to the letter.
    pub text: String,
}

impl ConsentText {
    /// SHA-256 of the wording, in lower-case hex.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.text.as_bytes()))
    }
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One row of the ledger. Rows are added, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The row's id.
    pub id: Id,
    /// Whose consent.
    pub lead_id: Id,
    /// Of what it speaks.
    pub purpose: Purpose,
    /// Given or withdrawn.
    pub state: ConsentState,
    /// What the person read.
    pub text: ConsentText,
    /// The language it was read in.
    pub locale: Option<String>,
    /// `form:<id>`, `api:<user id>`, `mail:<mail id>` or `opt_in:<id>`.
    pub source: String,
    /// The touch that carried it.
    pub touch_id: Option<Id>,
    /// When.
    pub at: Instant,
    /// The ids of the audit rows of what the lead shows from now on: of the word, of its date, and of its confirmation. None
    /// for a lead that is made with this word.
    pub shown: Option<[Id; 3]>,
}

impl ConsentText {
    /// What stands in the ledger for a word that a user of the API passed on.
    #[must_use]
    pub fn by_api() -> Self {
        Self { version: "api".to_owned(), text: "Consent as recorded by the caller of the API.".to_owned() }
    }
}
