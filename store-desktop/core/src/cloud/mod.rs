//! The server's addresses under `/v1/store/`, over one HTTP client.

mod address;
mod error;
mod events;
mod transport;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use shared::log::Position;
use shared::wire::{
    Ack, BOOT_HEADER, Boot, ClaimRequest, Command, CommandAnswers, CommandBatch, LogPage, SignInRequest,
    SignedIn, Snapshot,
};

use crate::sync::Server;

pub use address::{AddressProblem, read_address};
pub use error::{CloudError, problem_of};
pub use events::{EventStream, Frame, StreamEnd};

/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a whole request may take, except for the event stream.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// Longest answer that is read; a snapshot of a busy day is far below.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// A server, and the sign-in to use there.
#[derive(Clone)]
pub struct Cloud {
    http: Client,
    base: Url,
    token: Option<String>,
    boot: Option<Boot>,
}

impl Cloud {
    /// For signing in at `base`.
    pub fn new(base: Url) -> Result<Self, CloudError> {
        crate::install_tls();
        let http = Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .user_agent(concat!("simple-order-counter/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(CloudError::unreachable)?;
        Ok(Self { http, base, token: None, boot: None })
    }

    /// The same server, told which run of the program is talking.
    pub fn with_boot(&self, boot: Option<Boot>) -> Self {
        Self { boot, ..self.clone() }
    }

    /// The same server with a sign-in.
    pub fn with_token(&self, token: String) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// `POST claim`: the owner's first sign-up.
    pub async fn claim(&self, request: &ClaimRequest) -> Result<SignedIn, CloudError> {
        read(self.request(Method::POST, "claim")?.json(request)).await
    }

    /// `POST sessions`: opens the counter session.
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<SignedIn, CloudError> {
        read(self.request(Method::POST, "sessions")?.json(request)).await
    }

    /// `DELETE sessions/current`.
    pub async fn sign_out(&self) -> Result<(), CloudError> {
        send(self.request(Method::DELETE, "sessions/current")?).await.map(drop)
    }

    fn url(&self, path: &str) -> Result<Url, CloudError> {
        self.base.join(&format!("v1/store/{path}")).map_err(CloudError::unreachable)
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CloudError> {
        let mut request = self.http.request(method, self.url(path)?).timeout(REQUEST_LIMIT);
        if let Some(boot) = self.boot {
            request = request.header(BOOT_HEADER, boot.to_string());
        }
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }
}

impl Server for Cloud {
    type Frames = EventStream;

    async fn snapshot(&self) -> Result<Snapshot, CloudError> {
        read(self.request(Method::GET, "snapshot")?).await
    }

    async fn log(&self, after: i64, limit: i64) -> Result<LogPage, CloudError> {
        read(self.request(Method::GET, "log")?.query(&[("after", after), ("limit", limit)])).await
    }

    async fn commands(&self, commands: &[Command]) -> Result<CommandAnswers, CloudError> {
        let value =
            |command| serde_json::to_value(command).expect("a command holds only strings and numbers");
        let batch = CommandBatch { commands: commands.iter().map(value).collect() };
        read(self.request(Method::POST, "commands")?.json(&batch)).await
    }

    async fn ack(&self, position: Position) -> Result<(), CloudError> {
        send(self.request(Method::POST, "acks")?.json(&Ack { position })).await.map(drop)
    }

    fn events(&self, position: &Position) -> Result<EventStream, CloudError> {
        let url = self.url("events")?;
        let token = self.token.as_deref().unwrap_or_default();
        EventStream::open(&self.http, url.as_str(), token, self.boot, position)
    }
}

async fn send(request: RequestBuilder) -> Result<Response, CloudError> {
    let answer = request.send().await.map_err(CloudError::unreachable)?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status().as_u16();
    let body = body(answer).await.unwrap_or_default();
    Err(CloudError::from_answer(status, &body))
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, CloudError> {
    let answer = send(request).await?;
    let status = answer.status().as_u16();
    let body = body(answer).await?;
    serde_json::from_slice(&body)
        .map_err(|error| CloudError::Unexpected { status, reason: error.to_string() })
}

async fn body(mut answer: Response) -> Result<Vec<u8>, CloudError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(CloudError::unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            let reason = format!("the answer is longer than {MAX_ANSWER} bytes");
            return Err(CloudError::Unexpected { status: answer.status().as_u16(), reason });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
