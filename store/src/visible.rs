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
