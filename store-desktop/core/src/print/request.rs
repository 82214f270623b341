//! What a person asks of the printers.

use serde::{Deserialize, Serialize};
use shared::Code;
use shared::id::{CommandKey, OrderId};

use super::document::Document;
use super::engine::FACT_PRINTERS;
use super::escpos::{self, Cut};
use super::paper::{Paper, Rom};
use super::plan::{REVISION, key};
use super::problem::PrintCode;
use super::settings::{Printer, PrinterId, Settings, TicketKind};
use super::tickets::{Marks, test_strip};
use super::{lay_out, text_of, write};
use crate::counter::Counter;
use crate::journal::{JobState, NewPrint, PrintJob};
use crate::{HostError, clock};

/// White around the picture of a ticket, in dots.
const MARGIN: usize = 20;
/// Most reprints that are looked through for the next number.
const MAX_REPRINTS: u32 = 50;

/// `reprint({order_id, kind, printer?})`.
#[derive(Debug, Clone, Deserialize)]
pub struct ReprintForm {
    pub order_id: OrderId,
    pub kind: TicketKind,
    /// Absent: every printer that prints this kind by itself.
    #[serde(default)]
    pub printer: Option<PrinterId>,
}

/// `print_preview({kind, order_id?, printer?, paper?, reprint?, document?})`.
#[derive(Debug, Clone, Deserialize)]
pub struct PreviewForm {
    pub kind: TicketKind,
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// Whose paper and characters; absent: the first that prints this kind.
    #[serde(default)]
    pub printer: Option<PrinterId>,
    #[serde(default)]
    pub paper: Option<Paper>,
    #[serde(default)]
    pub reprint: u32,
    /// With `sheet`: what it says.
    #[serde(default)]
    pub document: Option<Document>,
}

/// A picture of what exactly would be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Preview {
    /// `data:image/png;base64,…`.
    pub png: String,
    /// The words, for those who cannot see the picture.
    pub text: String,
    pub paper: Paper,
}

impl Counter {
    /// Changes which printers there are.
    pub async fn set_printers(&self, wanted: Settings) -> Result<(), HostError> {
        let settings = {
            let before = self.state().print.settings.clone();
            before.changed_to(wanted, clock::now())?
        };
        let kept = serde_json::to_string(&settings).expect("settings came from JSON");
        self.with_reserve(|| self.journal().put_fact(FACT_PRINTERS, kept.clone())).await?;
        {
            let mut state = self.state();
            let before = std::mem::replace(&mut state.print.settings, settings.clone());
            // What was known of a printer says nothing about another one at another address.
            state.print.lights.retain(|id, _| {
                before.printer(id).map(|one| &one.transport) == settings.printer(id).map(|one| &one.transport)
            });
            state.print.nudge.notify_waiters();
        }
        self.changed();
        Ok(())
    }

    /// Prints what is held or failed. What may be on paper already gets its mark.
    pub async fn print_held(&self, ids: Vec<i64>) -> Result<(), HostError> {
        for id in ids {
            let Some(job) = self.find_job(id) else { continue };
            match job.state {
                JobState::Held | JobState::Failed if job.went_out() => self.print_again(job).await?,
                JobState::Held | JobState::Failed => self.release(job).await?,
                JobState::Queued | JobState::Printing | JobState::Printed | JobState::Discarded => {}
            }
        }
        self.state().print.nudge.notify_waiters();
        Ok(())
    }

    /// A person has seen the paper, or does not want it.
    pub async fn discard_prints(&self, ids: Vec<i64>) -> Result<(), HostError> {
        for id in ids {
            let Some(job) = self.find_job(id) else { continue };
            match job.state {
                JobState::Held | JobState::Failed | JobState::Queued => {
                    self.set_job(&job, JobState::Discarded, Some(PrintCode::Discarded), job.released).await?;
                }
                JobState::Printing | JobState::Printed | JobState::Discarded => {}
            }
        }
        Ok(())
    }

