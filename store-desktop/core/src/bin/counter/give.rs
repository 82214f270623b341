//! `counter send`: one command, journaled first, delivered if the server can be reached.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use shared::TimeMs;
use shared::wire::{CommandAction, Outcome};
use store_desktop_core::counter::Options;
use store_desktop_core::host::{GiveForm, Given, door};
use store_desktop_core::journal::JournalError;
use store_desktop_core::{CounterHost, HostError, clock};

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
    let (order_id, action) = (form.order_id, form.action.clone());
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

/// The command as its JSON says it, made of the arguments.
fn action(send: &Send) -> Result<CommandAction> {
    let name = send.kind.to_possible_value().map(|kind| kind.get_name().to_owned()).unwrap_or_default();
    let mut fields = match &send.json {
        Some(text) => read_object(text)?,
        None => Map::new(),
    };
    fields.insert("kind".to_owned(), json!(name));
    let mut add = |name: &str, value: Value| {
        fields.entry(name).or_insert(value);
    };
    match send.kind {
        Kind::Accept => add("prep_minutes", json!(send.prep_minutes.unwrap_or(PREP_MINUTES))),
        Kind::Reject | Kind::Cancel => add("reason", json!(wanted(&send.reason, "reason", "sold_out")?)),
        Kind::RefundPart => {
            add("reason", json!(wanted(&send.reason, "reason", "customer_asked")?));
            add("amount", json!(send.amount.context("say how many won with --amount")?));
        }
        Kind::SettleConflict => {
            add("settlement", json!(wanted(&send.settlement, "settlement", "discarded")?));
        }
        Kind::BreakStart => {
            add("cause", json!(send.cause.as_deref().unwrap_or("rest")));
            add("until", json!(ends(send)));
        }
        Kind::BusySet => {
            add("extra_minutes", json!(send.extra_minutes.context("say how many with --extra-minutes")?));
            add("until", json!(ends(send)));
        }
        Kind::SoldOut => {
            add("what", what(send)?);
            let until = match (ends(send), send.until_told) {
                (Some(at), _) => json!({ "at": at }),
                (None, true) => json!("manual"),
                (None, false) => json!("end_of_day"),
            };
            add("until", until);
        }
        Kind::BackOnSale => add("what", what(send)?),
        Kind::StockSet => {
            add("item", json!(wanted(&send.item, "item", "americano")?));
            add("pieces", json!(send.pieces));
        }
        Kind::Cooking
        | Kind::Ready
        | Kind::HandedOver
        | Kind::DayPrepare
        | Kind::DayOpen
        | Kind::BreakEnd
        | Kind::ClosingStart
        | Kind::ClosingResume
        | Kind::MenuEdit
        | Kind::ScheduleSet => {}
    }
    let action: CommandAction =
        serde_json::from_value(Value::Object(fields)).context("the command makes no sense")?;
    if action.needs_order() != send.order.is_some() {
        bail!(
            "{name} is {}",
            if action.needs_order() {
                "about an order: say which with --order"
            } else {
                "about the store, not about an order"
            }
        );
    }
    Ok(action)
}

fn read_object(text: &str) -> Result<Map<String, Value>> {
    let text = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text).context("--json is not a JSON object")
}

fn wanted<'a>(value: &'a Option<String>, name: &str, example: &str) -> Result<&'a str> {
    value.as_deref().with_context(|| format!("say which with --{name}, for example --{name} {example}"))
}

/// By this computer's clock; the server's differs by little.
fn ends(send: &Send) -> Option<TimeMs> {
    send.minutes.map(|minutes| clock::now().plus_minutes(minutes))
}

fn what(send: &Send) -> Result<Value> {
    match (&send.item, &send.option) {
        (Some(item), _) => Ok(json!({ "item": item })),
        (None, Some(option)) => {
            let (group, option) = option.split_once('/').context("an option is <group>/<option>")?;
            Ok(json!({ "option": { "group": group, "option": option } }))
        }
        (None, None) => bail!("say what with --item or --option"),
    }
}
