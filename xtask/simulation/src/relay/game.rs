//! One course of events.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::ensure;
use cloud_api::log::relay::Relay;
use cloud_api::log::stream::DayStream;
use shared::id::StoreId;
use shared::log::{GENESIS, chain};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::postgres::{Postgres, StoreLog};
use super::redis::Redis;
use super::world::{Process, Weather, World, lock};
use crate::{Dice, Facts, Trace, note};

const STORES: u64 = 3;
/// How long it storms.
const STORM_MS: (u64, u64) = (10_000, 60_000);
/// By then everything is copied again.
const HEALED_WITHIN: Duration = Duration::from_secs(5);
/// The relay's own pause between two runs.
const POLL_MS: u64 = 1_000;
/// A paused process may go on for so long after the storm.
const LONGEST_STALL: Duration = Duration::from_secs(41);

/// Copies that somebody may restore.
#[derive(Default)]
struct Copies {
    postgres: Option<Postgres>,
    redis: Option<Redis>,
}

/// Plays it.
pub async fn play(dice: Dice, trace: Trace) -> anyhow::Result<Facts> {
    let mut facts = Facts::default();
    let world = Arc::new(world(dice.clone(), trace.clone()));
    let mut relays = [run(&world, "relay A"), run(&world, "relay B")];
    let (began, storm) = (Instant::now(), dice.ms(STORM_MS.0, STORM_MS.1));
    let mut copies = Copies::default();
    while began.elapsed() < storm {
        sleep(dice.ms(1, 400)).await;
        act(&world, &mut copies, &mut relays, &mut facts);
        whole(&world, dice.chance(5))?;
    }
    note!(trace, "fair weather");
    *lock(&world.weather) = Weather::default();
    // Whoever is paused at this moment wakes up in fair weather, with what it knew long ago.
    let healed = Instant::now();
    let mut took = None;
    while healed.elapsed() < LONGEST_STALL + HEALED_WITHIN {
        sleep(Duration::from_millis(250)).await;
        whole(&world, false)?;
        match is_complete(&world) {
            Ok(()) if took.is_none() => took = Some(healed.elapsed()),
            Ok(()) => {}
            // Complete once and then not any more would be a stream that a late relay spoiled.
            Err(why) => ensure!(took.is_none(), "{why}, after it had been complete"),
        }
    }
    for relay in relays {
        relay.abort();
    }
    whole(&world, true)?;
    is_complete(&world)?;
    facts.took("relay: complete again after", took.unwrap_or_default());
    Ok(facts)
}

fn world(dice: Dice, trace: Trace) -> World {
    let mut postgres = Postgres::default();
    for _ in 0..STORES {
        let mut log = StoreLog::new(1);
        open_day(&mut log, &dice);
        postgres.stores.insert(dice.store(), log);
    }
    let weather = Weather { lost: 3, stalls: 0, ..Weather::default() };
    World {
        postgres: Mutex::new(postgres),
        redis: Mutex::default(),
        weather: Mutex::new(weather),
        dice,
        trace,
    }
}

fn run(world: &Arc<World>, name: &'static str) -> JoinHandle<()> {
    let process = Process { name, world: Arc::clone(world) };
    tokio::spawn(async move {
        let mut relay = Relay::default();
        loop {
            // What it could not do now it does in the next run.
            let _ = relay.run_once(&process).await;
            sleep(process.world.dice.ms(1, POLL_MS)).await;
        }
    })
}

fn open_day(log: &mut StoreLog, dice: &Dice) {
    let first_seq = log.cursor().seq + 1;
    log.days.push(DayStream { day_id: dice.day(), first_seq, generation: 0 });
    log.append(body(dice));
}

fn body(dice: &Dice) -> Vec<u8> {
    format!("{{\"n\":{}}}", dice.seed()).into_bytes()
}

