//! `counter run`: prints what happens, and works orders by itself when asked to.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::json;
use shared::id::OrderId;
use shared::order::PhaseName;
use shared::wire::CommandAction;
use store_desktop_core::alarm::Speaker;
use store_desktop_core::counter::{Occurrence, Options};
use store_desktop_core::host::door;
use store_desktop_core::view::{OrderCard, View};
use store_desktop_core::{CounterHost, HostError};
use tokio::sync::broadcast::error::RecvError;

use crate::arguments::{Run, Step};

pub async fn run(data: &Path, run: Run) -> Result<ExitCode> {
    let host = CounterHost::start(data, Options::default(), None, Box::new(Speaker::default()))
        .await
        .map_err(HostError::from)?;
    if host.counter().state().session.is_none() {
        return Err(HostError::not_signed_in().into());
    }
    door::open(&host);
    let mut occurrences = host.counter().occurrences();
    let mut worker = Worker { host: Arc::clone(&host), steps: run, tried: HashSet::new() };
    announce(&host.view())?;
    worker.work().await?;
    let idle = worker.steps.exit_after_idle.map(Duration::from_secs);
    loop {
        let next = match idle {
            Some(idle) => tokio::time::timeout(idle, occurrences.recv()).await,
            None => Ok(occurrences.recv().await),
        };
        match next {
            Ok(Ok(Occurrence::SignedOut { code })) => {
                print(&Occurrence::SignedOut { code })?;
                return Ok(ExitCode::from(3));
            }
            Ok(Ok(occurrence)) => {
                if matches!(occurrence, Occurrence::Baseline { .. }) {
                    // What was done on another branch of the log is to be done again.
                    worker.tried.clear();
                }
                print(&occurrence)?;
                worker.work().await?;
            }
            Ok(Err(RecvError::Lagged(missed))) => {
                print_json(&json!({ "type": "missed", "lines": missed }))?;
                worker.work().await?;
            }
            Ok(Err(RecvError::Closed)) => bail!("the counter has stopped"),
            Err(_) if host.view().outbox.waiting == 0 => return Ok(ExitCode::SUCCESS),
            Err(_) => {}
        }
    }
}

struct Worker {
    host: Arc<CounterHost>,
    steps: Run,
    /// What was given, so that a refusal is not answered by the same command again.
    tried: HashSet<(OrderId, Step)>,
}

impl Worker {
    /// Takes every step that is due, until none is.
    async fn work(&mut self) -> Result<()> {
        if self.steps.auto.is_empty() {
            return Ok(());
        }
        loop {
            let view = self.host.view();
            let Some((card, step)) = self.next_step(&view) else { return Ok(()) };
            let prep_minutes = self
                .steps
                .prep_minutes
                .or_else(|| view.store.as_ref().map(|store| store.prep_minutes_default))
                .unwrap_or(15);
            let (order_id, version) = (card.order.id, card.order.version);
            self.tried.insert((order_id, step));
            self.host
                .counter()
                .give(order_id, Some(version), action(step, prep_minutes))
                .await
                .map_err(HostError::from)?;
        }
    }

    fn next_step<'a>(&self, view: &'a View) -> Option<(&'a OrderCard, Step)> {
        let cards = view.lanes.fresh.iter().chain(&view.lanes.cooking).chain(&view.lanes.ready);
        cards.filter_map(|card| Some((card, due(card.order.phase.name())?))).find(|(card, step)| {
            self.steps.auto.contains(step) && !self.tried.contains(&(card.order.id, *step))
        })
    }
}

fn due(phase: PhaseName) -> Option<Step> {
    match phase {
        PhaseName::Placed => Some(Step::Accept),
        PhaseName::Accepted => Some(Step::Cooking),
        PhaseName::Cooking => Some(Step::Ready),
        PhaseName::Ready => Some(Step::HandedOver),
        PhaseName::PendingPayment
        | PhaseName::Reserved
        | PhaseName::HandedOver
        | PhaseName::Completed
        | PhaseName::Rejected
        | PhaseName::Cancelled => None,
    }
}

fn action(step: Step, prep_minutes: u32) -> CommandAction {
    match step {
        Step::Accept => CommandAction::Accept { prep_minutes },
        Step::Cooking => CommandAction::Cooking,
        Step::Ready => CommandAction::Ready,
        Step::HandedOver => CommandAction::HandedOver,
    }
}

fn announce(view: &View) -> Result<()> {
    print_json(&json!({
        "type": "started",
        "store": view.store,
        "position": view.journal.position,
        "events": view.journal.events,
        "waiting_commands": view.outbox.waiting,
        "light": view.link.light,
        "journal_problem": view.journal.problem,
    }))
}

fn print(occurrence: &Occurrence) -> Result<()> {
    print_line(&serde_json::to_string(occurrence)?)
}

fn print_json(value: &serde_json::Value) -> Result<()> {
    print_line(&value.to_string())
}

/// A line at once: whoever reads it through a pipe must not wait for more.
fn print_line(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
