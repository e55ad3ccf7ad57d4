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

/// Whether the caller sees some row of `$table` that belongs to this account, by an index that begins with the owner: however
/// many rows there are, one is read.
macro_rules! seen_through {
    ($table:literal, $index:literal, $owner:literal, $place:literal, $account:literal, $owners:literal, $unowned:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM ",
            $table,
            " seen INDEXED BY ",
            $index,
            " WHERE seen.company_id = ",
            $account,
            ".company_id AND seen.",
            $owner,
            " IN (SELECT value FROM json_each(",
            $owners,
            ")) AND seen.",
            $place,
            " = ",
            $account,
            ".id AND seen.deleted_at IS NULL) \
             OR (",
            $unowned,
            " = 1 AND EXISTS (SELECT 1 FROM ",
            $table,
            " seen INDEXED BY ",
            $index,
            " WHERE seen.company_id = ",
            $account,
            ".company_id AND seen.",
            $owner,
            " IS NULL AND seen.",
            $place,
            " = ",
            $account,
            ".id AND seen.deleted_at IS NULL))"
        )
    };
}
pub(crate) use seen_through;

/// Whether the caller may see an account: whoever sees its owner, a lead converted to it, or an opportunity of it.
/// `$account` is the name under which the query reads `accounts`.
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
            ".account_owner_id IS NULL) OR ",
            $crate::visible::seen_through!(
                "leads",
                "leads_owner_account",
                "lead_owner_id",
                "converted_to_account_id",
                $account,
                $owners,
                $unowned
            ),
            " OR ",
            $crate::visible::seen_through!(
                "opportunities",
                "opportunities_owner",
                "owner_id",
                "account_id",
                $account,
                $owners,
                $unowned
            ),
            ")"
        )
    };
}
pub(crate) use account_visible;

/// Whether the caller may see a contact: as its account. `$contact` is the name under which the query reads `contacts`.
macro_rules! contact_visible {
    ($contact:literal, $owners:literal, $unowned:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM accounts of_contact WHERE of_contact.company_id = ",
            $contact,
            ".company_id AND of_contact.id = ",
            $contact,
            ".account_id AND of_contact.deleted_at IS NULL AND ",
            $crate::visible::account_visible!("of_contact", $owners, $unowned),
            ")"
        )
    };
}
pub(crate) use contact_visible;

/// The two values of [`visible`]: the owners (NULL: all), and whether rows without an owner are seen.
pub(crate) fn params(visibility: &Visibility) -> [Value; 2] {
    match visibility {
        Visibility::Company => [Value::Null, Value::Int(1)],
        Visibility::Owners { owners, unowned } => [json!(owners).into(), (*unowned).into()],
    }
}
