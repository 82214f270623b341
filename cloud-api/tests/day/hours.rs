//! The schedule: set at the counter, and what the server does by it.

use std::time::Duration;

use cloud_api::day::watch;
use serde_json::{Value, json};
use shared::day::{BreakCause, DayPhase, DayState};
use shared::reservation::ReservationRules;
use shared::wire::StoreHours;

use super::{does, end_day, kinds, refusal, snapshot};
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::world::{Counter, World};

fn week(hours: Value) -> Value {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    days.into_iter().map(|day| (day.to_owned(), hours.clone())).collect::<serde_json::Map<_, _>>().into()
}

fn set(hours: Value, holidays: &[&str], policy: Value) -> Value {
    json!({"kind": "schedule_set", "schedule": week(hours), "holidays": holidays, "policy": policy})
}

async fn hours(counter: &Counter) -> StoreHours {
    let answer = counter.get("/v1/store/schedule").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_overlaps_itself_is_refused() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let before = hours(&counter).await;
    let ordinary = json!({"open": "10:00", "close": "20:00"});
    for bad in [
        set(json!({"open": "06:00", "close": "31:00"}), &[], json!({})),
        set(json!({"open": "20:00", "close": "10:00"}), &[], json!({})),
        set(json!({"open": "10:00", "close": "20:00", "break": ["09:00", "11:00"]}), &[], json!({})),
        set(ordinary.clone(), &["2027-02-30"], json!({})),
        set(ordinary.clone(), &["2027-02-07", "2027-02-07"], json!({})),
    ] {
        assert_eq!(refusal(&counter, bad.clone()).await, "schedule_senseless", "{bad}");
    }
    assert_eq!(
        refusal(&counter, set(json!({"open": "10 o'clock"}), &[], json!({}))).await,
        "command_malformed"
    );
    assert_eq!(hours(&counter).await.schedule, before.schedule);
    does(
        &counter,
        set(json!({"open": "17:00", "close": "26:00"}), &["2027-02-07"], json!({"auto_close": true})),
    )
    .await;
    let after = hours(&counter).await;
    assert_eq!(
        (after.schedule_version, after.schedule.policy.auto_close),
        (before.schedule_version + 1, true)
    );
    assert_eq!(snapshot(&counter).await.schedule_version, after.schedule_version);
    // Without a policy the old one stays, and what is so already is no event.
    let mut same = set(json!({"open": "17:00", "close": "26:00"}), &["2027-02-07"], json!(null));
    same.as_object_mut().unwrap().remove("policy");
    does(&counter, same).await;
    assert_eq!(kinds(&world).await.iter().filter(|kind| *kind == "schedule_set").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_says_what_may_be_ordered_for_later() {
    let world = World::start_without_workers().await;
    world.until_clock("12:00").await;
    let counter = world.claim(&world.coffee).await;
    let before = hours(&counter).await;
    assert_eq!(before.reservations, ReservationRules::default());
    let with = |rules: Value| {
        json!({"kind": "schedule_set", "schedule": before.schedule.week, "holidays": before.schedule.holidays,
               "reservations": rules})
    };
    for bad in [
        json!({"enabled": true, "slot_minutes": 7, "capacity": 3}),
        json!({"enabled": true, "slot_minutes": 10, "capacity": 0}),
        json!({"enabled": true, "slot_minutes": 10, "capacity": 501}),
    ] {
        assert_eq!(refusal(&counter, with(bad.clone())).await, "schedule_senseless", "{bad}");
    }
    does(&counter, with(json!({"enabled": true, "slot_minutes": 15, "capacity": 3}))).await;
    let after = hours(&counter).await;
    assert_eq!(after.reservations, ReservationRules { enabled: true, slot_minutes: 15, capacity: 3 });
    assert_eq!((after.schedule_version, &after.schedule), (before.schedule_version + 1, &before.schedule));
    let bot = Bot::new(&world);
    let times = bot.pick(&with_cake(&bot).await, "예약하기").await;
    assert!(times.offers("12:30") && times.offers("12:45") && !times.offers("12:40"), "{}", times.text());
    // Hours that are set without them leave them as they are.
    does(&counter, set(json!({"open": "08:00", "close": "22:00"}), &[], json!(null))).await;
    assert_eq!(hours(&counter).await.reservations, after.reservations);
    does(&counter, with(json!({"enabled": false}))).await;
    let refused = bot.pick(&times, "12:45").await;
    assert!(refused.says("예약 주문을 받지 않아요"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_follows_the_schedule_where_the_store_wants_it() {
    let world = World::start_without_workers().await;
    world.until_clock("14:50").await;
    let counter = world.claim(&world.coffee).await;
    let all = json!({"auto_open": true, "auto_break": true, "auto_close": true});
    does(&counter, set(json!({"open": "10:00", "close": "21:00", "break": ["15:00", "17:00"]}), &[], all))
        .await;
    let state = async || {
        watch::run_once(world.app()).await.unwrap();
        snapshot(&counter).await.day
    };
    assert_eq!(state().await.state(), DayState::Open);
    world.until_clock("15:00").await;
    let day = state().await;
    let DayPhase::OnBreak { until, cause, .. } = day.phase else { panic!("{day:?}") };
    assert_eq!((until.unwrap().kst_clock(), cause), ("17:00".to_owned(), BreakCause::Schedule));
    let bot = Bot::new(&world);
    assert!(with_cake(&bot).await.says("17:00까지 쉬어요"));
    // Somebody opens in the middle of it: it stays open.
    does(&counter, json!({"kind": "break_end"})).await;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(state().await.state(), DayState::Open);
    world.until_clock("21:00").await;
    assert_eq!(state().await.state(), DayState::Closing);
    let causes: Vec<String> = sqlx::query_scalar(
        "select coalesce(convert_from(body, 'utf8')::jsonb ->> 'cause', '-') from store_event
         where store_id = $1 and kind in ('break_started', 'closing_started') order by seq",
    )
    .bind(world.coffee.store_id.0)
    .fetch_all(&world.db)
    .await
    .unwrap();
    assert_eq!(causes, ["schedule", "schedule"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opens_by_itself_only_while_somebody_is_there() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    does(&counter, set(json!({"open": "10:00", "close": "21:00"}), &[], json!({"auto_open": true}))).await;
    end_day(&world).await;
    world.until_clock("10:00").await;
    let state = async || {
        watch::look(world.app(), world.coffee.store_id).await.unwrap();
        let latest = cloud_api::db::days::latest(&world.db, world.coffee.store_id).await.unwrap();
        latest.unwrap().day.state()
    };
    assert_eq!(state().await, DayState::Closed, "nobody was heard of for hours");
    sqlx::query("update device set last_seen_at = $1")
        .bind(world.clock.now())
        .execute(&world.db)
        .await
        .unwrap();
    assert_eq!(state().await, DayState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_and_busy_time_end_by_themselves() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let until = world.clock.now_ms().plus_minutes(20);
    does(&counter, json!({"kind": "busy_set", "extra_minutes": 10, "until": until})).await;
    does(&counter, json!({"kind": "break_start", "until": until, "cause": "ingredients"})).await;
    world.advance(Duration::from_secs(20 * 60 + 1)).await;
    world
        .until("both have ended", async || {
            let day = snapshot(&counter).await.day;
            day.state() == DayState::Open && day.busy.is_none()
        })
        .await;
    let ends = kinds(&world).await;
    assert_eq!(
        ends.iter().filter(|kind| *kind == "break_ended").count(),
        1,
        "once, by whichever worker: {ends:?}"
    );
}
