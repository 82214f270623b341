//! `counter close`: the closing wizard without a window.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};
use store_desktop_core::closing::{CloseAction, CloseStep, CloseView, StepState};
use store_desktop_core::counter::Options;
use store_desktop_core::host::door;
use store_desktop_core::journal::JournalError;
use store_desktop_core::{CounterHost, HostError};

use crate::arguments::Close;
use crate::sign_in::Mute;

/// Between two looks at the wizard.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// A person has to do something that this program cannot.
const NEEDS_PERSON: u8 = 2;
/// The time is up; the next `close` goes on.
const NOT_YET: u8 = 4;
/// Repairs that are tried before a person is needed after all.
const MOST_REPAIRS: usize = 5;

/// The counter that has the folder: this process, or another one behind its door.
enum Reach {
    Here(Arc<CounterHost>),
    Door(PathBuf),
}

impl Reach {
    async fn find(data: &Path) -> Result<Self, HostError> {
        match CounterHost::start(data, Options::default(), None, Box::new(Mute)).await {
            Ok(host) => Ok(Self::Here(host)),
            Err(JournalError::Busy { .. }) => Ok(Self::Door(data.to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    async fn call(&self, name: &str, arguments: Value) -> Result<Value, HostError> {
        match self {
            Self::Here(host) => host.call(name, arguments).await,
            Self::Door(folder) => match door::call(folder, name, &arguments).await {
                Some(answered) => answered,
                None => Err(JournalError::Busy { folder: folder.clone() }.into()),
            },
        }
    }

    async fn view(&self, name: &str) -> Result<Option<CloseView>, HostError> {
        let answered = self.call(name, json!({})).await?;
        serde_json::from_value(answered).map_err(HostError::bad_call)
    }
}

pub async fn close(data: &Path, close: Close) -> Result<ExitCode> {
    let reach = Reach::find(data).await?;
    if close.cancel {
        reach.call("close_cancel", json!({})).await?;
        say(&json!({ "type": "cancelled" }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let began = Instant::now();
    let limit = Duration::from_secs(close.wait);
    let mut shown = start(&reach, began, limit).await?;
    let mut said = None;
    let mut repairs = 0;
    loop {
        let Some(view) = shown else {
            // It was given up, as when somebody took orders again.
            say(&json!({ "type": "given_up" }))?;
            return Ok(ExitCode::from(NEEDS_PERSON));
        };
        tell(&view, &mut said)?;
        if view.step == CloseStep::Closed {
            return finish(&reach, &view, close.export).await;
        }
        shown = if view.actions.contains(&CloseAction::CloseFinish) {
            reach.view("close_finish").await?
        } else if view.actions.contains(&CloseAction::CloseRepair) && close.repair && repairs < MOST_REPAIRS {
            repairs += 1;
            reach.view("close_repair").await?
        } else if is_stuck(&view) {
            return Ok(ExitCode::from(NEEDS_PERSON));
        } else if began.elapsed() >= limit {
            say(&json!({ "type": "not_yet", "step": view.step }))?;
            eprintln!(
                "아직 마감하지 못했어요. 다시 실행하면 이어서 해요. / Not closed yet; the next run goes on."
            );
            return Ok(ExitCode::from(NOT_YET));
        } else {
            tokio::time::sleep(LOOK_EVERY).await;
            reach.view("close_view").await?
        };
    }
}

/// A counter that was just started may not know its day yet.
async fn start(reach: &Reach, began: Instant, limit: Duration) -> Result<Option<CloseView>> {
    loop {
        let is_new = is_new(reach).await?;
        match reach.view("close_start").await {
            Err(error) if error.code == "day_not_running" && is_new && began.elapsed() < limit => {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            started => return Ok(started?),
        }
    }
}

/// Nothing was received yet.
async fn is_new(reach: &Reach) -> Result<bool> {
    Ok(reach.call("view", json!({})).await?["journal"]["position"].is_null())
}

/// Differences that no copy's repair settles. Orders and refusals may still be worked by whoever has the window.
fn is_stuck(view: &CloseView) -> bool {
    let person = view.steps.iter().any(|line| line.step == view.step && line.state == StepState::NeedsPerson);
    person && matches!(view.step, CloseStep::Journal | CloseStep::Books | CloseStep::Certificate)
}

async fn finish(reach: &Reach, view: &CloseView, export: bool) -> Result<ExitCode> {
    let day = json!({ "day_id": view.day_id });
    let certificate = reach.call("certificate", day.clone()).await?;
    say(&json!({
        "type": "certificate", "verified": certificate["verified"], "certificate": certificate["certificate"],
        "signed": certificate["signed"], "public_key": certificate["public_key"],
    }))?;
    if export {
        let exported = reach.call("certificate_export", day).await?;
        say(&json!({ "type": "exported", "folder": exported["folder"], "files": exported["files"] }))?;
    }
    reach.call("close_finish", json!({})).await?;
    Ok(if certificate["verified"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line whenever something changed.
fn tell(view: &CloseView, said: &mut Option<CloseView>) -> Result<()> {
    if said.as_ref() == Some(view) {
        return Ok(());
    }
    *said = Some(view.clone());
    let state = view.steps.iter().find(|line| line.step == view.step).map(|line| line.state);
    say(&json!({
        "type": "step", "step": view.step, "state": state, "day_id": view.day_id, "waiting": view.waiting,
        "problem": view.problem, "open_orders": view.open_orders, "unsent": view.unsent,
        "refused": view.refused, "blockers": view.blockers, "equalities": view.equalities,
        "differences": view.differences, "compared": view.compared, "totals": view.totals,
    }))
}

/// A line at once: whoever reads it through a pipe must not wait for more.
fn say(line: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
