//! `cloud-api payments unknown`: money that KakaoPay took and that no attempt of ours explains, as after a restore of Postgres. KakaoPay's
//! list of settlements is the only place that knows it; a person decides what becomes of it.

use std::path::Path;

use anyhow::{Context, bail};
use ring::digest;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::database_url_from_env;
use crate::db::settlements::{self, Compared};
use crate::db::{Db, in_time};

/// Largest list: a day of a hundred thousand payments has a few megabytes.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Payments of one query.
const CHUNK: usize = 1_000;

/// A payment of the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Settled {
    tid: String,
    /// Won.
    amount: i64,
}

/// A payment that a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    pub tid: String,
    /// Won that KakaoPay took.
    pub amount: i64,
    pub why: Why,
    /// It was not in `dead_letter` before.
    pub new: bool,
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// We know nothing of this payment.
    NoAttempt,
    /// Our attempt says that no money was taken.
    NotTaken,
    /// Our attempt is about another amount.
    OtherAmount,
}

/// Reads the list, prints a JSON line for each payment that is not explained, and fails when there are any.
pub async fn unknown(list: &Path) -> anyhow::Result<()> {
    let url = database_url_from_env()?;
    let shown = list.display();
    let size = std::fs::metadata(list).with_context(|| format!("{shown} cannot be read"))?.len();
    if size > MAX_FILE_BYTES {
        bail!("{shown} is larger than {MAX_FILE_BYTES} bytes");
    }
    let text = std::fs::read_to_string(list).with_context(|| format!("{shown} cannot be read"))?;
    let db = Db::connect(url.expose()).await?;
    let found = unknown_payments(&db, &Clock::system(), &text).await?;
    for payment in &found {
        println!("{}", serde_json::to_string(payment)?);
    }
    if !found.is_empty() {
        bail!("{} payments are not explained; each waits in dead_letter for a person", found.len());
    }
    Ok(())
}

/// Compares a list, CSV with the columns `tid,amount` or one JSON object per line, with our attempts, and puts aside what does not fit.
pub async fn unknown_payments(db: &PgPool, clock: &Clock, text: &str) -> anyhow::Result<Vec<Unknown>> {
    let settled = read(text)?;
    let mut found = Vec::new();
    for chunk in settled.chunks(CHUNK) {
        let tids: Vec<String> = chunk.iter().map(|payment| payment.tid.clone()).collect();
        let amounts: Vec<i64> = chunk.iter().map(|payment| payment.amount).collect();
        for compared in in_time(settlements::unexplained(db, &tids, &amounts)).await? {
            found.push(in_time(put_aside(db, clock, compared)).await?);
        }
    }
    Ok(found)
}

async fn put_aside(db: &PgPool, clock: &Clock, compared: Compared) -> Result<Unknown, sqlx::Error> {
    let Compared { tid, amount, attempted, taken } = compared;
    let (why, words) = match attempted {
        None => (Why::NoAttempt, "no attempt has this tid".to_owned()),
        Some(_) if !taken => (Why::NotTaken, "its attempt says that nothing was taken".to_owned()),
        Some(ours) => (Why::OtherAmount, format!("its attempt is about {ours} won")),
    };
    let error = format!("KakaoPay took {amount} won with tid {tid}: {words}");
    let mut tx = db.begin().await?;
    let new = settlements::put_aside(&mut tx, reference(&tid), &error, clock.now()).await?;
    tx.commit().await?;
    Ok(Unknown { tid, amount, why, new })
}

/// An id that always stands for the same tid.
fn reference(tid: &str) -> Uuid {
    let digest = digest::digest(&digest::SHA256, tid.as_bytes());
    let bytes: [u8; 16] = digest.as_ref()[..16].try_into().expect("a digest has 32 bytes");
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn read(text: &str) -> anyhow::Result<Vec<Settled>> {
    let lines = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim().trim_start_matches('\u{feff}')));
    let rows = lines.filter(|(n, line)| !(line.is_empty() || *n == 1 && is_header(line)));
    rows.map(|(n, line)| read_line(line).with_context(|| format!("line {n} is not a payment: {line:?}")))
        .collect()
}

fn is_header(line: &str) -> bool {
    line.to_ascii_lowercase().replace(' ', "").starts_with("tid,amount")
}

fn read_line(line: &str) -> anyhow::Result<Settled> {
    let settled = if line.starts_with('{') {
        serde_json::from_str(line)?
    } else {
        let (tid, amount) = line.split_once(',').context("there is no comma")?;
        let amount = amount.split(',').next().unwrap_or_default().trim();
        Settled { tid: tid.trim().to_owned(), amount: amount.parse().context("the amount is not a number")? }
    };
    if settled.tid.is_empty() || settled.amount <= 0 {
        bail!("a payment has a tid and an amount above zero");
    }
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_csv_and_json_lines() {
        let settled = |tid: &str, amount| Settled { tid: tid.to_owned(), amount };
        let expected = vec![settled("T1", 11_000), settled("T2", 5_500)];
        assert_eq!(read("\u{feff}tid,amount\nT1,11000\n\nT2, 5500 ,2026-11-20\n").unwrap(), expected);
        let json =
            "{\"tid\": \"T1\", \"amount\": 11000, \"status\": \"SUCCESS\"}\n{\"tid\":\"T2\",\"amount\":5500}";
        assert_eq!(read(json).unwrap(), expected);
        for wrong in ["T1", "T1,x", "T1,0", ",5", "{\"tid\":\"T1\"}", "tid,amount\ntid,amount"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(format!("{:#}", read("T1,5\nT2,-5").unwrap_err()).contains("line 2"));
    }

    #[test]
    fn a_tid_has_one_reference() {
        assert_eq!(reference("T1"), reference("T1"));
        assert_ne!(reference("T1"), reference("T2"));
    }
}
