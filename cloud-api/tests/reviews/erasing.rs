//! What people typed lies sealed in one table, and is gone with the person.

use cloud_api::db::personal;
use cloud_api::reviews::{ByStore, store};
use serde_json::Value;
use shared::id::StaffId;
use shared::review::HideReason;

use super::given::reviewed;
use crate::chat::bot::Bot;
use crate::world::World;

const TEXT: &str = "카나리아-리뷰-7391";
const REPLY: &str = "카나리아-답글-2046";
const WHY: &str = "카나리아-이유-5580";

/// Tables of which a row says this.
async fn found_in(world: &World, needle: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' order by 1",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        // Bytes are read as what they say: bodies of the log are texts.
        let sql = format!(
            "select count(*) from \"{table}\" t where to_jsonb(t)::text like $1 or to_jsonb(t)::text like $2"
        );
        let hex: String = needle.bytes().map(|byte| format!("{byte:02x}")).collect();
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(format!("%{needle}%"))
            .bind(format!("%{hex}%"))
            .fetch_one(&world.db)
            .await
            .unwrap();
        if count > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_nowhere_in_the_clear_and_are_erased_with_the_customer() {
    let world = World::start_without_workers().await;
    let order = reviewed(&world, &world.coffee, &["ttok"], 2, TEXT).await;
    let kept = reviewed(&world, &world.coffee, &["ttok"], 5, "남는 리뷰").await;
    let key = (order.store_id, order.order_id);
    let staff = StaffId::fresh();
    assert!(store(world.app(), key, staff, ByStore::Reply(REPLY.to_owned())).await.unwrap());
    let bot = Bot::new(&world);
    let open = async || bot.pick(&bot.pick(&bot.say("시작").await, "골목커피").await, "리뷰 보기").await;
    let shown = open().await;
    assert!(shown.says(TEXT) && shown.says(REPLY), "{}", shown.text());
    let hide = ByStore::Hide(HideReason::Other, Some(WHY.to_owned()));
    assert!(store(world.app(), key, staff, hide).await.unwrap());
    for needle in [TEXT, REPLY, WHY] {
        assert_eq!(found_in(&world, needle).await, [] as [String; 0], "{needle} is readable");
    }
    // The search itself can find something.
    assert_ne!(found_in(&world, "똠방각하").await, [] as [String; 0]);

    let erased = personal::erase_customer(&world.db, order.customer_id).await.unwrap();
    assert_eq!(erased, 1);
    let shown = open().await;
    assert!(!shown.says(WHY) && shown.says("가려진 리뷰 · 그 밖의 이유"), "{}", shown.text());
    assert!(shown.says("★★☆☆☆") && shown.says("남는 리뷰"), "{}", shown.text());
    let subjects: Vec<Value> =
        sqlx::query_scalar("select to_jsonb(subject_id) from personal_data where subject = 'review'")
            .fetch_all(&world.db)
            .await
            .unwrap();
    assert_eq!(subjects, [Value::from(kept.order_id.to_string())]);
}
