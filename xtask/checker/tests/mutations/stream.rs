//! One entry of a stream in Redis at a time.

use anyhow::{Context, Result};
use checker::Invariant::{self, I3, I7, I8};
use rand::RngExt;
use rand::rngs::StdRng;
use redis::aio::MultiplexedConnection;

use crate::change;
use crate::healthy::Healthy;
use crate::tally::Tally;

/// Changes of each kind.
const EACH: usize = 4;

type Entry = (String, Vec<(Vec<u8>, Vec<u8>)>);

pub async fn all(healthy: &Healthy, rng: &mut StdRng, tally: &mut Tally) -> Result<()> {
    let mut redis = redis::Client::open(healthy.redis.as_str())?.get_multiplexed_async_connection().await?;
    let key = longest(&mut redis).await?;
    let dumped: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(&mut redis).await?;
    let entries: Vec<Entry> =
        redis::cmd("XRANGE").arg(&key).arg("-").arg("+").query_async(&mut redis).await?;
    for _ in 0..EACH {
        for (what, expected, changed) in changes(&entries, &healthy.phone, rng) {
            write(&mut redis, &key, &changed).await?;
            let report = checker::check(&healthy.sources).await?;
            tally.judge("stream", &what, expected, &report);
        }
    }
    let () =
        redis::cmd("RESTORE").arg(&key).arg(0).arg(&dumped).arg("REPLACE").query_async(&mut redis).await?;
    let () = redis::cmd("SET").arg("note").arg(&healthy.phone).query_async(&mut redis).await?;
    tally.judge("stream", "a phone number as a value", &[I8], &checker::check(&healthy.sources).await?);
    let () =
        redis::cmd("RENAME").arg("note").arg(format!("of:{}", healthy.phone)).query_async(&mut redis).await?;
    let () = redis::cmd("SET").arg(format!("of:{}", healthy.phone)).arg("x").query_async(&mut redis).await?;
    tally.judge("stream", "a phone number as a key", &[I8], &checker::check(&healthy.sources).await?);
    let () = redis::cmd("DEL").arg(format!("of:{}", healthy.phone)).query_async(&mut redis).await?;
    Ok(())
}

async fn longest(redis: &mut MultiplexedConnection) -> Result<String> {
    let keys: Vec<String> = redis::cmd("KEYS").arg("*:log:*").query_async(redis).await?;
    let mut longest = None;
    for key in keys {
        let length: u64 = redis::cmd("XLEN").arg(&key).query_async(redis).await?;
        longest = longest.max(Some((length, key)));
    }
    longest.map(|(_, key)| key).context("there is no stream")
}

fn changes(
    entries: &[Entry],
    phone: &str,
    rng: &mut StdRng,
) -> Vec<(String, &'static [Invariant], Vec<Entry>)> {
    let at = rng.random_range(1..entries.len() - 1);
    let mut all: Vec<(String, &'static [Invariant], Vec<Entry>)> = Vec::new();
    let mut add = |what: &str, expected, change: &mut dyn FnMut(&mut Vec<Entry>)| {
        let mut changed = entries.to_vec();
        change(&mut changed);
        all.push((format!("{what} at {}", entries[at].0), expected, changed));
    };
    add("a bit of a body", &[I3], &mut |entries| change::flip(&mut entries[at].1[0].1, rng));
    let digit = |hash: &mut Vec<u8>| hash[0] = if hash[0] == b'0' { b'1' } else { b'0' };
    add("a digit of a hash", &[I3], &mut |entries| digit(&mut entries[at].1[1].1));
    add("a hole", &[I3], &mut |entries| drop(entries.remove(at)));
    add("the end is missing", &[I7], &mut |entries| entries.truncate(at));
    add("the beginning is missing", &[I3], &mut |entries| drop(entries.drain(..at)));
    add("another field", &[I3], &mut |entries| entries[at].1.push((b"more".to_vec(), b"x".to_vec())));
    add("a missing field", &[I3], &mut |entries| drop(entries[at].1.pop()));
    add("two bodies are swapped", &[I3], &mut |entries| {
        let (left, right) = entries.split_at_mut(at);
        std::mem::swap(&mut left[at - 1].1, &mut right[0].1);
    });
    add("an event that never was", &[I3], &mut |entries| {
        let (id, fields) = entries.last().cloned().unwrap();
        let seq: i64 = id.trim_end_matches("-0").parse().unwrap();
        entries.push((format!("{}-0", seq + 1), fields));
    });
    add("an id with a part of its own", &[I3], &mut |entries| {
        entries[at].0 = entries[at].0.replace("-0", "-1")
    });
    add("a phone number", &[I8], &mut |entries| entries[at].1[0].1 = phone.as_bytes().to_vec());
    add("nothing is left", &[I7], &mut |entries| entries.clear());
    all
}

async fn write(redis: &mut MultiplexedConnection, key: &str, entries: &[Entry]) -> Result<()> {
    let mut pipe = redis::pipe();
    pipe.atomic().cmd("DEL").arg(key).ignore();
    for (id, fields) in entries {
        pipe.cmd("XADD").arg(key).arg(id);
        fields.iter().for_each(|(name, value)| {
            pipe.arg(name).arg(value);
        });
        pipe.ignore();
    }
    let () = pipe.query_async(redis).await?;
    Ok(())
}
