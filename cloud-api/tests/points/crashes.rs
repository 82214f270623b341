//! The server dies at each step that earns points, sets them aside, uses them or gives them back. Asked again, every movement was made
//! once: the account is the sum of its movements, each order's movements are those of its fate, and the ledger knows what we owe.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::id::CommandKey;

use super::customer::{account, give, moved, order_of, ordered};
use crate::chat::bot::{BOT_ID, Bot, SECRET, Said, Tap, payload};
use crate::close::day::{LivedDay, begun};
use crate::world::{PATIENCE, TestOrder, World};

/// Points of each customer before the story begins, and what two rice cakes earn.
const POINTS: i64 = 1_000;
const EARNED: i64 = 100;
/// Longer than any lease: the work of a dead step may be taken up again.
const LEASES: Duration = Duration::from_secs(61);
/// After that nobody can pay any more.
const EXPIRY: Duration = Duration::from_secs(31 * 60);
/// How long a dying step is waited for before time is moved on.
const SOON: Duration = Duration::from_millis(700);
const POLL: Duration = Duration::from_millis(20);

/// A customer whose order of two rice cakes waits for its payment, and who has points of before.
struct Customer<'a> {
    bot: Bot<'a>,
    order: TestOrder,
    card: Said,
}

async fn with_points(world: &World) -> Customer<'_> {
    let bot = Bot::new(world);
    let first = order_of(world, &ordered(&bot, 2).await).await;
    give(world, first.store_id, first.customer_id, first.order_id, POINTS).await;
    let session = bot.say("주문서").await;
    let card = bot.pick(&session, "주문하기").await;
    Customer { bot, order: first, card }
}

/// A running day with more cakes than a usual one.
async fn baked() -> LivedDay {
    let day = begun(World::start().await).await;
    sqlx::query("update item_stock set remaining = 1000 where item_key = 'ttok'")
        .execute(&day.world.db)
        .await
        .unwrap();
    day
}

/// An order that is paid with points, up to the moment before its payment.
async fn held(world: &World) -> (Customer<'_>, TestOrder) {
    let customer = with_points(world).await;
    let card = customer.bot.pick(&customer.card, "포인트 1,000원 쓰기").await;
    let order = order_of(world, &card).await;
    assert_eq!(account(world, order.customer_id).await, (0, POINTS));
    (customer, order)
}

/// What a phone or a counter sends, on its own: a server that dies does not answer.
fn ask(request: reqwest::RequestBuilder) {
    tokio::spawn(request.send());
}

fn tapped(world: &World, user: &str, tap: &Tap) -> reqwest::RequestBuilder {
    let request = world.http.post(world.url("/kakao/skill")).header("x-skill-secret", SECRET);
    request.json(&payload(BOT_ID, user, &tap.label, tap.extra.clone()))
}

fn pressed(day: &LivedDay, command: &Value) -> reqwest::RequestBuilder {
    let request = day.world.http.post(day.world.url("/v1/store/commands"));
    request.bearer_auth(&day.counter.session.token).json(&json!({ "commands": [command] }))
}

fn press(order: &TestOrder, action: Value) -> Value {
    let mut command =
        json!({"key": CommandKey::fresh(), "device_seq": 1, "made_at": 1, "order_id": order.order_id});
    command.as_object_mut().unwrap().extend(action.as_object().unwrap().clone());
    command
}

/// Asks, kills the server at the failpoint, starts it again, and asks until what was asked for is so.
async fn dies_at(
    day: &mut LivedDay,
    failpoint: &str,
    request: impl Fn(&LivedDay) -> Option<reqwest::RequestBuilder>,
    done: impl AsyncFn(&World) -> bool,
) {
    let armed = day.world.stop_at(failpoint);
    if let Some(request) = request(day) {
        ask(request);
    }
    day.world.kill_at(armed).await;
    day.world.advance(LEASES).await;
    let began = Instant::now();
    while !done(&day.world).await {
        assert!(began.elapsed() < PATIENCE, "{failpoint}: it does not come to an end");
        if let Some(request) = request(day) {
            ask(request);
        }
        let round = Instant::now();
        while !done(&day.world).await && round.elapsed() < SOON {
            tokio::time::sleep(POLL).await;
        }
        if !done(&day.world).await {
            day.world.advance(LEASES).await;
        }
    }
}

/// Panics unless all books say the same of all points.
async fn books_agree(world: &World) {
    let wrong: Vec<(uuid::Uuid, i64, i64, i64, i64)> = sqlx::query_as(
        "select a.customer_id, a.available, a.held, coalesce(e.available, 0), coalesce(e.held, 0) from points_account a left join (
            select customer_id,
                sum(case kind when 'held' then -amount when 'reversed' then -amount when 'used' then 0 else amount end)::bigint as available,
                sum(case kind when 'held' then amount when 'released' then -amount when 'used' then -amount else 0 end)::bigint as held
            from points_entry group by customer_id) e using (customer_id)
         where (a.available, a.held) is distinct from (coalesce(e.available, 0), coalesce(e.held, 0))",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    assert!(wrong.is_empty(), "accounts that are not their movements: {wrong:?}");
    let untold: i64 = sqlx::query_scalar(
        "select count(*) from points_entry p where kind in ('used', 'returned', 'reversed') and not exists (
            select from ledger_entry l where l.store_id = p.store_id and l.order_id = p.order_id and l.source = 'points_' || p.kind)",
    )
    .fetch_one(&world.db)
    .await
    .unwrap();
    assert_eq!(untold, 0, "the ledger does not know of all points");
    world.until("the money agrees", async || world.money_differences().await.is_empty()).await;
    let dead: i64 =
        sqlx::query_scalar("select count(*) from dead_letter").fetch_one(&world.db).await.unwrap();
    assert_eq!(dead, 0, "nobody has to look at anything");
}

