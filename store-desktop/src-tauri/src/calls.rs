//! The window's calls, one line each.

use serde::Serialize;
use shared::id::{CommandKey, OrderId};
use shared::wire::CommandAction;
use store_desktop_core::HostError;
use store_desktop_core::alarm::AlarmOutput;
use store_desktop_core::counter::Language;
use store_desktop_core::host::{ActForm, ClaimForm, SignInForm};
use store_desktop_core::view::View;
use tauri::State;

use crate::shell::Shell;

type Answer<T> = Result<T, HostError>;

#[derive(Serialize)]
pub struct Sounded {
    output: AlarmOutput,
}

#[tauri::command(async, rename_all = "snake_case")]
pub fn view(shell: State<'_, Shell>) -> Answer<View> {
    Ok(shell.host()?.view())
}

#[tauri::command(rename_all = "snake_case")]
pub async fn sign_in(
    shell: State<'_, Shell>,
    server_url: String,
    login_id: String,
    password: String,
    take_over: bool,
) -> Answer<()> {
    shell.host()?.sign_in(SignInForm { server_url, login_id, password, take_over }).await
}

#[tauri::command(rename_all = "snake_case")]
pub async fn claim(
    shell: State<'_, Shell>,
    server_url: String,
    claim_code: String,
    login_id: String,
    password: String,
) -> Answer<()> {
    shell.host()?.claim(ClaimForm { server_url, claim_code, login_id, password }).await
}

#[tauri::command]
pub async fn sign_out(shell: State<'_, Shell>) -> Answer<()> {
    shell.host()?.sign_out().await
}

#[tauri::command(rename_all = "snake_case")]
pub async fn act(
    shell: State<'_, Shell>,
    order_id: OrderId,
    expected_version: Option<u32>,
    action: CommandAction,
) -> Answer<()> {
    shell.host()?.act(ActForm { order_id, expected_version, action }).await
}

#[tauri::command(rename_all = "snake_case")]
pub async fn acknowledge(shell: State<'_, Shell>, order_id: OrderId) -> Answer<()> {
    shell.host()?.acknowledge(order_id).await
}

#[tauri::command]
pub async fn dismiss_refusal(shell: State<'_, Shell>, key: CommandKey) -> Answer<()> {
    shell.host()?.dismiss_refusal(key).await
}

#[tauri::command(async)]
pub fn test_sound(shell: State<'_, Shell>) -> Answer<Sounded> {
    Ok(Sounded { output: shell.host()?.test_sound() })
}

#[tauri::command]
pub async fn set_language(shell: State<'_, Shell>, language: Language) -> Answer<()> {
    shell.host()?.set_language(language).await
}
