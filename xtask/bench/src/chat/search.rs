//! How fast what somebody types finds stores among ten thousand.

use std::time::Instant;

use anyhow::{Result, ensure};
use e2e::wait::wait_until;

use super::bot::Bot;
use crate::load::{histogram, record};
use crate::measure::{Limit, Measure, Unit};
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::Shop;

const STORES: u32 = 10_000;
/// Somebody who has searched nothing yet.
const CUSTOMER: usize = 900_000;
/// What people type, and what of it the answer has to show.
const TYPED: [(&str, &str, &str); 7] = [
    ("a store's name", "달빛국수", "달빛국수"),
    ("a name and a branch", "은하분식 홍대 931호점", "931호점"),
    ("a dish", "별미떡볶이", "별미떡볶이"),
    ("a typing error", "별미떡뽁이", "별미떡볶이"),
    ("first letters", "ㄷㅂㄱㅅ", "달빛국수"),
    ("a dish somewhere", "은하분식 떡볶이", "은하분식"),
    ("nothing there is", "우주정거장도킹", "찾은 매장이나 메뉴가 없어요"),
];

pub const ROW: Row = Row {
    name: "search",
    what: "what a customer types, answered from 10,000 stores and their menus, one at a time",
    run,
};

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    let shop = Shop::open(&setup.logs("search")?).await?;
    shop.copy_stores(STORES).await?;
    shop.name_stores().await?;
    let mut bot = Bot::new(&shop.api.url, &shop.keys.skill_secret, CUSTOMER);
    for (_, typed, shown) in TYPED {
        wait_until(&format!("{typed:?} is answered with {shown:?}"), async || {
            let answer = bot.ask(typed).await?;
            ensure!(answer.contains(shown), "{answer}");
            Ok(true)
        })
        .await?;
    }
    let searches = if setup.quick { 20 } else { 200 };
    let mut measures = Vec::new();
    for (what, typed, _) in TYPED {
        let (mut middle, mut p99) = (Vec::new(), Vec::new());
        for _ in 0..setup.repeats() {
            let mut times = histogram();
            for _ in 0..searches {
                let asked = Instant::now();
                bot.ask(typed).await?;
                record(&mut times, asked.elapsed());
            }
            middle.push(times.value_at_quantile(0.5) as f64 / 1e6);
            p99.push(times.value_at_quantile(0.99) as f64 / 1e6);
        }
        let p99 = Measure::new(format!("{what}: p99"), Unit::Seconds, &p99).goal(Limit::AtMost(0.05));
        measures
            .push(Measure::new(format!("{what}: p50"), Unit::Seconds, &middle).floor(Limit::AtMost(0.05)));
        measures.push(p99.note(format!("{typed:?}")));
    }
    Ok(Outcome::Measured(measures))
}
