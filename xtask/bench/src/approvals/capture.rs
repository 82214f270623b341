//! Records what PostgreSQL is asked during one saga, by its own log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::http;
use e2e::wait::{wait_for, wait_until};
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::Recorded;
use crate::row::Setup;
use crate::shop::{Shop, number};

/// The end of the recorded store's log before the recorded order: a number that nothing else has.
pub const SEQ: i64 = 7_770_000;
/// The recorded order's daily number; the same.
pub const NUMBER: i64 = 5_550_000;
/// After the message was sent nothing more is expected for this long.
const QUIET: Duration = Duration::from_secs(2);
const PREFIX: &str = "%p|";
/// A list of more ids is about all stores, and nobody's saga.
const LONG_LIST: usize = 100;

/// One transaction, or a statement of its own, of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub in_transaction: bool,
    pub statements: Vec<Statement>,
}

/// What was executed, with its parameters; `None` is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    pub parameters: Vec<Option<String>>,
}

/// Lets order `n` be paid while PostgreSQL writes down every statement. The API is started again before and after it.
pub async fn record(shop: &mut Shop, setup: &Setup, n: u32, stores: u32) -> Result<Recorded> {
    let store = number(1 + n % stores);
    mark(shop, store).await?;
    let payment = shop.prepare_payments(n..n + 1).await?.first().context("one was prepared")?.clone();
    let from = std::fs::metadata(&setup.postgres_log)?.len();
    log_statements(shop, true).await?;
    http::client().get(&payment.returns_to).send().await?;
    wait_until("the recorded order's message is sent", async || {
        let sent = sqlx::query_scalar(
            "select exists (select 1 from notification where order_id = $1 and state = 'sent')",
        );
        Ok(sent.bind(number(n)).fetch_one(&shop.database.pool).await?)
    })
    .await?;
    tokio::time::sleep(QUIET).await;
    log_statements(shop, false).await?;
    let attempt: Uuid = sqlx::query_scalar("select attempt_id from payment_attempt where order_id = $1")
        .bind(number(n))
        .fetch_one(&shop.database.pool)
        .await?;
    let token = payment.returns_to.split("/pay/").nth(1).and_then(|rest| rest.split('/').next());
    let hash = Sha256::digest(token.context("the return address has a token")?.as_bytes());
    let token_hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let order = number(n);
    let known = [store, order, attempt].map(|id| id.to_string());
    let known: Vec<&str> = known.iter().map(String::as_str).chain([token_hash.as_str()]).collect();
    let mut file = File::open(&setup.postgres_log)?;
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let statements = of_saga(&parse(&String::from_utf8_lossy(&text)), &known);
    ensure!(!statements.is_empty(), "{} holds no statement of the saga", setup.postgres_log.display());
    Ok(Recorded { statements, store, order, attempt, token_hash })
}

/// Gives the store a log position and a daily number that are recognised among the parameters.
async fn mark(shop: &Shop, store: Uuid) -> Result<()> {
    let statements = [
        "update store_cursor set last_seq = $2 where store_id = $1",
        "update business_day set next_number = $2 + 2220000 * -1, first_seq = 7770000 where store_id = $1",
    ];
    for statement in statements {
        sqlx::query(statement).bind(store).bind(SEQ).execute(&shop.database.pool).await?;
    }
    sqlx::query(
        "insert into store_event (store_id, seq, epoch, day_id, kind, v, body, hash, created_at)
         select store_id, $2, epoch, store_id, 'marked', 1, '{}', last_hash, now() from store_cursor where store_id = $1",
    )
    .bind(store)
    .bind(SEQ)
    .execute(&shop.database.pool)
    .await?;
    Ok(())
}

/// New connections log their statements, or do not any more; the API gets new ones.
async fn log_statements(shop: &mut Shop, on: bool) -> Result<()> {
    shop.api.stop().await?;
    let pool = &shop.database.pool;
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(pool).await?;
    let value = if on { "all" } else { "none" };
    let statements = [
        format!("alter system set log_line_prefix = '{PREFIX}'"),
        format!("alter database {name} set log_statement = '{value}'"),
    ];
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement)).execute(pool).await?;
    }
    sqlx::query("select pg_reload_conf()").execute(pool).await?;
    wait_for("PostgreSQL has read its configuration again", async || {
        let prefix: String = sqlx::query_scalar("show log_line_prefix").fetch_one(pool).await?;
        Ok((prefix == PREFIX).then_some(()))
    })
    .await?;
    shop.api.serve().await
}

