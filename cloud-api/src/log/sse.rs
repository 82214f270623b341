//! One counter's event stream: frames in order, a beat every ten seconds, and a word before it ends.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use shared::id::{SessionId, StoreId};
use shared::log::Position;
use shared::wire::{Beat, Bye, ByeReason, CounterHolder, Reset, ResetReason};
use tokio::time::{Instant, Sleep};

use super::append::Cursor;
use super::feed::FeedState;
use super::frame::{self, Frame};
use super::hub::Seat;
use super::read::{Pulled, Sent, pull};
use crate::app::App;
use crate::db;
use crate::db::sessions::{EndReason, Standing};
use crate::failpoint;

/// Time between two beats.
pub const BEAT: Duration = Duration::from_secs(10);
/// A counter that did not read for this long is told to come again.
const LAGGED: Duration = Duration::from_secs(60);
/// Wait before Postgres is asked again for what it did not give.
const RETRY: Duration = Duration::from_secs(1);
/// Counters spread their return over this long after a shutdown.
const MAX_SHUTDOWN_DELAY_MS: u64 = 5_000;
/// And over this long when they were too slow.
const MAX_LAG_DELAY_MS: u64 = 1_000;
/// A viewer asks again after this long whether a counter came back.
const COUNTER_GONE_DELAY_MS: u64 = 5_000;

/// A counter's connection.
pub struct Connection {
    app: App,
    seat: Seat,
    session_id: SessionId,
    epoch: i32,
    sent: Sent,
    /// Read and not yet sent; at most one page.
    waiting: VecDeque<Arc<Frame>>,
    /// Frames of the log went out since more was looked for.
    wrote: bool,
    next_beat: Instant,
    /// Set once per beat: most waits end because something came, and a timer costs more than the frame.
    timer: Pin<Box<Sleep>>,
    /// Postgres failed; not before this time again.
    retry_at: Option<Instant>,
    /// A holder of the counter that was looked into: this session is still open.
    checked_holder: Option<Option<SessionId>>,
    /// What the last beat said of people and devices.
    desk: i64,
    over: bool,
}

/// What a connection does after it has looked for more.
enum Next {
    AtOnce,
    Wait,
    Reset(ResetReason),
}

impl Connection {
    /// A connection that goes on after `from`.
    pub fn new(app: App, seat: Seat, session_id: SessionId, from: Cursor) -> Self {
        let desk = seat.state.borrow().desk;
        Self {
            app,
            seat,
            session_id,
            epoch: from.epoch,
            sent: Sent { seq: from.seq, hash: from.hash },
            waiting: VecDeque::new(),
            wrote: false,
            next_beat: Instant::now(),
            timer: Box::pin(tokio::time::sleep_until(Instant::now())),
            retry_at: None,
            checked_holder: None,
            desk,
            over: false,
        }
    }

    /// The frames as bytes. Nothing is read ahead of what the counter takes.
    pub fn into_frames(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut connection| async move {
            let frame = connection.next().await?;
            Some((Ok(frame), connection))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.over {
                return None;
            }
            let now = Instant::now();
            let state = *self.seat.state.borrow_and_update();
            if state.closing {
                return Some(self.bye(ByeReason::Shutdown));
            }
            if now > self.next_beat + LAGGED {
                return Some(self.bye(ByeReason::Lagged));
            }
            if now >= self.next_beat {
                self.next_beat = now + BEAT;
                self.checked_holder = None;
                return Some(self.beat(&state));
            }
            if let Some(frame) = self.waiting.pop_front() {
                failpoint::reach("sse.before_flush").await.ok()?;
                self.sent = Sent { seq: frame.seq, hash: frame.hash };
                self.wrote = true;
                return Some(frame.bytes.clone());
            }
            if std::mem::take(&mut self.wrote) {
                failpoint::reach("sse.after_write").await.ok()?;
            }
            let desk_changed = std::mem::replace(&mut self.desk, state.desk) != state.desk;
            if desk_changed {
                self.checked_holder = None;
            }
            if let Some(end) = self.checked(&state).await {
                return Some(end);
            }
            if desk_changed {
                return Some(self.beat(&state));
            }
            match self.read(&state, now).await {
                Next::AtOnce => {}
                Next::Reset(reason) => return Some(self.reset(reason)),
                Next::Wait => self.wait().await,
            }
        }
    }

