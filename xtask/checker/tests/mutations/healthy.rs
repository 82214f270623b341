//! Orders of all fates, made by real processes; then everything is stopped.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use checker::Sources;
use e2e::World;
use e2e::chat::Chat;
use e2e::counter::Counter;
use e2e::customer::{Customer, browse};
use e2e::ordering;
use e2e::wait::{wait_until, wait_until_within};
use fault_proxy::Proxy;
use serde_json::{Value, json};
use sqlx::postgres::PgPool;

/// For refunds, messages and the relay to come to rest.
const REST: Duration = Duration::from_secs(60);

pub struct Healthy {
    pub sources: Sources,
    /// A copy of the counter's journal, closed.
    pub journal: PathBuf,
    /// What Kakao's books say.
    pub books: Value,
    pub database: String,
    pub redis: String,
    /// A customer's phone, as they wrote it.
    pub phone: String,
    _world: World,
}

impl Healthy {
    pub async fn make() -> Result<Self> {
        let mut world = World::start("checker_mutations").await?;
        let pool = world.database.pool.clone();
        // Two orders are there before the counter comes, so that its first snapshot has some.
        let first = ordered(&world).await?;
        let rejected = ordered(&world).await?;
        let folder = world.folder("counter")?;
        let wire = world.wire()?;
        let server = format!("http://{}", wire.address());
        let mut counter = Counter::sign_in(&server, &folder, &world.log("counter")).await?;
        work(&world, &counter, &first, &["accept", "cooking", "ready", "handed_over"]).await?;
        act(&counter, &rejected, json!({"kind": "reject", "reason": "sold_out"})).await?;
        let regular = world.new_customer().await?;
        let completed = ordered_by(&world, &regular).await?;
        complete(&world, &counter, &completed).await?;
        cancelled(&world, &counter).await?;
        let nobody = ordered(&world).await?;
        fire(&pool, &nobody, "accept_deadline", "cancelled").await?;
        part_of(&world, &counter, &completed).await?;
        // What it earned pays a part of the next, which earns again; those points come back with the order after it.
        let with_points = ordered_with_points(&world, &regular).await?;
        complete(&world, &counter, &with_points).await?;
        let given_back = ordered_with_points(&world, &regular).await?;
        act(&counter, &given_back, json!({"kind": "reject", "reason": "sold_out"})).await?;
        sold_out(&world, &counter).await?;
        closed(&counter).await?;
        unpaid(&world, &pool).await?;
        // Somebody answers it: without a server nobody would call the owner in time.
        let paid = second_attempt(&world).await?;
        work(&world, &counter, &paid, &["accept"]).await?;
        refused(&world, &counter, &wire).await?;
        let phone = working(&world, &counter).await?;
        counter.wait_until_all_sent().await?;
        let sources = Sources {
            database_url: world.database.url.clone(),
            redis_url: Some(world.redis.url()),
            sandbox_url: Some(world.sandbox.url.clone()),
            journals: vec![folder.clone()],
            ..Sources::default()
        };
        wait_until_within(REST, "the checker finds nothing", async || {
            let report = checker::check(&sources).await?;
            ensure!(report.is_clean(), "{report}");
            Ok(true)
        })
        .await?;
        counter.kill();
        world.api.stop().await?;
        let books = checker::books_of(&world.sandbox.url).await?;
        pool.close().await;
        let journal = closed_copy(&folder)?;
        let sources = Sources {
            sandbox_url: None,
            books: Some(books.clone()),
            journals: vec![journal.clone()],
            ..sources
        };
        let (database, redis) = (world.database.url.clone(), world.redis.url());
        Ok(Self { sources, journal, books, database, redis, phone, _world: world })
    }
}

/// A new customer's paid order.
async fn ordered(world: &World) -> Result<String> {
    ordered_by(world, &world.new_customer().await?).await
}

async fn ordered_by(world: &World, customer: &Customer) -> Result<String> {
    paid(world, customer, &customer.order().await?).await
}

/// The same again, paid with as many points as the customer has.
async fn ordered_with_points(world: &World, customer: &Customer) -> Result<String> {
    let points: i64 = sqlx::query_scalar("select available from points_account where available > 0")
        .fetch_one(&world.database.pool)
        .await?;
    customer.say("시작").await?;
    customer.tap("다시 주문").await?;
    customer.tap(&format!("포인트 {points}원 쓰기")).await?;
    paid(world, customer, &customer.link(ordering::PAY).await?).await
}

