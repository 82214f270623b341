//! Printing (출력): what goes on paper, on which printer, exactly once.
//!
//! * [`Document`] is what a sheet says, [`lay_out`] puts it into columns, [`escpos`] makes the printer's bytes of it, and
//!   [`escpos::render`] draws what exactly those bytes would print.
//! * [`tickets`] writes the kitchen ticket, the bag slip, the cancel ticket and the test strip.
//! * [`plan`] says which tickets the orders call for and [`judge`] whether one may still be printed; both are pure.
//! * Jobs live in the journal ([`crate::journal::PrintJob`]); one task per printer works on them and never holds up anything else.
//!
//! A ticket is written down as *printing* before its first byte leaves. Whatever happens after that, it is never printed again
//! without its mark (재출력) and without a person who asked for it.

mod code;
mod columns;
mod dates;
mod document;
mod engine;
pub mod escpos;
pub mod font;
mod judge;
mod layout;
mod paper;
mod plan;
mod problem;
mod request;
mod settings;
mod state;
pub mod tickets;
pub mod transport;
mod view;
mod worker;
mod write;

pub use code::{read_ticket_code, ticket_code};
pub use columns::{fit, on_paper, width, wrap};
pub use dates::{kst_date, kst_date_time};
pub use document::{Align, Block, Column, Document, Size, Style};
pub(crate) use engine::load;
pub use engine::run;
pub use judge::{Judged, STALE_AFTER_MS, judge};
pub use layout::{Line, Run, lay_out, text_of};
pub use paper::{Paper, Rom};
pub use plan::{Due, plan};
pub use problem::PrintCode;
pub use request::{Preview, PreviewForm, ReprintForm, draw};
pub use settings::{Printer, PrinterId, Route, Settings, TicketKind, Transport};
pub use state::{Light, PrintState};
pub use view::{PrintJobView, PrintNote, PrintView, PrinterView};
pub(crate) use worker::look as look_at_printer;
