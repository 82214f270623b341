//! Commands (처리): on the disk with their key before they are first sent, and with their answer ever after.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use shared::id::{CommandKey, OrderId};
use shared::log::Position;
use shared::wire::{Command, CommandAction, CommandAnswer, Outcome};
use shared::{Code, TimeMs};

use super::append::settle;
use super::{JournalError, current_branch};

/// Settled commands are kept this long, as the server keeps its answers.
const KEEP_MS: i64 = 90 * 24 * 60 * 60 * 1000;

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

/// Keeps a new command; key and device number are made here, inside the commit.
pub(super) fn queue(
    connection: &mut Connection,
    order_id: OrderId,
    expected_version: Option<u32>,
    action: CommandAction,
    now: TimeMs,
) -> Result<Command, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let device_seq: i64 = transaction.query_row(
        "SELECT 1 + max(coalesce((SELECT max(device_seq) FROM command), 0),
                        coalesce((SELECT CAST(value AS INTEGER) FROM fact WHERE name = 'device_seq_floor'), 0))",
        [],
        |row| row.get(0),
    )?;
    let command =
        Command { key: CommandKey::fresh(), device_seq, made_at: now, order_id, expected_version, action };
    let json = serde_json::to_string(&command).expect("a command holds only strings and numbers");
    transaction.execute(
        "INSERT INTO command (device_seq, key, order_id, made_at, json, state) VALUES (?, ?, ?, ?, ?, 'queued')",
        params![device_seq, command.key.to_string(), order_id.to_string(), now.0, json],
    )?;
    transaction.commit()?;
    Ok(command)
}

/// The oldest unanswered commands, marked as sent before they leave.
pub(super) fn take_to_send(connection: &mut Connection, limit: usize) -> Result<Vec<Command>, JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let commands: Vec<Command> = {
        let mut statement = transaction.prepare_cached(
            "SELECT json FROM command WHERE settled = 0 AND state IN ('queued', 'sent') ORDER BY device_seq LIMIT ?",
        )?;
        let rows = statement.query_map([limit as i64], |row| row.get::<_, String>(0))?;
        rows.map(|json| read_command(&json?)).collect::<Result<_, JournalError>>()?
    };
    let mut changed = 0;
    for command in &commands {
        changed += transaction
            .prepare_cached("UPDATE command SET state = 'sent' WHERE device_seq = ? AND state = 'queued'")?
            .execute([command.device_seq])?;
    }
    if changed > 0 {
        transaction.commit()?;
    }
    Ok(commands)
}

/// Stores answers. An answer to an unknown or answered command changes nothing.
pub(super) fn answer(
    connection: &mut Connection,
    answers: &[CommandAnswer],
    now: TimeMs,
) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for answer in answers {
        let Some(key) = answer.key else { continue };
        let state = match answer.outcome {
            Outcome::Applied | Outcome::AlreadyApplied => "applied",
            Outcome::Refused => "refused",
        };
        transaction.execute(
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
    }
    if let Some(branch) = current_branch(&transaction)? {
        settle(&transaction, &branch)?;
    }
    transaction.commit()?;
    Ok(())
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
        _ => Fate::Unanswered,
    };
    Ok(Waiting { command, fate })
}

fn read_command(json: &str) -> Result<Command, JournalError> {
    serde_json::from_str(json).map_err(|error| JournalError::Damaged(format!("a stored command: {error}")))
}

fn read_code(name: Option<&str>) -> Code {
    Code::ALL.iter().copied().find(|code| Some(code.as_str()) == name).unwrap_or(Code::NotAllowed)
}
