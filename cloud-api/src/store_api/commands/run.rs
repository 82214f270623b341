//! One command, one transaction: its effect and its answer commit together.

use anyhow::anyhow;
use shared::Code;
use shared::day::{DayCommand, TransitionCause};
use shared::log::Position;
use shared::order::OrderCommand;
use shared::wire::{Command, CommandAnswer, Outcome, StaffRole, Target};

use super::{applied, refused};
use crate::app::App;
use crate::day::{self, DayChange, DayError};
use crate::db::commands::{Answered, NewCommand, Seen};
use crate::db::{self, in_time};
use crate::failpoint;
use crate::menu::{self, StoreChange, StoreError};
use crate::orders::{Change, TransitionError, transition};
use crate::problem::ApiError;
use crate::store_api::CounterSession;
use crate::store_api::session::over;
use crate::wake::Work;

/// Tries of a transaction that lost against another.
const MAX_TRIES: u32 = 3;
/// `serialization_failure` and `deadlock_detected`: the transaction did nothing and may be tried again.
const TRY_AGAIN: [&str; 2] = ["40001", "40P01"];
/// `unique_violation`: of the number, because the key's own conflict is no error.
const NUMBER_TAKEN: &str = "23505";
/// `lock_not_available` and `query_canceled`: the store is busy for the moment.
const BUSY: [&str; 2] = ["55P03", "57014"];

