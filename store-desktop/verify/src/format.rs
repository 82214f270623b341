//! The file: a header, one line per event, an end with a checksum over everything before it. Each line is JSON.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::TimeMs;
use shared::id::{DeviceId, StoreId};
use shared::log::{ChainHash, Position};

/// Names the format in its first line.
pub const FORMAT: &str = "simple-order-journal";
/// Version of the files written today.
pub const FORMAT_VERSION: u16 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    #[serde(rename = "type")]
    pub mark: HeaderMark,
    pub format: String,
    pub v: u16,
    /// Absent in a journal whose counter never signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<StoreId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    pub exported_at: TimeMs,
    pub branches: Vec<BranchHeader>,
}

/// `"type":"header"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderMark {
    Header,
}

/// `"type":"end"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndMark {
    End,
}

/// A run of the log that hangs together; more than one after the server started over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchHeader {
    pub branch: i64,
    pub epoch: i32,
    /// It begins after this event, whose chain hash is `hash`.
    pub seq: i64,
    /// 64 hex digits.
    pub hash: String,
    pub reason: String,
    pub started_at: TimeMs,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orphaned_at: Option<TimeMs>,
    pub events: i64,
    /// The chain hash of its last event, 64 hex digits.
    pub head_hash: String,
}

/// One event with its exact body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLine {
    pub branch: i64,
    /// The server gave this branch up.
    pub orphaned: bool,
    pub position: Position,
    /// The whole chain hash, 64 hex digits.
    pub hash: String,
    pub received_at: TimeMs,
    /// The exact text whose UTF-8 bytes were hashed. One that is no text, in a damaged journal, is in `body_hex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_hex: Option<String>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    #[serde(rename = "type")]
    pub mark: EndMark,
    pub events: i64,
    /// Of every byte before this line, 64 hex digits.
    pub sha256: String,
}

impl EventLine {
    /// The line of one event.
    pub fn new(
        branch: i64,
        orphaned: bool,
        position: Position,
        hash: &ChainHash,
        received_at: TimeMs,
        body: Vec<u8>,
    ) -> Self {
        let (body, body_hex) = match String::from_utf8(body) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(hex(error.as_bytes()))),
        };
        Self { branch, orphaned, position, hash: hash.hex(), received_at, body, body_hex }
    }
}

/// Writes an export line by line.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
    events: i64,
}

impl<'a> Writer<'a> {
    /// Begins with the header.
    pub fn begin(out: &'a mut dyn Write, header: &Header) -> io::Result<Self> {
        let mut writer = Self { out, digest: Sha256::new(), events: 0 };
        writer.write(header)?;
        Ok(writer)
    }

    /// One more event.
    pub fn event(&mut self, event: &EventLine) -> io::Result<()> {
        self.events += 1;
        self.write(event)
    }

    /// The end; how many events were written.
    pub fn finish(mut self) -> io::Result<i64> {
        let end =
            End { mark: EndMark::End, events: self.events, sha256: hex(&self.digest.clone().finalize()) };
        self.write(&end)?;
        self.out.flush()?;
        Ok(self.events)
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.out.write_all(&text)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
