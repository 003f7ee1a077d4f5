//! Counts what may still be sent before the other side has answered: back-pressure.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// One side spends and waits where nothing is left, the other gives.
#[derive(Debug)]
pub(crate) struct Credit {
    left: Cell<u32>,
    waiting: RefCell<Option<Waker>>,
}

impl Credit {
    pub(crate) fn new(left: u32) -> Credit {
        Credit {
            left: Cell::new(left),
            waiting: RefCell::default(),
        }
    }

    /// Waits until something is left, and takes one of it. One at a time may wait.
    pub(crate) async fn spend(&self) {
        poll_fn(|context| match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Poll::Ready(())
            }
            None => {
                self.waiting.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await;
    }

    /// Gives one more.
    pub(crate) fn give(&self) {
        self.fill(self.left.get().saturating_add(1));
    }

    /// Leaves at least so many.
    pub(crate) fn fill(&self, least: u32) {
        self.left.set(self.left.get().max(least));
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}
