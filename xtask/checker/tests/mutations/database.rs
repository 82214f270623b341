//! One field of one row of Postgres at a time.

use anyhow::{Context, Result, bail, ensure};
use checker::Invariant::{I3, I8};
use checker::Sources;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::change;
use crate::healthy::Healthy;
use crate::rules::{HARMLESS, RULES, Rule};
use crate::tally::Tally;

/// Rows of each column.
const ROWS: usize = 2;

pub async fn all(healthy: &Healthy, rng: &mut StdRng, tally: &mut Tally) -> Result<()> {
    let mut damaged = Damaged::make(&healthy.database).await?;
    damaged.every_column_has_a_rule().await?;
    let sources = Sources { database_url: damaged.url.clone(), ..healthy.sources.clone() };
    for rule in RULES {
        for _ in 0..ROWS {
            damaged.try_rule(rule, rng, &sources, tally).await?;
        }
    }
    damaged.canaries(&sources, &healthy.phone, tally).await?;
    damaged.missing_rows(&sources, tally).await?;
    damaged.drop().await
}

/// A copy of the healthy database in which everything can be changed.
struct Damaged {
    url: String,
    name: String,
    admin: String,
    connection: PgConnection,
}

impl Damaged {
    async fn make(healthy: &str) -> Result<Self> {
        // What follows the question mark may hold slashes of its own.
        let (place, options) = healthy.split_once('?').unwrap_or((healthy, ""));
        let (server, name) = place.rsplit_once('/').context("the address has no database")?;
        let copy = format!("{name}_damaged");
        let at = |database: &str| format!("{server}/{database}?{options}");
        let (admin, url) = (at("postgres"), at(&copy));
        let mut server = PgConnection::connect(&admin).await?;
        sqlx::query(AssertSqlSafe(format!("create database {copy} template {name}")))
            .execute(&mut server)
            .await?;
        let mut connection = PgConnection::connect(&url).await?;
        // What guards the tables would refuse most of the damage; here it is done all the same.
        sqlx::raw_sql(
            "do $$ declare r record; begin
                 for r in select conrelid::regclass::text as t, conname from pg_constraint
                          where contype in ('f', 'c') and connamespace = current_schema()::regnamespace
                 loop execute format('alter table %s drop constraint %I', r.t, r.conname); end loop;
                 for r in select tablename from pg_tables where schemaname = current_schema()
                 loop execute format('alter table %I disable trigger user', r.tablename); end loop;
             end $$",
        )
        .execute(&mut connection)
        .await?;
        Ok(Self { url, name: copy, admin, connection })
    }

    async fn drop(self) -> Result<()> {
        self.connection.close().await?;
        let mut server = PgConnection::connect(&self.admin).await?;
        sqlx::query(AssertSqlSafe(format!("drop database {} with (force)", self.name)))
            .execute(&mut server)
            .await?;
        Ok(())
    }

