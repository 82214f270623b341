//! Turns (차례): one change at a time, from the journal's commit to the change in memory. Whoever waits for a change may go away in the
//! middle of it, when a sign-in ends or a browser hangs up; the journal's thread commits all the same, and memory must not be left behind.

use std::future::Future;
use std::sync::atomic::Ordering;

use super::Counter;
use crate::journal::Appended;

/// A change that has begun. Dropped before it came to its end, it leaves memory behind the disk.
struct Begun<'a> {
    counter: &'a Counter,
    ended: bool,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.counter.fall_behind_disk();
            // The delivery takes the next turn, if nobody else does.
            self.counter.command_given.notify_one();
        }
    }
}

impl Counter {
    /// Makes a change when it is its turn. One that is dropped in the middle is made good by the next turn, which reads the disk first.
    pub(super) async fn in_turn<T>(&self, change: impl Future<Output = T>) -> T {
        let _turn = self.writing.lock().await;
        let mut begun = Begun { counter: self, ended: false };
        if self.is_behind_disk.swap(false, Ordering::AcqRel) || self.is_of_another_journal() {
            tracing::warn!("memory is behind the disk and is read anew");
            self.reread().await;
        }
        let done = change.await;
        begun.ended = true;
        done
    }

    /// Takes a turn for nothing but what the disk may have and memory has not.
    pub(crate) async fn catch_up_with_disk(&self) {
        self.in_turn(async {}).await;
    }

    /// Reads everything anew. What cannot be read now is read by the next turn. The caller has the turn.
    pub(super) async fn reread(&self) {
        match self.reload().await {
            Ok(()) => self.ask_for_documents(),
            Err(error) => tracing::error!(%error, "the journal cannot be read"),
        }
    }

    /// Something that the disk has could not be shown; the next turn reads it.
    pub(super) fn fall_behind_disk(&self) {
        self.is_behind_disk.store(true, Ordering::Release);
    }

    /// Whether events that are on the disk follow what is in memory, without a hole.
    pub(super) fn is_followed_by(&self, appended: &Appended) -> bool {
        let state = self.state();
        state.head.as_ref().zip(appended.stored.first()).is_some_and(|(head, next)| {
            head.epoch == next.position.epoch && head.seq + 1 == next.position.seq
        })
    }
}
