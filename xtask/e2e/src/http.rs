//! HTTP as a test sees it: every answer within a bound, every unexpected one with its body.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

/// A client that follows no redirect: the customer's browser decides itself where it goes.
pub fn client() -> Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(build).clone()
}

fn build() -> Client {
    // Err: another part of this process installed one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(LIMIT)
        .build()
        .expect("a client without options of our own can be built once a TLS provider is installed")
}

pub async fn get(url: &str) -> Result<Value> {
    json(client().get(url)).await
}

pub async fn post(url: &str, body: &Value) -> Result<Value> {
    json(client().post(url).json(body)).await
}

/// Sends; an error unless the answer is a success with JSON.
pub async fn json(request: RequestBuilder) -> Result<Value> {
    let answer = success(request).await?;
    let url = answer.url().to_string();
    let text = answer.text().await?;
    serde_json::from_str(&text).with_context(|| format!("{url} answered something else than JSON: {text}"))
}

/// Sends; an error with the body unless the answer is a success.
pub async fn success(request: RequestBuilder) -> Result<Response> {
    let answer = request.send().await?;
    if !answer.status().is_success() {
        let (status, url) = (answer.status(), answer.url().to_string());
        bail!("{url} answered {status}: {}", answer.text().await.unwrap_or_default());
    }
    Ok(answer)
}
