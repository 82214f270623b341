//! `counter send`: one command, journaled first, delivered if the server can be reached.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::wire::{Command, CommandAction};
use store_desktop_core::counter::{Occurrence, Options};
use store_desktop_core::{CounterHost, HostError};

use crate::arguments::{Kind, Send};
use crate::sign_in::Mute;

/// Promised when neither the person nor the journal says how long.
const PREP_MINUTES: u32 = 15;

pub async fn send(data: &Path, send: Send) -> Result<ExitCode> {
    let host =
        CounterHost::start(data, Options::default(), None, Box::new(Mute)).await.map_err(HostError::from)?;
    if host.counter().state().session.is_none() {
        return Err(HostError::not_signed_in().into());
    }
    let default_minutes = host.view().store.map_or(PREP_MINUTES, |store| store.prep_minutes_default);
    let action = action(&send, default_minutes)?;
    let mut occurrences = host.counter().occurrences();
    let command = host.counter().give(send.order, None, action).await.map_err(HostError::from)?;
    println!(
        "{}",
        json!({ "type": "command", "key": command.key, "order_id": send.order, "action": action })
    );
    let answered = async {
        loop {
            match occurrences.recv().await {
                Ok(Occurrence::Answer { key, order_id, outcome, code, position }) if key == command.key => {
                    return Occurrence::Answer { key, order_id, outcome, code, position };
                }
                _ => {}
            }
        }
    };
    match tokio::time::timeout(Duration::from_secs(send.wait), answered).await {
        Ok(answer) => {
            println!("{}", serde_json::to_string(&answer)?);
            Ok(outcome(&answer))
        }
        Err(_) => {
            tell_that_it_waits(&command);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn outcome(answer: &Occurrence) -> ExitCode {
    match answer {
        Occurrence::Answer { outcome: shared::wire::Outcome::Refused, .. } => ExitCode::from(2),
        _ => ExitCode::SUCCESS,
    }
}

fn tell_that_it_waits(command: &Command) {
    println!("{}", json!({ "type": "waiting", "key": command.key }));
    eprintln!(
        "서버에 닿지 않아 보관했어요. 다음 `counter run` 이 보냅니다. / Kept; the next `counter run` delivers it."
    );
}

fn action(send: &Send, default_minutes: u32) -> Result<CommandAction> {
    Ok(match send.kind {
        Kind::Accept => CommandAction::Accept { prep_minutes: send.prep_minutes.unwrap_or(default_minutes) },
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
