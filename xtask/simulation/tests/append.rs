//! The model of `append.lua` against the script in a real Redis (`REDIS_URL`), in random courses of everything that can happen to a stream.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use cloud_api::db::events::StoredEvent;
use cloud_api::log::stream::{self, Appended, DayStream, tombstone_key};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use shared::id::StoreId;
use shared::log::{GENESIS, chain};
use simulation::Dice;
use simulation::relay::Redis;

const COURSES: u64 = 60;
const STEPS: usize = 60;

/// A log whose events from `fork` on differ from the other's.
fn log(dice: &Dice, fork: i64, name: &str) -> Vec<StoredEvent> {
    let mut last = GENESIS;
    let event = |seq: i64| {
        let body = if seq < fork { format!("{{\"n\":{seq}}}") } else { format!("{{\"{name}\":{seq}}}") };
        last = chain(last, seq, body.as_bytes());
        StoredEvent { seq, body: body.into_bytes(), hash: last }
    };
    let _ = dice;
    (1..=40).map(event).collect()
}

async fn do_it<T: redis::FromRedisValue>(redis: &ConnectionManager, command: &redis::Cmd) -> Option<T> {
    command.query_async(&mut redis.clone()).await.ok()
}

async fn entries(redis: &ConnectionManager, key: &str) -> Vec<(i64, Vec<u8>)> {
    let mut range = redis::cmd("XRANGE");
    range.arg(key).arg("-").arg("+");
    let found: Option<Vec<(String, Vec<Vec<u8>>)>> = do_it(redis, &range).await;
    let entry = |(id, fields): (String, Vec<Vec<u8>>)| {
        (id.split('-').next().unwrap().parse().unwrap(), fields[1].clone())
    };
    found.unwrap_or_default().into_iter().map(entry).collect()
}

#[tokio::test]
async fn the_model_of_the_script_is_the_script() {
    let Ok(url) = std::env::var("REDIS_URL") else {
        panic!("REDIS_URL names a Redis for development");
    };
    let client = redis::Client::open(url).unwrap();
    let real = ConnectionManager::new_lazy_with_config(client, ConnectionManagerConfig::new()).unwrap();
    let mut verdicts = std::collections::BTreeMap::new();
    for seed in 0..COURSES {
        let dice = Dice::new(seed);
        let store = StoreId::fresh();
        let first_seq = i64::try_from(dice.between(1, 12)).unwrap();
        let day = DayStream { day_id: dice.day(), first_seq, generation: 0 };
        let (key, tombstone) = (day.key(store), tombstone_key(store, day.day_id));
        let fork = i64::try_from(dice.between(5, 30)).unwrap();
        let logs = [log(&dice, 1_000, "a"), log(&dice, fork, "b")];
        let mut model = Redis::default();
        for step in 0..STEPS {
            let log = if dice.chance(85) { &logs[0] } else { &logs[1] };
            let seq = i64::try_from(dice.between(1, 40)).unwrap();
            match dice.below(100) {
                0..80 => {
                    let end = model.stream(&key).map_or(first_seq - 1, |stream| stream.last);
                    let from = if dice.chance(60) { end + 1 } else { seq.max(first_seq) };
                    let (from, count) = (from.clamp(first_seq, 40), dice.between(1, 6));
                    let from = usize::try_from(from - 1).unwrap();
                    let to = (from + usize::try_from(count).unwrap()).min(log.len());
                    let events = &log[from..to];
                    let previous = if from == 0 { GENESIS } else { log[from - 1].hash };
                    let epoch = i32::try_from(dice.between(1, 3)).unwrap();
                    let wanted = stream::append(&real, store, &day, epoch, previous, events).await.unwrap();
                    let found = model.append(&key, &tombstone, (first_seq - 1, epoch), previous, events);
                    assert_eq!(found, wanted, "seed {seed} step {step}: {from}..{to} in epoch {epoch}");
                    *verdicts.entry(wanted.as_str()).or_insert(0) += 1;
                }
                80..84 => {
                    do_it::<i64>(&real, redis::cmd("DEL").arg(&key)).await;
                    model.remove(&key);
                }
                84..89 => {
                    do_it::<i64>(&real, redis::cmd("XDEL").arg(&key).arg(format!("{seq}-0"))).await;
                    model.remove_entry(&key, seq);
                }
                89..94 => {
                    let mut add = redis::cmd("XADD");
                    add.arg(&key)
                        .arg(format!("{seq}-0"))
                        .arg("body")
                        .arg("{}")
                        .arg("hash")
                        .arg(GENESIS.hex());
                    do_it::<String>(&real, &add).await;
                    model.add(&key, seq, b"{}".to_vec(), GENESIS.hex());
                }
                94..97 => {
                    do_it::<String>(&real, redis::cmd("SET").arg(&key).arg("foreign")).await;
                    model.overwrite(&key);
                }
                _ => {
                    let ended = dice.chance(50).then(|| i32::try_from(dice.between(1, 3)).unwrap());
                    let mut close = redis::cmd(if ended.is_some() { "SET" } else { "DEL" });
                    close.arg(&tombstone);
                    if let Some(epoch) = ended {
                        close.arg(epoch);
                    }
                    do_it::<redis::Value>(&real, &close).await;
                    model.close(&tombstone, ended);
                }
            }
            let modelled: Vec<(i64, Vec<u8>)> = model.stream(&key).map_or_else(Vec::new, |stream| {
                stream.entries.iter().map(|(seq, (body, _))| (*seq, body.clone())).collect()
            });
            assert_eq!(modelled, entries(&real, &key).await, "seed {seed} step {step}");
        }
        for gone in [key, tombstone] {
            do_it::<i64>(&real, redis::cmd("DEL").arg(gone)).await;
        }
    }
    println!("{verdicts:?}");
    for verdict in
        [Appended::Added, Appended::Duplicate, Appended::Gap { last: 0 }, Appended::Fork, Appended::Closed]
    {
        assert!(verdicts.get(verdict.as_str()).is_some_and(|count| *count > 20), "{verdict:?}: {verdicts:?}");
    }
}
