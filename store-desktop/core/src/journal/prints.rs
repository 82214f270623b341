//! Print jobs (출력 작업). A job is written down as printing before its first byte leaves; what was printing when the program ended is
//! held for a person.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use shared::TimeMs;
use shared::id::OrderId;

use super::{Journal, JournalError, sums};
use crate::failpoint;
use crate::print::{PrintCode, PrinterId, TicketKind};

/// Finished jobs are kept so long: nobody prints a ticket of last month, and a key must not come again before that.
const KEEP_MS: i64 = 35 * 24 * 60 * 60 * 1000;
/// Most jobs that a start reads: a month of a very busy store.
const MAX_JOBS: i64 = 100_000;
const COLUMNS: &str = "id, key, printer, kind, order_id, revision, copy, copies, reprint, document, made_at, state, code, attempts,
     sequence, released, confirmed, changed_at";

/// One piece of paper that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrint {
    /// Unique for ever: the same piece of paper is wanted once.
    pub key: String,
    pub printer: PrinterId,
    pub kind: TicketKind,
    pub order_id: Option<OrderId>,
    /// Of what the kitchen has to make.
    pub revision: u32,
    pub copy: u8,
    pub copies: u8,
    /// How many times it was printed before.
    pub reprint: u32,
    /// What a sheet says, as JSON; tickets of orders are written when they are printed, so that nothing personal lies here.
    pub document: Option<String>,
    /// Since when it is wanted, by the counter's clock.
    pub made_at: TimeMs,
    /// A person asked for this very piece of paper: it is never too late.
    pub released: bool,
    /// Why it waits for a person from the beginning.
    pub held: Option<PrintCode>,
}

/// A job and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintJob {
    pub id: i64,
    pub key: String,
    pub printer: PrinterId,
    pub kind: TicketKind,
    pub order_id: Option<OrderId>,
    pub revision: u32,
    pub copy: u8,
    pub copies: u8,
    pub reprint: u32,
    pub document: Option<String>,
    pub made_at: TimeMs,
    pub state: JobState,
    pub code: Option<PrintCode>,
    /// Tries that ended before the first byte.
    pub attempts: u32,
    /// The printer's number on the paper; 0 until bytes were about to leave.
    pub sequence: u32,
    pub released: bool,
    /// The printer answered that it had come to the end.
    pub confirmed: bool,
    pub changed_at: TimeMs,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    /// Bytes are leaving.
    Printing,
    Printed,
    /// Nothing came out, and it is not tried any more by itself.
    Failed,
    /// A person decides.
    Held,
    Discarded,
}

impl JobState {
    const ALL: [Self; 6] =
        [Self::Queued, Self::Printing, Self::Printed, Self::Failed, Self::Held, Self::Discarded];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Printing => "printing",
            Self::Printed => "printed",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Discarded => "discarded",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl PrintJob {
    /// Bytes may have left: there may be paper.
    pub fn went_out(&self) -> bool {
        self.sequence > 0 || self.code == Some(PrintCode::MaybePrinted)
    }

    /// Somebody or something still has to do with it.
    pub fn is_open(&self) -> bool {
        match self.state {
            JobState::Queued | JobState::Printing | JobState::Failed | JobState::Held => true,
            JobState::Printed | JobState::Discarded => false,
        }
    }
}

impl Journal {
    /// Every job that is kept. What was printing when the program ended is held: it may be on paper.
    pub async fn begin_prints(&self, now: TimeMs) -> Result<Vec<PrintJob>, JournalError> {
        self.ask(move |connection| begin(connection, now)).await
    }

    /// Adds the jobs whose keys are new; returns them.
    pub async fn add_prints(
        &self,
        wanted: Vec<NewPrint>,
        now: TimeMs,
    ) -> Result<Vec<PrintJob>, JournalError> {
        self.ask(move |connection| add(connection, &wanted, now)).await
    }

    /// Takes jobs over from memory, as they are, after a damaged journal was set aside with them; returns every job that is here now. One
    /// whose number is taken gets another.
    pub async fn carry_prints(&self, jobs: Vec<PrintJob>) -> Result<Vec<PrintJob>, JournalError> {
        self.ask(move |connection| carry(connection, &jobs)).await
    }

    /// Notes that the first byte is about to leave; `None` when the job is not queued any more.
    pub async fn start_print(&self, id: i64, now: TimeMs) -> Result<Option<PrintJob>, JournalError> {
        self.ask(move |connection| start(connection, id, now)).await
    }

    /// Notes what became of a job, if it is still in the state `from`; `None` when it is not.
    pub async fn note_print(&self, job: PrintJob, from: JobState) -> Result<Option<PrintJob>, JournalError> {
        self.ask(move |connection| note(connection, &job, from)).await
    }
}

fn begin(connection: &mut Connection, now: TimeMs) -> Result<Vec<PrintJob>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "UPDATE print_job SET state = 'held', code = 'maybe_printed', changed_at = ? WHERE state = 'printing'",
        [now.0],
    )?;
    transaction.execute(
        "DELETE FROM print_job WHERE state IN ('printed', 'discarded') AND changed_at < ?",
        [now.0 - KEEP_MS],
    )?;
    let jobs = all(&transaction)?;
    transaction.commit()?;
    Ok(jobs)
}

