//! Certificates (마감 증명서): the pinned key, what is kept in the journal, and the folder for whoever wants to verify a day.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::certificate::{Certificate, Forged, PublicKey, SignedCertificate};
use shared::id::DayId;

use super::compare::CloseError;
use super::document::document;
use super::server::ClosingServer;
use super::view::{CertificateCard, CertificateView, CloseNote, Exported};
use crate::journal::{Journal, JournalError};
use crate::print::kst_date;
use crate::{HostError, clock, journal};

/// Where exported certificates are, inside the data folder.
const FOLDER: &str = "certificates";

/// A certificate as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCertificate {
    pub signed: SignedCertificate,
    /// The key that verified it, 64 hex digits.
    pub public_key: String,
    pub received_at: TimeMs,
    /// This counter's own records were compared before; not for a day that somebody else closed.
    #[serde(default)]
    pub compared: bool,
}

/// The key that this counter believes, since it first saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptKey {
    pub public_key: String,
    pub pinned_at: TimeMs,
}

impl KeptKey {
    /// The certificate, if this key signed exactly this text.
    pub fn verify(&self, signed: &SignedCertificate) -> Result<Certificate, Forged> {
        signed.verify(&PublicKey::from_hex(&self.public_key).ok_or(Forged::OtherKey)?)
    }
}

/// The pinned key. Without one the server's own is pinned: whoever answers then is believed from then on.
pub(super) async fn key(journal: &Journal, server: &impl ClosingServer) -> Result<KeptKey, CloseError> {
    if let Some(kept) = pinned(journal).await? {
        return Ok(kept);
    }
    let told = server.certificate_key().await?;
    let key = PublicKey::from_hex(&told.public_key)
        .filter(|key| key.id() == told.key_id)
        .ok_or_else(|| CloseError::Server("its key is none".to_owned()))?;
    let kept = KeptKey { public_key: key.hex(), pinned_at: clock::now() };
    journal.pin_certificate_key(to_json(&kept)).await?;
    tracing::info!(key = key.id(), "the key that certificates are verified with was pinned");
    Ok(pinned(journal).await?.unwrap_or(kept))
}

/// The pinned key of the counter in `folder`, which may be running.
pub fn pinned_key(folder: &Path) -> Result<Option<PublicKey>, JournalError> {
    let kept = journal::kept_key(folder)?;
    let kept = kept.and_then(|kept| serde_json::from_str::<KeptKey>(&kept).ok());
    Ok(kept.and_then(|kept| PublicKey::from_hex(&kept.public_key)))
}

pub(super) async fn pinned(journal: &Journal) -> Result<Option<KeptKey>, JournalError> {
    let kept = journal.certificate_key().await?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// `certificates()`: newest first, each verified again.
pub(crate) async fn list(journal: &Journal) -> Result<Vec<CertificateCard>, HostError> {
    let key = pinned(journal).await?;
    let kept = journal.certificates().await?;
    let card = |kept: &String| {
        let kept: KeptCertificate = serde_json::from_str(kept).ok()?;
        let certificate = kept.signed.unverified()?;
        Some(CertificateCard {
            day_id: certificate.day_id,
            closed_at: certificate.closed_at,
            totals: certificate.totals,
            verified: key.as_ref().is_some_and(|key| key.verify(&kept.signed).is_ok()),
        })
    };
    let mut cards: Vec<CertificateCard> = kept.iter().filter_map(card).collect();
    cards.sort_by_key(|card| std::cmp::Reverse(card.closed_at));
    Ok(cards)
}

/// `certificate({day_id})`.
pub(crate) async fn show(journal: &Journal, day_id: DayId) -> Result<CertificateView, HostError> {
    let (kept, certificate) = find(journal, day_id).await?;
    let key = pinned(journal).await?;
    let verdict = key.as_ref().ok_or(Forged::OtherKey).and_then(|key| key.verify(&kept.signed));
    let problem = verdict.as_ref().err().map(|why| CloseNote::not_believed(&why.to_string()));
    Ok(CertificateView {
        document: document(&certificate, &kept.signed, verdict.is_ok()),
        verified: verdict.is_ok(),
        problem,
        public_key: key.map_or(kept.public_key, |key| key.public_key),
        certificate,
        signed: kept.signed,
    })
}

async fn find(journal: &Journal, day_id: DayId) -> Result<(KeptCertificate, Certificate), HostError> {
    let kept = journal.certificate(day_id).await?.ok_or_else(HostError::no_certificate)?;
    let kept: KeptCertificate = serde_json::from_str(&kept).map_err(|_| HostError::no_certificate())?;
    let certificate = kept.signed.unverified().ok_or_else(HostError::no_certificate)?;
    Ok((kept, certificate))
}

/// `certificate_export({day_id})`: writes the certificate, the key, the journal and how to verify into a folder. Blocks while it writes.
pub fn export(folder: &Path, kept: &KeptCertificate) -> Result<Exported, JournalError> {
    let certificate = kept.signed.unverified();
    let name = certificate.as_ref().map_or_else(
        || "unreadable".to_owned(),
        |certificate| format!("{}-{}", date(certificate.closed_at), certificate.day_id),
    );
    let into = folder.join(FOLDER).join(name);
    fs::create_dir_all(&into)?;
    let mut files = Vec::new();
    let mut write = |name: &str, content: &[u8]| -> Result<(), JournalError> {
        fs::write(into.join(name), content)?;
        files.push(name.to_owned());
        Ok(())
    };
    write("certificate.json", to_json(&kept.signed).as_bytes())?;
    write("key.txt", format!("{}\n", kept.public_key).as_bytes())?;
    write("README.txt", HOW_TO_VERIFY.as_bytes())?;
    let mut out = BufWriter::new(fs::File::create(into.join("journal.jsonl"))?);
    journal::export(folder, &mut out)?;
    out.flush()?;
    files.push("journal.jsonl".to_owned());
    Ok(Exported { folder: shown(into), files })
}

/// `2026-11-21`, without the day of the week.
fn date(at: TimeMs) -> String {
    kst_date(at).chars().take_while(|character| !character.is_whitespace()).collect()
}

pub(crate) async fn export_kept(
    journal: &Journal,
    folder: PathBuf,
    day_id: DayId,
) -> Result<Exported, HostError> {
    let (kept, _) = find(journal, day_id).await?;
    let writing = tokio::task::spawn_blocking(move || export(&folder, &kept));
    Ok(writing.await.map_err(|_| JournalError::Stopped)??)
}

fn shown(folder: PathBuf) -> String {
    folder.to_string_lossy().into_owned()
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("keys and certificates hold only texts and numbers")
}

const HOW_TO_VERIFY: &str = "\
마감 증명서와 이 매장 PC의 기록입니다. 누구나 서버나 계정 없이 검증할 수 있습니다.
This is the closing certificate of a day and the journal of the store's PC. Anybody can verify them without a server or an account.

    journal-verify journal.jsonl --certificate certificate.json --key key.txt

key.txt는 서버가 공개한 열쇠(/v1/certificate-key)와 같아야 합니다.
key.txt has to be the key that the server publishes at /v1/certificate-key.
";
