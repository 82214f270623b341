//! The way to a printer (연결): a socket or a device file. Everything is bounded; what is not answered is not waited for.

mod device;
mod status;
mod tcp;

use std::time::Duration;

use super::escpos::{ASK_WHEN_DONE, ask_status};
use super::problem::PrintCode;
use super::settings::Transport;

pub use status::{Health, is_done_answer, read_status};

/// The port that printers listen on.
pub const PORT: u16 = 9100;
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// A printer answers such questions at once.
const STATUS_LIMIT: Duration = Duration::from_millis(700);
/// A printer that takes nothing for so long stands still.
const STALL_LIMIT: Duration = Duration::from_secs(10);
/// From the last byte to the answer that it is on paper: a long ticket takes some seconds.
const DONE_LIMIT: Duration = Duration::from_secs(10);
/// How long a printer that never says so is waited for.
const DONE_LIMIT_SILENT: Duration = Duration::from_millis(500);
/// Between two looks while it prints.
const DONE_LOOK: Duration = Duration::from_secs(1);
/// A whole ticket, however slowly it goes.
const TICKET_LIMIT: Duration = Duration::from_secs(60);
/// Bytes that are handed over at once.
const CHUNK: usize = 1_024;
/// Bytes of answers to other questions that are skipped.
const MAX_SKIPPED: usize = 64;

/// An open way to a printer.
pub enum Wire {
    Tcp(tcp::Tcp),
    Device(device::Device),
}

/// Why a ticket did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// Some of it may be on paper.
    pub begun: bool,
    pub code: PrintCode,
}

/// A ticket that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The printer said that it came to the end.
    pub confirmed: bool,
}

impl Wire {
    /// Opens it.
    pub async fn open(transport: &Transport) -> Result<Self, PrintCode> {
        let opened = match transport {
            Transport::Tcp { address } => tokio::time::timeout(CONNECT_LIMIT, tcp::Tcp::open(address))
                .await
                .map(|tcp| tcp.map(Self::Tcp)),
            Transport::Device { path } => {
                let opening = device::Device::open(path);
                tokio::time::timeout(CONNECT_LIMIT, opening).await.map(|device| device.map(Self::Device))
            }
        };
        match opened {
            Ok(Ok(wire)) => Ok(wire),
            Ok(Err(error)) => {
                tracing::debug!(%error, ?transport, "the printer cannot be reached");
                Err(PrintCode::PrinterUnreachable)
            }
            Err(_) => Err(PrintCode::PrinterUnreachable),
        }
    }

    /// Asks how the printer is. One that does not answer is not ill: many do not.
    pub async fn look(&mut self) -> Result<Health, PrintCode> {
        let mut health = Health::default();
        for question in status::QUESTIONS {
            if self.write(&ask_status(question), STALL_LIMIT).await.is_err() {
                return Err(PrintCode::PrinterUnreachable);
            }
            let Some(answer) = self.wait_for(STATUS_LIMIT, status::is_status_answer).await else { break };
            read_status(&mut health, question, answer);
        }
        Ok(health)
    }

    /// Sends a ticket. `answers` says whether the printer is one that answers, `confirms` whether it says when it is done.
    pub async fn send(&mut self, bytes: &[u8], answers: bool, confirms: bool) -> Result<Sent, Broken> {
        match tokio::time::timeout(TICKET_LIMIT, self.send_all(bytes, answers, confirms)).await {
            Ok(result) => result,
            Err(_) => Err(Broken { begun: true, code: PrintCode::PrinterStalled }),
        }
    }

    async fn send_all(&mut self, bytes: &[u8], answers: bool, confirms: bool) -> Result<Sent, Broken> {
        let mut begun = false;
        for chunk in bytes.chunks(CHUNK) {
            match self.write(chunk, STALL_LIMIT).await {
                Ok(()) => begun = true,
                Err(Unwritten { some }) => {
                    return Err(Broken { begun: begun || some, code: PrintCode::PrinterStalled });
                }
            }
        }
        if !answers {
            return self.leave().await.map(|()| Sent { confirmed: false });
        }
        let asked = self.write(ASK_WHEN_DONE, STALL_LIMIT).await;
        asked.map_err(|_| Broken { begun: true, code: PrintCode::PrinterStalled })?;
        self.wait_until_done(confirms).await
    }

    /// Waits for the answer that comes after everything is on paper, and asks meanwhile what is the matter.
    async fn wait_until_done(&mut self, confirms: bool) -> Result<Sent, Broken> {
        let limit = if confirms { DONE_LIMIT } else { DONE_LIMIT_SILENT };
        let began = tokio::time::Instant::now();
        loop {
            if self.wait_for(DONE_LOOK.min(limit), is_done_answer).await.is_some() {
                return Ok(Sent { confirmed: true });
            }
            let health = self.look().await.unwrap_or_default();
            if !health.answers {
                return Err(Broken { begun: true, code: PrintCode::PrinterStalled });
            }
            if let Some(code) = health.problem {
                return Err(Broken { begun: true, code });
            }
            // It is well and does not know the question: what it took is believed to be printed.
            if began.elapsed() >= limit {
                return Ok(Sent { confirmed: false });
            }
        }
    }

    /// Says that nothing more comes, and looks whether the other side hung up on us.
    async fn leave(&mut self) -> Result<(), Broken> {
        let left = match self {
            Self::Tcp(tcp) => tcp.leave(DONE_LIMIT_SILENT).await,
            Self::Device(_) => Ok(()),
        };
        left.map_err(|_| Broken { begun: true, code: PrintCode::PrinterStalled })
    }

    /// The first byte that is an answer of the wanted kind.
    async fn wait_for(&mut self, limit: Duration, wanted: fn(u8) -> bool) -> Option<u8> {
        let until = tokio::time::Instant::now() + limit;
        for _ in 0..MAX_SKIPPED {
            let byte = match self {
                Self::Tcp(tcp) => tokio::time::timeout_at(until, tcp.read()).await.ok()?,
                Self::Device(device) => tokio::time::timeout_at(until, device.read()).await.ok()?,
            };
            if wanted(byte?) {
                return byte;
            }
        }
        None
    }

    async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), Unwritten> {
        match self {
            Self::Tcp(tcp) => tcp.write(bytes, limit).await,
            Self::Device(device) => device.write(bytes, limit).await,
        }
    }
}

/// Bytes that were not taken in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unwritten {
    /// Some of them were.
    some: bool,
}