fn all(connection: &Connection) -> Result<Vec<PrintJob>, JournalError> {
    let whole = sums::is_whole("print_job");
    let sql =
        format!("SELECT {COLUMNS}, {whole} FROM print_job NOT INDEXED ORDER BY id DESC LIMIT {MAX_JOBS}");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        if !row.get::<_, bool>(18)? {
            return Err(JournalError::Damaged("a row of print_job is not as it was written".to_owned()));
        }
        jobs.push(read(row)?);
    }
    Ok(jobs)
}

fn carry(connection: &mut Connection, jobs: &[PrintJob]) -> Result<Vec<PrintJob>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = format!(
        "INSERT INTO print_job ({COLUMNS})
         VALUES (CASE WHEN EXISTS (SELECT 1 FROM print_job WHERE id = ?1) THEN NULL ELSE ?1 END,
                 ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (key) DO NOTHING"
    );
    for job in jobs {
        transaction.prepare_cached(&sql)?.execute(params![
            job.id,
            job.key,
            job.printer.0,
            job.kind.as_str(),
            job.order_id.map(|id| id.to_string()),
            job.revision,
            job.copy,
            job.copies,
            job.reprint,
            job.document,
            job.made_at.0,
            job.state.as_str(),
            job.code.map(PrintCode::as_str),
            job.attempts,
            job.sequence,
            job.released,
            job.confirmed,
            job.changed_at.0
        ])?;
    }
    let kept = all(&transaction)?;
    transaction.commit()?;
    Ok(kept)
}

fn add(connection: &mut Connection, wanted: &[NewPrint], now: TimeMs) -> Result<Vec<PrintJob>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut added = Vec::new();
    for one in wanted {
        let inserted = transaction
            .prepare_cached(
                "INSERT INTO print_job (key, printer, kind, order_id, revision, copy, copies, reprint, document, made_at, state,
                                        code, attempts, sequence, released, confirmed, changed_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, ?) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                one.key,
                one.printer.0,
                one.kind.as_str(),
                one.order_id.map(|id| id.to_string()),
                one.revision,
                one.copy,
                one.copies,
                one.reprint,
                one.document,
                one.made_at.0,
                if one.held.is_some() { "held" } else { "queued" },
                one.held.map(PrintCode::as_str),
                one.released,
                now.0
            ])?;
        if inserted == 1 {
            added.extend(find(&transaction, transaction.last_insert_rowid())?);
        }
    }
    transaction.commit()?;
    Ok(added)
}

fn start(connection: &mut Connection, id: i64, now: TimeMs) -> Result<Option<PrintJob>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let changed = transaction.execute(
        "UPDATE print_job SET state = 'printing', code = NULL, changed_at = ?2,
             sequence = 1 + (SELECT max(p.sequence) FROM print_job p WHERE p.printer = print_job.printer)
         WHERE id = ?1 AND state = 'queued'",
        params![id, now.0],
    )?;
    let job = if changed == 1 { find(&transaction, id)? } else { None };
    failpoint::reach_here("print.before_note_commit")?;
    transaction.commit()?;
    failpoint::reach_here("print.after_note_commit")?;
    Ok(job)
}

fn note(
    connection: &mut Connection,
    job: &PrintJob,
    from: JobState,
) -> Result<Option<PrintJob>, JournalError> {
    let changed = connection.execute(
        "UPDATE print_job SET state = ?, code = ?, attempts = ?, sequence = ?, released = ?, confirmed = ?, changed_at = ?
         WHERE id = ? AND state = ?",
        params![
            job.state.as_str(),
            job.code.map(PrintCode::as_str),
            job.attempts,
            job.sequence,
            job.released,
            job.confirmed,
            job.changed_at.0,
            job.id,
            from.as_str()
        ],
    )?;
    if changed == 1 { find(connection, job.id) } else { Ok(None) }
}

fn find(connection: &Connection, id: i64) -> Result<Option<PrintJob>, JournalError> {
    let sql = format!("SELECT {COLUMNS} FROM print_job WHERE id = ?");
    connection.query_row(&sql, [id], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<PrintJob, JournalError> {
    let odd = |what: &str| JournalError::Damaged(format!("a print job with an odd {what}"));
    let order_id: Option<String> = row.get(4)?;
    let code: Option<String> = row.get(12)?;
    Ok(PrintJob {
        id: row.get(0)?,
        key: row.get(1)?,
        printer: PrinterId(row.get(2)?),
        kind: TicketKind::from_name(&row.get::<_, String>(3)?).ok_or_else(|| odd("kind"))?,
        order_id: order_id.map(|id| id.parse()).transpose().map_err(|_| odd("order"))?,
        revision: row.get(5)?,
        copy: row.get(6)?,
        copies: row.get(7)?,
        reprint: row.get(8)?,
        document: row.get(9)?,
        made_at: TimeMs(row.get(10)?),
        state: JobState::from_name(&row.get::<_, String>(11)?).ok_or_else(|| odd("state"))?,
        code: code.and_then(|code| PrintCode::from_name(&code)),
        attempts: row.get(13)?,
        sequence: row.get(14)?,
        released: row.get(15)?,
        confirmed: row.get(16)?,
        changed_at: TimeMs(row.get(17)?),
    })
}
