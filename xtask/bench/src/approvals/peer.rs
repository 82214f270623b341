//! pgbench in a database of its own on the same server, with the same stores and the same orders before their payers return.

use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::database::Database;
use e2e::process;

use super::AT_ONCE;
use crate::shop::{Shop, number};

const LIMIT: Duration = Duration::from_secs(300);
/// pgbench's threads.
const THREADS: &str = "2";

pub struct Peer {
    database: Database,
    stores: u32,
}

impl Peer {
    /// Orders 0 to `count`, each with an attempt that waits for its payer, as that of the recorded order did.
    pub async fn prepare(shop: &Shop, recorded: u32, count: u32, stores: u32) -> Result<Self> {
        let database = Database::create().await?;
        let mut copy = Command::new("sh");
        copy.args(["-c", "pg_dump \"$0\" | psql -q -o /dev/null -v ON_ERROR_STOP=1 \"$1\""]);
        copy.arg(&shop.database.url).arg(&database.url);
        process::run(copy, LIMIT).await.context("the shop's database cannot be copied")?;
        let peer = Self { database, stores };
        let pool = &peer.database.pool;
        let statements = [
            "insert into payment_attempt (store_id, attempt_id, order_id, state, amount, tax_free, vat, tid, redirect_pc,
                    redirect_mobile, redirect_app, ready_at, expires_at, next_check_at, created_at, updated_at)
             select lpad((1 + n % $2)::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, 'ready_ok',
                    amount, tax_free, vat, tid, repeat('x', 120), repeat('x', 120), repeat('x', 120), ready_at, expires_at,
                    expires_at, created_at, updated_at
             from payment_attempt, generate_series(0, $3 - 1) n where order_id = $1",
            "insert into pay_link (token_hash, store_id, order_id, attempt_id)
             select decode(lpad(n::text, 64, '0'), 'hex'), lpad((1 + n % $2)::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid,
                    lpad(n::text, 32, '0')::uuid
             from generate_series(0, $3 - 1) n where $1 is not null",
        ];
        for statement in statements {
            sqlx::query(statement)
                .bind(number(recorded))
                .bind(i32::try_from(stores)?)
                .bind(i32::try_from(count)?)
                .execute(pool)
                .await?;
        }
        sqlx::query("vacuum analyze").execute(pool).await?;
        Ok(peer)
    }

    /// The script for these orders; sagas per second.
    pub async fn run(&self, script: &Path, numbers: Range<u32>) -> Result<f64> {
        let clients = u32::try_from(AT_ONCE)?;
        let per_client = (numbers.end - numbers.start) / clients;
        ensure!(
            per_client * clients == numbers.end - numbers.start,
            "{numbers:?} is no multiple of {clients}"
        );
        let before = self.placed().await?;
        let mut command = Command::new("pgbench");
        command.args([
            "--no-vacuum",
            "--protocol",
            "prepared",
            "--jobs",
            THREADS,
            "--client",
            &clients.to_string(),
        ]);
        command.args(["--transactions", &per_client.to_string()]);
        let variables =
            [("first", numbers.start), ("per_client", per_client), ("stores", self.stores), ("i", 0)];
        for (name, value) in variables {
            command.arg("--define").arg(format!("{name}={value}"));
        }
        command.arg("--file").arg(script).arg(&self.database.url).env("PGCLIENTENCODING", "UTF8");
        let printed = process::run(command, LIMIT).await?;
        let placed = self.placed().await? - before;
        ensure!(
            placed == i64::from(numbers.end - numbers.start),
            "pgbench placed {placed} orders:\n{printed}"
        );
        let rate = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        rate.and_then(|rate| rate.parse().ok()).with_context(|| format!("pgbench told no rate:\n{printed}"))
    }

    async fn placed(&self) -> Result<i64> {
        let count = sqlx::query_scalar("select count(*) from orders where phase = 'placed'");
        Ok(count.fetch_one(&self.database.pool).await?)
    }
}
