//! The way to Postgres. The driver waits for ever on a connection whose other end went silent, and so does its pool when such a connection
//! comes back to it; so here every statement has a bound, and no connection is handed out or taken back without a sign of life.
//!
//! Statements inside a transaction have no bound of their own: the transaction has one, see [`in_time`].

use std::io;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Connection, Either, Error, Execute, Executor, PgConnection, PgPool, Postgres, Row, SqlStr};
use tokio::time::timeout;

/// Most connections of one process, unless `DATABASE_CONNECTIONS` says another number.
pub const CONNECTIONS: NonZeroU32 = NonZeroU32::new(20).expect("it is not zero");
/// How long anybody waits for a connection. The chat has a shorter budget of its own.
const ACQUIRE_PATIENCE: Duration = Duration::from_secs(4);
/// How long a connection may take to show that it lives; leaves time to make a new one.
const PING_PATIENCE: Duration = Duration::from_millis(2_500);
/// A connection that answered this lately is not asked whether it lives: under load nobody waits for that, and when all connections
/// were dropped only requests of this moment notice.
const FRESH: Duration = Duration::from_millis(100);
/// How long one statement may take, the wait for a connection included. Postgres itself ends it earlier.
pub const STATEMENT_PATIENCE: Duration = Duration::from_secs(10);
/// How long one transaction may take. No network call happens inside of one.
pub const TRANSACTION_PATIENCE: Duration = Duration::from_secs(10);

/// What every session asks of Postgres: no lock, statement or forgotten transaction holds up a store, and a session whose client went
/// away without a word ends, with its locks, in about 25 s. A statement is planned once, not for each of its first five uses: the plan is the
/// same for every store, and when Postgres comes back all connections are new and planning is most of their work. So no statement may
/// have a condition that only some values need.
const SESSION: [(&str, &str); 8] = [
    ("lock_timeout", "2s"),
    ("statement_timeout", "8s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20s"),
    ("plan_cache_mode", "force_generic_plan"),
];

/// The pool. As an executor it bounds each statement.
#[derive(Debug, Clone)]
pub struct Db(PgPool);

impl Db {
    /// Connects once, so that a wrong address is known at once; at most [`CONNECTIONS`].
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        Self::connect_at_most(url, CONNECTIONS).await
    }

    pub async fn connect_at_most(url: &str, most: NonZeroU32) -> anyhow::Result<Self> {
        let options: PgConnectOptions = url.parse().context("DATABASE_URL cannot be read")?;
        let pool = PgPoolOptions::new()
            .max_connections(most.get())
            .acquire_timeout(ACQUIRE_PATIENCE)
            // The checks below, with bounds.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for >= FRESH {
                        ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            // Without an answer, or inside a transaction, it is closed.
            .after_release(|connection, _| Box::pin(is_outside(connection)))
            .connect_with(options.options(SESSION))
            .await
            .context("Postgres does not answer; check DATABASE_URL")?;
        Ok(Self(pool))
    }
}

impl Deref for Db {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.0
    }
}

/// Whether a connection is outside of every transaction. A caller that goes away while `begin` is on its way leaves one that sqlx knows
/// nothing of, and whoever got the connection next would work inside it. There time stands still.
async fn is_outside(connection: &mut PgConnection) -> Result<bool, Error> {
    let asked = sqlx::raw_sql("select now() = statement_timestamp()").fetch_one(connection);
    timeout(PING_PATIENCE, asked).await.unwrap_or_else(|_| Err(late()))?.try_get(0)
}

async fn ping(connection: &mut PgConnection) -> Result<(), Error> {
    timeout(PING_PATIENCE, connection.ping()).await.unwrap_or_else(|_| Err(late()))
}

/// Bounds a whole transaction, or any other piece of work with the database. When it ends here nobody knows whether it was committed.
pub async fn in_time<T, E: From<Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    timeout(TRANSACTION_PATIENCE, work).await.unwrap_or_else(|_| Err(late().into()))
}

fn late() -> Error {
    metrics::counter!("postgres_timeouts").increment(1);
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, "Postgres did not answer in time"))
}

type Step = Result<Either<PgQueryResult, PgRow>, Error>;

impl<'p> Executor<'p> for &'_ Db {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let steps = self.0.fetch_many(query);
        // Ends after the first step that was late; dropping the rest gives the connection back.
        Box::pin(stream::unfold(Some(steps), |steps| async {
            let mut steps = steps?;
            match timeout(STATEMENT_PATIENCE, steps.next()).await {
                Ok(step) => step.map(|step| (step, Some(steps))),
                Err(_) => Some((Err(late()), None)),
            }
        }))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let row = self.0.fetch_optional(query);
        Box::pin(async { timeout(STATEMENT_PATIENCE, row).await.unwrap_or_else(|_| Err(late())) })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        let statement = self.0.prepare_with(sql, parameters);
        Box::pin(async { timeout(STATEMENT_PATIENCE, statement).await.unwrap_or_else(|_| Err(late())) })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<sqlx::Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let description = self.0.describe(sql);
        Box::pin(async { timeout(STATEMENT_PATIENCE, description).await.unwrap_or_else(|_| Err(late())) })
    }
}