async fn paid(world: &World, customer: &Customer, link: &str) -> Result<String> {
    let page = customer.open_pay_link(link).await?;
    let page = browse(&page.confirm().await?).await?;
    ensure!(page.status.is_success(), "after paying the customer sees {page:?}");
    newest(world, "placed").await
}

async fn newest(world: &World, phase: &str) -> Result<String> {
    let query = sqlx::query_scalar(
        "select order_id::text from orders where phase = $1 order by created_at desc limit 1",
    );
    Ok(query.bind(phase).fetch_one(&world.database.pool).await?)
}

async fn act(counter: &Counter, order: &str, action: Value) -> Result<()> {
    wait_until("the counter shows the order", async || {
        counter.act(order, action.clone()).await.map(|()| true)
    })
    .await
}

async fn work(world: &World, counter: &Counter, order: &str, steps: &[&str]) -> Result<()> {
    for step in steps {
        let (action, phase) = match *step {
            "accept" => (json!({"kind": "accept", "prep_minutes": 15}), "accepted"),
            other => (json!({"kind": other}), other),
        };
        act(counter, order, action).await?;
        counter.wait_for_state(order, phase).await?;
    }
    let phase = world.phase(order).await?;
    ensure!(!phase.is_empty(), "the order is {phase}");
    Ok(())
}

/// From the acceptance to the end, after which the customer's points are there.
async fn complete(world: &World, counter: &Counter, order: &str) -> Result<()> {
    work(world, counter, order, &["accept", "cooking", "ready", "handed_over"]).await?;
    fire(&world.database.pool, order, "complete", "completed").await
}

/// Lets a timer come due now, and puts its time back when it has done its work.
async fn fire(pool: &PgPool, order: &str, kind: &str, then: &str) -> Result<()> {
    let sql = "update timer t set due_at = now() from timer b where t.timer_id = b.timer_id and t.order_id = $1::uuid and t.kind = $2
               returning b.due_at";
    let due: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar(sql).bind(order).bind(kind).fetch_one(pool).await?;
    wait_until(&format!("the timer {kind} has done its work"), async || {
        let phase: String = sqlx::query_scalar("select phase from orders where order_id = $1::uuid")
            .bind(order)
            .fetch_one(pool)
            .await?;
        ensure!(phase == then, "the order is {phase}");
        Ok(true)
    })
    .await?;
    let sql = "update timer set due_at = $3 where order_id = $1::uuid and kind = $2";
    sqlx::query(sql).bind(order).bind(kind).bind(due).execute(pool).await?;
    Ok(())
}

/// Accepted, then cancelled by the customer.
async fn cancelled(world: &World, counter: &Counter) -> Result<()> {
    let customer = world.new_customer().await?;
    let order = ordered_by(world, &customer).await?;
    work(world, counter, &order, &["accept"]).await?;
    ordering::cancel(&customer).await?;
    world.wait_for_phase(&order, "cancelled").await
}

/// The store gives back a part of an order.
async fn part_of(world: &World, counter: &Counter, order: &str) -> Result<()> {
    let action = json!({"kind": "refund_part", "amount": 1_000, "reason": "customer_asked"});
    give(counter, Some(order), action).await?;
    wait_until_within(REST, "the part is given back", async || {
        let sql = "select refunded from orders where order_id = $1::uuid";
        let refunded: i64 = sqlx::query_scalar(sql).bind(order).fetch_one(&world.database.pool).await?;
        Ok(refunded == 1_000)
    })
    .await
}

/// Something that nobody orders here runs out, and something else does for a moment.
async fn sold_out(world: &World, counter: &Counter) -> Result<()> {
    let items: Vec<String> = sqlx::query_scalar(
        "select i ->> 'key' from menu_document m, jsonb_array_elements(m.document -> 'categories') c,
             jsonb_array_elements(c -> 'items') i
         where i ->> 'key' not in (select item_key from order_item)
           and m.store_id = (select store_id from device order by created_at desc limit 1)
         order by 1 limit 2",
    )
    .fetch_all(&world.database.pool)
    .await?;
    let [first, second] = items.as_slice() else { anyhow::bail!("the menu has too few items: {items:?}") };
    give(counter, None, json!({"kind": "sold_out", "what": {"item": first}, "until": "manual"})).await?;
    give(counter, None, json!({"kind": "sold_out", "what": {"item": second}, "until": "end_of_day"})).await?;
    give(counter, None, json!({"kind": "back_on_sale", "what": {"item": second}})).await
}

