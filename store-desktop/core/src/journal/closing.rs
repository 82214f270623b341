//! What closing a day needs of the journal: the day's chain, mending it, how far the wizard is, certificates and the key that verifies them.
//! All but the events are small facts, so they survive a damaged file.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, params};
use shared::id::DayId;

use super::mend::{self, Mended, Reread};
use super::{Journal, JournalError, facts, open};
use crate::clock;

/// How far the wizard is.
const FACT_CLOSING: &str = "closing";
/// The key that certificates are verified with, since this counter first saw it.
const FACT_KEY: &str = "certificate_key";
/// Certificates by day: this and the day's id.
const CERTIFICATE: &str = "certificate/";
/// Most certificates that are kept here; the server answers each for ever.
const MOST_CERTIFICATES: i64 = 1_000;

impl Journal {
    /// Makes the day what the server says; see [`Mended`].
    pub async fn mend(&self, reread: Arc<Reread>) -> Result<Mended, JournalError> {
        let folder = Arc::clone(&self.folder);
        self.ask(move |connection| mend::mend(connection, &folder, &reread, clock::now())).await
    }

    /// How far the closing wizard came, as it wrote it.
    pub async fn closing(&self) -> Result<Option<String>, JournalError> {
        self.ask(|connection| facts::get(connection, FACT_CLOSING)).await
    }

    /// Keeps how far the wizard is; `None` puts it away.
    pub async fn keep_closing(&self, progress: Option<String>) -> Result<(), JournalError> {
        self.ask(move |connection| match &progress {
            Some(progress) => facts::put(connection, FACT_CLOSING, progress),
            None => {
                connection.execute("DELETE FROM fact WHERE name = ?", [FACT_CLOSING])?;
                Ok(())
            }
        })
        .await
    }

    /// The pinned key.
    pub async fn certificate_key(&self) -> Result<Option<String>, JournalError> {
        self.ask(|connection| facts::get(connection, FACT_KEY)).await
    }

    /// Pins the key, unless one is pinned.
    pub async fn pin_certificate_key(&self, key: String) -> Result<(), JournalError> {
        self.ask(move |connection| {
            let sql = "INSERT OR IGNORE INTO fact (name, value) VALUES (?, ?)";
            connection.execute(sql, [FACT_KEY, key.as_str()])?;
            Ok(())
        })
        .await
    }

    /// Keeps the certificate of a day and ends the wizard's work on it, in one commit.
    pub async fn keep_certificate(
        &self,
        day_id: DayId,
        certificate: String,
        progress: String,
    ) -> Result<(), JournalError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            facts::put(&transaction, &format!("{CERTIFICATE}{day_id}"), &certificate)?;
            facts::put(&transaction, FACT_CLOSING, &progress)?;
            forget_oldest(&transaction)?;
            Ok(transaction.commit()?)
        })
        .await
    }

    /// The kept certificate of a day.
    pub async fn certificate(&self, day_id: DayId) -> Result<Option<String>, JournalError> {
        self.ask(move |connection| facts::get(connection, &format!("{CERTIFICATE}{day_id}"))).await
    }

    /// All kept certificates.
    pub async fn certificates(&self) -> Result<Vec<String>, JournalError> {
        self.ask(|connection| {
            let sql = "SELECT value FROM fact WHERE name > ?1 AND name < ?2 ORDER BY name DESC";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([CERTIFICATE, "certificate0"], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// The pinned key of the journal in `folder`; a counter may be running.
pub fn kept_key(folder: &Path) -> Result<Option<String>, JournalError> {
    facts::get(&open::open_read_only(folder)?, FACT_KEY)
}

/// Days are numbered by time, so the smallest names are the oldest.
fn forget_oldest(connection: &Connection) -> Result<(), JournalError> {
    connection.execute(
        "DELETE FROM fact WHERE name > ?1 AND name < ?2 AND name NOT IN
             (SELECT name FROM fact WHERE name > ?1 AND name < ?2 ORDER BY name DESC LIMIT ?3)",
        params![CERTIFICATE, "certificate0", MOST_CERTIFICATES],
    )?;
    Ok(())
}
