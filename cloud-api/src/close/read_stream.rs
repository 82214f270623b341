//! Reading a day's stream as it is, whatever is in it.

use std::time::Duration;

use redis::RedisResult;
use shared::id::StoreId;

use super::compare::StreamEntry;
use crate::log::stream::DayStream;
use crate::redis_link::RedisLink;

/// Entries of one call.
const PAGE: usize = 1_000;
/// Entries that are looked at; a day has fewer.
const MAX_ENTRIES: usize = 200_000;
/// How often the relay is given time to copy what was just written, and how long each time.
const LOOKS: u32 = 40;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Every entry of the stream, once the relay has brought it to `upto` or had time to.
pub async fn entries(
    redis: &RedisLink,
    store_id: StoreId,
    stream: &DayStream,
    upto: i64,
) -> RedisResult<Vec<StreamEntry>> {
    let key = stream.key(store_id);
    for _ in 0..LOOKS {
        if last(redis, &key).await?.is_some_and(|last| last >= upto) {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let mut entries: Vec<StreamEntry> = Vec::new();
    let mut from = "-".to_owned();
    while entries.len() < MAX_ENTRIES {
        let page: Vec<(String, Vec<Vec<u8>>)> = redis::cmd("XRANGE")
            .arg(&key)
            .arg(&from)
            .arg("+")
            .arg("COUNT")
            .arg(PAGE)
            .query_async(&mut redis.clone())
            .await?;
        let Some((id, _)) = page.last() else { break };
        from = format!("({id}");
        let is_last = page.len() < PAGE;
        entries.extend(page.into_iter().map(|(id, fields)| StreamEntry { id, fields }));
        if is_last {
            break;
        }
    }
    Ok(entries)
}

async fn last(redis: &RedisLink, key: &str) -> RedisResult<Option<i64>> {
    let newest: Vec<(String, Vec<Vec<u8>>)> = redis::cmd("XREVRANGE")
        .arg(key)
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1)
        .query_async(&mut redis.clone())
        .await?;
    let id = newest.first().and_then(|(id, _)| id.split_once('-'));
    Ok(id.and_then(|(seq, _)| seq.parse().ok()))
}
