//! One field of one row, entry or payment is changed; the comparison finds it and blames the right one. The seed is printed; `CLOSE_SEED`
//! plays one again.

use std::fmt::Write;

use cloud_api::app::App;
use cloud_api::close::{Asking, check};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::id::{DayId, StoreId};
use shared::wire::{Blamed, JournalProof};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use super::day::{LivedDay, lived};
use crate::store::stream::redis;
use crate::world::Role;

/// Rounds over all columns, fields and entries; `CLOSE_ROUNDS` says otherwise: twelve are a thousand changes.
const ROUNDS: usize = 2;
/// Changes of one round, at least.
const OF_ROUND: usize = 70;

/// How a column is changed.
#[derive(Debug, Clone, Copy)]
enum How {
    Number,
    Text,
    Flag,
    Time,
    Bytes,
    Json,
    Id,
    Date,
    /// To one of these.
    Other(&'static [&'static str]),
}

/// Table, key columns, which rows, column, how.
const COLUMNS: &[(&str, &str, &str, How)] = &[
    ("orders", "order_id", "version", How::Number),
    ("orders", "order_id", "phase", How::Other(&["placed", "cooking", "completed", "rejected", "cancelled"])),
    ("orders", "order_id", "state", How::Json),
    ("orders", "order_id", "number", How::Number),
    ("orders", "order_id", "call_name", How::Text),
    ("orders", "order_id", "mode", How::Other(&["delivery", "takeout"])),
    ("orders", "order_id", "total", How::Number),
    ("orders", "order_id", "tax_free", How::Number),
    ("orders", "order_id", "vat", How::Number),
    ("orders", "order_id", "points", How::Number),
    ("orders", "order_id", "refunded", How::Number),
    ("orders", "order_id", "refund_promised", How::Number),
    ("orders", "order_id", "conflict", How::Other(&["cooked_after_cancel"])),
    ("orders", "order_id", "has_request", How::Flag),
    ("orders", "order_id", "placed_at", How::Time),
    ("orders", "order_id", "day_id", How::Id),
    ("orders", "order_id", "customer_id", How::Id),
    ("order_item", "order_id, line_no", "item_key", How::Text),
    ("order_item", "order_id, line_no", "name", How::Text),
    ("order_item", "order_id, line_no", "quantity", How::Number),
    ("order_item", "order_id, line_no", "unit_price", How::Number),
    ("order_item", "order_id, line_no", "amount", How::Number),
    ("order_item", "order_id, line_no", "tax_free", How::Flag),
    ("store_event", "seq", "epoch", How::Number),
    ("store_event", "seq", "day_id", How::Id),
    ("store_event", "seq", "kind", How::Text),
    ("store_event", "seq", "v", How::Number),
    ("store_event", "seq", "order_id", How::Id),
    ("store_event", "seq", "body", How::Bytes),
    ("store_event", "seq", "hash", How::Bytes),
    ("store_cursor", "store_id", "last_seq", How::Number),
    ("store_cursor", "store_id", "last_hash", How::Bytes),
    ("business_day", "day_id", "first_seq", How::Number),
    ("business_day", "day_id", "next_number", How::Number),
    ("business_day", "day_id", "day", How::Json),
    ("day_cut", "day_id", "head_hash", How::Bytes),
    ("day_cut", "day_id", "epoch", How::Number),
    ("payment_attempt", "attempt_id", "state", How::Other(&["failed", "approved", "expired", "abandoned"])),
    ("payment_attempt", "attempt_id", "amount", How::Number),
    ("payment_attempt", "attempt_id", "tax_free", How::Number),
    ("payment_attempt", "attempt_id", "vat", How::Number),
    ("payment_attempt", "attempt_id", "tid", How::Text),
    ("payment_attempt", "attempt_id", "aid", How::Text),
    ("payment_attempt", "attempt_id", "method", How::Text),
    ("payment_attempt", "attempt_id", "approved_at", How::Time),
    ("payment_attempt", "attempt_id", "order_id", How::Id),
    ("refund", "refund_id", "amount", How::Number),
    ("refund", "refund_id", "tax_free", How::Number),
    ("refund", "refund_id", "vat", How::Number),
    ("refund", "refund_id", "expected_remaining", How::Number),
    ("refund", "refund_id", "state", How::Other(&["pending", "needs_review"])),
    ("refund", "refund_id", "aid", How::Text),
    ("refund", "refund_id", "reason", How::Text),
    ("refund", "refund_id", "order_id", How::Id),
    ("points_entry", "entry_id", "amount", How::Number),
    ("points_entry", "entry_id", "permille", How::Number),
    ("points_entry", "entry_id", "order_id", How::Id),
    ("points_entry", "entry_id", "customer_id", How::Id),
    ("ledger_entry", "source, source_id", "order_id", How::Id),
    ("ledger_entry", "source, source_id", "attempt_id", How::Id),
    ("ledger_entry", "source, source_id", "source_id", How::Id),
    ("ledger_entry", "source, source_id", "tid", How::Text),
    ("ledger_entry", "source, source_id", "aid", How::Text),
    ("ledger_entry", "source, source_id", "payout_date", How::Date),
    ("ledger_entry", "source, source_id", "fee_basis_points", How::Number),
    ("ledger_line", "source, source_id, account", "amount", How::Number),
    ("ledger_line", "source, source_id, account", "account", How::Other(&["points"])),
    ("ledger_line", "source, source_id, account", "source_id", How::Id),
];

