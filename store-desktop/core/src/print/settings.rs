//! Which printers there are, and what each of them prints. Kept as a fact in the journal.

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::TimeMs;

use super::paper::{Paper, Rom};
use crate::HostError;

/// Most printers of a counter.
pub const MAX_PRINTERS: usize = 8;
/// Most copies of one ticket.
pub const MAX_COPIES: u8 = 5;
/// Longest name, address or path.
const MAX_TEXT: usize = 200;

/// A printer's key, chosen by whoever adds it, never changed and never used again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(transparent)]
pub struct PrinterId(pub String);

impl fmt::Display for PrinterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kinds of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    Kitchen,
    Slip,
    Cancel,
    /// The test strip.
    Test,
    /// A certificate or the sales of a day.
    Sheet,
}

impl TicketKind {
    pub const ALL: [Self; 5] = [Self::Kitchen, Self::Slip, Self::Cancel, Self::Test, Self::Sheet];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kitchen => "kitchen",
            Self::Slip => "slip",
            Self::Cancel => "cancel",
            Self::Test => "test",
            Self::Sheet => "sheet",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How the printer is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "via", rename_all = "snake_case")]
pub enum Transport {
    /// `192.168.0.50` or `192.168.0.50:9100`.
    Tcp { address: String },
    /// `/dev/usb/lp0`, a serial port, or any file.
    Device { path: String },
}

/// A kind that is printed without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Route {
    pub kind: TicketKind,
    #[serde(default = "one")]
    pub copies: u8,
}

fn one() -> u8 {
    1
}

fn yes() -> bool {
    true
}

/// One printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Printer {
    pub id: PrinterId,
    /// What people call it: 주방, 카운터.
    pub name: String,
    pub transport: Transport,
    #[serde(default)]
    pub paper: Paper,
    #[serde(default)]
    pub rom: Rom,
    /// Whether it has a knife.
    #[serde(default = "yes")]
    pub cuts: bool,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub prints: Vec<Route>,
    /// Since when it prints what it prints, by the counter's clock: what happened before is not printed. Set by the counter.
    #[serde(default = "beginning")]
    pub since: TimeMs,
}

fn beginning() -> TimeMs {
    TimeMs(0)
}

impl Printer {
    /// How many copies of this kind it prints by itself.
    pub fn copies(&self, kind: TicketKind) -> u8 {
        let copies = self.prints.iter().filter(|route| route.kind == kind).map(|route| route.copies).max();
        if self.enabled { copies.unwrap_or(0) } else { 0 }
    }
}

/// Every printer of this counter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, rename = "PrintSettings"))]
pub struct Settings {
    pub printers: Vec<Printer>,
}

impl Settings {
    pub fn printer(&self, id: &PrinterId) -> Option<&Printer> {
        self.printers.iter().find(|printer| &printer.id == id)
    }

    /// The printers that print this kind by themselves; when none does, the first one that works.
    pub fn printers_for(&self, kind: TicketKind) -> Vec<&Printer> {
        let own: Vec<&Printer> = self.printers.iter().filter(|printer| printer.copies(kind) > 0).collect();
        if own.is_empty() {
            self.printers.iter().filter(|printer| printer.enabled).take(1).collect()
        } else {
            own
        }
    }

    /// Takes what a person entered: a printer that prints something new does so from now on, not for what is past.
    pub fn changed_to(&self, mut wanted: Self, now: TimeMs) -> Result<Self, HostError> {
        wanted.check()?;
        for printer in &mut wanted.printers {
            let before = self.printer(&printer.id);
            let kinds = |printer: &Printer| {
                TicketKind::ALL.into_iter().filter(|kind| printer.copies(*kind) > 0).collect::<Vec<_>>()
            };
            let new = before.is_none_or(|before| kinds(printer).iter().any(|kind| before.copies(*kind) == 0));
            printer.since = match before {
                Some(before) if !new => before.since,
                Some(_) | None => now,
            };
        }
        Ok(wanted)
    }

    fn check(&self) -> Result<(), HostError> {
        if self.printers.len() > MAX_PRINTERS {
            return Err(HostError::printer_settings(format!("at most {MAX_PRINTERS} printers")));
        }
        for (at, printer) in self.printers.iter().enumerate() {
            let target = match &printer.transport {
                Transport::Tcp { address } => address,
                Transport::Device { path } => path,
            };
            for text in [&printer.id.0, &printer.name, target] {
                if text.trim().is_empty()
                    || text.chars().count() > MAX_TEXT
                    || text.chars().any(char::is_control)
                {
                    return Err(HostError::printer_settings(format!(
                        "printer {}: a text is empty or too long",
                        at + 1
                    )));
                }
            }
            if printer.id.0.contains('/') || self.printers[..at].iter().any(|other| other.id == printer.id) {
                return Err(HostError::printer_settings(format!(
                    "printer {}: its id cannot be used",
                    at + 1
                )));
            }
            if printer.prints.iter().any(|route| !(1..=MAX_COPIES).contains(&route.copies)) {
                return Err(HostError::printer_settings(format!("1 to {MAX_COPIES} copies")));
            }
        }
        Ok(())
    }
}
