//! What an isolate remembers between requests, for at most a minute: forms and key holders.

use lead_core::time::Instant;
use std::cell::RefCell;
use std::collections::HashMap;
use std::thread::LocalKey;

/// For how long something is remembered; a revocation counts after it.
const KEEP_MS: i64 = 60_000;

/// More entries than this are dropped all at once: they are read again when asked for.
const MOST: usize = 2_000;

/// Remembered values by key.
pub(crate) struct Cache<T>(RefCell<HashMap<String, (i64, T)>>);

impl<T: Clone> Cache<T> {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(HashMap::new()))
    }

    fn get(&self, key: &str, now: Instant) -> Option<T> {
        let entries = self.0.borrow();
        entries.get(key).filter(|(until, _)| now.ms() < *until).map(|(_, value)| value.clone())
    }

    fn put(&self, key: &str, now: Instant, value: T) {
        let mut entries = self.0.borrow_mut();
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key.to_owned(), (now.ms() + KEEP_MS, value));
    }

    /// Forgets what has changed.
    pub(crate) fn forget(&self, changed: impl Fn(&T) -> bool) {
        self.0.borrow_mut().retain(|_, (_, value)| !changed(value));
    }
}

/// What is remembered under `key`, else what `read` finds; only what was found is remembered.
pub(crate) async fn remembered<T: Clone, E>(
    cache: &'static LocalKey<Cache<T>>,
    key: &str,
    now: Instant,
    read: impl AsyncFnOnce() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    if let Some(value) = cache.with(|cache| cache.get(key, now)) {
        return Ok(Some(value));
    }
    let found = read().await?;
    if let Some(value) = &found {
        cache.with(|cache| cache.put(key, now, value.clone()));
    }
    Ok(found)
}
