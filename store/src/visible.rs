//! Row-level security: the one condition that every query over owned rows carries (spec R1).

use lead_core::access::Visibility;
use serde_json::json;

use crate::statement::Value;

/// Whether the caller may see a row of this owner column; `$owners` and `$unowned` are the parameters of [`params`].
macro_rules! visible {
    ($owner:literal, $owners:literal, $unowned:literal) => {
        concat!(
            "(",
            $owners,
            " IS NULL OR ",
            $owner,
            " IN (SELECT value FROM json_each(",
            $owners,
            ")) OR (",
            $unowned,
            " = 1 AND ",
            $owner,
            " IS NULL))"
        )
    };
}
pub(crate) use visible;

/// The two values of [`visible`]: the owners (NULL: all), and whether rows without an owner are seen.
pub(crate) fn params(visibility: &Visibility) -> [Value; 2] {
    match visibility {
        Visibility::Company => [Value::Null, Value::Int(1)],
        Visibility::Owners { owners, unowned } => [json!(owners).into(), (*unowned).into()],
    }
}

/// Whether the caller may see an account: by its owner, or since they see a lead that became it or an opportunity of it.
/// `$account` is the alias of `accounts`; its company is `?1`.
macro_rules! account_visible {
    ($account:literal, $owners:literal, $unowned:literal) => {
        concat!(
            "(",
            $owners,
            " IS NULL OR ",
            $account,
            ".account_owner_id IN (SELECT value FROM json_each(",
            $owners,
            ")) OR (",
            $unowned,
            " = 1 AND ",
            $account,
            ".account_owner_id IS NULL) OR EXISTS (SELECT 1 FROM leads seen_lead INDEXED BY leads_account WHERE seen_lead.company_id = ?1 \
             AND seen_lead.converted_to_account_id = ",
            $account,
            ".id AND seen_lead.converted_to_account_id IS NOT NULL AND seen_lead.deleted_at IS NULL AND ",
            $crate::visible::visible!("seen_lead.lead_owner_id", $owners, $unowned),
            ") OR EXISTS (SELECT 1 FROM opportunities seen_deal INDEXED BY opportunities_account WHERE seen_deal.company_id = ?1 \
             AND seen_deal.account_id = ",
            $account,
            ".id AND seen_deal.deleted_at IS NULL AND ",
            $crate::visible::visible!("seen_deal.owner_id", $owners, $unowned),
            "))"
        )
    };
}
pub(crate) use account_visible;
