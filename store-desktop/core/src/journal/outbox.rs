//! Commands (처리): on the disk with their key before they are first sent, and with their answer ever after.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use shared::id::{CommandKey, OrderId};
use shared::log::Position;
use shared::wire::{Command, CommandAction, CommandAnswer, Incarnation, Outcome};
use shared::{Code, TimeMs};

use super::append::settle;
use super::{JournalError, current_branch, facts};
use crate::failpoint;

/// Most bytes of a command's JSON: many times the largest edit of a menu that makes sense.
pub const MAX_COMMAND_BYTES: usize = 64 * 1024;
/// Most commands that wait for an answer. A counter without a line for weeks has given some thousands.
const MAX_OPEN: i64 = 20_000;
/// What stands in the place of the server's code when a person took the command back before it was sent.
const WITHDRAWN: &str = "withdrawn";

/// Settled commands are kept this long, as the server keeps its answers.
const KEEP_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// Where the current incarnation is kept.
pub(super) const FACT_INCARNATION: &str = "incarnation";

/// A command that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub command: Command,
    pub fate: Fate,
}

/// How far a command came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Not sent yet, or sent and not answered. The same key is sent until there is an answer.
    Unanswered,
    /// In effect at the server; the log up to `position` shows it.
    Applied { position: Option<Position> },
    /// Nothing happened; shown until somebody dismisses it.
    Refused { code: Code, at: TimeMs },
}

impl Fate {
    /// Whether nothing came of it.
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Unanswered | Self::Applied { .. } => false,
        }
    }
}

/// Keeps a new command; key and device number are made here, inside the commit.
pub(super) fn queue(
    connection: &mut Connection,
    order_id: Option<OrderId>,
    expected_version: Option<u32>,
    action: CommandAction,
    now: TimeMs,
) -> Result<Command, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "SELECT count(*) FROM command WHERE settled = 0";
    if transaction.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))? >= MAX_OPEN {
        return Err(JournalError::TooMuch);
    }
    let command = Command {
        key: CommandKey::fresh(),
        device_seq: next_number(&transaction)?,
        incarnation: incarnation(&transaction)?,
        made_at: now,
        order_id,
        expected_version,
        action,
    };
    if written(&command).len() > MAX_COMMAND_BYTES {
        return Err(JournalError::TooMuch);
    }
    write(&transaction, command.device_seq, &command)?;
    failpoint::reach_here("pc.before_key_commit")?;
    transaction.commit()?;
    failpoint::reach_here("pc.after_key_commit")?;
    Ok(command)
}

/// The oldest unanswered commands but for those that are held back, marked as sent before they leave.
pub(super) fn take_to_send(
    connection: &mut Connection,
    limit: usize,
    held: &[CommandKey],
) -> Result<Vec<Command>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rows: Vec<(i64, Command)> = {
        let mut statement = transaction.prepare_cached(
            "SELECT device_seq, json FROM command WHERE settled = 0 AND state IN ('queued', 'sent')
             ORDER BY device_seq LIMIT ?",
        )?;
        let enough = (limit + held.len()) as i64;
        let rows = statement.query_map([enough], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let read = rows.map(|row| {
            let (number, json) = row?;
            Ok::<_, JournalError>((number, read_command(&json)?))
        });
        let commands =
            read.filter(|row| row.as_ref().is_ok_and(|(_, one)| !held.contains(&one.key)) || row.is_err());
        commands.take(limit).collect::<Result<_, _>>()?
    };
    let mut changed = 0;
    for (device_seq, _) in &rows {
        changed += transaction
            .prepare_cached("UPDATE command SET state = 'sent' WHERE device_seq = ? AND state = 'queued'")?
            .execute([device_seq])?;
    }
    if changed > 0 {
        transaction.commit()?;
    }
    Ok(rows.into_iter().map(|(_, command)| command).collect())
}