/// Why a try came to no answer.
enum Failed {
    /// Another transaction wrote the same key first; its answer is there now.
    Raced,
    Database(sqlx::Error),
    Refused(ApiError),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<failpoint::Injected> for Failed {
    fn from(injected: failpoint::Injected) -> Self {
        Self::Database(injected.into())
    }
}

/// The command's answer: the stored one when it came before.
pub(super) async fn run(
    app: &App,
    session: &CounterSession,
    command: &Command,
    body_hash: &[u8],
) -> Result<CommandAnswer, ApiError> {
    for left in (0..MAX_TRIES).rev() {
        match in_time(try_once(app, session, command, body_hash)).await {
            Ok((answer, work)) => {
                app.wake.up(work);
                return Ok(answer);
            }
            Err(Failed::Refused(error)) => return Err(error),
            Err(Failed::Raced) => {}
            Err(Failed::Database(error)) if left > 0 && has_code(&error, &TRY_AGAIN) => {
                metrics::counter!("command_retries").increment(1);
            }
            Err(Failed::Database(error)) if has_code(&error, &BUSY) => {
                tracing::warn!(store_id = %session.store_id, key = %command.key, %error, "a command had to wait too long");
                return Err(ApiError::unavailable());
            }
            Err(Failed::Database(error)) => return Err(error.into()),
        }
    }
    Err(ApiError::unavailable())
}

async fn try_once(
    app: &App,
    session: &CounterSession,
    command: &Command,
    body_hash: &[u8],
) -> Result<(CommandAnswer, Work), Failed> {
    let (store_id, now) = (session.store_id, app.clock.now_ms());
    let mut tx = app.db.begin().await?;
    // A take-over waits for this transaction, or this one sees it: no command of an old holder comes after it.
    if !db::sessions::hold(&mut tx, store_id, session.session_id).await? {
        let reason = db::sessions::ended(&mut *tx, store_id, session.session_id, now).await?;
        let error = match reason {
            Some(reason) => over(&mut *tx, store_id, reason).await?,
            None => ApiError::unavailable(),
        };
        return Err(Failed::Refused(error));
    }
    // The order's lock first, as everywhere; the same command in another request waits here, then finds the answer. Two copies of a command
    // about the store meet at the store's row or at their key.
    let exists = match command.order_id {
        Some(order_id) => db::commands::lock_order(&mut tx, store_id, order_id).await?,
        None => true,
    };
    match db::commands::find(&mut *tx, store_id, session.device_id, command).await? {
        Seen::Before(before) => return Ok((answered(command, body_hash, before), Work::default())),
        Seen::NumberTaken => return Ok((number_taken(session, command), Work::default())),
        Seen::Never => {}
    }
    failpoint::reach("cmd.after_claim").await?;
    let (answer, work) = if !exists {
        (refused(Some(command.key), Code::OrderNotFound), Work::default())
    } else if command.action.needs_owner() && session.role != StaffRole::Owner {
        (refused(Some(command.key), Code::OwnerOnly), Work::default())
    } else {
        decide(&mut tx, app, session, command).await?
    };
    let new = NewCommand {
        key: command.key,
        device_id: session.device_id,
        device_seq: command.device_seq,
        incarnation: command.incarnation,
        body_hash,
        kind: command.action.kind(),
        order_id: command.order_id,
        answer: &answer,
    };
    match db::commands::insert(&mut tx, store_id, &new, now).await {
        Ok(true) => {}
        Ok(false) => return Err(Failed::Raced),
        // Another command with the same number of the same device was first.
        Err(error) if has_code(&error, &[NUMBER_TAKEN]) => return Err(Failed::Raced),
        Err(error) => return Err(error.into()),
    }
    failpoint::reach("cmd.before_commit").await?;
    tx.commit().await?;
    failpoint::reach("cmd.after_commit").await?;
    Ok((answer, work))
}

/// What the domain said: the end of the log after it, or why not.
type Decided = Result<(Option<Position>, Work), Code>;

async fn decide(
    tx: &mut sqlx::PgConnection,
    app: &App,
    session: &CounterSession,
    command: &Command,
) -> Result<(CommandAnswer, Work), Failed> {
    let decided = match (command.action.target(), command.order_id) {
        (Target::Order(order), Some(_)) => of_order(tx, app, session, command, order).await?,
        (Target::Order(_), None) => Err(Code::CommandMalformed),
        (Target::Day(day), _) => of_day(tx, app, session, command, day).await?,
        (Target::Store, _) => of_store(tx, app, session, command).await?,
    };
    let (position, work) = match decided {
        Ok(made) => made,
        Err(code) => return Ok((refused(Some(command.key), code), Work::default())),
    };
    let position = match position {
        Some(position) => position,
        // It was so already; whatever made it so is committed and before the end of the log.
        None => db::events::read_cursor(&mut *tx, session.store_id)
            .await?
            .ok_or(sqlx::Error::RowNotFound)?
            .position(),
    };
    Ok((applied(command.key, Some(position)), work))
}

async fn of_order(
    tx: &mut sqlx::PgConnection,
    app: &App,
    session: &CounterSession,
    command: &Command,
    wanted: OrderCommand,
) -> Result<Decided, Failed> {
    let Some(order_id) = command.order_id else { return Ok(Err(Code::CommandMalformed)) };
    let change = Change {
        store_id: session.store_id,
        order_id,
        command: wanted,
        by: session.actor(),
        expected_version: command.expected_version.filter(|_| !command.action.is_kitchen_fact()),
    };
    match transition(tx, &app.clock, change).await {
        Ok(made) => Ok(Ok((made.position, made.work))),
        Err(TransitionError::NotFound) => Ok(Err(Code::OrderNotFound)),
        Err(TransitionError::Changed { .. }) => Ok(Err(Code::OrderChanged)),
        Err(TransitionError::Refused(refusal)) => Ok(Err(refusal.code())),
        Err(TransitionError::NoBusinessDay) => Err(no_business_day(session)),
        Err(TransitionError::Database(error)) => Err(error.into()),
    }
}

async fn of_day(
    tx: &mut sqlx::PgConnection,
    app: &App,
    session: &CounterSession,
    command: &Command,
    wanted: DayCommand,
) -> Result<Decided, Failed> {
    let change = DayChange {
        store_id: session.store_id,
        command: wanted,
        by: session.actor(),
        cause: TransitionCause::ByHand,
        made_at: Some(command.made_at),
        new_day: command.day_id(),
    };
    match day::transition(tx, &app.clock, change).await {
        Ok(made) => Ok(Ok((made.position, made.work))),
        Err(DayError::Refused(refusal)) => Ok(Err(refusal.code())),
        Err(DayError::Database(error)) => Err(error.into()),
    }
}

async fn of_store(
    tx: &mut sqlx::PgConnection,
    app: &App,
    session: &CounterSession,
    command: &Command,
) -> Result<Decided, Failed> {
    let change = StoreChange { store_id: session.store_id, action: &command.action, by: session.actor() };
    match menu::change(tx, &app.clock, &change).await {
        Ok(made) => Ok(Ok((made.position, made.work))),
        Err(StoreError::Refused(code)) => Ok(Err(code)),
        Err(StoreError::NoBusinessDay) => Err(no_business_day(session)),
        Err(StoreError::Database(error)) => Err(error.into()),
    }
}

fn no_business_day(session: &CounterSession) -> Failed {
    Failed::Refused(anyhow!("store {} has no business day", session.store_id).into())
}

/// What a command that came before gets: its own answer, or the news that its key belongs to another.
fn answered(command: &Command, body_hash: &[u8], before: Answered) -> CommandAnswer {
    if before.body_hash != body_hash {
        tracing::warn!(key = %command.key, "a command key came again with another command");
        return refused(Some(command.key), Code::CommandKeyReused);
    }
    let outcome = match before.answer.outcome {
        Outcome::Applied | Outcome::AlreadyApplied => Outcome::AlreadyApplied,
        Outcome::Refused => Outcome::Refused,
    };
    CommandAnswer { outcome, ..before.answer }
}

/// Nothing is kept under the key: the counter sends the command again under it, with a number of a new incarnation.
fn number_taken(session: &CounterSession, command: &Command) -> CommandAnswer {
    metrics::counter!("device_numbers_reused").increment(1);
    tracing::error!(store_id = %session.store_id, device_id = %session.device_id, key = %command.key,
        number = command.device_seq, incarnation = command.incarnation.0,
        "a counter gave out a number twice: its disk was restored or copied");
    refused(Some(command.key), Code::DeviceNumberReused)
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}
