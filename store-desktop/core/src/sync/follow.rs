//! Follows the log: connect, take frames, journal them, connect again.

use std::convert::Infallible;
use std::time::Duration;

use shared::Code;
use shared::wire::{Bye, ByeReason, LogEntry, Problem, ResetReason};
use tokio::time::Instant;

use super::catch_up::{CatchUpError, catch_up};
use super::judge::{Compared, Overdue, Patience, Remedy, compare, ends_session, remedy, reset_name};
use super::link::Connection;
use super::{Backoff, Frames, Server};
use crate::cloud::{CloudError, Frame, StreamEnd, problem_of};
use crate::counter::Counter;
use crate::journal::JournalError;

/// Most events of one commit.
const MAX_BATCH: usize = 500;
/// The server may ask for a wait before the next connection, but not for more than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why a connection was left.
enum Left {
    /// Try again after a growing wait.
    Failed(String),
    /// The server asked for this wait.
    Paused(Duration),
    /// This viewer's counter is not there; the server asked for this wait, or only refused.
    CounterGone(Option<Duration>),
    /// A fresh snapshot is in the journal.
    StartedOver,
    /// The sign-in is over.
    SessionEnded(Box<Problem>),
}

impl From<StreamEnd> for Left {
    fn from(end: StreamEnd) -> Self {
        match end {
            StreamEnd::Refused(error) => error.into(),
            StreamEnd::Silent(_) | StreamEnd::Closed | StreamEnd::Unreadable(_) => {
                Self::Failed(end.to_string())
            }
        }
    }
}

impl From<CloudError> for Left {
    fn from(error: CloudError) -> Self {
        match error.ended_session() {
            Some(problem) => Self::SessionEnded(Box::new(problem.clone())),
            None if error.counter_is_gone() => Self::CounterGone(None),
            None => Self::Failed(error.to_string()),
        }
    }
}

impl From<JournalError> for Left {
    fn from(error: JournalError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<CatchUpError> for Left {
    fn from(error: CatchUpError) -> Self {
        match error {
            CatchUpError::Cloud(error) => error.into(),
            CatchUpError::Journal(error) => error.into(),
            CatchUpError::Stopped { .. } => Self::Failed(error.to_string()),
        }
    }
}

/// Follows until the sign-in ends.
pub(super) async fn follow(counter: &Counter, cloud: &impl Server) -> Problem {
    let mut follower = Follower {
        counter,
        cloud,
        backoff: Backoff::new(&counter.timing()),
        last_frame: None,
        resets_in_a_row: 0,
        patience: Patience::new(counter.timing(), Instant::now()),
    };
    loop {
        let left = match follower.connection().await {
            Ok(never) => match never {},
            Err(left) => left,
        };
        let wait = match left {
            Left::SessionEnded(problem) => return *problem,
            Left::Failed(why) => {
                tracing::info!(why, "the event stream ended");
                counter.connection(Connection::Lost);
                follower.backoff.next_wait()
            }
            Left::Paused(pause) => {
                counter.connection(Connection::Connecting);
                pause
            }
            Left::CounterGone(pause) => {
                counter.connection(Connection::CounterGone);
                pause.unwrap_or_else(|| follower.backoff.next_wait())
            }
            // A server that resets again and again must not be asked in a tight loop.
            Left::StartedOver if follower.resets_in_a_row > 1 => follower.backoff.next_wait(),
            Left::StartedOver => Duration::ZERO,
        };
        tokio::time::sleep(wait).await;
    }
}

struct Follower<'a, S> {
    counter: &'a Counter,
    cloud: &'a S,
    backoff: Backoff,
    last_frame: Option<Instant>,
    resets_in_a_row: u32,
    patience: Patience,
}

impl<S: Server> Follower<'_, S> {
    /// One connection, from the journal's own head to whatever ends it.
    async fn connection(&mut self) -> Result<Infallible, Left> {
        let head = match self.counter.head() {
            Some(head) => head,
            None => {
                self.start_over("first").await?;
                self.counter.head().ok_or_else(|| Left::Failed("the journal has no head".to_owned()))?
            }
        };
        let head = if self.was_away() { self.catch_up_first().await?.unwrap_or(head) } else { head };
        let mut stream = self.cloud.events(&head)?;
        self.patience = Patience::new(self.counter.timing(), Instant::now());
        loop {
            let (wait, overdue) = self.patience.wait(Instant::now());
            match (stream.next(wait).await, overdue) {
                (Err(StreamEnd::Silent(_)), Overdue::Events) => {
                    tracing::warn!("events that the server announced did not come; fetching them");
                    self.fetch().await?;
                }
                (Err(end), _) => return Err(end.into()),
                (Ok(frame), _) => self.take(frame, &mut stream).await?,
            }
        }
    }

    fn was_away(&self) -> bool {
        self.last_frame.is_none_or(|last| last.elapsed() >= self.counter.timing().catch_up_after)
    }

