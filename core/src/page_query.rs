//! What every short list is asked for: how many items, and behind which one. They are walked by id, oldest first.

use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead_query::Parameters;

/// A page of a list that is walked by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// At most so many, 1 to 200.
    pub limit: i64,
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
        let limit = read
            .take("limit", Code::NotWholeNumber, |text| text.parse().ok().filter(|limit| (1..=200).contains(limit)));
        let after = read.take("cursor", Code::CursorInvalid, |text| Id::parse(text.strip_prefix("id.")?));
        Self { limit: limit.unwrap_or(50), after }
    }

    /// A page of rows, one more than asked for where there are more, and the cursor behind it.
    #[must_use]
    pub fn page<T>(&self, mut rows: Vec<T>, id: fn(&T) -> &Id) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or_default();
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