/// A person takes a command back. `false` when it was sent already, or has an answer.
pub(super) fn withdraw(
    connection: &mut Connection,
    key: CommandKey,
    now: TimeMs,
) -> Result<bool, JournalError> {
    let withdrawn = connection.execute(
        "UPDATE command SET state = 'refused', code = ?, answered_at = ?, settled = 1
         WHERE key = ? AND state = 'queued' AND settled = 0",
        params![WITHDRAWN, now.0, key.to_string()],
    )?;
    Ok(withdrawn > 0)
}

/// Keeps commands that were given while the disk took nothing, with the keys and the words that they were sent with. Those that are here
/// already stay as they are: whoever asked for them to be kept may have gone before hearing that they were.
pub(super) fn keep(connection: &mut Connection, commands: &[Command]) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for command in commands {
        match find(&transaction, command.key)? {
            None => write(&transaction, next_number(&transaction)?, command)?,
            Some(kept) if says_the_same(&kept.command, command) => {}
            Some(_) => {
                let why = format!("the key {} stands for another command", command.key);
                return Err(JournalError::Damaged(why));
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Whether two commands are one, which may have been numbered anew.
fn says_the_same(one: &Command, other: &Command) -> bool {
    let (device_seq, incarnation) = (one.device_seq, one.incarnation);
    *one == Command { device_seq, incarnation, ..other.clone() }
}

/// The number that the next command gets. The floor is what a damaged journal had reached.
fn next_number(connection: &Connection) -> Result<i64, JournalError> {
    let sql = "SELECT 1 + max(coalesce((SELECT max(device_seq) FROM command), 0),
                        coalesce((SELECT CAST(value AS INTEGER) FROM fact WHERE name = 'device_seq_floor'), 0))";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// The incarnation that numbers count in now.
pub(super) fn incarnation(connection: &Connection) -> Result<Incarnation, JournalError> {
    let kept = facts::get(connection, FACT_INCARNATION)?;
    Ok(kept.and_then(|text| text.parse().ok()).map_or(Incarnation::NONE, Incarnation))
}

fn written(command: &Command) -> String {
    serde_json::to_string(command).expect("a command holds only strings and numbers")
}

/// What stands in the column: commands about the store have no order.
pub(super) fn order_column(command: &Command) -> String {
    command.order_id.map(|id| id.to_string()).unwrap_or_default()
}

fn write(connection: &Connection, number: i64, command: &Command) -> Result<(), JournalError> {
    let json = written(command);
    connection
        .prepare_cached(
            "INSERT INTO command (device_seq, key, order_id, made_at, json, state) VALUES (?, ?, ?, ?, ?, 'queued')",
        )?
        .execute(params![
            number,
            command.key.to_string(),
            order_column(command),
            command.made_at.0,
            json
        ])?;
    Ok(())
}

/// The server has seen the number of this command before, with another command: another copy of this disk used it. The
/// server did nothing and kept nothing under the key, so the command goes out again under the key, with a number of a
/// new incarnation.
fn renumber(connection: &Connection, key: CommandKey) -> Result<bool, JournalError> {
    let row: Option<(i64, String)> = connection
        .query_row(
            "SELECT device_seq, json FROM command WHERE key = ? AND state IN ('queued', 'sent')",
            [key.to_string()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((number, json)) = row else { return Ok(false) };
    let mut command = read_command(&json)?;
    let mut current = incarnation(connection)?;
    if command.incarnation == current {
        current = Incarnation::fresh();
        facts::put(connection, FACT_INCARNATION, &current.0.to_string())?;
    }
    (command.device_seq, command.incarnation) = (next_number(connection)?, current);
    connection.execute("DELETE FROM command WHERE device_seq = ?", [number])?;
    write(connection, command.device_seq, &command)?;
    Ok(true)
}

/// Stores answers; returns those that stand. An answer to an unknown or answered command changes nothing, and a command
/// whose number was refused is given a new one and waits again.
pub(super) fn answer(
    connection: &mut Connection,
    answers: Vec<CommandAnswer>,
    now: TimeMs,
) -> Result<Vec<CommandAnswer>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut standing = Vec::with_capacity(answers.len());
    for answer in answers {
        let Some(key) = answer.key else { continue };
        if answer.code == Some(Code::DeviceNumberReused) && renumber(&transaction, key)? {
            continue;
        }
        let state = match answer.outcome {
            Outcome::Applied | Outcome::AlreadyApplied => "applied",
            Outcome::Refused => "refused",
        };
        let written = transaction.execute(
            "UPDATE command SET state = ?, code = ?, epoch = ?, seq = ?, answered_at = ?
             WHERE key = ? AND state IN ('queued', 'sent')",
            params![
                state,
                answer.code.map(Code::as_str),
                answer.position.as_ref().map(|p| p.epoch),
                answer.position.as_ref().map(|p| p.seq),
                now.0,
                key.to_string()
            ],
        )?;
        if written == 0 && is_open(&transaction, key)? {
            return Err(JournalError::Damaged(format!("the command {key} waits and cannot be found")));
        }
        standing.push(answer);
    }
    if let Some(branch) = current_branch(&transaction)? {
        settle(&transaction, &branch)?;
    }
    transaction.commit()?;
    Ok(standing)
}

/// Whether a command waits, without the help of the index of keys.
fn is_open(connection: &Connection, key: CommandKey) -> Result<bool, JournalError> {
    let sql = "SELECT 1 FROM command INDEXED BY command_open
               WHERE settled = 0 AND key = ? AND state IN ('queued', 'sent')";
    Ok(connection.query_row(sql, [key.to_string()], |_| Ok(())).optional()?.is_some())
}

/// A person has read the refusal.
pub(super) fn dismiss(connection: &mut Connection, key: CommandKey) -> Result<(), JournalError> {
    connection
        .execute("UPDATE command SET settled = 1 WHERE key = ? AND state = 'refused'", [key.to_string()])?;
    Ok(())
}

/// Everything that is not settled, in order.
pub(super) fn waiting(connection: &Connection) -> Result<Vec<Waiting>, JournalError> {
    let mut statement = connection.prepare(
        "SELECT json, state, code, epoch, seq, answered_at FROM command WHERE settled = 0 ORDER BY device_seq",
    )?;
    let mut rows = statement.query([])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        waiting.push(read(row)?);
    }
    Ok(waiting)
}

/// The command with this key and its fate, settled or not.
pub(super) fn find(connection: &Connection, key: CommandKey) -> Result<Option<Waiting>, JournalError> {
    let sql = "SELECT json, state, code, epoch, seq, answered_at FROM command WHERE key = ?";
    connection.query_row(sql, [key.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

/// Drops settled commands that the server has forgotten too; the newest stays, because numbers go on from it.
pub(super) fn prune(connection: &mut Connection, now: TimeMs) -> Result<(), JournalError> {
    connection.execute(
        "DELETE FROM command WHERE settled = 1 AND made_at < ? AND device_seq < (SELECT max(device_seq) FROM command)",
        [now.0 - KEEP_MS],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Waiting, JournalError> {
    let command = read_command(&row.get::<_, String>(0)?)?;
    let fate = match row.get::<_, String>(1)?.as_str() {
        "applied" => Fate::Applied {
            position: match (row.get::<_, Option<i32>>(3)?, row.get::<_, Option<i64>>(4)?) {
                (Some(epoch), Some(seq)) => {
                    Some(Position { epoch, seq, hash8: shared::log::GENESIS.hash8() })
                }
                _ => None,
            },
        },
        "refused" => Fate::Refused {
            code: read_code(row.get::<_, Option<String>>(2)?.as_deref()),
            at: TimeMs(row.get::<_, Option<i64>>(5)?.unwrap_or(command.made_at.0)),
        },
        "queued" | "sent" => Fate::Unanswered,
        other => return Err(JournalError::Damaged(format!("a command in the state {other:?}"))),
    };
    Ok(Waiting { command, fate })
}

fn read_command(json: &str) -> Result<Command, JournalError> {
    serde_json::from_str(json).map_err(|error| JournalError::Damaged(format!("a stored command: {error}")))
}

fn read_code(name: Option<&str>) -> Code {
    Code::ALL.iter().copied().find(|code| Some(code.as_str()) == name).unwrap_or(Code::NotAllowed)
}
