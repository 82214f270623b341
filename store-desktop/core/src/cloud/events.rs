//! `GET /v1/store/events`: one connection, frame by frame. Reconnecting is the business of the caller, who alone knows
//! what is on the disk; the library's own memory of the last event id is never used.

use std::pin::Pin;
use std::time::Duration;

use eventsource_client::{Client as _, ClientBuilder, Error, ReconnectOptions, SSE};
use futures_util::{FutureExt, Stream, StreamExt};
use shared::log::Position;
use shared::wire::{Beat, Bye, LogEntry, LogFrame, Reset};

use super::CloudError;
use super::transport::OverReqwest;
use crate::sync::Frames;

/// Longest refusal that is read.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long reading a refusal may take.
const REFUSAL_LIMIT: Duration = Duration::from_secs(5);

/// What the server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The connection stands.
    Connected,
    Log(LogEntry),
    Beat(Beat),
    Reset(Reset),
    Bye(Bye),
    /// A frame of a later server; proof of life and nothing else.
    Unknown(String),
}

/// Why there are no more frames.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StreamEnd {
    #[error("nothing came for {} s", .0.as_secs())]
    Silent(Duration),
    #[error("the server closed the connection")]
    Closed,
    #[error("a frame cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Refused(#[from] CloudError),
}

type Items = Pin<Box<dyn Stream<Item = Result<SSE, Error>> + Send + Sync>>;

/// One connection.
pub struct EventStream {
    items: Items,
}

impl EventStream {
    pub(super) fn open(
        http: &reqwest::Client,
        url: &str,
        token: &str,
        headers: &[(&str, String)],
        position: &Position,
    ) -> Result<Self, CloudError> {
        let mut client = ClientBuilder::for_url(url)
            .and_then(|builder| builder.header("Authorization", &format!("Bearer {token}")))
            .map_err(CloudError::unreachable)?;
        for (name, value) in headers {
            client = client.header(name, value).map_err(CloudError::unreachable)?;
        }
        let client = client
            .last_event_id(position.to_string())
            .reconnect(ReconnectOptions::reconnect(false).retry_initial(false).build())
            .build_with_transport(OverReqwest(http.clone()));
        Ok(Self { items: client.stream() })
    }
}

impl Frames for EventStream {
    async fn next(&mut self, patience: Duration) -> Result<Frame, StreamEnd> {
        match tokio::time::timeout(patience, self.items.next()).await {
            Err(_) => Err(StreamEnd::Silent(patience)),
            Ok(None) => Err(StreamEnd::Closed),
            Ok(Some(item)) => read(item).await,
        }
    }

    async fn ready(&mut self) -> Option<Result<Frame, StreamEnd>> {
        let item = self.items.next().now_or_never()??;
        Some(read(item).await)
    }
}

async fn read(item: Result<SSE, Error>) -> Result<Frame, StreamEnd> {
    match item {
        Ok(SSE::Connected(_)) => Ok(Frame::Connected),
        Ok(SSE::Comment(text)) => Ok(Frame::Unknown(text)),
        Ok(SSE::Event(event)) => read_event(&event.event_type, event.id.as_deref(), &event.data),
        Err(Error::UnexpectedResponse(answer, body)) => {
            Err(CloudError::from_answer(answer.status(), &refusal(body.into_stream()).await).into())
        }
        Err(Error::Eof | Error::UnexpectedEof) => Err(StreamEnd::Closed),
        Err(Error::Transport(error)) => Err(CloudError::unreachable(error).into()),
        Err(error) => Err(CloudError::unreachable(error).into()),
    }
}

async fn refusal(mut stream: launchdarkly_sdk_transport::ByteStream) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while let Some(Ok(chunk)) = stream.next().await {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_REFUSAL {
                break;
            }
        }
    };
    // What came until then is judged; a refusal that cannot be read is still a refusal.
    let _ = tokio::time::timeout(REFUSAL_LIMIT, reading).await;
    body
}

fn read_event(kind: &str, id: Option<&str>, data: &str) -> Result<Frame, StreamEnd> {
    let unreadable = |error: &dyn std::fmt::Display| StreamEnd::Unreadable(format!("{kind}: {error}"));
    match kind {
        "log" => {
            let position = id.unwrap_or_default().parse().map_err(|error| unreadable(&error))?;
            let frame: LogFrame = serde_json::from_str(data).map_err(|error| unreadable(&error))?;
            Ok(Frame::Log(LogEntry { position, frame }))
        }
        "beat" => Ok(Frame::Beat(serde_json::from_str(data).map_err(|error| unreadable(&error))?)),
        "reset" => Ok(Frame::Reset(serde_json::from_str(data).map_err(|error| unreadable(&error))?)),
        "bye" => Ok(Frame::Bye(serde_json::from_str(data).map_err(|error| unreadable(&error))?)),
        other => Ok(Frame::Unknown(other.chars().take(40).collect())),
    }
}
