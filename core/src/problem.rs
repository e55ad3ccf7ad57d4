//! Every answer that is not a success, in one registry: RFC 9457 problems. docs/problems.md is printed from it.

use crate::command::mail::MailAct;
use crate::convert::{AccountMatch, Obstacle, Unmet};
use crate::id::Id;
use crate::invalid::Invalid;
use crate::mail::MailState;
use crate::opportunity::PipelineStage;
use crate::policy::Impossible;
use crate::suppression::SuppressionReason;
use serde_json::{Map, Value, json};

/// One kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The stable last part of its `type`, `/problems/<slug>`.
    pub slug: &'static str,
    /// The HTTP status it is sent with.
    pub status: u16,
    /// The `title`.
    pub title: &'static str,
    /// What it means and what the caller can do.
    pub meaning: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:literal, $title:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: Kind = Kind { slug: $slug, status: $status, title: $title, meaning: $meaning };)*
        /// The registry, in the order of the docs page.
        pub const KINDS: &[&Kind] = &[$(&$name,)*];
    };
}

kinds! {
    INVALID_VALUES = "invalid-values", 422, "Some values were refused",
        "Every refused value is listed in `errors`, each with a JSON pointer, a stable code and a sentence. Mend them and send again.";
    UNAUTHENTICATED = "unauthenticated", 401, "A valid key is needed",
        "Send `Authorization: Bearer sk_...`, or sign in at `/sign-in`. The key is missing, unknown or revoked, or the session has ended.";
    SIGNATURE_INVALID = "signature-invalid", 401, "The signature is missing or wrong",
        "A provider's report carries its signature or its secret, and is not older than five minutes. Compare the secret of the webhook with the one that the installation has.";
    FORBIDDEN = "forbidden", 403, "Your key may not do this",
        "The key's scopes or its user's role do not allow the action.";
    ORIGIN_NOT_ALLOWED = "origin-not-allowed", 403, "This website may not use the form",
        "The request's Origin is not among the form's allowed origins. Add the website to the form.";
    CROSS_SITE = "cross-site", 403, "Another website sent this",
        "A signed-in browser changes something only from a page of this very origin. Programs use a secret key.";
    NOT_FOUND = "not-found", 404, "Nothing is here",
        "There is no such thing, or nothing that this caller may see. The two answers do not differ.";
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "This method is not allowed here",
        "The `Allow` header lists the methods that are.";
    DUPLICATE_LEAD = "duplicate-lead", 409, "This lead is known already",
        "A standing lead has the same e-mail address or phone. A submission is kept as a touch on it, the same values once a day; an edit or a restored lead is refused. `existing_id` names it where the caller may see it.";
    IMPOSSIBLE_MOVE = "impossible-move", 409, "The lead's state does not allow this",
        "`lead_status` is where the lead stands, `move` what was asked for, `possible` the states it can go to from here.";
    EMAIL_TAKEN = "email-taken", 409, "Somebody has this address already",
        "One person of the company has this e-mail address, active or not. Change that person, or use another address.";
    LAST_ADMIN = "last-admin", 409, "Somebody must administer the company",
        "This is the last active admin. Make somebody else an admin first.";
    MANAGER_CIRCLE = "manager-circle", 409, "Nobody reports to themselves",
        "The manager reports, at some depth, to this very person. Change whom the manager reports to first.";
    DEFAULT_POOL = "default-pool", 409, "The company needs its default pool",
        "The default pool takes the leads outside every territory. Make another pool the default one first; this one then gives way.";
    POOL_IN_USE = "pool-in-use", 409, "A territory needs this pool",
        "At least one territory sends its leads here. Give it another pool first.";
    OPPORTUNITY_CLOSED = "opportunity-closed", 409, "The opportunity is closed",
        "`pipeline_stage` is where it stands. To open it again, or to close it otherwise, send `reopen: true` with a `reason`.";
    ACCOUNT_DELETED = "account-deleted", 409, "The opportunity's account is deleted",
        "An opportunity goes to another stage only while its account stands. Give it another `account_id` first.";
    ACCOUNT_IN_USE = "account-in-use", 409, "The account is still in use",
        "An account with contacts or open opportunities is not deleted; `reasons` names which of them it has. Delete or move the contacts and close the opportunities first.";
    NOT_CONVERTIBLE = "not-convertible", 409, "The lead does not meet the conditions of a conversion",
        "`unmet` lists every condition with what the lead shows, what is wanted and what would meet it. A manager or admin may send an `override` with a `reason`.";
    SEVERAL_ACCOUNTS = "several-accounts", 409, "Several accounts match the lead",
        "`accounts` lists those that you may see. Send the `account_id` of the right one.";
    CONVERSION_STANDS = "conversion-stands", 409, "The conversion cannot be undone",
        "`obstacles` lists what was built on what the conversion made: `part`, `id` and `reason`. Take it away first.";
    NOT_ENROLLABLE = "not-enrollable", 409, "The lead cannot be enrolled in this sequence",
        "`reasons` says why: `enrolled_before` (a lead goes through a sequence once), `sequence_inactive`, or why the lead would leave it at once, as in `left_reason` of an enrolment.";
    MAIL_NOT_SET_UP = "mail-not-set-up", 409, "The company has not said from which address it sends",
        "An admin sets `mail_address` in the company's settings first.";
    SUPPRESSION_STANDS = "suppression-stands", 409, "The person asked not to be mailed",
        "`reason` says how: by unsubscribing, or by calling a mail spam. Only the person takes that back, by confirming a new consent by mail; a complaint stands for good.";
    MAIL_NOT_OPEN = "mail-not-open", 409, "The mail's state does not allow this",
        "`state` is where the mail stands, `possible` what can be done about it: a dead or parked mail can be retried, unless it holds a link to sign in, and one that is queued, dead or parked cancelled. What a provider took, or is being asked to take, stays.";
    STALE = "stale", 412, "Somebody changed it in the meantime",
        "Another version stands than the one in If-Match; `version` names it. Read the record again, then send your change with its ETag.";
    PRECONDITION_REQUIRED = "precondition-required", 428, "If-Match is needed",
        "A change of an existing record carries the ETag of the version it is meant for, or `*`.";
    RATE_LIMITED = "rate-limited", 429, "Too many requests",
        "Come again after the seconds in `Retry-After`. `RateLimit-Policy` says how many requests a minute may have, `RateLimit` how many are left.";
    BODY_TOO_LARGE = "body-too-large", 413, "The body is too large",
        "A body may have at most 65,536 bytes, that of a sequence with its mails 262,144.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", 415, "This kind of body is not understood",
        "Send `application/json`, or on forms `application/x-www-form-urlencoded`, in UTF-8 and without a Content-Encoding.";
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused", 422, "The Idempotency-Key was used for other values",
        "A key stands for one submission. Use a new key for new values.";
    INTERNAL = "internal", 500, "Something broke on our side",
        "The fault is logged under the request id in `X-Request-Id`. Nothing was changed.";
    BUSY = "busy", 503, "Please try again",
        "The change could not be completed just now. Send it again after the seconds in `Retry-After`, with the same Idempotency-Key.";
}

