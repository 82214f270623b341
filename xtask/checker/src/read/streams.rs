//! What Redis holds.

use std::collections::HashSet;

use anyhow::{Context, Result};
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

use super::rows::Day;

/// Entries or keys of one question.
const PAGE: usize = 2_000;

/// The stream of one business day.
#[derive(Debug)]
pub struct Stream {
    pub store: Uuid,
    pub day: Uuid,
    pub key: String,
    pub entries: Vec<Entry>,
}

/// One entry as it is; whether it makes sense is for others to say.
#[derive(Debug)]
pub struct Entry {
    pub id: String,
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Entry {
    pub fn field(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_slice())
    }
}

pub async fn connect(url: &str) -> Result<MultiplexedConnection> {
    let client = redis::Client::open(url).context("the address of Redis is not one")?;
    client.get_multiplexed_async_connection().await.context("Redis does not answer")
}

/// The current stream of each day.
pub async fn read(redis: &mut MultiplexedConnection, days: &[Day]) -> Result<Vec<Stream>> {
    let mut streams = Vec::with_capacity(days.len());
    for day in days {
        let key = format!("{{{}}}:log:{}:{}", day.store_id, day.day_id, day.stream_gen);
        let entries = entries(redis, &key).await.with_context(|| format!("{key} cannot be read"))?;
        streams.push(Stream { store: day.store_id, day: day.day_id, key, entries });
    }
    Ok(streams)
}

/// Names and values of a stream's entry.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

async fn entries(redis: &mut MultiplexedConnection, key: &str) -> Result<Vec<Entry>> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let after = all.last().map_or_else(|| "-".to_owned(), |last| format!("({}", last.id));
        let page: Vec<(String, Fields)> = redis::cmd("XRANGE")
            .arg(key)
            .arg(after)
            .arg("+")
            .arg("COUNT")
            .arg(PAGE)
            .query_async(redis)
            .await?;
        let full = page.len() == PAGE;
        all.extend(page.into_iter().map(|(id, fields)| Entry { id, fields }));
        if !full {
            return Ok(all);
        }
    }
}

/// Keys with everything in them, for searching; those named in `known` are left out.
pub async fn everything(
    redis: &mut MultiplexedConnection,
    known: &HashSet<&str>,
) -> Result<Vec<(String, Vec<Vec<u8>>)>> {
    let mut found = Vec::new();
    let mut cursor = 0_u64;
    loop {
        let (next, keys): (u64, Vec<String>) =
            redis::cmd("SCAN").arg(cursor).arg("COUNT").arg(PAGE).query_async(redis).await?;
        let keys: Vec<String> = keys.into_iter().filter(|key| !known.contains(key.as_str())).collect();
        let mut types = redis::pipe();
        keys.iter().for_each(|key| {
            types.cmd("TYPE").arg(key);
        });
        let types: Vec<String> = if keys.is_empty() { Vec::new() } else { types.query_async(redis).await? };
        for (key, kind) in keys.into_iter().zip(types) {
            let content =
                content(redis, &key, &kind).await.with_context(|| format!("{key} cannot be read"))?;
            found.push((key, content));
        }
        cursor = next;
        if cursor == 0 {
            return Ok(found);
        }
    }
}

async fn content(redis: &mut MultiplexedConnection, key: &str, kind: &str) -> Result<Vec<Vec<u8>>> {
    let (name, arguments): (&str, &[&str]) = match kind {
        "string" => ("GET", &[]),
        "hash" => ("HGETALL", &[]),
        "list" => ("LRANGE", &["0", "-1"]),
        "set" => ("SMEMBERS", &[]),
        "zset" => ("ZRANGE", &["0", "-1"]),
        "stream" => ("XRANGE", &["-", "+"]),
        // It went away meanwhile.
        _ => return Ok(Vec::new()),
    };
    let value: redis::Value = redis::cmd(name).arg(key).arg(arguments).query_async(redis).await?;
    let mut texts = Vec::new();
    flatten(value, &mut texts);
    Ok(texts)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the driver may learn more kinds of values; numbers and the like hold no text"
)]
fn flatten(value: redis::Value, texts: &mut Vec<Vec<u8>>) {
    use redis::Value;
    match value {
        Value::BulkString(bytes) => texts.push(bytes),
        Value::SimpleString(text) => texts.push(text.into_bytes()),
        Value::Array(values) | Value::Set(values) => {
            values.into_iter().for_each(|value| flatten(value, texts));
        }
        Value::Map(pairs) => pairs.into_iter().for_each(|(key, value)| {
            flatten(key, texts);
            flatten(value, texts);
        }),
        _ => {}
    }
}