    /// Prints a ticket of an order; with its mark when it was printed before, here or at the counter that accepted the order.
    pub async fn reprint(&self, form: ReprintForm) -> Result<(), HostError> {
        let (printers, mine) = {
            let state = self.state();
            let entry = state.ledger.orders.get(&form.order_id).ok_or(Code::OrderNotFound)?;
            let printers: Vec<Printer> = match &form.printer {
                Some(id) => state.print.printer(id).into_iter().cloned().collect(),
                None => state.print.settings.printers_for(form.kind).into_iter().cloned().collect(),
            };
            (printers, accepted_by(entry).is_none_or(|device| device == state.device_id))
        };
        if printers.is_empty() {
            return Err(HostError::from(PrintCode::NoPrinter));
        }
        for printer in printers {
            let jobs: Vec<PrintJob> = {
                let state = self.state();
                let here = state.print.of_order(form.order_id, form.kind);
                here.filter(|job| job.printer == printer.id).cloned().collect()
            };
            // A ticket that another counter printed carries the mark here.
            let elsewhere = form.kind == TicketKind::Kitchen && !mine;
            let never_out = jobs.iter().find(|job| !elsewhere && !job.went_out()).cloned();
            match never_out {
                Some(waiting) if waiting.state != JobState::Queued => self.release(waiting).await?,
                // It is about to be printed.
                Some(_) => {}
                None => {
                    let out = jobs.iter().filter(|job| job.went_out()).map(|job| job.reprint + 1).max();
                    let used = jobs.iter().map(|job| job.reprint + 1).max().unwrap_or(0);
                    let reprint = out.unwrap_or(u32::from(elsewhere)).max(used);
                    self.want(form.order_id, form.kind, &printer.id, reprint).await?;
                }
            }
        }
        self.state().print.nudge.notify_waiters();
        Ok(())
    }

    /// Prints a sheet that another part of the program wrote. The key makes it one sheet; `None` when it was printed before, or when
    /// there is no printer.
    pub async fn print_document(
        &self,
        name: &str,
        kind: TicketKind,
        document: &Document,
        printer: Option<PrinterId>,
    ) -> Result<Option<PrintJob>, HostError> {
        let printer = {
            let state = self.state();
            let chosen = match &printer {
                Some(id) => state.print.printer(id),
                None => state.print.settings.printers_for(kind).first().copied(),
            };
            chosen.map(|printer| printer.id.clone()).ok_or(PrintCode::NoPrinter)?
        };
        let wanted = NewPrint {
            key: format!("{}/{name}/{printer}", kind.as_str()),
            printer,
            kind,
            order_id: None,
            revision: REVISION,
            copy: 1,
            copies: 1,
            reprint: 0,
            document: Some(serde_json::to_string(document).expect("a document holds only texts and numbers")),
            made_at: clock::now(),
            released: false,
            held: None,
        };
        self.add(wanted).await
    }

    /// Prints the test strip, each time anew.
    pub async fn test_print(&self, id: PrinterId) -> Result<Option<PrintJob>, HostError> {
        let document = {
            let state = self.state();
            let printer = state.print.printer(&id).ok_or(PrintCode::NoPrinter)?;
            let store = state.ledger.store.as_ref().map(|store| store.name.as_str());
            test_strip(store, &printer.name, printer.paper, clock::now())
        };
        let name = CommandKey::fresh().to_string();
        let job = self.print_document(&name, TicketKind::Test, &document, Some(id)).await?;
        self.state().print.nudge.notify_waiters();
        Ok(job)
    }

    /// Draws what would be printed.
    pub fn preview(&self, form: PreviewForm) -> Result<Preview, HostError> {
        let (document, paper, rom, cut) = {
            let state = self.state();
            let chosen = match &form.printer {
                Some(id) => state.print.printer(id),
                None => state.print.settings.printers_for(form.kind).first().copied(),
            };
            let paper = form.paper.or(chosen.map(|printer| printer.paper)).unwrap_or_default();
            let rom = chosen.map_or(Rom::default(), |printer| printer.rom);
            let cuts = chosen.is_none_or(|printer| printer.cuts);
            let marks = Marks { reprint: form.reprint, ..Marks::default() };
            let now = clock::now();
            let document = match (form.kind, form.order_id, form.document) {
                (TicketKind::Sheet, _, Some(document)) => document,
                (TicketKind::Sheet, _, None) => return Err(HostError::bad_call("a sheet needs a document")),
                (TicketKind::Test, _, _) => {
                    let name = chosen.map_or("프린터", |printer| printer.name.as_str());
                    test_strip(state.ledger.store.as_ref().map(|store| store.name.as_str()), name, paper, now)
                }
                (kind, Some(order_id), _) => {
                    write::ticket(&state, order_id, kind, marks, now).ok_or(Code::OrderNotFound)?
                }
                (_, None, _) => return Err(Code::OrderNotFound.into()),
            };
            (document, paper, rom, if cuts { Cut::Knife } else { Cut::TearOff })
        };
        Ok(draw(&document, paper, rom, cut))
    }

