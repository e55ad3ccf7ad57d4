//! Tasks that run beside each other: whose turn it is, chance says, at each batch and at each word of the provider.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::chance::Chance;

/// Something that runs beside others, until it ends or is killed.
pub(super) struct Task<'a> {
    future: Pin<Box<dyn Future<Output = ()> + 'a>>,
    killed: Rc<Cell<bool>>,
}

impl<'a> Task<'a> {
    /// Whoever sets `killed` waits for ever afterwards.
    pub(super) fn new(future: impl Future<Output = ()> + 'a, killed: &Rc<Cell<bool>>) -> Self {
        Self { future: Box::pin(future), killed: killed.clone() }
    }
}

/// Runs them all to their ends.
pub(super) fn race(mut tasks: Vec<Task<'_>>, chance: &Chance) {
    let mut context = Context::from_waker(Waker::noop());
    while !tasks.is_empty() {
        let at = chance.below(tasks.len());
        let task = &mut tasks[at];
        let ended = task.future.as_mut().poll(&mut context).is_ready();
        if ended || task.killed.get() {
            tasks.swap_remove(at);
        }
    }
}

/// Lets others go first.
pub(super) async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// What is killed never goes on.
pub(super) async fn die<T>(killed: &Rc<Cell<bool>>) -> T {
    killed.set(true);
    std::future::pending().await
}