/// Rows that belong to the closed books; `$1` is the store.
fn rows(table: &str, column: &str) -> &'static str {
    match (table, column) {
        ("orders", _) => "store_id = $1 and number is not null",
        ("order_item", _) => {
            "store_id = $1 and order_id in (select order_id from orders where number is not null)"
        }
        ("store_event", "order_id") => "store_id = $1 and order_id is not null",
        ("payment_attempt", _) => "store_id = $1 and state = 'approved'",
        ("ledger_line", "account") => "store_id = $1 and account not in ('points', 'promotion')",
        ("points_entry", _) => "store_id = $1 and kind = 'earned' and amount > 0",
        ("ledger_entry", "aid") => "store_id = $1 and aid is not null",
        ("ledger_entry", "payout_date" | "fee_basis_points") => "store_id = $1 and payout_date is not null",
        _ => "store_id = $1",
    }
}

const PAYMENT_FIELDS: &[&str] = &[
    "status",
    "total",
    "tax_free",
    "vat",
    "canceled_total",
    "canceled_tax_free",
    "canceled_vat",
    "partner_order_id",
    "partner_user_id",
    "capture_aid",
    "capture_amount",
    "cancel_aid",
    "cancel_amount",
];
const JOURNAL_FIELDS: &[&str] = &["epoch", "seq", "hash8", "head_hash", "count"];
const STREAM_WAYS: &[&str] = &["body", "hash", "name", "removed", "added", "another_field"];

