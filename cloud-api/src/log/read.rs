//! The next frames of a store's log: from what was just read, else from Redis, else from Postgres. Only an unbroken and verified
//! continuation of what the connection sent last ever comes out.

use std::collections::VecDeque;
use std::sync::Arc;

use shared::log::{ChainHash, chain};

use super::feed::{Feed, FeedState, MAX_RECENT, Moved};
use super::frame::{self, Frame};
use super::{stream, together};
use crate::app::App;
use crate::db::events::StoredEvent;
use crate::db::readings::Piece;
use crate::failpoint;

/// Events of one reading.
const PAGE: i64 = 500;

/// The last event that a connection sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub seq: i64,
    pub hash: ChainHash,
}

/// What reading gave.
pub(super) enum Pulled {
    Frames(Vec<Arc<Frame>>),
    /// The log goes on differently than the connection knows it.
    Forked,
    /// What comes next is no longer kept.
    TooOld,
    /// Postgres does not answer; ask again later.
    Later,
}

/// Reads what follows `sent`, at most up to `state.cursor`, which lies behind it.
pub(super) async fn pull(app: &App, feed: &Feed, state: &FeedState, sent: Sent) -> Pulled {
    let behind = state.cursor.seq - sent.seq;
    let shared = feed.is_shared() && usize::try_from(behind).is_ok_and(|behind| behind <= MAX_RECENT);
    if !shared {
        return fetch(app, feed, state, sent).await;
    }
    // One connection reads, the others find what it read.
    let _turn = feed.reading.lock().await;
    let mut recent = VecDeque::new();
    if feed.give_recent(sent, &state.cursor, &mut recent) {
        return Pulled::Frames(recent.into());
    }
    let pulled = fetch(app, feed, state, sent).await;
    if let Pulled::Frames(frames) = &pulled {
        feed.keep(frames);
    }
    pulled
}

/// Reads logs that several connections follow as soon as they move, and then wakes the connections. Until shutdown.
pub(super) async fn ahead(app: App) {
    let Some(mut moved) = app.hub.take_moved() else { return };
    loop {
        let next = tokio::select! {
            () = app.shutdown.cancelled() => return,
            next = moved.recv() => next,
        };
        let Some(next) = next else { return };
        let task = app.clone();
        // A store that is slow to read holds up no other.
        app.spawn(async move {
            read_ahead(&task, &next).await;
            next.feed.moved(next.cursor, next.stream);
        });
    }
}

/// From the end that its connections know. Whatever does not work out here is left to them.
async fn read_ahead(app: &App, Moved { feed, cursor, stream }: &Moved) {
    let _turn = feed.reading.lock().await;
    let known = feed.state();
    let behind = cursor.seq - known.cursor.seq;
    if cursor.epoch != known.cursor.epoch || behind <= 0 || behind > PAGE {
        return;
    }
    let sent = Sent { seq: known.cursor.seq, hash: known.cursor.hash };
    let state = FeedState { cursor: *cursor, stream: *stream, ..known };
    if let Pulled::Frames(frames) = fetch(app, feed, &state, sent).await {
        feed.keep(&frames);
    }
}

async fn fetch(app: &App, feed: &Feed, state: &FeedState, sent: Sent) -> Pulled {
    if failpoint::reach("sse.before_replay").await.is_err() {
        return Pulled::Later;
    }
    let events = match from_redis(app, feed, state, sent).await {
        Some(events) => events,
        None => match from_postgres(app, feed, state, sent).await {
            Ok(events) => events,
            Err(other) => return other,
        },
    };
    if failpoint::reach("sse.mid_replay").await.is_err() {
        return Pulled::Later;
    }
    // An order without the customer's request, which may name an allergy, is worse than one that comes a moment later.
    let Ok(mut private) = frame::private(app, feed.store_id, &events).await else { return Pulled::Later };
    let epoch = state.cursor.epoch;
    let mut previous = sent.hash;
    let frames = events.iter().map(|event| {
        let before = std::mem::replace(&mut previous, event.hash);
        Arc::new(frame::log(epoch, before, event, private.remove(&event.seq)))
    });
    Pulled::Frames(frames.collect())
}

/// Everything up to the end of the log, or nothing: the chain must lead from what was sent to the end that Postgres names, so that
/// a stream that is ahead, behind, holed or of another life of the database is never believed.
async fn from_redis(app: &App, feed: &Feed, state: &FeedState, sent: Sent) -> Option<Vec<StoredEvent>> {
    let stream = state.stream?;
    let head = state.cursor;
    if head.seq - sent.seq > PAGE || sent.seq + 1 < stream.first_seq || app.hub.redis_rests() {
        return None;
    }
    match stream::range(&app.redis, feed.store_id, &stream, sent.seq + 1, head.seq).await {
        Ok(events) => {
            (unbroken(sent, &events) == Some(Sent { seq: head.seq, hash: head.hash })).then_some(events)
        }
        Err(error) => {
            app.hub.rest_redis();
            tracing::warn!(%error, "Redis does not answer; reading from Postgres");
            None
        }
    }
}

async fn from_postgres(
    app: &App,
    feed: &Feed,
    state: &FeedState,
    sent: Sent,
) -> Result<Vec<StoredEvent>, Pulled> {
    metrics::counter!("log_reads_from_postgres").increment(1);
    let limit = PAGE.min(state.cursor.seq - sent.seq);
    let piece = Piece { store_id: feed.store_id, after: sent.seq, limit };
    let events = together::ask(app, piece).await.map_err(|error| {
        tracing::warn!(store_id = %feed.store_id, %error, "the log cannot be read from Postgres");
        Pulled::Later
    })?;
    match events.first() {
        // The end that was named is not there: the database went back. The hub will see it.
        None => Err(Pulled::Later),
        Some(first) if first.seq != sent.seq + 1 => Err(Pulled::TooOld),
        Some(_) if unbroken(sent, &events).is_none() => Err(Pulled::Forked),
        Some(_) => Ok(events),
    }
}

/// Where the chain ends when `events` continue `sent` without a break.
fn unbroken(sent: Sent, events: &[StoredEvent]) -> Option<Sent> {
    events.iter().try_fold(sent, |last, event| {
        let hash = chain(last.hash, last.seq + 1, &event.body);
        (event.seq == last.seq + 1 && event.hash == hash).then_some(Sent { seq: event.seq, hash })
    })
}

#[cfg(test)]
mod tests {
    use shared::log::GENESIS;

    use super::*;

    fn events(count: i64) -> Vec<StoredEvent> {
        let mut last = GENESIS;
        (1..=count)
            .map(|seq| {
                let body = format!("{{\"n\":{seq}}}").into_bytes();
                last = chain(last, seq, &body);
                StoredEvent { seq, body, hash: last }
            })
            .collect()
    }

    #[test]
    fn takes_only_an_unbroken_continuation() {
        let all = events(5);
        let start = Sent { seq: 0, hash: GENESIS };
        let end = Sent { seq: 5, hash: all[4].hash };
        assert_eq!(unbroken(start, &all), Some(end));
        assert_eq!(unbroken(Sent { seq: 2, hash: all[1].hash }, &all[2..]), Some(end));
        assert_eq!(unbroken(start, &[]), Some(start));
        let mut broken = all.clone();
        broken[2].body = b"{}".to_vec();
        assert_eq!(unbroken(start, &broken), None);
        let mut broken = all.clone();
        broken.remove(2);
        assert_eq!(unbroken(start, &broken), None);
        assert_eq!(unbroken(Sent { seq: 2, hash: GENESIS }, &all[2..]), None);
    }
}
