//! One endpoint of the API: what it is called, what it needs, what it takes and gives, and who answers.
//!
//! The table of endpoints is the only place where a route of the API is made: the router, the OpenAPI document and the
//! test of row-level security all come from it.

use super::call::Call;
use crate::body::{self, Media};
use crate::reply::Reply;
use lead_core::access::{Role, Scope};
use lead_core::problem::Kind;
use std::borrow::Cow;
use std::pin::Pin;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// The methods of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// An answer that is being made.
pub(crate) type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, Reply>> + 'a>>;

/// One endpoint.
pub(crate) struct Endpoint {
    pub(crate) verb: Verb,
    /// Below `/api/companies/{company_id}`.
    pub(crate) path: &'static str,
    /// Under which heading the docs show it.
    pub(crate) tag: &'static str,
    /// A short sentence without a full stop.
    pub(crate) summary: &'static str,
    /// What a key needs.
    pub(crate) scope: Scope,
    /// What a person must at least be.
    pub(crate) role: Role,
    /// Whether it changes a version that the caller names (spec R4).
    pub(crate) if_match: bool,
    /// Its query parameters.
    pub(crate) query: &'static [Parameter],
    /// Its JSON body.
    pub(crate) body: Option<Takes>,
    /// Its answer where all goes well.
    pub(crate) gives: Gives,
    /// Its own refusals, besides those that every endpoint can give.
    pub(crate) refusals: &'static [&'static Kind],
    /// Who answers.
    pub(crate) handle: for<'a> fn(&'a Call) -> Answering<'a>,
}

impl Endpoint {
    /// Whether its body may be written so.
    pub(crate) fn takes(&self, media: Media) -> bool {
        media == Media::Json || (media == Media::MergePatch && matches!(self.body, Some(Takes::Patch(_))))
    }

    /// How long its body may be: a sequence carries all of its mails, a form all of its languages.
    pub(crate) fn most_bytes(&self) -> usize {
        let long = ["/sequences", "/forms"].iter().any(|start| self.path.starts_with(start));
        if long { body::MOST_OF_MAILS } else { body::MOST }
    }
}

/// A query parameter.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) kind: ParameterKind,
}

/// How a query parameter is written.
pub(crate) enum ParameterKind {
    Text,
    Id,
    Instant,
    Flag,
    /// From, to.
    Whole(i64, i64),
    /// One of these names.
    Choice(&'static [&'static str]),
}

/// A body.
pub(crate) enum Takes {
    /// The whole of it.
    All(Described),
    /// Any members of it: a merge patch (RFC 7396).
    Patch(Described),
    /// The body may be left out.
    Optional(Described),
}

/// An answer's body.
pub(crate) enum Gives {
    /// 200 with a record and its ETag.
    Record(Described),
    /// 201 with the record, its place and its ETag.
    Created(Described),
    /// 201 with the record and its place; it has no version.
    Added(Described),
    /// 200 with `items` and `next_cursor`.
    Page(Described),
    /// 200.
    Json(Described),
    /// 204.
    Nothing,
}

/// The schema of a type.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    pub(crate) name: fn() -> Cow<'static, str>,
    pub(crate) schema: fn() -> RefOr<Schema>,
    pub(crate) nested: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Described {
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, nested: T::schemas }
    }
}

/// The parameters that every list has.
macro_rules! list_parameters {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            $crate::api::endpoint::Parameter {
                name: "limit",
                meaning: "At most so many items, 50 unless said otherwise",
                kind: $crate::api::endpoint::ParameterKind::Whole(1, 200),
            },
            $crate::api::endpoint::Parameter {
                name: "cursor",
                meaning: "`next_cursor` of the page before",
                kind: $crate::api::endpoint::ParameterKind::Text,
            },
        ]
    };
}
pub(crate) use list_parameters;

/// A query parameter of a kind.
pub(crate) const fn parameter(name: &'static str, kind: ParameterKind, meaning: &'static str) -> Parameter {
    Parameter { name, meaning, kind }
}
