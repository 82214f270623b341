//! What a window asks about printing.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::Code;
use shared::id::{CommandKey, DayId, OrderId};

use super::CounterHost;
use super::call::read;
use crate::journal::PrintJob;
use crate::print::tickets::sales_sheet;
use crate::print::{
    Document, PreviewForm, PrintCode, PrintJobView, PrinterId, PrinterView, ReprintForm, Settings,
    TicketKind, look_at_printer,
};
use crate::{HostError, clock};

/// Calls that print, or change what is printed: not for whoever only looks on.
const CHANGES: [&str; 8] = [
    "set_printers",
    "test_print",
    "printer_status",
    "print_held",
    "discard_prints",
    "reprint",
    "certificate_print",
    "sales_print",
];

/// How long a test print is waited for; it is printed later all the same.
const TEST_LIMIT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct OnePrinter {
    printer: PrinterId,
}

#[derive(Deserialize)]
struct Jobs {
    /// Absent: all that wait for a person.
    #[serde(default)]
    ids: Option<Vec<i64>>,
}

#[derive(Deserialize)]
struct OneDay {
    day_id: DayId,
}

#[derive(Deserialize)]
struct SomeDay {
    #[serde(default)]
    day_id: Option<DayId>,
}

#[derive(Deserialize)]
struct OneOrder {
    order_id: OrderId,
}

impl CounterHost {
    /// The calls about printing by name; `bad_call` when there is none such.
    pub(super) async fn print_call(&self, name: &str, arguments: Value) -> Result<Value, HostError> {
        if self.counter().state().session.is_none() {
            return match name {
                "printers" | "set_printers" | "test_print" | "printer_status" | "print_preview"
                | "held_prints" | "print_held" | "discard_prints" | "reprint" | "order_prints"
                | "certificate_print" | "sales_print" => Err(HostError::not_signed_in()),
                other => Err(no_such_call(other)),
            };
        }
        if CHANGES.contains(&name) && self.counter().state().is_viewer() {
            return Err(Code::ReadOnlySession.into());
        }
        match name {
            "printers" => to_json(&self.counter().state().print.settings),
            "set_printers" => {
                let settings: Settings = read(arguments)?;
                self.counter().set_printers(settings).await?;
                Ok(Value::Null)
            }
            "test_print" => to_json(&self.test_print(read::<OnePrinter>(arguments)?.printer).await?),
            "printer_status" => to_json(&self.printer_status(read::<OnePrinter>(arguments)?.printer).await?),
            "print_preview" => self.preview(read(arguments)?).await,
            "held_prints" => to_json(&self.jobs(waits_for_person)),
            "order_prints" => {
                let order_id = read::<OneOrder>(arguments)?.order_id;
                to_json(&self.jobs(|job| job.order_id == Some(order_id)))
            }
            "print_held" => {
                let ids = self.chosen(read(arguments)?);
                self.counter().print_held(ids).await?;
                Ok(Value::Null)
            }
            "discard_prints" => {
                let ids = self.chosen(read(arguments)?);
                self.counter().discard_prints(ids).await?;
                Ok(Value::Null)
            }
            "reprint" => {
                self.counter().reprint(read::<ReprintForm>(arguments)?).await?;
                Ok(Value::Null)
            }
            "certificate_print" => {
                let day_id = read::<OneDay>(arguments)?.day_id;
                let document = self.certificate(day_id).await?.document;
                self.print_sheet(&document).await
            }
            "sales_print" => {
                let sales = self.sales(read::<SomeDay>(arguments)?.day_id).await?;
                let store = self.counter().state().ledger.store.as_ref().map(|store| store.name.clone());
                self.print_sheet(&sales_sheet(store.as_deref(), &sales, clock::now())).await
            }
            other => Err(no_such_call(other)),
        }
    }

    /// Prints a sheet each time that somebody asks for it.
    async fn print_sheet(&self, document: &Document) -> Result<Value, HostError> {
        let name = CommandKey::fresh().to_string();
        self.counter().print_document(&name, TicketKind::Sheet, document, None).await?;
        Ok(Value::Null)
    }

    /// Prints the test strip and waits until it is known what became of it.
    pub async fn test_print(&self, printer: PrinterId) -> Result<PrintJobView, HostError> {
        let job = self.counter().test_print(printer).await?.ok_or(PrintCode::NoPrinter)?;
        let mut changes = self.counter().changes();
        let settled = async {
            loop {
                if self
                    .job(job.id)
                    .is_none_or(|job| !job.is_open() || waits_for_person(&job) || job.code.is_some())
                {
                    return;
                }
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        // Printed or not, its state tells.
        let _ = tokio::time::timeout(TEST_LIMIT, settled).await;
        let state = self.counter().state();
        let job = state.print.jobs.get(&job.id).unwrap_or(&job);
        Ok(state.print.job_view(job, &state.ledger))
    }

    /// Asks the printer how it is.
    pub async fn printer_status(&self, id: PrinterId) -> Result<PrinterView, HostError> {
        let printer = self.counter().state().print.printer(&id).cloned().ok_or(PrintCode::NoPrinter)?;
        look_at_printer(self.counter(), &printer).await;
        let state = self.counter().state();
        state.print.nudge.notify_waiters();
        Ok(state.print.printer_view(&id))
    }

    async fn preview(&self, form: PreviewForm) -> Result<Value, HostError> {
        let counter = std::sync::Arc::clone(self.counter());
        let drawing = tokio::task::spawn_blocking(move || counter.preview(form));
        to_json(&drawing.await.map_err(HostError::bad_call)??)
    }

    fn jobs(&self, wanted: impl Fn(&PrintJob) -> bool) -> Vec<PrintJobView> {
        let state = self.counter().state();
        let jobs = state.print.jobs.values().filter(|job| wanted(job));
        jobs.map(|job| state.print.job_view(job, &state.ledger)).collect()
    }

    fn job(&self, id: i64) -> Option<PrintJob> {
        self.counter().state().print.jobs.get(&id).cloned()
    }

    fn chosen(&self, jobs: Jobs) -> Vec<i64> {
        jobs.ids.unwrap_or_else(|| self.jobs(waits_for_person).into_iter().map(|job| job.id).collect())
    }
}

fn waits_for_person(job: &PrintJob) -> bool {
    use crate::journal::JobState;
    matches!(job.state, JobState::Held | JobState::Failed)
}

fn to_json(answer: &impl serde::Serialize) -> Result<Value, HostError> {
    serde_json::to_value(answer).map_err(HostError::bad_call)
}

fn no_such_call(name: &str) -> HostError {
    HostError::bad_call(json!(format!("there is no call {name:?}")))
}