struct Lab {
    app: App,
    store_id: StoreId,
    day_id: DayId,
    proof: JournalProof,
    rng: StdRng,
    tried: usize,
    missed: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_changed_field_is_found_and_the_right_one_blamed() {
    let seed = std::env::var("CLOSE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(fresh_seed);
    eprintln!("CLOSE_SEED={seed}");
    let mut day = lived().await;
    let proof = day.proof(&day.cut().await).await;
    // Nobody repairs anything meanwhile.
    let quiet = day.world.another_api(Role::WithoutWorkers).await;
    day.world.kill_api().await;
    let mut lab = Lab {
        app: quiet.app.clone(),
        store_id: day.world.coffee.store_id,
        day_id: day.day_id,
        proof,
        rng: StdRng::seed_from_u64(seed),
        tried: 0,
        missed: Vec::new(),
    };
    assert_eq!(lab.blamed(&lab.proof.clone()).await, [], "healthy books are equal");
    let rounds = std::env::var("CLOSE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    for _ in 0..rounds {
        lab.database(&day).await;
        lab.stream(&day).await;
        lab.payments(&day).await;
        lab.journal().await;
    }
    assert_eq!(lab.blamed(&lab.proof.clone()).await, [], "everything was put back");
    eprintln!("{} changes, {} missed or blamed on another", lab.tried, lab.missed.len());
    assert!(lab.missed.is_empty(), "CLOSE_SEED={seed}\n{}", lab.missed.join("\n"));
    assert!(lab.tried >= rounds * OF_ROUND, "{} changes", lab.tried);
}

fn fresh_seed() -> u64 {
    u64::from(std::process::id()) ^ std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

impl Lab {
    /// Whom the comparison blames, each once.
    async fn blamed(&self, proof: &JournalProof) -> Vec<Blamed> {
        let checked = check(&self.app, self.store_id, self.day_id, Some(proof), Asking::Everything)
            .await
            .unwrap()
            .unwrap();
        let mut blamed: Vec<Blamed> =
            checked.differences.iter().map(|difference| difference.blamed).collect();
        blamed.sort_unstable();
        blamed.dedup();
        assert_eq!(blamed.is_empty(), checked.report.holds());
        blamed
    }

    async fn judge(&mut self, what: String, expected: Blamed, proof: Option<JournalProof>) {
        self.tried += 1;
        let proof = proof.unwrap_or_else(|| self.proof.clone());
        let blamed = self.blamed(&proof).await;
        if blamed != [expected] {
            let checked = check(&self.app, self.store_id, self.day_id, Some(&proof), Asking::Everything)
                .await
                .unwrap()
                .unwrap();
            let mut shown = String::new();
            for difference in checked.differences.iter().take(4) {
                let _ = write!(shown, "\n      {difference:?}");
            }
            self.missed.push(format!("{what}: expected {expected:?}, blamed {blamed:?}{shown}"));
        }
    }

    async fn database(&mut self, day: &LivedDay) {
        let mut connection = PgConnection::connect(day.world.database_url()).await.unwrap();
        sqlx::raw_sql("set session_replication_role = replica").execute(&mut connection).await.unwrap();
        run(&mut connection, "drop index if exists one_number_a_day".to_owned()).await;
        for (table, key, column, how) in COLUMNS {
            // Constraints would refuse most of the damage.
            let constraints: Vec<String> = sqlx::query_scalar(
                "select conname::text from pg_constraint where conrelid = $1::regclass and contype = 'c'",
            )
            .bind(table)
            .fetch_all(&mut connection)
            .await
            .unwrap();
            for constraint in constraints {
                run(&mut connection, format!("alter table {table} drop constraint \"{constraint}\"")).await;
            }
            let keys = key.split(", ").map(|name| format!("{name}::text")).collect::<Vec<_>>().join(", ");
            let list = format!(
                "select array[{keys}], {column}::text from {table} where {} order by {keys}",
                rows(table, column)
            );
            let list = sqlx::query(AssertSqlSafe(list))
                .bind(self.store_id.0)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let row = &list[self.rng.random_range(0..list.len())];
            let (ids, was): (Vec<String>, Option<String>) = (row.get(0), row.get(1));
            let Some(to) = self.changed(*how, was.as_deref()) else { continue };
            let of_row = |ids: &[String]| {
                let names = key.split(", ");
                let each = names.zip(ids).map(|(name, id)| format!("{name}::text = '{id}'"));
                each.collect::<Vec<_>>().join(" and ")
            };
            let types: String = sqlx::query_scalar(
                "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = $1::regclass and attname = $2",
            )
            .bind(table)
            .bind(column)
            .fetch_one(&mut connection)
            .await
            .unwrap();
            let set = |to: &Option<String>, ids: &[String]| {
                let value = to
                    .as_ref()
                    .map_or("null".to_owned(), |to| format!("'{}'::{types}", to.replace('\'', "''")));
                format!(
                    "update {table} set {column} = {value} where store_id = '{}' and {}",
                    self.store_id,
                    of_row(ids)
                )
            };
            let (damage, mend_ids) = (set(&Some(to.clone()), &ids), renamed(key, column, &ids, &to));
            let mend = set(&was, &mend_ids);
            run(&mut connection, damage).await;
            self.judge(format!("{table}.{column} {was:?} -> {to:?}"), Blamed::Database, None).await;
            run(&mut connection, mend).await;
        }
        connection.close().await.unwrap();
    }

    /// Another value of the same kind; nothing where the value cannot be changed this way.
    fn changed(&mut self, how: How, was: Option<&str>) -> Option<String> {
        let text = was.unwrap_or_default();
        Some(match how {
            How::Number => {
                (text.parse::<i64>().ok()? + [1, -1, 7, 100][self.rng.random_range(0..4)]).to_string()
            }
            How::Text => format!("{text}x"),
            How::Flag => if matches!(text, "true" | "t") { "false" } else { "true" }.to_owned(),
            How::Time => {
                let time = chrono::DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
                (time + chrono::Duration::seconds(self.rng.random_range(1..5_000))).to_rfc3339()
            }
            How::Date => {
                let date: chrono::NaiveDate = text.parse().ok()?;
                (date + chrono::Duration::days(1)).to_string()
            }
            How::Bytes => {
                let mut bytes: Vec<char> = text.strip_prefix("\\x")?.chars().collect();
                let at = self.rng.random_range(0..bytes.len());
                bytes[at] = if bytes[at] == '3' { '2' } else { '3' };
                format!("\\x{}", bytes.into_iter().collect::<String>())
            }
            How::Json => {
                let mut value: Value = serde_json::from_str(text).ok()?;
                value["changed"] = json!(self.rng.random_range(0..9));
                value.to_string()
            }
            How::Id => uuid::Uuid::from_u128(self.rng.random()).to_string(),
            How::Other(all) => {
                let others: Vec<&&str> = all.iter().filter(|other| **other != text).collect();
                others[self.rng.random_range(0..others.len())].to_string()
            }
        })
    }

    async fn stream(&mut self, day: &LivedDay) {
        let mut redis = redis(&day.world).await;
        let key = crate::store::stream::key(&day.world, &day.world.coffee).await;
        let all: Vec<(String, Vec<Vec<u8>>)> =
            redis::cmd("XRANGE").arg(&key).arg("-").arg("+").query_async(&mut redis).await.unwrap();
        let upto = self.proof.position.seq;
        for way in STREAM_WAYS {
            let mut entries = all.clone();
            let books = entries
                .iter()
                .filter(|(id, _)| id.split('-').next().unwrap().parse::<i64>().unwrap() <= upto)
                .count();
            let at = self.rng.random_range(0..books);
            let fields = &mut entries[at].1;
            match *way {
                "body" => {
                    let byte = self.rng.random_range(0..fields[1].len());
                    fields[1][byte] ^= 1;
                }
                "hash" => fields[3][0] = if fields[3][0] == b'0' { b'1' } else { b'0' },
                "name" => fields[0] = b"bodi".to_vec(),
                "another_field" => fields.extend([b"more".to_vec(), b"1".to_vec()]),
                "removed" => drop(entries.remove(at)),
                _ => {
                    let id = entries[at].0.replace("-0", "-1");
                    let copy = entries[at].1.clone();
                    entries.insert(at + 1, (id, copy));
                }
            }
            write_stream(&mut redis, &key, &entries).await;
            self.judge(format!("stream {way} at {at}"), Blamed::Stream, None).await;
        }
        write_stream(&mut redis, &key, &all).await;
    }

    async fn payments(&mut self, day: &LivedDay) {
        for field in PAYMENT_FIELDS {
            let order = day.orders[self.rng.random_range(0..day.orders.len())].clone();
            let tid = day.world.tid(&order).await;
            let number = self.rng.random_range(1..900);
            let to = match *field {
                "status" => json!(["READY", "QUIT_PAYMENT", "FAIL_PAYMENT"][self.rng.random_range(0..3)]),
                "partner_order_id" | "partner_user_id" | "capture_aid" | "cancel_aid" => {
                    json!(format!("A{number}"))
                }
                _ => json!(-number),
            };
            let damage = json!({"tid": tid, "field": field, "to": to});
            let request =
                day.world.http.post(format!("{}/control/damage", day.world.kakao.url())).json(&damage);
            let answer = crate::world::answer(request).await;
            if answer.status != 200 {
                // This payment has no refund.
                continue;
            }
            let was = serde_json::from_str::<Value>(&answer.body).unwrap()["was"].clone();
            self.judge(format!("kakaopay {field} {was} -> {to}"), Blamed::Payments, None).await;
            day.world.kakao.post("/control/damage", &json!({"tid": tid, "field": field, "to": was})).await;
        }
    }

    async fn journal(&mut self) {
        for field in JOURNAL_FIELDS {
            let mut proof = self.proof.clone();
            match *field {
                "epoch" => proof.position.epoch += self.rng.random_range(1..5),
                "seq" => proof.position.seq -= self.rng.random_range(1..5),
                "hash8" => proof.position.hash8 = flip(&mut self.rng, &proof.position.hash8),
                "head_hash" => proof.head_hash = flip(&mut self.rng, &proof.head_hash),
                _ => proof.count += self.rng.random_range(1..9),
            }
            self.judge(format!("journal {field}"), Blamed::Journal, Some(proof)).await;
        }
    }
}

/// The key of a row after its column became something else.
fn renamed(key: &str, column: &str, ids: &[String], to: &str) -> Vec<String> {
    key.split(", ")
        .zip(ids)
        .map(|(name, id)| if name == column { to.to_owned() } else { id.clone() })
        .collect()
}

fn flip(rng: &mut StdRng, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = rng.random_range(0..characters.len());
    characters[at] = if characters[at] == 'a' { 'b' } else { 'a' };
    characters.into_iter().collect()
}

async fn run(connection: &mut PgConnection, statement: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(connection).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn write_stream(
    redis: &mut redis::aio::MultiplexedConnection,
    key: &str,
    entries: &[(String, Vec<Vec<u8>>)],
) {
    let mut pipeline = redis::pipe();
    pipeline.cmd("DEL").arg(key).ignore();
    for (id, fields) in entries {
        pipeline.cmd("XADD").arg(key).arg(id).arg(fields).ignore();
    }
    let () = pipeline.query_async(redis).await.unwrap();
}
