//! An exported journal (기록) and a closing certificate (마감 증명서), verified by anybody: the owner, an accountant, an association. It needs
//! the files and the server's public key; no server, no account, no counter.
//!
//! What it proves: every event follows its predecessor by number and by hash; nothing in the file was changed since it was written; the
//! certificate was signed by the key; the journal's events of the day are the certificate's, and its totals follow from them alone.

mod fault;
mod format;
mod tally;
mod verifier;

use std::io::BufRead;

use shared::certificate::{Certificate, PublicKey, SignedCertificate};

pub use fault::{Fault, VerifyError};
pub use format::{BranchHeader, End, EndMark, EventLine, FORMAT, FORMAT_VERSION, Header, HeaderMark, Writer};
pub use tally::Tally;
pub use verifier::{DayProved, Verified, Verifier};

/// Longest line that is read: an event is far below, a header names each branch of the journal.
pub const MAX_LINE: usize = 4 * 1024 * 1024;

/// Verifies an exported journal, and that a certificate, whose signature was verified before, is about it.
pub fn verify(mut export: impl BufRead, certificate: Option<&Certificate>) -> Result<Verified, VerifyError> {
    let mut line = Vec::new();
    read_line(&mut export, &mut line)?;
    let mut verifier = Verifier::begin(&line, certificate)?;
    while read_line(&mut export, &mut line)? {
        verifier.line(&line)?;
    }
    Ok(verifier.finish()?)
}

/// One line without its end; `false` when there is none.
fn read_line(export: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, VerifyError> {
    line.clear();
    let limit = MAX_LINE as u64 + 1;
    let read = std::io::Read::take(&mut *export, limit).read_until(b'\n', line)?;
    if read > MAX_LINE {
        return Err(Fault::NotAnExport.into());
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(read > 0)
}

/// Reads a certificate's file.
pub fn read_certificate(text: &str) -> Result<SignedCertificate, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::NotACertificate)
}

/// Reads a key: 64 hex digits, or what the server answers at `/v1/certificate-key`.
pub fn read_key(text: &str) -> Result<PublicKey, Fault> {
    #[derive(serde::Deserialize)]
    struct Answer {
        public_key: String,
    }
    let answered = serde_json::from_str::<Answer>(text).ok().map(|answer| answer.public_key);
    let hex = answered.as_deref().unwrap_or(text).trim();
    PublicKey::from_hex(hex).ok_or(Fault::NotAKey)
}