/// The one thing that happens next.
fn act(world: &Arc<World>, copies: &mut Copies, relays: &mut [JoinHandle<()>; 2], facts: &mut Facts) {
    let (dice, trace) = (&world.dice, &world.trace);
    let store = *dice.pick(&lock(&world.postgres).stores.keys().copied().collect::<Vec<_>>());
    match dice.below(100) {
        0..60 => {
            let mut postgres = lock(&world.postgres);
            let log = postgres.stores.get_mut(&store).expect("it was just picked");
            for _ in 0..dice.between(1, if dice.chance(3) { 700 } else { 4 }) {
                log.append(body(dice));
            }
            note!(trace, "the log of {store} ends at {}", log.cursor().position());
            facts.count("relay: commits");
        }
        60..63 => {
            note!(trace, "a new day at {store}");
            open_day(lock(&world.postgres).stores.get_mut(&store).expect("picked"), dice);
        }
        63..68 => {
            note!(trace, "Redis is emptied");
            lock(&world.redis).empty();
            facts.count("relay: Redis emptied or rolled back");
        }
        68..72 => copies.redis = Some(lock(&world.redis).clone()),
        72..76 => {
            if let Some(old) = &copies.redis {
                note!(trace, "Redis is rolled back");
                lock(&world.redis).clone_from(old);
                facts.count("relay: Redis emptied or rolled back");
            }
        }
        76..79 => foreign(world, store, facts),
        79..81 => copies.postgres = Some(lock(&world.postgres).clone()),
        81..83 => {
            if let Some(old) = copies.postgres.take() {
                restore(world, old);
                facts.count("relay: Postgres restored");
            }
        }
        83..87 => toggle(world, |weather| weather.redis_is_away = !weather.redis_is_away),
        87..90 => toggle(world, |weather| weather.postgres_is_away = !weather.postgres_is_away),
        90..94 => {
            let (lost, stalls) = (*dice.pick(&[0, 3, 20, 50]), *dice.pick(&[0, 0, 1, 4]));
            toggle(world, |weather| (weather.lost, weather.stalls) = (lost, stalls));
        }
        _ => {
            let (index, name) = *dice.pick(&[(0, "relay A"), (1, "relay B")]);
            note!(trace, "{name} is killed and begins anew");
            relays[index].abort();
            relays[index] = run(world, name);
            facts.count("relay: killed");
        }
    }
}

fn toggle(world: &World, change: impl FnOnce(&mut Weather)) {
    let mut weather = lock(&world.weather);
    change(&mut weather);
    note!(world.trace, "{:?}", *weather);
}

/// Somebody else writes where our streams are.
fn foreign(world: &World, store: StoreId, facts: &mut Facts) {
    let log = lock(&world.postgres).stores[&store].clone();
    let (Some(day), end) = (log.days.last(), log.cursor().seq) else { return };
    let (key, dice) = (day.key(store), &world.dice);
    let mut redis = lock(&world.redis);
    match dice.below(5) {
        0 => redis.remove(&key),
        1 => redis.overwrite(&key),
        // The script looks at what it is offered, and the readers at the whole chain: only the end can be taken away unseen.
        2 => {
            let last = redis.stream(&key).map_or(0, |stream| stream.last);
            redis.remove_entry(&key, last);
        }
        ahead => redis.add(&key, end + i64::try_from(ahead).unwrap_or(1) - 2, body(dice), GENESIS.hex()),
    }
    note!(world.trace, "somebody else writes to {key}");
    facts.count("relay: foreign writes");
}

/// An older copy of the database comes back under a new epoch.
fn restore(world: &World, old: Postgres) {
    let mut postgres = lock(&world.postgres);
    let epochs: Vec<i32> = postgres.stores.values().map(|log| log.epoch).collect();
    *postgres = old;
    for (log, epoch) in postgres.stores.values_mut().zip(epochs) {
        log.epoch = epoch + 1;
    }
    note!(world.trace, "Postgres is restored");
}

/// No stream that the relay builds ever has a hole: what it holds of our events hangs together.
/// The hashes are many, so they are not always computed.
fn whole(world: &World, with_hashes: bool) -> anyhow::Result<()> {
    for (key, stream) in lock(&world.redis).streams() {
        let mut before: Option<(i64, &str)> = None;
        for (seq, (body, hash)) in &stream.entries {
            // A foreign entry says so by its hash; nothing of ours may follow it.
            if *hash == GENESIS.hex() {
                before = Some((*seq, hash.as_str()));
                continue;
            }
            if let Some((last, previous)) = before {
                ensure!(*seq == last + 1, "{key} has a hole between {last} and {seq}");
                if !with_hashes {
                    before = Some((*seq, hash.as_str()));
                    continue;
                }
                let expected =
                    shared::log::ChainHash::from_hex(previous).map(|previous| chain(previous, *seq, body));
                ensure!(
                    expected.is_some_and(|expected| expected.hex() == *hash),
                    "{key} does not hang together at {seq}"
                );
            }
            before = Some((*seq, hash.as_str()));
        }
    }
    Ok(())
}

/// The stream of each running day is the log of that day.
fn is_complete(world: &World) -> anyhow::Result<()> {
    let (postgres, redis) = (lock(&world.postgres), lock(&world.redis));
    for (store, log) in &postgres.stores {
        let Some(day) = log.days.last() else { continue };
        let wanted = log.after(day.first_seq - 1, i64::MAX);
        let key = day.key(*store);
        let found = redis.stream(&key);
        let same = found.is_some_and(|stream| {
            // After a restore of Postgres it may hold more, of the other life; the next event makes that a fork.
            stream.last >= log.cursor().seq
                && wanted.iter().all(|event| {
                    stream
                        .entries
                        .get(&event.seq)
                        .is_some_and(|(body, hash)| *body == event.body && *hash == event.hash.hex())
                })
        });
        let (end, has) = (log.cursor().seq, found.map_or(0, |stream| stream.last));
        ensure!(same, "{key} is not the log: it ends at {has}, the log at {end}");
    }
    Ok(())
}
