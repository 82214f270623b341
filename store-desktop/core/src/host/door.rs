//! The door (문): a socket in the data folder through which `counter send` reaches the counter that has the journal.
//! Only the folder's owner can open it. Where there are no such sockets, `send` says that a counter is running.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CounterHost;
use super::give::{GiveForm, Given};
use crate::HostError;

/// What is waited for beyond the command's own wait, for the running counter to answer at all.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// How long any other call may take: reading a busy day again from the server is the longest.
const CALL_LIMIT: Duration = Duration::from_secs(120);

fn socket(folder: &Path) -> PathBuf {
    folder.join("counter.sock")
}

/// Opens the door for as long as the process lives. A failure only means that `send` cannot reach this counter.
#[cfg(unix)]
pub fn open(host: &Arc<CounterHost>) {
    let path = socket(host.counter().place().folder());
    // We hold the folder's lock, so a socket that lies here has no listener any more.
    let _ = std::fs::remove_file(&path);
    match tokio::net::UnixListener::bind(&path) {
        Ok(listener) => {
            let router = super::http::router(Arc::clone(host), None);
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Err(error) => tracing::info!(%error, "`counter send` will not reach this counter while it runs"),
    }
}

/// There is no door here.
#[cfg(not(unix))]
pub fn open(_: &Arc<CounterHost>) {}

#[derive(Deserialize, Serialize)]
struct Said {
    code: String,
    korean: String,
    english: String,
}

/// Gives a command through the door of the counter that has `folder`; `None` when nobody opens.
pub async fn give(folder: &Path, form: &GiveForm) -> Option<Result<Given, HostError>> {
    let limit = ANSWER_LIMIT + Duration::from_secs(form.wait_seconds);
    let arguments = serde_json::to_value(form).ok()?;
    match knock(folder, "give", &arguments, limit).await? {
        Ok(given) => serde_json::from_value(given).ok().map(Ok),
        Err(error) => Some(Err(error)),
    }
}

/// Any call of the host through the door; `None` when nobody opens.
pub async fn call(folder: &Path, name: &str, arguments: &Value) -> Option<Result<Value, HostError>> {
    knock(folder, name, arguments, CALL_LIMIT).await
}

#[cfg(unix)]
async fn knock(
    folder: &Path,
    name: &str,
    arguments: &Value,
    limit: Duration,
) -> Option<Result<Value, HostError>> {
    crate::install_tls();
    let client = reqwest::Client::builder().unix_socket(socket(folder)).timeout(limit).build().ok()?;
    let answer = client.post(format!("http://localhost/host/{name}")).json(arguments).send().await.ok()?;
    let taken = answer.status().is_success();
    let body: Value = answer.json().await.ok()?;
    if taken {
        return Some(Ok(body));
    }
    let said: Said = serde_json::from_value(body).ok()?;
    Some(Err(HostError {
        code: said.code,
        korean: said.korean,
        english: said.english,
        holder: None,
        stores: None,
    }))
}

/// There is no door here.
#[cfg(not(unix))]
async fn knock(_: &Path, _: &str, _: &Value, _: Duration) -> Option<Result<Value, HostError>> {
    None
}
