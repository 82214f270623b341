//! Whatever breaks, a person gets an answer in time.

use std::time::Duration;

use super::bot::Bot;
use super::first_order::with_cake;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_is_answered_in_time() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    const TROUBLE: &str = "지금은 답을 드리기 어려워요";
    // Who speaks is remembered; the question that comes first needs nothing else of that table.
    for (table, answer) in [("customer", "휴대전화 번호"), ("store", TROUBLE), ("orders", TROUBLE)] {
        let mut lock = world.db.begin().await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("lock table {table} in access exclusive mode")))
            .execute(&mut *lock)
            .await
            .unwrap();
        let said = bot.pick(&session, "주문하기").await;
        assert!(said.says(answer) && said.offers("처음으로"), "{table}: {}", said.text());
        assert!(said.took < Duration::from_millis(3_800), "{table}: {:?}", said.took);
        lock.rollback().await.unwrap();
    }
    assert!(bot.say("주문서").await.says("똠방각하"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_menus_are_shown_and_the_rest_says_what_to_do() {
    let mut world = World::start_without_workers().await;
    world.redis.down();
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let item = bot.pick(&menu, "아메리카노").await;
    let next = bot.pick(&item, "ICE").await;
    assert!(next.says("사이즈"), "{}", next.text());
    assert!(bot.say("주문 상태").await.says("아직 주문이 없어요"));
    let item = bot.pick(&menu, "똠방각하").await;
    let refused = bot.pick(&item, "담기").await;
    assert!(refused.says("지금은 답을 드리기 어려워요"), "{}", refused.text());
    assert!(refused.took < Duration::from_secs(2), "{:?}", refused.took);
}