/// The domain's refusal of a well-formed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A standing lead has this e-mail address or phone (spec D4).
    DuplicateLead {
        /// The lead, where the caller may see it.
        existing_id: Option<Id>,
    },
    /// The idempotency key was used for other values.
    KeyReused,
    /// There is no such thing, or nothing that the caller may see (spec T1, R1).
    NotFound,
    /// The caller's role does not allow it.
    Forbidden,
    /// Values that only what is stored shows to be wrong, such as the id of nothing.
    Invalid(Vec<Invalid>),
    /// The state machine has no such move (spec M1).
    ImpossibleMove(Impossible),
    /// Another person of the company has this address.
    EmailTaken,
    /// Nobody would be left to administer the company.
    LastAdmin,
    /// The manager reports to this very person.
    ManagerCircle,
    /// The company would be left without its pool.
    DefaultPool,
    /// A territory sends its leads to this pool.
    PoolInUse,
    /// The opportunity is closed and the move does not say that it is to be opened again (spec O3).
    OpportunityClosed {
        /// `closed_won` or `closed_lost`.
        pipeline_stage: PipelineStage,
    },
    /// The account of the opportunity is deleted, so that it stays in its stage (spec O3).
    AccountDeleted,
    /// The account has contacts, open opportunities or both, as `reasons` says.
    AccountInUse {
        /// `contacts`, `open_opportunities`.
        reasons: Vec<&'static str>,
    },
    /// The lead does not meet these conditions of a conversion (spec C1).
    NotConvertible {
        /// Every one of them.
        unmet: Vec<Unmet>,
    },
    /// Several accounts match a lead, and a person must say which one is meant (spec C2).
    SeveralAccounts {
        /// Those that the caller may see.
        accounts: Vec<AccountMatch>,
    },
    /// A conversion cannot be undone (spec C3).
    ConversionStands {
        /// Everything that stands in the way.
        obstacles: Vec<Obstacle>,
    },
    /// The lead cannot be enrolled in this sequence, for these reasons.
    NotEnrollable {
        /// `enrolled_before`, `sequence_inactive`, ...
        reasons: Vec<&'static str>,
    },
    /// The company has no address from which it sends.
    MailNotSetUp,
    /// Only the person takes back why an address is not mailed (spec E4).
    SuppressionStands {
        /// Why.
        reason: SuppressionReason,
    },
    /// A mail's state does not allow what a person asks for.
    MailNotOpen {
        /// Where it stands.
        state: MailState,
        /// What can be done about it.
        possible: Vec<MailAct>,
    },
    /// Another version stands than the one the caller has seen (spec R4).
    Stale {
        /// The one that stands.
        version: i64,
    },
    /// The change came without the version it is meant for (spec R4).
    PreconditionRequired,
}

