//! What lists are asked for by their query strings: whose records, in which order, and which part of them.

use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::policy::named;
use crate::time::Instant;

named! {
    /// In which order a list comes; the id breaks ties.
    Order {
        /// Oldest first.
        CreatedUp = "created_at",
        /// Newest first.
        CreatedDown = "-created_at",
        /// Longest unchanged first.
        UpdatedUp = "updated_at",
        /// Last changed first.
        UpdatedDown = "-updated_at",
        /// Lowest score first.
        ScoreUp = "lead_score",
        /// Highest score first.
        ScoreDown = "-lead_score",
    }
}

impl Order {
    /// The names of the orders that go by time: all but those by a score, which leads alone have.
    pub const BY_TIME: &'static [&'static str] = Self::NAMES.split_at(4).0;

    /// Whether it goes from high to low.
    #[must_use]
    pub fn is_descending(self) -> bool {
        matches!(self, Self::CreatedDown | Self::UpdatedDown | Self::ScoreDown)
    }

    /// Whether it goes by the id, which begins with the moment of creation.
    #[must_use]
    pub fn is_by_id(self) -> bool {
        matches!(self, Self::CreatedUp | Self::CreatedDown)
    }

    /// Whether it goes by a lead's score.
    #[must_use]
    pub fn is_by_score(self) -> bool {
        matches!(self, Self::ScoreUp | Self::ScoreDown)
    }
}

/// Where the next page begins: behind this value of the order and this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last value; 0 where the id alone orders.
    pub key: i64,
    /// The last id.
    pub id: Id,
}

impl Cursor {
    /// The cursor as callers carry it: opaque to them, bound to its list or order.
    #[must_use]
    pub fn to_text(&self, list: impl std::fmt::Display) -> String {
        format!("{list}.{}.{}", self.key, self.id)
    }

    /// Reads a cursor of this list or order.
    pub(crate) fn parse(text: &str, list: &str) -> Option<Self> {
        let (key, id) = text.strip_prefix(list)?.strip_prefix('.')?.split_once('.')?;
        Some(Self { key: key.parse().ok()?, id: Id::parse(id)? })
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Made at or after this instant.
    pub created_from: Option<Instant>,
    /// Made before this instant.
    pub created_to: Option<Instant>,
    /// Changed at or after this instant.
    pub updated_since: Option<Instant>,
    /// In which order.
    pub order: Order,
    /// At most so many, 1 to 200.
    pub limit: u8,
    /// Behind this place.
    pub cursor: Option<Cursor>,
}

impl Paging {
    /// Takes `updated_since`, `sort`, which is one of `orders`, `limit` and `cursor`. Without `sort` the newest come first; with
    /// `updated_since` the longest unchanged, so that paging follows the changes.
    pub(crate) fn take(read: &mut Parameters, orders: &[&str]) -> Self {
        let updated_since = read.instant("updated_since");
        let default = if updated_since.is_some() { Order::UpdatedUp } else { Order::CreatedDown };
        let known = |text: &str| Order::parse(text).filter(|_| orders.contains(&text));
        let order = read.take("sort", Code::UnknownValue, known).unwrap_or(default);
        let limit = read.limit();
        let cursor = read.take("cursor", Code::CursorInvalid, |text| Cursor::parse(text, order.as_str()));
        Self { created_from: None, created_to: None, updated_since, order, limit, cursor }
    }

    /// Takes `created_from` and `created_to` as well.
    pub(crate) fn take_with_range(read: &mut Parameters, orders: &[&str]) -> Self {
        let (created_from, created_to) = (read.instant("created_from"), read.instant("created_to"));
        Self { created_from, created_to, ..Self::take(read, orders) }
    }
}

/// Whose records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerFilter {
    /// Those of this person.
    Of(Id),
    /// Those without an owner, written `none`.
    Nobody,
}

impl OwnerFilter {
    fn parse(text: &str) -> Option<Self> {
        if text == "none" { Some(Self::Nobody) } else { Id::parse(text).map(Self::Of) }
    }

    /// The person.
    #[must_use]
    pub fn person(&self) -> Option<&Id> {
        match self {
            Self::Of(id) => Some(id),
            Self::Nobody => None,
        }
    }
}

/// A page of a short list, which is walked by id, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// At most so many, 1 to 200.
    pub limit: u8,
    /// Behind this one.
    pub after: Option<Id>,
}

impl PageQuery {
    /// Reads the pairs of a query string that asks for nothing else.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self::take(&mut read);
        read.close().map(|()| query)
    }

    pub(crate) fn take(read: &mut Parameters) -> Self {
        let limit = read.limit();
        let after = read.take("cursor", Code::CursorInvalid, |text| Id::parse(text.strip_prefix("id.")?));
        Self { limit, after }
    }

    /// A page of rows, one more than asked for where there are more, and the cursor behind it.
    #[must_use]
    pub fn page<T>(&self, mut rows: Vec<T>, id: fn(&T) -> &Id) -> (Vec<T>, Option<String>) {
        let limit = usize::from(self.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let cursor = rows.last().filter(|_| more).map(|last| Self::cursor(id(last)));
        (rows, cursor)
    }

    /// The cursor of a page that goes on behind this one.
    #[must_use]
    pub fn cursor(id: &Id) -> String {
        format!("id.{id}")
    }
}

/// A query string being read: each parameter is taken once, and every error is kept.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    errors: Vec<Invalid>,
}

impl Parameters {
    pub(crate) fn new(pairs: &[(String, String)]) -> Self {
        let mut read = Self { pairs: pairs.to_vec(), errors: Vec::new() };
        read.refuse_repeated();
        read
    }

    fn refuse_repeated(&mut self) {
        for at in 1..self.pairs.len() {
            let name = &self.pairs[at].0;
            if self.pairs[..at].iter().any(|(other, _)| other == name) {
                self.errors.push(Invalid::at(format!("?{name}"), Code::DuplicateMember));
            }
        }
    }

    pub(crate) fn take<T>(&mut self, name: &str, code: Code, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.look_up(name, |text| read(text).ok_or(code))
    }

    /// A value whose reader says itself what is wrong with it.
    pub(crate) fn look_up<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Code>) -> Option<T> {
        let at = self.pairs.iter().position(|(other, _)| other == name)?;
        let (_, text) = self.pairs.swap_remove(at);
        self.pairs.retain(|(other, _)| other != name);
        read(&text).map_err(|code| self.errors.push(Invalid::at(format!("?{name}"), code))).ok()
    }

    /// An instant.
    pub(crate) fn instant(&mut self, name: &str) -> Option<Instant> {
        self.take(name, Code::NotDateTime, Instant::parse)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.take(name, Code::NotBoolean, |text| text.parse().ok())
    }

    /// `owner`.
    pub(crate) fn owner(&mut self) -> Option<OwnerFilter> {
        self.take("owner", Code::UnknownValue, OwnerFilter::parse)
    }

    /// `limit`: how many items of a page, 1 to 200, 50 unless given.
    pub(crate) fn limit(&mut self) -> u8 {
        let limit = |text: &str| text.parse().ok().filter(|limit| (1..=200).contains(limit));
        self.take("limit", Code::NotWholeNumber, limit).unwrap_or(50)
    }

    pub(crate) fn close(mut self) -> Result<(), Vec<Invalid>> {
        let unknown = self.pairs.iter().map(|(name, _)| Invalid::at(format!("?{name}"), Code::UnknownMember));
        self.errors.extend(unknown);
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}
