//! Line by line, with little memory: an export of years may be large.

use sha2::{Digest, Sha256};
use shared::certificate::Certificate;
use shared::day::DayTotals;
use shared::id::StoreId;
use shared::log::{ChainHash, Position, chain};

use crate::format::{End, EventLine, FORMAT, FORMAT_VERSION, Header, hex};
use crate::tally::Read;
use crate::{Fault, Tally};

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub store_id: Option<StoreId>,
    pub branches: usize,
    pub events: i64,
    /// Where the current branch ends.
    pub head: Option<Position>,
    /// With a certificate.
    pub day: Option<DayProved>,
}

/// A certificate that the journal bears out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayProved {
    pub events: i64,
    /// As the events alone make them.
    pub totals: DayTotals,
    /// The journal holds the closing itself too.
    pub closing_seen: bool,
}

/// Verifies an export while it is read.
pub struct Verifier {
    header: Header,
    digest: Sha256,
    line: u64,
    branches: Vec<Branch>,
    certificate: Option<Certificate>,
    ended: bool,
}

/// How far a branch was followed.
struct Branch {
    id: i64,
    orphaned: bool,
    epoch: i32,
    start: i64,
    seq: i64,
    hash: ChainHash,
    day: Tally,
    /// The chain at the certificate's last event.
    certified: Option<ChainHash>,
    /// What the branch says of the closing.
    closing: Option<Read>,
}

impl Verifier {
    /// Begins with the first line. The certificate's signature was verified before.
    pub fn begin(first: &[u8], certificate: Option<&Certificate>) -> Result<Self, Fault> {
        let header: Header = serde_json::from_slice(first).map_err(|_| Fault::NotAnExport)?;
        if header.format != FORMAT {
            return Err(Fault::NotAnExport);
        }
        if header.v != FORMAT_VERSION {
            return Err(Fault::TooNew(header.v));
        }
        if let (Some(certificate), Some(store)) = (certificate, header.store_id)
            && certificate.store_id != store
        {
            return Err(Fault::OtherStore {
                certified: certificate.store_id.to_string(),
                journal: store.to_string(),
            });
        }
        let branches = header.branches.iter().map(|branch| {
            Some(Branch {
                id: branch.branch,
                orphaned: branch.orphaned_at.is_some(),
                epoch: branch.epoch,
                start: branch.seq,
                seq: branch.seq,
                hash: ChainHash::from_hex(&branch.hash)?,
                day: Tally::default(),
                certified: None,
                closing: None,
            })
        });
        let branches = branches.collect::<Option<_>>().ok_or(Fault::Unreadable { line: 1 })?;
        let mut digest = Sha256::new();
        digest.update(first);
        digest.update(b"\n");
        Ok(Self { header, digest, line: 1, branches, certificate: certificate.cloned(), ended: false })
    }

    /// The next line.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.line += 1;
        if self.ended {
            return Err(Fault::AfterTheEnd { line: self.line });
        }
        if let Ok(end) = serde_json::from_slice::<End>(line) {
            return self.end(&end);
        }
        let event: EventLine =
            serde_json::from_slice(line).map_err(|_| Fault::Unreadable { line: self.line })?;
        self.digest.update(line);
        self.digest.update(b"\n");
        let unknown = Fault::UnknownBranch { line: self.line, branch: event.branch };
        let unreadable = Fault::Unreadable { line: self.line };
        let branch = self.branches.iter_mut().find(|branch| branch.id == event.branch).ok_or(unknown)?;
        let body = body_of(&event).ok_or(unreadable)?;
        branch.follow(&event, &body)?;
        if let Some(certificate) = &self.certificate {
            branch.compare_day(certificate, &body);
        }
        Ok(())
    }

    fn end(&mut self, end: &End) -> Result<(), Fault> {
        self.ended = true;
        let events: i64 = self.branches.iter().map(Branch::events).sum();
        if end.sha256 != hex(&self.digest.clone().finalize()) || end.events != events {
            return Err(Fault::Checksum);
        }
        Ok(())
    }

    /// After the last line.
    pub fn finish(self) -> Result<Verified, Fault> {
        for (branch, promised) in self.branches.iter().zip(&self.header.branches) {
            if branch.events() != promised.events {
                let (branch, found) = (branch.id, branch.events());
                return Err(Fault::OtherCount { branch, promised: promised.events, found });
            }
            if branch.hash.hex() != promised.head_hash {
                return Err(Fault::OtherEnd { branch: branch.id });
            }
        }
        if !self.ended {
            return Err(Fault::CutShort);
        }
        let day =
            self.certificate.as_ref().map(|certificate| prove(&self.branches, certificate)).transpose()?;
        let current = self.branches.iter().find(|branch| !branch.orphaned);
        Ok(Verified {
            store_id: self.header.store_id,
            branches: self.branches.len(),
            events: self.branches.iter().map(Branch::events).sum(),
            head: current.map(|branch| Position::new(branch.epoch, branch.seq, &branch.hash)),
            day,
        })
    }
}

