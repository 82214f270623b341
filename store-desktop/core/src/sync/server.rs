//! The server, as the sync engine meets it. The real one is [`crate::cloud::Cloud`]; the simulation has another on a network of its own.

use std::time::Duration;

use shared::log::Position;
use shared::wire::{Command, CommandAnswers, LogPage, Snapshot, StoreHours, StoreMenu};

use crate::cloud::{CloudError, Frame, StreamEnd};

/// The addresses that the sync engine uses.
pub trait Server: Send + Sync {
    /// One connection of the event stream.
    type Frames: Frames;

    /// `GET snapshot`.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, CloudError>> + Send;
    /// `GET menu`.
    fn menu(&self) -> impl Future<Output = Result<StoreMenu, CloudError>> + Send;
    /// `GET schedule`.
    fn hours(&self) -> impl Future<Output = Result<StoreHours, CloudError>> + Send;
    /// `GET log`: at most `limit` events after `seq`.
    fn log(&self, after: i64, limit: i64) -> impl Future<Output = Result<LogPage, CloudError>> + Send;
    /// `POST commands`.
    fn commands(
        &self,
        commands: &[Command],
    ) -> impl Future<Output = Result<CommandAnswers, CloudError>> + Send;
    /// `POST acks`: everything up to `position` is on our disk.
    fn ack(&self, position: Position) -> impl Future<Output = Result<(), CloudError>> + Send;
    /// `GET events`, resumed after `position`.
    fn events(&self, position: &Position) -> Result<Self::Frames, CloudError>;
}

/// A connection, frame by frame.
pub trait Frames: Send {
    /// The next frame; [`StreamEnd::Silent`] when nothing comes for `patience`.
    fn next(&mut self, patience: Duration) -> impl Future<Output = Result<Frame, StreamEnd>> + Send;
    /// A frame that has arrived already, so that a burst is written in one commit.
    fn ready(&mut self) -> impl Future<Output = Option<Result<Frame, StreamEnd>>> + Send;
}
