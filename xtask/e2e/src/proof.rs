//! What a device is beside the program on it: its token and its key, for asking the server without the program.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use ring::signature::Ed25519KeyPair;
use serde_json::Value;
use shared::TimeMs;
use shared::wire::{PROOF_HEADER, Proof, proof_text};

use crate::http;

/// A signed-in device, taken from the folder of its counter.
pub struct SignedIn {
    server: String,
    token: String,
    key: Ed25519KeyPair,
}

impl SignedIn {
    /// Reads the folder of a counter that is signed in; it asks `server` itself, whatever wire the counter has.
    pub fn of(data: &Path, server: &str) -> Result<Self> {
        let kept: Value = serde_json::from_slice(&std::fs::read(data.join("session.json"))?)?;
        let token = kept["token"].as_str().context("the sign-in has no token")?.to_owned();
        let seed = std::fs::read(data.join("device_key"))?;
        let key = Ed25519KeyPair::from_seed_unchecked(&seed).ok().context("the device's key is none")?;
        Ok(Self { server: server.to_owned(), token, key })
    }

    /// Status and code of a refusal; no code when it is none.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, String)> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let at = TimeMs(i64::try_from(now)?);
        let text = proof_text(method.as_str(), path, at, &self.token);
        let signature = self.key.sign(text.as_bytes()).as_ref().try_into()?;
        let mut request = http::client()
            .request(method, format!("{}{path}", self.server))
            .bearer_auth(&self.token)
            .header(PROOF_HEADER, Proof { at, signature }.to_string());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let said: Value = answer.json().await.unwrap_or_default();
        Ok((status, said["code"].as_str().unwrap_or_default().to_owned()))
    }
}
