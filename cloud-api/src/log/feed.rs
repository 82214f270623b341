//! One store's log as the connections of this process see it: where it ends, and the newest frames when several follow it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use shared::id::{SessionId, StoreId};
use tokio::sync::watch;

use super::append::Cursor;
use super::frame::Frame;
use super::hub::lock;
use super::read::Sent;
use super::stream::DayStream;
use crate::db::feeds::Head;

/// Newest frames kept for the other connections of a store; none are kept for a single one.
pub(super) const MAX_RECENT: usize = 64;

/// One store's log as its connections see it.
#[derive(Debug)]
pub(super) struct Feed {
    pub store_id: StoreId,
    state: watch::Sender<FeedState>,
    seats: AtomicUsize,
    recent: Mutex<VecDeque<Arc<Frame>>>,
    /// Held by the one connection that reads for all.
    pub reading: tokio::sync::Mutex<()>,
}

/// A log that moved and that several connections follow.
#[derive(Debug)]
pub(super) struct Moved {
    pub feed: Arc<Feed>,
    pub cursor: Cursor,
    pub stream: Option<DayStream>,
}

/// What is known of a store now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedState {
    pub cursor: Cursor,
    pub stream: Option<DayStream>,
    pub holder: Option<SessionId>,
    /// This process is stopping.
    pub closing: bool,
    /// Another number than before: people, devices, sessions or requests of the store changed.
    pub desk: i64,
}

