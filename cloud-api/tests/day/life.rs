//! The day's states, as commands make them.

use futures_util::future::join_all;
use serde_json::json;
use shared::Code;
use shared::day::{DayEvent, DayPhase, DayState};
use shared::id::DayId;
use shared::log::Subject;
use shared::order::{Actor, CancelReason, OrderCommand};
use shared::wire::Outcome;

use super::{does, end_day, kinds, refusal, snapshot, wish};
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::store::orders::{command, happen, log, place, send_one};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_lived_by_commands_and_customers_hear_of_it() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let until = world.clock.now_ms().plus_minutes(20);
    does(&counter, json!({"kind": "break_start", "until": until, "cause": "too_busy"})).await;
    let refused = bot.pick(&session, "주문하기").await;
    let told = format!("주문이 몰려 잠시 주문을 멈췄어요. {}까지 쉬어요.", until.kst_clock());
    assert!(refused.says(&told) && refused.pay_url().is_none(), "{}", refused.text());
    assert!(bot.say("시작").await.says(&format!("잠시 쉬는 중 · {}까지", until.kst_clock())));
    does(&counter, json!({"kind": "break_end"})).await;
    does(&counter, json!({"kind": "busy_set", "extra_minutes": 12})).await;
    assert!(bot.say("시작").await.says("약 20분"), "8 minutes and 12 more");
    does(&counter, json!({"kind": "busy_set", "extra_minutes": 0})).await;
    does(&counter, json!({"kind": "closing_start"})).await;
    let refused = bot.pick(&session, "주문하기").await;
    assert!(refused.says("마감하고 있어요") && refused.says("다음 영업은"), "{}", refused.text());
    assert_eq!(refusal(&counter, json!({"kind": "day_open"})).await, "day_is_closing");
    does(&counter, json!({"kind": "closing_resume"})).await;
    assert_eq!(snapshot(&counter).await.day.state(), DayState::Open);
    let events = [
        "day_opened",
        "menu_changed",
        "break_started",
        "break_ended",
        "busy_set",
        "busy_set",
        "closing_started",
        "closing_resumed",
    ];
    assert_eq!(kinds(&world).await, events);
    log(&world, &world.coffee).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_day_has_the_id_that_the_counter_chose_and_the_counters_own_time() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    end_day(&world).await;
    for action in ["break_end", "closing_start", "closing_resume"] {
        assert_eq!(refusal(&counter, json!({"kind": action})).await, "day_not_running");
    }
    let mut prepare = wish(json!({"kind": "day_prepare"}));
    // A clock two hours off is written down and decides nothing.
    let wrong = world.clock.now_ms().plus_minutes(120);
    prepare["made_at"] = json!(wrong);
    assert_eq!(send_one(&counter, &prepare).await.outcome, Outcome::Applied);
    let day = snapshot(&counter).await.day;
    assert_eq!(
        (day.id.to_string(), day.state()),
        (prepare["key"].as_str().unwrap().to_owned(), DayState::Preparing)
    );
    assert!(day.prepared_at < wrong);
    let body = log(&world, &world.coffee).await.pop().unwrap().2;
    let Subject::Day(DayEvent::DayPrepared { made_at, .. }) = body.subject else { panic!("{body:?}") };
    assert_eq!((made_at, body.day_id), (Some(wrong), day.id));
    // The key of the command that opens a day that was prepared names nothing.
    does(&counter, json!({"kind": "day_open"})).await;
    let opened = snapshot(&counter).await.day;
    assert_eq!((opened.id, opened.state()), (day.id, DayState::Open));
    assert_eq!(refusal(&counter, json!({"kind": "day_prepare"})).await, "day_already_running");
    // Without preparing: both at once.
    end_day(&world).await;
    let open = wish(json!({"kind": "day_open"}));
    assert_eq!(send_one(&counter, &open).await.outcome, Outcome::Applied);
    assert_eq!(snapshot(&counter).await.day.id, open["key"].as_str().unwrap().parse::<DayId>().unwrap());
    assert_eq!(kinds(&world).await[4..], ["day_prepared", "day_opened"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let now = world.clock.now_ms();
    let before = kinds(&world).await;
    for (action, code) in [
        (json!({"kind": "break_start", "until": now.plus_ms(-1), "cause": "rest"}), "time_out_of_range"),
        (
            json!({"kind": "break_start", "until": now.plus_minutes(13 * 60), "cause": "rest"}),
            "time_out_of_range",
        ),
        (json!({"kind": "break_start", "cause": "siesta"}), "command_malformed"),
        (json!({"kind": "busy_set", "extra_minutes": 500}), "time_out_of_range"),
        (json!({"kind": "day_prepare"}), "day_already_running"),
        (json!({"kind": "day_open", "order_id": uuid::Uuid::new_v4()}), "command_malformed"),
        (json!({"kind": "accept", "prep_minutes": 5}), "command_malformed"),
        (json!({"kind": "day_close"}), "unknown_command"),
    ] {
        assert_eq!(refusal(&counter, action.clone()).await, code, "{action}");
    }
    assert_eq!(kinds(&world).await, before);
    // What is so already is no event and no refusal.
    does(&counter, json!({"kind": "day_open"})).await;
    does(&counter, json!({"kind": "break_end"})).await;
    assert_eq!(kinds(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_of_a_command_about_the_store_have_one_effect() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    end_day(&world).await;
    let before = kinds(&world).await.len();
    let open = wish(json!({"kind": "day_open"}));
    let answers = join_all((0..50).map(|_| send_one(&counter, &open))).await;
    let count = |outcome| answers.iter().filter(|answer| answer.outcome == outcome).count();
    assert_eq!((count(Outcome::Applied), count(Outcome::AlreadyApplied)), (1, 49));
    assert!(answers.iter().all(|answer| answer.position == answers[0].position));
    assert_eq!(kinds(&world).await.len(), before + 2);
    let mut reused = open.clone();
    reused["kind"] = json!("day_prepare");
    assert_eq!(send_one(&counter, &reused).await.code, Some(Code::CommandKeyReused));

    // Twenty people open the next day at once: it is one day.
    end_day(&world).await;
    let opens: Vec<_> = (0..20).map(|_| wish(json!({"kind": "day_open"}))).collect();
    let answers = join_all(opens.iter().map(|open| send_one(&counter, open))).await;
    assert!(answers.iter().all(|answer| answer.outcome == Outcome::Applied), "{answers:?}");
    assert_eq!(kinds(&world).await.len(), before + 4);
    let day = snapshot(&counter).await.day;
    assert!(matches!(day.phase, DayPhase::Open { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_settled_by_a_person_once() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let order = place(&world).await;
    let cancel = OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind };
    happen(&world, &order, cancel, Actor::Customer).await;
    assert_eq!(
        send_one(&counter, &command(order.order_id, json!({"kind": "ready"}))).await.outcome,
        Outcome::Applied
    );
    let conflict = async || snapshot(&counter).await.orders[0].order.conflict;
    assert!(conflict().await.is_some());
    let settle = command(order.order_id, json!({"kind": "settle_conflict", "settlement": "discarded"}));
    assert_eq!(send_one(&counter, &settle).await.outcome, Outcome::Applied);
    assert_eq!(send_one(&counter, &settle).await.outcome, Outcome::AlreadyApplied);
    assert_eq!(conflict().await, None);
    let body = log(&world, &world.coffee).await.pop().unwrap().2;
    assert_eq!(body.kind(), "conflict_settled");
    assert!(
        matches!(body.by, Actor::Counter { staff_id, .. } if staff_id == counter.session.staff_id),
        "{body:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_work_and_owners_decide() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    sqlx::query("update staff set role = 'staff'").execute(&world.db).await.unwrap();
    let edit =
        wish(json!({"kind": "menu_edit", "edit": {"add_category": {"key": "new", "name": "새 메뉴"}}}));
    for _ in 0..2 {
        assert_eq!(send_one(&counter, &edit).await.code, Some(Code::OwnerOnly));
    }
    does(&counter, json!({"kind": "sold_out", "what": {"item": "ttok"}, "until": "end_of_day"})).await;
    sqlx::query("update staff set role = 'owner'").execute(&world.db).await.unwrap();
    assert_eq!(send_one(&counter, &edit).await.code, Some(Code::OwnerOnly), "a refusal stays one");
    does(&counter, json!({"kind": "menu_edit", "edit": {"add_category": {"key": "new", "name": "새 메뉴"}}}))
        .await;
}
