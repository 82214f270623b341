use anyhow::{Result, ensure};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::scene::Scene;

/// What somebody does to the database, what undoes it, and how the audit complains.
const CHANGES: [(&str, &str, &str); 6] = [
    (
        "update orders set refunded = refunded - 100",
        "update orders set refunded = refunded + 100",
        "refunded",
    ),
    (
        "update refund set amount = amount - 100, expected_remaining = expected_remaining",
        "update refund set amount = amount + 100",
        "Kakao's are",
    ),
    (
        "update payment_attempt set state = 'needs_review'",
        "update payment_attempt set state = 'approved'",
        "unknown",
    ),
    (
        "update notification set state = 'failed'",
        "update notification set state = 'sent'",
        "messages not sent",
    ),
    ("update orders set phase = 'ready'", "update orders set phase = 'rejected'", "should keep"),
    (
        "update store_event set body = body || '\\x20' where seq = 2",
        "update store_event set body = substring(body from 1 for length(body) - 1) where seq = 2",
        "breaks at 2",
    ),
];

/// The questions at the end of every test are worth asking: each small change of the data is noticed.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_notices_every_change_of_the_data() -> Result<()> {
    let scene = Scene::start("audit_notices").await?;
    scene.order_and_pay().await?;
    let order = scene.counter.wait_for_fresh().await?;
    scene.counter.act(&order, json!({ "kind": "reject", "reason": "too_busy" })).await?;
    scene.world.wait_for_messages(&scene.customer.id, &["SO_PLACED", "SO_REJECTED"]).await?;
    e2e::wait::wait_until("everything is done and in order", async || {
        scene.world.audit().await?;
        Ok(scene.world.kept().await? == 0)
    })
    .await?;
    let db = &scene.world.database.pool;
    sqlx::query("alter table store_event disable trigger user").execute(db).await?;
    for (change, undo, complaint) in CHANGES {
        sqlx::query(AssertSqlSafe(change)).execute(db).await?;
        let heard = scene.world.audit().await.err().map(|error| format!("{error:#}"));
        ensure!(
            heard.as_ref().is_some_and(|text| text.contains(complaint)),
            "after {change:?} the audit said {heard:?} and not {complaint:?}"
        );
        sqlx::query(AssertSqlSafe(undo)).execute(db).await?;
    }
    scene.close().await
}
