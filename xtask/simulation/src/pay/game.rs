//! One course of events.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::ensure;
use tokio::time::{Instant, sleep};

use super::customer::{Processes, live};
use super::database::{self, Database};
use super::desk::World;
use super::kakao::{Kakao, Weather};
use super::process::{Pace, Running};
use super::rows::DayRow;
use super::verdict;
use crate::{Dice, Facts, Trace, note};

/// Customers of a seed.
const CUSTOMERS: (u64, u64) = (20, 60);
/// They come within this time.
const STORM: Duration = Duration::from_secs(6 * 60);
/// Calls of a hundred that go wrong while it storms.
const FAULTS: u32 = 20;
/// By then nothing is unknown any more: all late answers came, and every attempt was asked about.
const CALM: Duration = Duration::from_secs(25 * 60);
/// Ended attempts are watched for a day after their expiry.
const WATCHED: Duration = Duration::from_secs(4 * 24 * 60 * 60);

/// Plays it.
pub async fn play(dice: Dice, trace: Trace) -> anyhow::Result<Facts> {
    let world = Arc::new(World {
        database: Arc::new(Database::new(dice.clone())),
        kakao: Kakao::new(dice.clone(), trace.clone()),
        store_id: dice.store(),
        began: Instant::now(),
        dice: dice.clone(),
        trace: trace.clone(),
    });
    let day = DayRow { day_id: dice.day(), next_number: 1, closed: false };
    world.database.rows().days.insert(world.store_id, day);
    let start = |name| Running::start(name, &world, Pace::REAL);
    let processes: Processes = Arc::new(Mutex::new(vec![start("api A"), start("api B")]));
    for _ in 0..dice.between(CUSTOMERS.0, CUSTOMERS.1) {
        let begins = Duration::from_millis(dice.below(u64::try_from(STORM.as_millis()).unwrap_or(0)));
        tokio::spawn(live(Arc::clone(&world), Arc::clone(&processes), begins));
    }
    let mut facts = Facts::default();
    world.kakao.set_weather(Weather { is_away: false, faults: FAULTS });
    let began = Instant::now();
    while began.elapsed() < STORM + Duration::from_secs(60) {
        sleep(dice.ms(500, 12_000)).await;
        act(&world, &processes, &mut facts);
    }
    note!(trace, "fair weather");
    world.kakao.set_weather(Weather::default());
    world.database.set_weather(database::Weather::default());
    sleep(CALM).await;
    verdict::nothing_unknown(&world)?;
    // Days pass: whatever was given up is watched to its end.
    let slow = Pace(Duration::from_secs(600));
    lock(&processes).iter_mut().for_each(|process| process.restart(slow));
    sleep(WATCHED).await;
    lock(&processes).clear();
    verdict::nothing_unknown(&world)?;
    verdict::money_agrees(&world)?;
    verdict::measure(&world, &mut facts);
    let left = world.database.rows().attempts.values().filter(|row| row.next_check_at.is_some()).count();
    ensure!(left == 0, "{left} attempts are asked about for ever");
    Ok(facts)
}

fn lock(processes: &Processes) -> std::sync::MutexGuard<'_, Vec<Running>> {
    processes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one thing that happens next.
fn act(world: &World, processes: &Processes, facts: &mut Facts) {
    let dice = &world.dice;
    match dice.below(100) {
        0..35 => {
            let mut processes = lock(processes);
            let index = usize::try_from(dice.below(processes.len() as u64)).unwrap_or(0);
            processes[index].restart(Pace::REAL);
            facts.count("payments: processes killed");
        }
        35..45 => {
            let is_away = !world.kakao.weather().is_away && dice.chance(30);
            note!(world.trace, "KakaoPay is away: {is_away}");
            world.kakao.set_weather(Weather { is_away, faults: FAULTS });
        }
        45..65 => {
            let (is_away, failing) = (dice.chance(15), *dice.pick(&[0, 0, 5, 30]));
            note!(world.trace, "Postgres is away: {is_away}, fails {failing} of 1,000");
            world.database.set_weather(database::Weather { is_away, failing });
        }
        65..70 => {
            let mut rows = world.database.rows();
            if let Some(day) = rows.days.get_mut(&world.store_id) {
                day.closed = !day.closed && dice.chance(40);
                note!(world.trace, "the day is closed: {}", day.closed);
            }
        }
        _ => {}
    }
}
