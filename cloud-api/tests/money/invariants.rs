//! What the database refuses, whoever asks.

use sqlx::AssertSqlSafe;

use crate::close::day::begun;
use crate::world::World;

async fn refused(world: &World, statements: &str, why: &str) {
    let mut connection = world.db.acquire().await.unwrap();
    let whole = AssertSqlSafe(format!("begin; {statements}; commit"));
    let done = sqlx::raw_sql(whole).execute(&mut *connection).await;
    let error = done.expect_err(statements).to_string();
    assert!(error.contains(why), "{statements}: {error}");
    sqlx::raw_sql("rollback").execute(&mut *connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_sums_to_zero_is_never_changed_and_gets_no_line_later() {
    let world = World::start().await;
    let day = begun(world).await;
    let order = day.placed(1).await;
    let attempt: uuid::Uuid =
        sqlx::query_scalar("select attempt_id from payment_attempt where state = 'approved'")
            .fetch_one(&day.world.db)
            .await
            .unwrap();
    let (store, order_id) = (order.store_id, order.order_id);
    let entry = |source: &str, id: &str| {
        format!(
            "insert into ledger_entry (store_id, source, source_id, order_id, attempt_id, created_at)
             values ('{store}', '{source}', {id}, '{order_id}', '{attempt}', now())"
        )
    };
    let line = |source: &str, id: &str, account: &str, amount: i64| {
        format!("insert into ledger_line values ('{store}', '{source}', {id}, '{account}', {amount})")
    };
    let id = "'00000000-0000-4000-8000-000000000001'";
    let world = &day.world;
    let requested = entry("refund_requested", id);
    refused(world, &requested, "instead of zero").await;
    let one = line("refund_requested", id, "customer", 5);
    refused(world, &format!("{requested}; {one}"), "instead of zero").await;
    let other = line("refund_requested", id, "refund_due", -4);
    refused(world, &format!("{requested}; {one}; {other}"), "instead of zero").await;
    refused(world, &line("refund_requested", id, "cash", 5), "was written before").await;
    refused(
        world,
        &format!("{requested}; {}", line("refund_requested", id, "cash", 5)),
        "ledger_line_account_check",
    )
    .await;
    refused(
        world,
        &format!("{requested}; {}", line("refund_requested", id, "fee", 0)),
        "ledger_line_amount_check",
    )
    .await;
    refused(world, &entry("gift", id), "ledger_entry_source_check").await;
    refused(world, &entry("capture", &format!("'{attempt}'")), "ledger_entry_pkey").await;
    let more = format!(
        "{}; {}",
        line("capture", &format!("'{attempt}'"), "fee", 5),
        line("capture", &format!("'{attempt}'"), "points", -5)
    );
    refused(world, &more, "was written before").await;
    for change in [
        "update ledger_line set amount = amount * 2",
        "delete from ledger_line",
        "truncate ledger_line",
        "update ledger_entry set aid = null",
        "delete from ledger_entry",
    ] {
        refused(world, change, "append-only").await;
    }
    // And what balances is taken.
    let good =
        format!("begin; {requested}; {one}; {}; commit", line("refund_requested", id, "refund_due", -5));
    sqlx::raw_sql(AssertSqlSafe(good)).execute(&world.db).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_rolls_back_leaves_no_entry() {
    let world = World::start().await;
    let order = world.unpaid_order(&world.coffee, &[("ttok", &[], 1)]).await;
    let armed = world.arm("order.after_cursor", "1*return(error)");
    let back = world.authenticate(&order).await;
    world.get(&back).await;
    world.until("the step failed", async || armed.is_reached()).await;
    world.advance(std::time::Duration::from_secs(61)).await;
    world.wait_for_phase(&order, "placed").await;
    let entries: i64 =
        sqlx::query_scalar("select count(*) from ledger_entry").fetch_one(&world.db).await.unwrap();
    assert_eq!(entries, 1, "one capture, however often it was tried");
    world.assert_money_agrees().await;
}
