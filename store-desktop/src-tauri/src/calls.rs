//! The window's calls, all through one door: `store_desktop_core::CounterHost::call` knows them by name, as over HTTP.

use serde_json::Value;
use store_desktop_core::HostError;
use tauri::State;

use crate::shell::Shell;

#[tauri::command]
pub async fn call(shell: State<'_, Shell>, name: String, arguments: Value) -> Result<Value, HostError> {
    shell.host()?.call(&name, arguments).await
}
