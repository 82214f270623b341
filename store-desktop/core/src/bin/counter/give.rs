//! `counter send`: one command, journaled first, delivered if the server can be reached.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::wire::{CommandAction, Outcome};
use store_desktop_core::counter::Options;
use store_desktop_core::host::{GiveForm, Given, door};
use store_desktop_core::journal::JournalError;
use store_desktop_core::{CounterHost, HostError};

use crate::arguments::{Kind, Send};
use crate::sign_in::Mute;

/// Promised when nobody says how long.
const PREP_MINUTES: u32 = 15;
/// The exit code when the server refused the command.
const REFUSED: u8 = 2;

pub async fn send(data: &Path, send: Send) -> Result<ExitCode> {
    let form = GiveForm {
        order_id: send.order,
        expected_version: None,
        action: action(&send)?,
        wait_seconds: send.wait,
    };
    let (order_id, action) = (form.order_id, form.action);
    let given = give(data, form).await?;
    println!("{}", json!({ "type": "command", "key": given.key, "order_id": order_id, "action": action }));
    Ok(report(&given))
}

/// The counter that has the folder gives it; without one, this process does.
async fn give(data: &Path, form: GiveForm) -> Result<Given> {
    match CounterHost::start(data, Options::default(), None, Box::new(Mute)).await {
        Ok(host) => Ok(host.give(form).await?),
        Err(busy @ JournalError::Busy { .. }) => match door::give(data, &form).await {
            Some(given) => Ok(given?),
            None => Err(HostError::from(busy).into()),
        },
        Err(error) => Err(HostError::from(error).into()),
    }
}

fn report(given: &Given) -> ExitCode {
    let Some(answer) = &given.answer else {
        println!("{}", json!({ "type": "waiting", "key": given.key }));
        eprintln!(
            "아직 보내지 못해 보관했어요. 연결되면 보냅니다. / Kept; it is delivered when the server can be reached."
        );
        return ExitCode::SUCCESS;
    };
    let line = json!({
        "type": "answer", "key": given.key, "outcome": answer.outcome, "code": answer.code, "position": answer.position,
    });
    println!("{line}");
    match answer.outcome {
        Outcome::Applied | Outcome::AlreadyApplied => ExitCode::SUCCESS,
        Outcome::Refused => {
            if let Some(code) = answer.code {
                eprintln!("{} / {}", code.korean(), code.english());
            }
            ExitCode::from(REFUSED)
        }
    }
}

fn action(send: &Send) -> Result<CommandAction> {
    Ok(match send.kind {
        Kind::Accept => CommandAction::Accept { prep_minutes: send.prep_minutes.unwrap_or(PREP_MINUTES) },
        Kind::Reject => CommandAction::Reject { reason: reason(send)? },
        Kind::Cooking => CommandAction::Cooking,
        Kind::Ready => CommandAction::Ready,
        Kind::HandedOver => CommandAction::HandedOver,
        Kind::Cancel => CommandAction::Cancel { reason: reason(send)? },
    })
}

fn reason<T: DeserializeOwned>(send: &Send) -> Result<T> {
    let name = send.reason.clone().context("say why with --reason, for example --reason sold_out")?;
    serde_json::from_value(Value::String(name)).context("there is no such reason")
}
