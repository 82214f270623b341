//! The storm itself: faults fall as the schedule says while customers order; then the sky clears.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::calm::{self, Rest};
use crate::crowd::{Crowd, Demand};
use crate::fault::{Fault, Line};
use crate::kakao;
use crate::profile::{Enough, Profile};
use crate::recovery::{Recovery, Struck, Watch, recoveries};
use crate::schedule::Schedule;
use crate::store::Manner;
use crate::unknowns::{UnknownFor, Unknowns};
use crate::world::World;

/// How often it looks whether the storm was enough.
const LOOK: Duration = Duration::from_secs(1);
/// How often it tells how far it is.
const TELL: Duration = Duration::from_secs(10);

/// What a storm did.
pub struct Raged {
    pub lasted: Duration,
    pub faults: BTreeMap<&'static str, usize>,
    pub enough: bool,
    pub placed: i64,
    pub rest: Rest,
    pub recoveries: BTreeMap<&'static str, Recovery>,
    pub unknown: UnknownFor,
    pub unfinished_customers: usize,
}

pub async fn rage(world: &World, profile: &Profile, seed: u64) -> Result<Raged> {
    let watch = Watch::begin(&world.stores);
    let unknowns = Unknowns::watch(world.db.clone());
    let mut staff = JoinSet::new();
    for store in world.stores.iter().filter(|store| store.manner == Manner::Rejects) {
        staff.spawn(store.clone().reject_all(world.db.clone(), world.tally.clone()));
    }
    kakao::torment(&world.sandbox.url, profile.kakao).await?;
    let shelves = world.stores.iter().map(crate::store::Store::shelf).collect();
    let demand = Demand { seed, customers: profile.customers, shelves, rate: profile.rate };
    let crowd = Crowd::gather(&world.sandbox.url, demand, &world.tally)?;

    let started = Instant::now();
    let mut sky = Sky { world, struck: Vec::new(), faults: BTreeMap::new() };
    let enough = sky.rage(profile, seed, started).await?;
    let lasted = started.elapsed();
    world.diary.tell(&format!("the sky clears after {:.0} s", lasted.as_secs_f64()));

    let heal = async {
        world.supervisor.calm().await?;
        world.lines.mend();
        kakao::relieve(&world.sandbox.url).await
    };
    heal.await?;
    let (converging, unfinished_customers) =
        tokio::join!(calm::converge(world), crowd.leave(profile.closing));
    let (converged, mut left) = converging;
    world.diary.tell(&format!("counters converged: {converged:?}; waiting until no work is left"));
    let quiet = calm::quiesce(world, profile.quiet_limit, profile.patient).await;
    left.extend(quiet.left);
    staff.shutdown().await;
    let rest = Rest { converged, quiet: quiet.after, left, doubted: quiet.doubted };
    let passages = watch.end(&world.stores, &world.db).await?;
    Ok(Raged {
        lasted,
        enough,
        placed: placed(world).await.unwrap_or_default(),
        rest,
        recoveries: recoveries(&sky.struck, &passages),
        faults: sky.faults,
        unknown: unknowns.end(&world.db).await?,
        unfinished_customers,
    })
}

async fn placed(world: &World) -> Result<i64> {
    let count = sqlx::query_scalar("select count(*) from orders where placed_at is not null");
    Ok(count.fetch_one(&world.db).await?)
}

struct Sky<'a> {
    world: &'a World,
    struck: Vec<Struck>,
    faults: BTreeMap<&'static str, usize>,
}

impl Sky<'_> {
    /// Whether everything that was wanted happened before the longest time was over.
    async fn rage(&mut self, profile: &Profile, seed: u64, started: Instant) -> Result<bool> {
        let mut schedule = Schedule::new(seed, self.world.town, &profile.pace).peekable();
        let (mut next_look, mut next_tell) = (started + LOOK, started + TELL);
        loop {
            let planned = schedule.peek().map(|planned| started + planned.at);
            let wake = planned.map_or(next_look, |at| at.min(next_look));
            sleep_until(wake).await;
            if planned.is_some_and(|at| at <= wake)
                && let Some(planned) = schedule.next()
            {
                if !(profile.rests && self.had_enough_of(&planned.fault, &profile.enough)) {
                    self.strike(planned.fault).await?;
                }
                continue;
            }
            next_look = Instant::now() + LOOK;
            // Postgres may be down at this moment.
            let placed = placed(self.world).await.unwrap_or_default();
            if Instant::now() >= next_tell {
                next_tell = Instant::now() + TELL;
                let faults: usize = self.faults.values().sum();
                self.world.diary.tell(&format!("{placed} orders placed, {faults} faults"));
            }
            if self.is_enough(&profile.enough, started, placed) {
                return Ok(true);
            }
            if started.elapsed() >= profile.longest {
                return Ok(false);
            }
        }
    }

    fn is_enough(&self, enough: &Enough, started: Instant, placed: i64) -> bool {
        started.elapsed() >= enough.time
            && placed >= enough.orders
            && self.counter_cuts() >= enough.counter_cuts
            && self.redis_losses() >= enough.redis_losses
    }

    fn had_enough_of(&self, fault: &Fault, enough: &Enough) -> bool {
        match fault {
            Fault::Cut(Line::Counter(_)) => self.counter_cuts() >= enough.counter_cuts,
            Fault::EmptyRedis | Fault::RollBackRedis => self.redis_losses() >= enough.redis_losses,
            Fault::Cut(_) | Fault::Weather(..) | Fault::Kill(_) | Fault::Pause(..) | Fault::Failpoint(..) => {
                false
            }
        }
    }

    fn counter_cuts(&self) -> usize {
        self.count("counter cut")
    }

    fn redis_losses(&self) -> usize {
        self.count("redis emptied") + self.count("redis rolled back")
    }

    fn count(&self, kind: &str) -> usize {
        self.faults.get(kind).copied().unwrap_or_default()
    }

    async fn strike(&mut self, fault: Fault) -> Result<()> {
        self.world.diary.say(&fault.to_string());
        self.struck.push(Struck::now(&fault));
        *self.faults.entry(fault.kind()).or_default() += 1;
        match fault {
            Fault::Cut(line) => self.world.lines.cut(line),
            Fault::Weather(line, weather, time) => self.world.lines.weather(line, weather, time),
            Fault::Kill(_)
            | Fault::Pause(..)
            | Fault::Failpoint(..)
            | Fault::EmptyRedis
            | Fault::RollBackRedis => self.world.supervisor.strike(fault).await?,
        }
        Ok(())
    }
}