impl Feed {
    pub(super) fn new(head: &Head, closing: bool) -> Self {
        let state = FeedState {
            cursor: head.cursor,
            stream: head.stream,
            holder: head.holder,
            closing,
            desk: first_desk(),
        };
        Self {
            store_id: head.store_id,
            state: watch::Sender::new(state),
            seats: AtomicUsize::new(0),
            recent: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// One more connection.
    pub(super) fn sit(&self) -> watch::Receiver<FeedState> {
        self.seats.fetch_add(1, Ordering::Relaxed);
        self.state.subscribe()
    }

    /// One less; how many are left.
    pub(super) fn leave(&self) -> usize {
        self.seats.fetch_sub(1, Ordering::Relaxed) - 1
    }

    /// Lets the connections say good-bye.
    pub(super) fn close(&self) {
        self.state.send_modify(|state| state.closing = true);
    }

    /// Something about people, devices or sessions changed: every connection looks whether it may stay, and says so.
    pub(super) fn desk_changed(&self) {
        self.state.send_modify(|state| state.desk += 1);
    }

    /// Whether several connections want the same frames.
    pub(super) fn is_shared(&self) -> bool {
        self.seats.load(Ordering::Relaxed) > 1
    }

    /// Wakes the connections. Older news than what is known changes nothing.
    pub(super) fn moved(&self, cursor: Cursor, stream: Option<DayStream>) {
        self.state.send_if_modified(|state| {
            let news = FeedState { cursor, stream, ..*state };
            let newer =
                (cursor.epoch, cursor.seq) >= (state.cursor.epoch, state.cursor.seq) && news != *state;
            if newer {
                *state = news;
            }
            newer
        });
    }

    /// What Postgres says. `known` is what was known before it was asked: a log that ends before that was rewound.
    pub(super) fn refreshed(&self, head: &Head, known: Cursor) {
        let place = |cursor: Cursor| (cursor.epoch, cursor.seq);
        let rewound = place(head.cursor) < place(known)
            || (place(head.cursor) == place(known) && head.cursor.hash != known.hash);
        let changed = self.state.send_if_modified(|state| {
            let mut news = FeedState { holder: head.holder, ..*state };
            if rewound || place(head.cursor) >= place(state.cursor) {
                news = FeedState { cursor: head.cursor, stream: head.stream, ..news };
            }
            std::mem::replace(state, news) != news
        });
        if rewound && changed {
            tracing::error!(store_id = %head.store_id, known = %known.position(), now = %head.cursor.position(),
                "the store log was rewound");
            lock(&self.recent).clear();
        }
    }

    /// What is known of the log now.
    pub(super) fn state(&self) -> FeedState {
        *self.state.borrow()
    }

    /// Adds the kept frames that continue `sent`, up to the end of the log, to `to`; `false` when there are none.
    pub(super) fn give_recent(&self, sent: Sent, end: &Cursor, to: &mut VecDeque<Arc<Frame>>) -> bool {
        let mut recent = lock(&self.recent);
        let Some(next) = place(&recent, sent.seq + 1) else { return false };
        if recent.get(next).is_none_or(|frame| frame.seq > end.seq || frame.previous != sent.hash) {
            return false;
        }
        let wrong = |at: usize| recent.get(at).is_some_and(|frame| frame.hash != end.hash);
        if recent[next].epoch != end.epoch || place(&recent, end.seq).is_some_and(wrong) {
            // Of another life of the database.
            recent.clear();
            return false;
        }
        to.extend(recent.range(next..).take_while(|frame| frame.seq <= end.seq).cloned());
        true
    }

    /// Keeps frames that were just read for the other connections.
    pub(super) fn keep(&self, frames: &[Arc<Frame>]) {
        let mut recent = lock(&self.recent);
        if !self.is_shared() {
            recent.clear();
            return;
        }
        for frame in frames {
            let known = place(&recent, frame.seq).and_then(|at| recent.get(at));
            if known.is_some_and(|known| known.hash == frame.hash) {
                continue;
            }
            if recent.back().is_some_and(|last| last.seq + 1 != frame.seq || last.hash != frame.previous) {
                recent.clear();
            }
            if recent.len() == MAX_RECENT {
                recent.pop_front();
            }
            recent.push_back(frame.clone());
        }
    }
}

/// Where the counting begins: a counter that comes to another process must not meet the number that it knows.
fn first_desk() -> i64 {
    rand::random_range(1..1_000_000_000)
}

/// Where event `seq` lies among frames that follow each other, or would lie behind them.
fn place(recent: &VecDeque<Arc<Frame>>, seq: i64) -> Option<usize> {
    recent.front().and_then(|first| usize::try_from(seq - first.seq).ok())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use shared::log::{GENESIS, chain};

    use super::*;

    /// Frames of a log whose bodies begin with `word`, after `last`.
    fn frames(word: &str, mut last: Sent, count: i64) -> Vec<Arc<Frame>> {
        let from = last.seq;
        let make = |seq: i64| {
            let hash = chain(last.hash, seq, format!("{word}{seq}").as_bytes());
            let previous = std::mem::replace(&mut last.hash, hash);
            Arc::new(Frame { epoch: 1, seq, hash, previous, bytes: Bytes::new() })
        };
        (from + 1..=from + count).map(make).collect()
    }

    fn after(frame: &Frame) -> Sent {
        Sent { seq: frame.seq, hash: frame.hash }
    }

    fn end(frame: &Frame) -> Cursor {
        Cursor { epoch: frame.epoch, seq: frame.seq, hash: frame.hash }
    }

    fn given(feed: &Feed, sent: Sent, end: &Cursor) -> Vec<i64> {
        let mut to = VecDeque::new();
        feed.give_recent(sent, end, &mut to);
        to.iter().map(|frame| frame.seq).collect()
    }

    fn shared_feed() -> Feed {
        let cursor = Cursor { epoch: 1, seq: 0, hash: GENESIS };
        let feed = Feed::new(&Head { store_id: StoreId::fresh(), cursor, stream: None, holder: None }, false);
        // Two connections: frames are kept.
        let _ = (feed.sit(), feed.sit());
        feed
    }

    const START: Sent = Sent { seq: 0, hash: GENESIS };

    #[test]
    fn gives_what_continues_up_to_the_end_and_not_beyond() {
        let (feed, all) = (shared_feed(), frames("a", START, 5));
        feed.keep(&all);
        assert_eq!(given(&feed, START, &end(&all[4])), [1, 2, 3, 4, 5]);
        assert_eq!(given(&feed, after(&all[1]), &end(&all[4])), [3, 4, 5]);
        assert_eq!(given(&feed, after(&all[1]), &end(&all[2])), [3], "the others are not told of yet");
        assert_eq!(given(&feed, after(&all[4]), &end(&all[4])), [0_i64; 0]);
        let stranger = Sent { seq: 2, hash: GENESIS };
        assert_eq!(given(&feed, stranger, &end(&all[4])), [0_i64; 0]);
    }

    #[test]
    fn gives_nothing_of_another_life_of_the_database() {
        let (feed, old) = (shared_feed(), frames("old", START, 5));
        feed.keep(&old);
        let new = frames("new", after(&old[1]), 3);
        assert_eq!(given(&feed, after(&old[1]), &end(&new[2])), [0_i64; 0]);
        feed.keep(&old);
        feed.keep(&new);
        assert_eq!(given(&feed, after(&old[1]), &end(&new[2])), [3, 4, 5]);
        let promoted = Cursor { epoch: 2, ..end(&new[2]) };
        assert_eq!(given(&feed, after(&old[1]), &promoted), [0_i64; 0]);
    }

    #[test]
    fn keeps_a_bounded_number_and_no_hole() {
        let (feed, all) = (shared_feed(), frames("a", START, 200));
        feed.keep(&all[..150]);
        feed.keep(&all[140..160]);
        assert_eq!(given(&feed, after(&all[99]), &end(&all[159])).len(), 60);
        assert_eq!(given(&feed, after(&all[90]), &end(&all[159])).len(), 0, "too old to be kept");
        feed.keep(&all[170..180]);
        assert_eq!(given(&feed, after(&all[150]), &end(&all[179])).len(), 0);
        assert_eq!(given(&feed, after(&all[169]), &end(&all[179])).len(), 10);
    }
}