    async fn want(
        &self,
        order_id: OrderId,
        kind: TicketKind,
        printer: &PrinterId,
        reprint: u32,
    ) -> Result<(), HostError> {
        // Of a very old ticket the count may be forgotten here; the journal remembers it.
        for reprint in reprint..reprint + MAX_REPRINTS {
            let wanted = NewPrint {
                key: key(order_id, REVISION, kind, printer, 1, reprint),
                printer: printer.clone(),
                kind,
                order_id: Some(order_id),
                revision: REVISION,
                copy: 1,
                copies: 1,
                reprint,
                document: None,
                made_at: clock::now(),
                released: true,
                held: None,
            };
            if self.add(wanted).await?.is_some() {
                return Ok(());
            }
        }
        Err(HostError::from(PrintCode::OrderGone))
    }

    async fn add(&self, wanted: NewPrint) -> Result<Option<PrintJob>, HostError> {
        let added = self.add_prints(vec![wanted]).await?.into_iter().next();
        if let Some(job) = added.clone() {
            self.show_print(job);
        }
        Ok(added)
    }

    /// The paper may be there: this job ends, and another one with the mark takes its place.
    async fn print_again(&self, job: PrintJob) -> Result<(), HostError> {
        match job.order_id {
            Some(order_id) => {
                let used = {
                    let state = self.state();
                    let mine =
                        state.print.of_order(order_id, job.kind).filter(|one| one.printer == job.printer);
                    mine.map(|one| one.reprint + 1).max().unwrap_or(1)
                };
                self.want(order_id, job.kind, &job.printer, used).await?;
            }
            None => {
                let again = NewPrint {
                    key: format!("{}/{}", job.key, job.reprint + 1),
                    printer: job.printer.clone(),
                    kind: job.kind,
                    order_id: None,
                    revision: job.revision,
                    copy: job.copy,
                    copies: job.copies,
                    reprint: job.reprint + 1,
                    document: job.document.clone(),
                    made_at: clock::now(),
                    released: true,
                    held: None,
                };
                self.add(again).await?;
            }
        }
        self.set_job(&job, JobState::Discarded, Some(PrintCode::MaybePrinted), job.released).await
    }

    /// Nothing came out so far: the same job goes on.
    async fn release(&self, job: PrintJob) -> Result<(), HostError> {
        let fresh = PrintJob { attempts: 0, ..job };
        self.set_job(&fresh, JobState::Queued, None, true).await
    }

    async fn set_job(
        &self,
        job: &PrintJob,
        state: JobState,
        code: Option<PrintCode>,
        released: bool,
    ) -> Result<(), HostError> {
        let changed = PrintJob { state, code, released, changed_at: clock::now(), ..job.clone() };
        let noting = self.with_reserve(|| self.journal().note_print(changed.clone(), job.state));
        if let Some(noted) = noting.await? {
            self.show_print(noted);
        }
        Ok(())
    }

    fn find_job(&self, id: i64) -> Option<PrintJob> {
        self.state().print.jobs.get(&id).cloned()
    }
}

/// The counter that accepted the order, when its log tells.
pub(super) fn accepted_by(entry: &crate::fold::Entry) -> Option<shared::id::DeviceId> {
    use shared::order::Actor;
    let accepted = entry.history.iter().find(|one| one.kind == "order_accepted")?;
    match accepted.by {
        Actor::Counter { device_id, .. } => Some(device_id),
        Actor::Customer | Actor::Timer | Actor::Payment | Actor::Operator => None,
    }
}

/// A picture of a document on paper.
pub fn draw(document: &Document, paper: Paper, rom: Rom, cut: Cut) -> Preview {
    use base64::Engine as _;
    let lines = lay_out(document, paper);
    let printed = escpos::render(&escpos::encode(&lines, paper, rom, cut), paper, rom);
    let png = base64::engine::general_purpose::STANDARD.encode(printed.image.png(MARGIN));
    Preview { png: format!("data:image/png;base64,{png}"), text: text_of(&lines), paper }
}