    /// Ends the stream when the session or the log is no longer what it was.
    async fn checked(&mut self, state: &FeedState) -> Option<Bytes> {
        if state.cursor.epoch != self.epoch {
            return Some(self.reset(ResetReason::Epoch));
        }
        if state.cursor.seq < self.sent.seq {
            return Some(self.reset(ResetReason::Rewound));
        }
        if state.cursor.seq == self.sent.seq && state.cursor.hash != self.sent.hash {
            return Some(self.reset(ResetReason::Fork));
        }
        if state.holder != Some(self.session_id) && self.checked_holder != Some(state.holder) {
            self.checked_holder = Some(state.holder);
            // Boxed, like every call to a database here: an idle connection should not carry the room for it.
            let bye = Box::pin(goodbye(&self.app, self.seat.feed.store_id, self.session_id)).await;
            return bye.map(|(reason, by)| self.bye_to(reason, by));
        }
        None
    }

    /// Reads on.
    async fn read(&mut self, state: &FeedState, now: Instant) -> Next {
        if self.retry_at.is_some_and(|at| now < at) {
            return Next::Wait;
        }
        self.retry_at = None;
        if state.cursor.seq <= self.sent.seq {
            return Next::Wait;
        }
        if self.seat.feed.give_recent(self.sent, &state.cursor, &mut self.waiting) {
            return Next::AtOnce;
        }
        match Box::pin(pull(&self.app, &self.seat.feed, state, self.sent)).await {
            Pulled::Frames(frames) => {
                self.waiting.extend(frames);
                Next::AtOnce
            }
            Pulled::Forked => Next::Reset(ResetReason::Fork),
            Pulled::TooOld => Next::Reset(ResetReason::TooOld),
            Pulled::Later => {
                self.retry_at = Some(now + RETRY);
                Next::Wait
            }
        }
    }

    async fn wait(&mut self) {
        let until = self.retry_at.map_or(self.next_beat, |at| at.min(self.next_beat));
        if self.timer.deadline() != until {
            self.timer.as_mut().reset(until);
        }
        tokio::select! {
            _ = self.seat.state.changed() => {}
            () = self.timer.as_mut() => {}
        }
    }

    fn beat(&self, state: &FeedState) -> Bytes {
        let beat = Beat {
            head: state.cursor.position(),
            server_time: self.app.clock.now_ms(),
            canary: self.app.hub.canary(),
            degraded: self.app.hub.is_degraded(),
            desk: Some(state.desk),
        };
        frame::beat(&self.position(), &beat)
    }

    fn reset(&mut self, reason: ResetReason) -> Bytes {
        self.over = true;
        reset_frame(&self.position(), reason)
    }

    fn bye(&mut self, reason: ByeReason) -> Bytes {
        self.bye_to(reason, None)
    }

    fn bye_to(&mut self, reason: ByeReason, by: Option<CounterHolder>) -> Bytes {
        self.over = true;
        let reconnect_after_ms = match reason {
            ByeReason::Shutdown => rand::random_range(0..=MAX_SHUTDOWN_DELAY_MS),
            ByeReason::Lagged => rand::random_range(0..=MAX_LAG_DELAY_MS),
            ByeReason::CounterGone => COUNTER_GONE_DELAY_MS,
            ByeReason::TakenOver | ByeReason::SignedOut | ByeReason::Revoked => 0,
        };
        frame::bye(&self.position(), &Bye { reason, reconnect_after_ms, by })
    }

    fn position(&self) -> Position {
        Position::new(self.epoch, self.sent.seq, &self.sent.hash)
    }
}

/// The one frame of a connection that cannot go on.
pub fn reset_frame(at: &Position, reason: ResetReason) -> Bytes {
    metrics::counter!("log_resets").increment(1);
    frame::reset(at, &Reset { reason })
}

/// What to say when the session is over, or a viewer's counter is gone; and to whom the counter went.
async fn goodbye(
    app: &App,
    store_id: StoreId,
    session_id: SessionId,
) -> Option<(ByeReason, Option<CounterHolder>)> {
    // Postgres not answering is no reason to send anybody away.
    let standing = db::sessions::standing(&app.db, store_id, session_id, app.clock.now_ms()).await.ok()?;
    match standing {
        Standing::Open => None,
        Standing::Alone => Some((ByeReason::CounterGone, None)),
        Standing::Ended(EndReason::TakenOver) => {
            let by = db::sessions::holder(&app.db, store_id).await.unwrap_or_default();
            Some((ByeReason::TakenOver, by))
        }
        Standing::Ended(EndReason::Revoked) => Some((ByeReason::Revoked, None)),
        Standing::Ended(EndReason::SignedOut | EndReason::Renewed | EndReason::Expired) => {
            Some((ByeReason::SignedOut, None))
        }
    }
}
