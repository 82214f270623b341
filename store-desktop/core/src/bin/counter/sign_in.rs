//! `counter claim`, `login`, `logout`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use shared::Code;
use shared::wire::SessionKind;
use store_desktop_core::alarm::{AlarmSink, Sound};
use store_desktop_core::counter::Options;
use store_desktop_core::host::{ClaimForm, ConfirmForm, SignInForm};
use store_desktop_core::view::Screen;
use store_desktop_core::{CounterHost, HostError};

use crate::arguments::{Claim, Login};

/// For tasks that end at once.
pub struct Mute;

impl AlarmSink for Mute {
    fn ready(&mut self) -> bool {
        false
    }
    fn play(&mut self, _: Sound) {}
    fn stop(&mut self) {}
}

pub async fn claim(data: &Path, claim: Claim) -> Result<ExitCode> {
    let host = open(data, claim.server.device_name).await?;
    let form = ClaimForm {
        server_url: claim.server.server,
        claim_code: claim.claim_code,
        login_id: claim.server.login_id,
        password: claim.server.password,
        ..ClaimForm::default()
    };
    host.claim(form).await?;
    Ok(say(&host))
}

pub async fn login(data: &Path, login: Login) -> Result<ExitCode> {
    let host = open(data, login.server.device_name).await?;
    let form = SignInForm {
        server_url: login.server.server,
        login_id: login.server.login_id,
        password: login.server.password,
        take_over: login.take_over,
        kind: if login.viewer { SessionKind::Viewer } else { SessionKind::Counter },
        store_id: login.store,
        second_factor: login.second_factor,
    };
    match host.sign_in(form).await {
        Err(error) if error.code == Code::DeviceUnconfirmed.as_str() => {
            wait(&host, error, login.take_over).await?
        }
        signed_in => signed_in?,
    }
    Ok(say(&host))
}

pub async fn logout(data: &Path) -> Result<ExitCode> {
    let host = open(data, None).await?;
    host.sign_out().await?;
    println!("{}", json!({ "type": "signed_out" }));
    Ok(ExitCode::SUCCESS)
}

/// Waits until the counter has let this device in, or has not.
async fn wait(host: &Arc<CounterHost>, asked: HostError, take_over: bool) -> Result<(), HostError> {
    let Some(pending) = host.view().pending_sign_in else { return Err(asked) };
    println!(
        "{}",
        json!({ "type": "device_unconfirmed", "number": pending.number, "expires_at": pending.expires_at })
    );
    let mut views = host.views();
    loop {
        let view = views.next().await;
        match view.pending_sign_in {
            None if view.screen == Screen::Counter => return Ok(()),
            None => return Err(view.sign_in_problem.as_ref().map_or(asked, HostError::from)),
            Some(pending) => match pending.problem {
                None => {}
                Some(held) if take_over && held.code == Code::CounterSessionHeld.as_str() => {
                    return host.confirm_sign_in(ConfirmForm { take_over, ..ConfirmForm::default() }).await;
                }
                Some(problem) => return Err(problem),
            },
        }
    }
}

async fn open(data: &Path, device_name: Option<String>) -> Result<Arc<CounterHost>> {
    let host = CounterHost::start(data, Options::default(), device_name, Box::new(Mute)).await;
    Ok(host.map_err(store_desktop_core::HostError::from)?)
}

fn say(host: &CounterHost) -> ExitCode {
    let state = host.counter().state();
    if let Some(kept) = &state.session {
        let signed_in = &kept.signed_in;
        println!(
            "{}",
            json!({
                "type": "signed_in",
                "store_id": signed_in.store_id,
                "store_name": signed_in.store_name,
                "staff_id": signed_in.staff_id,
                "login_id": signed_in.login_id,
                "session_id": signed_in.session_id,
                "device_id": state.device_id,
                "server_url": kept.server_url,
            })
        );
    }
    ExitCode::SUCCESS
}