fn body_of(event: &EventLine) -> Option<Vec<u8>> {
    match (&event.body, &event.body_hex) {
        (Some(text), None) => Some(text.clone().into_bytes()),
        (None, Some(hex)) if hex.len().is_multiple_of(2) && hex.is_ascii() => {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
        }
        (Some(_), Some(_)) | (None, _) => None,
    }
}

impl Branch {
    fn events(&self) -> i64 {
        self.seq - self.start
    }

    fn follow(&mut self, event: &EventLine, body: &[u8]) -> Result<(), Fault> {
        let found = event.position.seq;
        if found != self.seq + 1 {
            return Err(Fault::Missing { expected: self.seq + 1, found });
        }
        let hash = chain(self.hash, found, body);
        if event.hash != hash.hex() {
            return Err(Fault::ChainBroken { seq: found });
        }
        if event.position != Position::new(self.epoch, found, &hash) || event.orphaned != self.orphaned {
            return Err(Fault::OtherPosition { seq: found });
        }
        (self.seq, self.hash) = (found, hash);
        Ok(())
    }

    fn compare_day(&mut self, certificate: &Certificate, body: &[u8]) {
        if self.epoch != certificate.epoch || self.seq < certificate.first_seq {
            return;
        }
        if self.seq == certificate.upto_seq {
            self.certified = Some(self.hash);
        }
        let Some(read) = Read::of(body) else { return };
        if self.seq <= certificate.upto_seq {
            self.day.read(certificate.day_id, &read);
        } else if read.kind == "day_closed" && read.day_id == Some(certificate.day_id) {
            self.closing = Some(read);
        }
    }
}

/// The branch that has the certificate's day, and whether it says the same.
fn prove(branches: &[Branch], certificate: &Certificate) -> Result<DayProved, Fault> {
    let Certificate { epoch, first_seq, upto_seq, .. } = *certificate;
    let covers = |branch: &&Branch| branch.start < first_seq && branch.certified.is_some();
    let mut covering = branches.iter().filter(covers).peekable();
    if covering.peek().is_none() {
        return Err(Fault::NotCovered { epoch, first_seq, upto_seq });
    }
    let certified = certificate.chain_hash();
    let branch =
        covering.find(|branch| branch.certified == certified).ok_or(Fault::OtherHead { upto_seq })?;
    branch.day.compare(&certificate.totals)?;
    if let Some(closing) = &branch.closing {
        let rows = [
            ("closed_at", closing.closed_at == Some(certificate.closed_at)),
            ("upto_seq", closing.upto_seq == Some(upto_seq)),
            ("head_hash", closing.head_hash.as_deref() == Some(certificate.head_hash.as_str())),
            ("totals", closing.totals == Some(certificate.totals)),
        ];
        if let Some((field, _)) = rows.iter().find(|(_, same)| !same) {
            return Err(Fault::OtherClosing { field });
        }
    }
    Ok(DayProved {
        events: upto_seq - first_seq + 1,
        totals: certificate.totals,
        closing_seen: branch.closing.is_some(),
    })
}