    async fn every_column_has_a_rule(&mut self) -> Result<()> {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "select c.table_name::text, c.column_name::text from information_schema.columns c
             join information_schema.tables t using (table_schema, table_name)
             where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'",
        )
        .fetch_all(&mut self.connection)
        .await?;
        let forgotten: Vec<String> = columns
            .into_iter()
            .filter(|(table, column)| {
                let ruled = RULES.iter().any(|rule| rule.table == table && rule.column == column);
                let harmless = HARMLESS
                    .iter()
                    .any(|(name, columns, _)| name == table && columns.contains(&column.as_str()));
                !ruled && !harmless
            })
            .map(|(table, column)| format!("{table}.{column}"))
            .collect();
        ensure!(
            forgotten.is_empty(),
            "nothing says how a change of these is found: {}",
            forgotten.join(", ")
        );
        Ok(())
    }

    async fn try_rule(
        &mut self,
        rule: &Rule,
        rng: &mut StdRng,
        sources: &Sources,
        tally: &mut Tally,
    ) -> Result<()> {
        let Rule { table, column, rows, found } = rule;
        let rows = if rows.is_empty() { "true" } else { rows };
        let sql = format!(
            "select t.ctid::text, format_type(a.atttypid, a.atttypmod), to_jsonb(t)->'{column}'
             from {table} t join pg_attribute a on a.attrelid = t.tableoid and a.attname = '{column}'
             where {rows} order by md5(t.ctid::text || '{}') limit 1",
            rng.random::<u32>()
        );
        let chosen = sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut self.connection).await?;
        let Some(chosen) = chosen else {
            bail!("the healthy set has no row for {table}.{column} where {rows}")
        };
        let (place, kind, old): (String, String, Option<Value>) =
            (chosen.try_get(0)?, chosen.try_get(1)?, chosen.try_get(2)?);
        let old = old.unwrap_or(Value::Null);
        let new = self.damage(table, column, &kind, &old, rng).await?;
        let what = format!("{table}.{column} from {old} to {new}");
        let Some(place) = self.set(table, column, &place, &new).await? else {
            // Unique keys stay; a change that the database refuses needs no checker.
            return Ok(());
        };
        let report = checker::check(sources).await.with_context(|| what.clone())?;
        tally.judge("database", &what, found, &report);
        ensure!(self.set(table, column, &place, &old).await?.is_some(), "{what} cannot be undone");
        Ok(())
    }

    /// Another value for a column of this type, as JSON.
    async fn damage(
        &mut self,
        table: &str,
        column: &str,
        kind: &str,
        old: &Value,
        rng: &mut StdRng,
    ) -> Result<Value> {
        Ok(match kind {
            "uuid" => {
                let fresh = sqlx::query_scalar("select gen_random_uuid()::text")
                    .fetch_one(&mut self.connection)
                    .await;
                Value::from(fresh.map(|id: String| id)?)
            }
            "bigint" | "integer" | "smallint" => Value::from(old.as_i64().unwrap_or(0) + 1),
            "boolean" => Value::from(old != &Value::from(true)),
            "timestamp with time zone" => {
                let at = old.as_str().map_or_else(chrono::Utc::now, |at| at.parse().unwrap());
                let by = if rng.random::<bool>() { 3_600_000 } else { -3_600_000 };
                Value::from((at + chrono::TimeDelta::milliseconds(by)).to_rfc3339())
            }
            "date" => {
                let date: chrono::NaiveDate = old.as_str().context("no date")?.parse()?;
                Value::from((date + chrono::Days::new(1)).to_string())
            }
            "bytea" => {
                let hex = old.as_str().unwrap_or("\\x00");
                let mut bytes: Vec<u8> = (2..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                    .collect();
                change::flip(&mut bytes, rng);
                Value::from(bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
            }
            "jsonb" => {
                let mut document = old.clone();
                let leaves = change::leaves(&document);
                let leaf = &leaves[rng.random_range(0..leaves.len())];
                match document.pointer_mut(leaf) {
                    Some(place) => *place = change::other(place, rng),
                    None => document = Value::from("x"),
                }
                document
            }
            // Half of the time another word that the column knows: a wrong word is easy to see.
            "text" => {
                let sql = format!(
                    "select {column} from {table} where {column} is distinct from $1 and {column} is not null order by random() limit 1"
                );
                let known: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                    .bind(old.as_str())
                    .fetch_optional(&mut self.connection)
                    .await?;
                match (known, old.as_str()) {
                    (Some(known), _) if rng.random::<bool>() => Value::from(known),
                    (_, Some(old)) => Value::from(change::other_text(old, rng)),
                    (_, None) => Value::from("x"),
                }
            }
            other => bail!("{table}.{column} is of the type {other}, which nobody knows how to damage"),
        })
    }

    /// Writes one field; the row's new place, or `None` when a unique key refused it.
    async fn set(&mut self, table: &str, column: &str, place: &str, value: &Value) -> Result<Option<String>> {
        let sql = format!(
            "update {table} t set {column} = (jsonb_populate_record(null::{table}, jsonb_build_object('{column}', $1::jsonb))).{column}
             where ctid = $2::tid returning t.ctid::text"
        );
        let written = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(value)
            .bind(place)
            .fetch_one(&mut self.connection)
            .await;
        match written {
            Ok(place) => Ok(Some(place)),
            Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
                Ok(None)
            }
            Err(error) => Err(error).with_context(|| format!("{table}.{column} cannot become {value}")),
        }
    }

    /// A customer's phone in places where texts go.
    async fn canaries(&mut self, sources: &Sources, phone: &str, tally: &mut Tally) -> Result<()> {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let places: [(&str, &str, Value); 8] = [
            ("device", "name", Value::from(format!("counter of {phone}"))),
            ("orders", "call_name", Value::from(digits.clone())),
            ("orders", "state", serde_json::json!({"state": "placed", "note": phone})),
            ("notification", "result", Value::from(format!("not delivered to {digits}"))),
            ("notification", "variables", serde_json::json!({"매장명": phone})),
            ("payment_attempt", "failure_code", Value::from(format!("-700/{phone}"))),
            ("command", "answer", serde_json::json!({"key": phone})),
            (
                "store_event",
                "body",
                Value::from(digits.bytes().fold("\\x".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))),
            ),
        ];
        for (table, column, value) in places {
            let sql = format!("select ctid::text, to_jsonb(t)->'{column}' from {table} t limit 1");
            let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await?;
            let (place, old): (String, Option<Value>) = (row.try_get(0)?, row.try_get(1)?);
            let place = self.set(table, column, &place, &value).await?.context("a canary was refused")?;
            let report = checker::check(sources).await?;
            tally.judge("database", &format!("a phone number in {table}.{column}"), &[I8], &report);
            self.set(table, column, &place, &old.unwrap_or(Value::Null)).await?;
        }
        Ok(())
    }

    /// A row of the log that is gone, in the middle and at the end.
    async fn missing_rows(&mut self, sources: &Sources, tally: &mut Tally) -> Result<()> {
        for which in ["(select max(seq) from store_event)", "(select max(seq) - 3 from store_event)"] {
            let mut tx = self.connection.begin().await?;
            let sql = format!(
                "create temp table gone on commit preserve rows as select * from store_event where seq = {which}"
            );
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
            sqlx::query(
                "delete from store_event e using gone g where e.store_id = g.store_id and e.seq = g.seq",
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            let report = checker::check(sources).await?;
            tally.judge("database", &format!("event {which} is gone"), &[I3], &report);
            sqlx::raw_sql("insert into store_event select * from gone; drop table gone")
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }
}
