//! Where a visitor came from: the first touch and every later one are kept (spec L3, L5).

use serde::{Deserialize, Serialize};

/// One touch's attribution, as parsed from a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attribution {
    /// The canonical source, such as `google_ads`.
    pub lead_source: String,
    /// The source as it was sent; absent where the edge inferred it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_source_raw: Option<String>,
    /// The campaign; `(direct)` where a form visit had none.
    pub campaign: String,
    /// Such as `cpc` or `email`; `(none)` where a form visit had neither campaign nor medium.
    pub medium: Option<String>,
    /// The search term.
    pub term: Option<String>,
    /// Which advertisement or link.
    pub content: Option<String>,
    /// Google Ads click id.
    pub gclid: Option<String>,
    /// Google Ads click id, app to web.
    pub gbraid: Option<String>,
    /// Google Ads click id, web to app.
    pub wbraid: Option<String>,
    /// Microsoft Ads click id.
    pub msclkid: Option<String>,
    /// Meta click id.
    pub fbclid: Option<String>,
    /// The page before the landing page.
    pub referrer: Option<String>,
    /// The first page of the visit.
    pub landing_page: Option<String>,
    /// Whether the edge filled in the source, the campaign or the medium.
    #[serde(rename = "attribution_inferred")]
    pub inferred: bool,
}

/// The campaign of a form visit that names none.
pub const DIRECT: &str = "(direct)";

/// The medium of a form visit that names neither campaign nor medium.
pub const NO_MEDIUM: &str = "(none)";