async fn sum(world: &World, order: &TestOrder, kind: &str) -> (usize, i64) {
    let own: Vec<i64> = moved(world, order)
        .await
        .into_iter()
        .filter(|(found, _)| found == kind)
        .map(|(_, won)| won)
        .collect();
    (own.len(), own.iter().sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_points_are_set_aside() {
    let mut day = baked().await;
    for failpoint in ["order.before_commit", "order.after_commit"] {
        let (user, tap, customer) = {
            let customer = with_points(&day.world).await;
            (customer.bot.user.clone(), customer.card.find("포인트 1,000원 쓰기"), customer.order.customer_id)
        };
        let request = |day: &LivedDay| Some(tapped(&day.world, &user, &tap));
        dies_at(&mut day, failpoint, request, async |world| account(world, customer).await == (0, POINTS))
            .await;
        let times: i64 =
            sqlx::query_scalar("select count(*) from points_entry where customer_id = $1 and kind = 'held'")
                .bind(customer.0)
                .fetch_one(&day.world.db)
                .await
                .unwrap();
        assert_eq!(times, 1, "{failpoint}: set aside once");
    }
    books_agree(&day.world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_points_are_used() {
    let mut day = baked().await;
    for failpoint in [
        "pay.callback_locked",
        "pay.approve_before_send",
        "pay.approve_inflight",
        "pay.after_approve_before_commit",
        "points.before_entry",
        "points.after_entry",
        "order.after_cursor",
        "pay.after_commit",
    ] {
        let (order, back) = {
            let (_, order) = held(&day.world).await;
            let back = day.world.authenticate(&order).await;
            (order, back)
        };
        let request = |day: &LivedDay| Some(day.world.http.get(&back));
        dies_at(&mut day, failpoint, request, async |world| world.phase(&order).await == "placed").await;
        assert_eq!(account(&day.world, order.customer_id).await, (0, 0), "{failpoint}");
        assert_eq!(sum(&day.world, &order, "used").await, (1, POINTS), "{failpoint}");
    }
    books_agree(&day.world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_points_are_earned() {
    let mut day = baked().await;
    for failpoint in [
        "points.before_entry",
        "points.after_entry",
        "order.after_cursor",
        "order.before_commit",
        "order.after_commit",
    ] {
        let (order, user) = {
            let (customer, order) = held(&day.world).await;
            assert_eq!(day.world.pay(&order).await.status, 303);
            day.world.wait_for_phase(&order, "placed").await;
            (order, customer.bot.user.clone())
        };
        day.work(&order, &["accept", "cooking", "ready"]).await;
        let received = json!({"a": "received", "s": order.store_id, "o": order.order_id});
        let tap = Tap { label: "받았어요".to_owned(), extra: received };
        let request = |day: &LivedDay| Some(tapped(&day.world, &user, &tap));
        dies_at(&mut day, failpoint, request, async |world| world.phase(&order).await == "completed").await;
        assert_eq!(sum(&day.world, &order, "earned").await, (1, EARNED), "{failpoint}");
        assert_eq!(account(&day.world, order.customer_id).await, (EARNED, 0), "{failpoint}");
    }
    books_agree(&day.world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_points_are_given_back() {
    let mut day = baked().await;
    for failpoint in [
        "cmd.after_claim",
        "points.before_entry",
        "points.after_entry",
        "order.after_cursor",
        "cmd.before_commit",
        "cmd.after_commit",
        "cmd.before_reply",
        "pay.refund_before_row",
        "pay.refund_inflight",
        "pay.after_refund_before_commit",
    ] {
        let order = {
            let (_, order) = held(&day.world).await;
            assert_eq!(day.world.pay(&order).await.status, 303);
            day.world.wait_for_phase(&order, "placed").await;
            order
        };
        let command = press(&order, json!({"kind": "reject", "reason": "sold_out"}));
        let request = |day: &LivedDay| Some(pressed(day, &command));
        dies_at(&mut day, failpoint, request, async |world| world.refunds(&order).await == ["done"]).await;
        assert_eq!(sum(&day.world, &order, "returned").await, (1, POINTS), "{failpoint}");
        assert_eq!(account(&day.world, order.customer_id).await, (POINTS, 0), "{failpoint}");
    }
    books_agree(&day.world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_while_what_nobody_paid_is_freed() {
    let mut day = baked().await;
    for failpoint in
        ["points.before_entry", "points.after_entry", "order.before_commit", "order.after_commit"]
    {
        let order = held(&day.world).await.1;
        let armed = day.world.stop_at(failpoint);
        day.world.advance(EXPIRY).await;
        day.world.kill_at(armed).await;
        day.world.wait_for_phase(&order, "cancelled").await;
        assert_eq!(sum(&day.world, &order, "released").await, (1, POINTS), "{failpoint}");
        assert_eq!(account(&day.world, order.customer_id).await, (POINTS, 0), "{failpoint}");
    }
    books_agree(&day.world).await;
}
