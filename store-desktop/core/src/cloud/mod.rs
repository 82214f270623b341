//! The server's addresses under `/v1/store/`, over one HTTP client.

mod address;
mod closing;
mod desk;
mod device;
mod error;
mod events;
mod transport;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use shared::log::Position;
use shared::wire::{
    Ack, BOOT_HEADER, Boot, Command, CommandAnswers, CommandBatch, DeviceKey, LogPage, PROOF_HEADER,
    Snapshot, StoreHours, StoreMenu,
};

use crate::sync::Server;

pub use address::{AddressProblem, read_address};
pub use device::{DeviceSigner, SEED_BYTES};
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
    /// Shared by all clones: a renewal changes it under requests that go on.
    token: Option<Arc<RwLock<String>>>,
    boot: Option<Boot>,
    signer: Option<Arc<DeviceSigner>>,
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
        Ok(Self { http, base, token: None, boot: None, signer: None })
    }

    /// The same server, told which run of the program is talking.
    pub fn with_boot(&self, boot: Option<Boot>) -> Self {
        Self { boot, ..self.clone() }
    }

    /// The same server with a sign-in.
    pub fn with_token(&self, token: String) -> Self {
        Self { token: Some(Arc::new(RwLock::new(token))), ..self.clone() }
    }

    /// The same server; each request proves that it comes from this device.
    pub fn with_signer(&self, signer: Option<Arc<DeviceSigner>>) -> Self {
        Self { signer, ..self.clone() }
    }

    /// The public key that this device proves.
    pub fn device_key(&self) -> Option<DeviceKey> {
        self.signer.as_ref().map(|signer| signer.key())
    }

    /// From now on this and all its clones use the next token.
    pub fn renewed(&self, next: String) {
        if let Some(token) = &self.token {
            *token.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
    }

    fn token(&self) -> Option<String> {
        Some(self.token.as_ref()?.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// `DELETE sessions/current`.
    pub async fn sign_out(&self) -> Result<(), CloudError> {
        send(self.request(Method::DELETE, "sessions/current")?).await.map(drop)
    }

    fn url(&self, path: &str) -> Result<Url, CloudError> {
        self.base.join(&format!("v1/store/{path}")).map_err(CloudError::unreachable)
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CloudError> {
        let token = self.token();
        let request = self.request_as(method, path, token.as_deref().unwrap_or_default())?;
        Ok(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    /// A request whose proof names `subject` in place of the session's token.
    fn request_as(&self, method: Method, path: &str, subject: &str) -> Result<RequestBuilder, CloudError> {
        let proof = self.proof(method.as_str(), path, subject);
        let mut request = self.http.request(method, self.url(path)?).timeout(REQUEST_LIMIT);
        if let Some(boot) = self.boot {
            request = request.header(BOOT_HEADER, boot.to_string());
        }
        Ok(match proof {
            Some(proof) => request.header(PROOF_HEADER, proof),
            None => request,
        })
    }

    fn proof(&self, method: &str, path: &str, subject: &str) -> Option<String> {
        Some(self.signer.as_ref()?.proof(method, path, subject).to_string())
    }
}

impl Server for Cloud {
    type Frames = EventStream;

    async fn snapshot(&self) -> Result<Snapshot, CloudError> {
        read(self.request(Method::GET, "snapshot")?).await
    }

    async fn menu(&self) -> Result<StoreMenu, CloudError> {
        read(self.request(Method::GET, "menu")?).await
    }

    async fn hours(&self) -> Result<StoreHours, CloudError> {
        read(self.request(Method::GET, "schedule")?).await
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
        let token = self.token().unwrap_or_default();
        let boot = self.boot.map(|boot| (BOOT_HEADER, boot.to_string()));
        let proof = self.proof("GET", "events", &token).map(|proof| (PROOF_HEADER, proof));
        let headers: Vec<_> = boot.into_iter().chain(proof).collect();
        EventStream::open(&self.http, url.as_str(), &token, &headers, position)
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