impl From<Impossible> for Refusal {
    fn from(impossible: Impossible) -> Self {
        Self::ImpossibleMove(impossible)
    }
}

impl Refusal {
    /// The kind of problem this refusal is sent as.
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        match self {
            Self::DuplicateLead { .. } => &DUPLICATE_LEAD,
            Self::KeyReused => &IDEMPOTENCY_KEY_REUSED,
            Self::NotFound => &NOT_FOUND,
            Self::Forbidden => &FORBIDDEN,
            Self::Invalid(_) => &INVALID_VALUES,
            Self::ImpossibleMove(_) => &IMPOSSIBLE_MOVE,
            Self::EmailTaken => &EMAIL_TAKEN,
            Self::LastAdmin => &LAST_ADMIN,
            Self::ManagerCircle => &MANAGER_CIRCLE,
            Self::DefaultPool => &DEFAULT_POOL,
            Self::PoolInUse => &POOL_IN_USE,
            Self::OpportunityClosed { .. } => &OPPORTUNITY_CLOSED,
            Self::AccountDeleted => &ACCOUNT_DELETED,
            Self::AccountInUse { .. } => &ACCOUNT_IN_USE,
            Self::NotConvertible { .. } => &NOT_CONVERTIBLE,
            Self::SeveralAccounts { .. } => &SEVERAL_ACCOUNTS,
            Self::ConversionStands { .. } => &CONVERSION_STANDS,
            Self::NotEnrollable { .. } => &NOT_ENROLLABLE,
            Self::MailNotSetUp => &MAIL_NOT_SET_UP,
            Self::SuppressionStands { .. } => &SUPPRESSION_STANDS,
            Self::MailNotOpen { .. } => &MAIL_NOT_OPEN,
            Self::Stale { .. } => &STALE,
            Self::PreconditionRequired => &PRECONDITION_REQUIRED,
        }
    }

    /// What the problem says besides its kind.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::DuplicateLead { existing_id: Some(id) } => json!({ "existing_id": id }),
            Self::Invalid(errors) => json!({ "errors": errors }),
            Self::OpportunityClosed { pipeline_stage } => json!({ "pipeline_stage": pipeline_stage }),
            Self::AccountInUse { reasons } | Self::NotEnrollable { reasons } => json!({ "reasons": reasons }),
            // `status` is the problem's own (RFC 9457).
            Self::ImpossibleMove(Impossible { status, asked, possible }) => {
                json!({ "lead_status": status, "move": asked, "possible": possible })
            }
            Self::NotConvertible { unmet } => json!({ "unmet": unmet }),
            Self::SeveralAccounts { accounts } => json!({ "accounts": accounts }),
            Self::ConversionStands { obstacles } => json!({ "obstacles": obstacles }),
            Self::SuppressionStands { reason } => json!({ "reason": reason }),
            Self::MailNotOpen { state, possible } => json!({ "state": state, "possible": possible }),
            Self::Stale { version } => json!({ "version": version }),
            _ => Value::Null,
        };
        if let Value::Object(members) = members { members } else { Map::new() }
    }
}

/// The docs page, docs/problems.md: every kind of problem and every code of a refused value.
#[must_use]
pub fn docs_page() -> String {
    let mut page = String::from(
        "# Problems\n\n<!-- Printed from the registry by `cargo xtask docs`; a test compares. -->\n\nEvery answer that is not a success is \
         `application/problem+json` (RFC 9457) with `type`, `title`, `status` and `detail`. The request id is in the\n`X-Request-Id` header.\n\n\
         | type | status | title | what it means |\n|---|---|---|---|\n",
    );
    for kind in KINDS {
        page.push_str(&format!(
            "| `/problems/{}` | {} | {} | {} |\n",
            kind.slug, kind.status, kind.title, kind.meaning
        ));
    }
    page.push_str("\n## Codes of refused values\n\nThe `errors` of `invalid-values` are `{pointer, code, detail}`.\n\n| code | rule |\n|---|---|\n");
    for (code, detail) in crate::invalid::Code::ALL {
        page.push_str(&format!("| `{code}` | {detail} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique() {
        let mut slugs: Vec<_> = KINDS.iter().map(|kind| kind.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), KINDS.len());
    }
}