    /// Pages are faster than frames. When they do not fit the journal, the server is asked by position instead, and
    /// says by a reset what is wrong.
    async fn catch_up_first(&self) -> Result<Option<shared::log::Position>, Left> {
        self.counter.connection(Connection::CatchingUp);
        match catch_up(self.counter, self.cloud).await {
            Ok(()) => {}
            Err(CatchUpError::Stopped { stop, .. }) => {
                tracing::info!(%stop, "catching up by pages is not possible")
            }
            Err(error) => return Err(error.into()),
        }
        Ok(self.counter.head())
    }

    async fn take(&mut self, frame: Frame, stream: &mut S::Frames) -> Result<(), Left> {
        let now = Instant::now();
        self.patience.heard(now);
        match frame {
            Frame::Connected => {
                self.counter.connection(Connection::Live);
                Ok(())
            }
            Frame::Unknown(kind) => {
                tracing::debug!(kind, "a frame of an unknown kind");
                Ok(())
            }
            Frame::Log(entry) => {
                self.take_burst(entry, stream).await?;
                self.proved(now);
                Ok(())
            }
            Frame::Beat(beat) => {
                self.counter.beat(&beat);
                self.compare_heads(&beat.head, now)?;
                self.proved(now);
                Ok(())
            }
            Frame::Reset(reset) => {
                self.resets_in_a_row += 1;
                self.start_over_after(reset.reason).await?;
                Err(Left::StartedOver)
            }
            Frame::Bye(bye) => Err(leave(&bye)),
        }
    }

    /// The server serves us from our position, and what it sends fits.
    fn proved(&mut self, now: Instant) {
        self.backoff.reset();
        self.last_frame = Some(now);
        self.resets_in_a_row = 0;
    }

    /// Takes what has arrived already into the same commit.
    async fn take_burst(&mut self, first: LogEntry, stream: &mut S::Frames) -> Result<(), Left> {
        let mut batch = vec![first];
        let mut then = None;
        while batch.len() < MAX_BATCH {
            match stream.ready().await {
                None => break,
                Some(Ok(Frame::Log(entry))) => batch.push(entry),
                Some(other) => {
                    then = Some(other);
                    break;
                }
            }
        }
        self.journal(batch).await?;
        match then {
            None => Ok(()),
            Some(Err(end)) => Err(end.into()),
            Some(Ok(frame)) => Box::pin(self.take(frame, stream)).await,
        }
    }

    async fn journal(&mut self, batch: Vec<LogEntry>) -> Result<(), Left> {
        let appended = self.counter.append(batch).await?;
        if !appended.stored.is_empty() {
            self.patience.moved();
        }
        let Some(stop) = appended.stopped else { return Ok(()) };
        match remedy(&stop) {
            Remedy::Fetch => {
                tracing::warn!(%stop, "fetching the missing range");
                self.fetch().await
            }
            Remedy::Reconnect => Err(Left::Failed(stop.to_string())),
            Remedy::ReconnectLoudly => {
                tracing::error!(%stop, "the server's log contradicts the journal");
                self.counter.journal_problem(Some(stop.to_string()));
                Err(Left::Failed(stop.to_string()))
            }
            Remedy::StartOver => {
                self.start_over("first").await?;
                Err(Left::StartedOver)
            }
        }
    }

    async fn fetch(&mut self) -> Result<(), Left> {
        catch_up(self.counter, self.cloud).await?;
        self.patience.moved();
        Ok(())
    }

    fn compare_heads(&mut self, theirs: &shared::log::Position, now: Instant) -> Result<(), Left> {
        // A damaged journal was set aside meanwhile: the new one needs a snapshot.
        let Some(ours) = self.counter.head() else { return Err(Left::StartedOver) };
        match compare(theirs, &ours) {
            Compared::Same => self.patience.moved(),
            Compared::Behind => self.patience.behind(now),
            Compared::Diverged => {
                return Err(Left::Failed(format!(
                    "the server's log ends at {theirs}, the journal at {ours}"
                )));
            }
        }
        Ok(())
    }

    async fn start_over_after(&self, reason: ResetReason) -> Result<(), Left> {
        tracing::warn!(reason = reset_name(reason), "the server asks to start over");
        self.start_over(reset_name(reason)).await
    }

    async fn start_over(&self, reason: &'static str) -> Result<(), Left> {
        self.counter.connection(Connection::CatchingUp);
        let snapshot = self.cloud.snapshot().await?;
        Ok(self.counter.start_over(snapshot, reason).await?)
    }
}

fn leave(bye: &Bye) -> Left {
    if ends_session(bye.reason) {
        let code = match bye.reason {
            ByeReason::TakenOver => Code::SessionTakenOver,
            ByeReason::Revoked => Code::DeviceRevoked,
            ByeReason::SignedOut | ByeReason::Shutdown | ByeReason::Lagged | ByeReason::CounterGone => {
                Code::SignedOut
            }
        };
        return Left::SessionEnded(Box::new(Problem { holder: bye.by.clone(), ..problem_of(code, 401) }));
    }
    let pause = Duration::from_millis(bye.reconnect_after_ms).min(LONGEST_PAUSE);
    if bye.reason == ByeReason::CounterGone { Left::CounterGone(Some(pause)) } else { Left::Paused(pause) }
}
