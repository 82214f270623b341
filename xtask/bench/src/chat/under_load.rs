//! The table of the chat's answer times while a store's log is busy: everything healthy, Redis down, Postgres slow, KakaoPay down.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;

use super::busy_store::{self, BusyStore};
use super::crowd::Crowd;
use super::scene::{Scene, Trouble};
use super::{CUSTOMERS, PATIENCE, schedule, warm_up};
use crate::load::{Report, run as load};
use crate::measure::{Limit, Measure, Unit, median};
use crate::row::{Outcome, Row, Running, Setup};
use crate::table::shown;

/// A statement takes this much longer in each direction: two seconds in all.
const SLOW: Duration = Duration::from_secs(1);
/// Kakao gives up at five seconds; its network needs a part of them.
const LONGEST: f64 = 4.0;

const SITUATIONS: [(&str, Option<Trouble>); 4] = [
    ("healthy", None),
    ("Redis down", Some(Trouble::NoRedis)),
    ("Postgres 2 s slow", Some(Trouble::SlowPostgres)),
    ("KakaoPay down", Some(Trouble::NoKakaoPay)),
];

pub const ROW: Row = Row {
    name: "chat-load",
    what: "chat at 200 requests per second while a store's log is busy: healthy, Redis down, Postgres 2 s slow, KakaoPay down",
    run,
};

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(async move {
        let mut measures = Vec::new();
        let mut lines = Vec::new();
        for (name, trouble) in SITUATIONS {
            let rounds = situation(setup, name, trouble).await?;
            lines.push(line(name, &rounds));
            measures.extend(judged(name, trouble, &rounds));
        }
        println!("{HEAD}");
        lines.iter().for_each(|line| println!("{line}"));
        Ok(Outcome::Measured(measures))
    })
}

/// What came of one load.
struct Round {
    report: Report,
    /// Answered in time with an apology: that it does not work now, and what to do.
    refused: u64,
    /// Events of the busy store's log meanwhile, per second.
    events: f64,
}

async fn situation(setup: &Setup, name: &str, trouble: Option<Trouble>) -> Result<Vec<Round>> {
    let scene = Scene::open(setup, &format!("chat-load-{}", name.replace(' ', "-"))).await?;
    let chat = schedule(setup);
    let presses = busy_store::schedule(chat.lasts, PATIENCE);
    let store = BusyStore::open(&scene.shop, scene.order, presses, setup.repeats()).await?;
    let mut crowd = Crowd::new(&scene.shop, CUSTOMERS);
    warm_up(&crowd).await?;
    crowd.opens_links(trouble == Some(Trouble::NoKakaoPay));
    if let Some(trouble) = trouble {
        scene.strike(trouble, SLOW);
    }
    let mut rounds = Vec::new();
    for round in 0..setup.repeats() {
        let refused = crowd.refused.load(Ordering::Relaxed);
        let (report, log) = tokio::join!(
            load(chat, |number| crowd.any_answer(number)),
            load(presses, |press| store.press(round, press))
        );
        let refused = crowd.refused.load(Ordering::Relaxed) - refused;
        rounds.push(Round { report, refused, events: log.answered as f64 / chat.lasts.as_secs_f64() });
    }
    Ok(rounds)
}

/// An answer always comes; how fast is promised for when everything works.
fn judged(name: &str, trouble: Option<Trouble>, rounds: &[Round]) -> Vec<Measure> {
    let all = |of: &dyn Fn(&Round) -> f64| rounds.iter().map(of).collect::<Vec<_>>();
    let time = |what: &str, part: f64| {
        Measure::new(format!("{name}: {what}"), Unit::Seconds, &all(&|round| round.report.quantile(part)))
    };
    let count = |what: &str, of: &dyn Fn(&Round) -> f64| {
        Measure::new(format!("{name}: {what}"), Unit::Count, &all(of)).floor(Limit::AtMost(0.0))
    };
    let mut p99 = time("p99", 0.99);
    let mut refused = count("refused in words", &|round| round.refused as f64);
    match trouble {
        None => p99 = p99.floor(Limit::AtMost(0.3)).goal(Limit::AtMost(0.05)),
        // That much cannot be done then is no fault; that somebody is told nothing would be one.
        Some(_) => refused.floor = None,
    }
    let failures = rounds.iter().find_map(|round| round.report.failure.clone()).unwrap_or_default();
    vec![
        time("p50", 0.5),
        p99,
        time("slowest", 1.0).floor(Limit::AtMost(LONGEST)),
        count("unanswered", &|round| (round.report.unanswered() + round.report.failed) as f64).note(failures),
        refused,
        Measure::new(
            format!("{name}: events of the busy store's log"),
            Unit::PerSecond,
            &all(&|round| round.events),
        ),
    ]
}

const HEAD: &str =
    "  situation          | asked | p50       | p99       | slowest   | unanswered | refused | log events/s";

fn line(name: &str, rounds: &[Round]) -> String {
    let middle = |of: &dyn Fn(&Round) -> f64| median(&rounds.iter().map(of).collect::<Vec<_>>());
    let time = |part: f64| shown(middle(&|round| round.report.quantile(part)), Unit::Seconds);
    let count = |of: &dyn Fn(&Round) -> u64| rounds.iter().map(of).sum::<u64>();
    format!(
        "  {name:18} | {:5} | {:9} | {:9} | {:9} | {:10} | {:7} | {:.0}",
        count(&|round| round.report.asked),
        time(0.5),
        time(0.99),
        time(1.0),
        count(&|round| round.report.unanswered() + round.report.failed),
        count(&|round| round.refused),
        middle(&|round| round.events)
    )
}