/// Statements with the process that executed them, in the log's order.
fn parse(log: &str) -> Vec<(u32, Statement)> {
    let mut found: Vec<(u32, Statement)> = Vec::new();
    for entry in entries(log) {
        let Some((process, rest)) = entry.split_once('|') else { continue };
        let Ok(process) = process.parse() else { continue };
        if let Some(text) = statement(rest) {
            found.push((process, Statement { text: text.to_owned(), parameters: Vec::new() }));
        } else if let Some(values) = detail(rest)
            && let Some((_, last)) = found.iter_mut().rev().find(|(one, _)| *one == process)
        {
            last.parameters = parameters(values);
        }
    }
    found
}

/// Lines that begin with a tab go on with the line before.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(last)) => {
                last.push('\n');
                last.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

fn statement(entry: &str) -> Option<&str> {
    let rest = entry.strip_prefix("LOG:  ")?;
    if let Some(text) = rest.strip_prefix("statement: ") {
        return Some(text);
    }
    rest.strip_prefix("execute ")?.split_once(": ").map(|(_, text)| text)
}

fn detail(entry: &str) -> Option<&str> {
    let rest = entry.strip_prefix("DETAIL:  ")?;
    rest.strip_prefix("parameters: ").or_else(|| rest.strip_prefix("Parameters: "))
}

/// Reads `$1 = 'it''s', $2 = NULL`.
fn parameters(text: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, value)) = rest.split_once(" = ") {
        let Some(quoted) = value.strip_prefix('\'') else {
            values.push(None);
            rest = value;
            continue;
        };
        let mut plain = String::new();
        let mut parts = quoted.chars().peekable();
        let mut used = 1;
        while let Some(letter) = parts.next() {
            used += letter.len_utf8();
            if letter != '\'' {
                plain.push(letter);
            } else if parts.next_if_eq(&'\'').is_some() {
                used += 1;
                plain.push('\'');
            } else {
                break;
            }
        }
        values.push(Some(plain));
        rest = &value[used..];
    }
    values
}

/// The transactions and statements that concern the saga: those that name one of its ids, and the sender's claim of messages, which names
/// none because it takes whatever is due.
fn of_saga(logged: &[(u32, Statement)], known: &[&str]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    for (process, statement) in logged {
        let word = statement.text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        match (word.as_str(), open.get(process)) {
            ("begin", _) => {
                open.insert(*process, units.len());
                units.push(Unit { in_transaction: true, statements: Vec::new() });
            }
            ("commit" | "rollback", _) => {
                open.remove(process);
            }
            (_, Some(&unit)) => units[unit].statements.push(statement.clone()),
            (_, None) => units.push(Unit { in_transaction: false, statements: vec![statement.clone()] }),
        }
    }
    units.retain(|unit| unit.statements.iter().any(|statement| concerns(statement, known)));
    units
}

fn concerns(statement: &Statement, known: &[&str]) -> bool {
    let is_long = |value: &str| value.starts_with('{') && value.matches(',').count() >= LONG_LIST;
    let names = |value: &String| !is_long(value) && known.iter().any(|id| value.contains(id));
    statement.parameters.iter().flatten().any(names) || statement.text.contains("state = 'sending'")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
        7|LOG:  statement: BEGIN\n\
        8|LOG:  execute sqlx_s_1: select 1 from timer\n\
        7|LOG:  execute sqlx_s_2: update orders\n\
        \tset phase = $2 where order_id = $1\n\
        7|DETAIL:  parameters: $1 = 'abc', $2 = 'it''s', $3 = NULL\n\
        7|LOG:  statement: COMMIT\n";

    #[test]
    fn a_log_is_read_with_transactions_and_parameters() {
        let units = of_saga(&parse(LOG), &["abc"]);
        assert_eq!(units.len(), 1);
        assert!(units[0].in_transaction);
        let statement = &units[0].statements[0];
        assert_eq!(statement.text, "update orders\nset phase = $2 where order_id = $1");
        assert_eq!(statement.parameters, [Some("abc".to_owned()), Some("it's".to_owned()), None]);
    }

    #[test]
    fn what_is_asked_about_all_stores_belongs_to_no_saga() {
        let of = |ids: &[&str]| Statement {
            text: "select 1".to_owned(),
            parameters: vec![Some(format!("{{{}}}", ids.join(",")))],
        };
        assert!(concerns(&of(&["abc"]), &["abc"]));
        assert!(!concerns(&of(&["abc"; 200]), &["abc"]));
    }
}