async fn give(counter: &Counter, order: Option<&str>, action: Value) -> Result<()> {
    let form = json!({"order_id": order, "action": action, "wait_seconds": 10});
    let given = counter.call("give", form).await?;
    ensure!(given["answer"]["outcome"] == "applied", "the command was answered with {given}");
    Ok(())
}

/// The first day is closed with proof, and the next one begins.
async fn closed(counter: &Counter) -> Result<()> {
    counter.call("close_start", json!({})).await?;
    wait_until_within(REST, "the totals of the day are right", async || {
        let view = counter.call("close_view", json!({})).await?;
        ensure!(view["step"] == "totals", "the closing is {view}");
        Ok(true)
    })
    .await?;
    counter.call("close_finish", json!({})).await?;
    wait_until_within(REST, "the certificate is at the counter", async || {
        let view = counter.call("close_view", json!({})).await?;
        ensure!(view["step"] == "closed" && view["certified"] == true, "the closing is {view}");
        Ok(true)
    })
    .await?;
    counter.call("close_finish", json!({})).await?;
    give(counter, None, json!({"kind": "day_open"})).await
}

/// One that waits for its payment with KakaoPay's page open, and one that nobody paid.
async fn unpaid(world: &World, pool: &PgPool) -> Result<()> {
    let waiting = world.new_customer().await?;
    waiting.open_pay_link(&waiting.order().await?).await?;
    world.new_customer().await?.order().await?;
    let order = newest(world, "pending_payment").await?;
    fire(pool, &order, "payment_expiry", "cancelled").await
}

/// The card was declined first.
async fn second_attempt(world: &World) -> Result<String> {
    world.sandbox.fault(json!({"target": "pay.approve", "kind": "decline", "times": 1})).await?;
    let customer = world.new_customer().await?;
    let page = customer.open_pay_link(&customer.order().await?).await?;
    browse(&page.confirm().await?).await?;
    wait_until("the declined payment has ended", async || {
        let failed: i64 = sqlx::query_scalar("select count(*) from payment_attempt where state = 'failed'")
            .fetch_one(&world.database.pool)
            .await?;
        Ok(failed == 1)
    })
    .await?;
    let paid = customer.pay_from_status().await?;
    ensure!(paid.status.is_success(), "after paying again the customer sees {paid:?}");
    newest(world, "placed").await
}

/// The counter accepts, without the internet, what the customer cancels meanwhile.
async fn refused(world: &World, counter: &Counter, wire: &Proxy) -> Result<()> {
    let customer = world.new_customer().await?;
    let order = ordered_by(world, &customer).await?;
    counter.wait_for_state(&order, "placed").await?;
    wire.cut();
    counter.wait_until_offline().await?;
    act(counter, &order, json!({"kind": "accept", "prep_minutes": 10})).await?;
    ordering::cancel(&customer).await?;
    wire.mend();
    counter.wait_until_connected().await?;
    wait_until("the command is refused", async || {
        let refused: i64 =
            sqlx::query_scalar("select count(*) from command where answer->>'outcome' = 'refused'")
                .fetch_one(&world.database.pool)
                .await?;
        Ok(refused == 1)
    })
    .await
}

/// One that is being cooked at the end.
async fn working(world: &World, counter: &Counter) -> Result<String> {
    let customer = world.new_customer().await?;
    let order = ordered_by(world, &customer).await?;
    work(world, counter, &order, &["accept", "cooking"]).await?;
    Ok(customer.phone)
}

/// The journal in one file, whatever was still in its write-ahead log.
fn closed_copy(folder: &Path) -> Result<PathBuf> {
    let copy = folder.join("copy.db");
    let connection = rusqlite::Connection::open(folder.join("journal.db"))?;
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    Ok(copy)
}
