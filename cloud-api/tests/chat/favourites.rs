//! Stores that a customer marked or used before.

use super::bot::{Bot, Said};
use super::first_order::with_order;
use crate::world::{TestOrder, World};

fn stores(said: &Said) -> Vec<String> {
    said.taps().into_iter().filter(|tap| tap.extra["a"] == "menu").map(|tap| tap.label).collect()
}

async fn close(world: &World, name: &str) {
    let sql = "update business_day d set state = 'on_break' from store s where s.store_id = d.store_id and s.name = $1";
    sqlx::query(sql).bind(name).execute(&world.db).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marked_store_is_found_again_and_what_is_open_comes_first() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let none = bot.pick(&home, "즐겨찾기").await;
    assert!(none.says("즐겨찾기한 매장이 없어요"), "{}", none.text());
    for name in ["골목커피", "망원분식"] {
        let menu = bot.pick(&home, name).await;
        let marked = bot.pick(&menu, "☆ 즐겨찾기").await;
        assert!(marked.says("즐겨찾기에 넣었어요"), "{}", marked.text());
        // A second tap on the same button changes nothing.
        assert!(bot.pick(&menu, "☆ 즐겨찾기").await.says("즐겨찾기에 넣었어요"));
    }
    let list = bot.pick(&home, "즐겨찾기").await;
    assert!(
        stores(&list)[0].starts_with("망원분식") && stores(&list)[1].starts_with("골목커피"),
        "{}",
        list.text()
    );
    close(&world, "망원분식").await;
    let list = bot.pick(&home, "즐겨찾기").await;
    assert!(stores(&list)[0].starts_with("골목커피"), "{}", list.text());
    assert!(list.says("지금 주문 가능") && list.says("지금은 쉬어요"), "{}", list.text());
    let menu = bot.pick(&list, "골목커피").await;
    let gone = bot.pick(&menu, "★ 즐겨찾기 빼기").await;
    assert!(gone.says("즐겨찾기에서 뺐어요"), "{}", gone.text());
    assert_eq!(stores(&bot.pick(&home, "즐겨찾기").await).len(), 1);
    // Nobody else sees them.
    let other = Bot::new(&world);
    let home = other.say("시작").await;
    assert!(other.pick(&home, "즐겨찾기").await.says("즐겨찾기한 매장이 없어요"));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_most_of_marks_and_a_mark_goes_with_the_customer() {
    let world = World::start_without_workers().await;
    let bot = Bot::new(&world);
    let home = bot.say("시작").await;
    let menu = bot.pick(&home, "골목커피").await;
    let mark = menu.find("☆ 즐겨찾기");
    sqlx::query(
        "with made as (
             insert into store (store_id, store_key, name, branch, phone, address, lat, lon, business, modes, schedule, holidays,
                                accept_deadline_minutes, prep_minutes_default, created_at, updated_at)
             select gen_random_uuid(), 'k' || n, '가게', n || '호점', '', '서울', 37.5, 127, '{}', '{takeout}', schedule, '[]', 5, 5,
                    now(), now() from generate_series(1, 50) n, (select schedule from store limit 1) s
             returning store_id)
         insert into favourite_store select c.customer_id, m.store_id, now() from made m, customer c",
    )
    .execute(&world.db)
    .await
    .unwrap();
    bot.searched("50호점", "가게 50호점").await;
    let full = bot.tap(&mark).await;
    assert!(full.says("50곳까지예요"), "{}", full.text());
    let mut page = bot.pick(&home, "즐겨찾기").await;
    let mut seen = stores(&page).len();
    while page.offers("다음 ▶") {
        page = bot.pick(&page, "다음 ▶").await;
        seen += stores(&page).len();
    }
    assert_eq!(seen, 50);
    sqlx::query("delete from customer").execute(&world.db).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("select count(*) from favourite_store").fetch_one(&world.db).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_used_once_an_order_was_paid() {
    let world = World::start().await;
    let bot = Bot::new(&world);
    let card = with_order(&bot).await;
    let used = bot.say("시작").await;
    assert!(bot.pick(&used, "주문했던 매장").await.says("아직 주문한 매장이 없어요"));
    let token = card.pay_url().unwrap().rsplit('/').next().unwrap().to_owned();
    let row: (uuid::Uuid, uuid::Uuid, uuid::Uuid, i64) =
        sqlx::query_as("select store_id, order_id, customer_id, total from orders")
            .fetch_one(&world.db)
            .await
            .unwrap();
    let order = TestOrder {
        store_id: shared::id::StoreId(row.0),
        order_id: shared::id::OrderId(row.1),
        customer_id: shared::id::CustomerId(row.2),
        token,
        total: row.3,
    };
    world.pay(&order).await;
    world.wait_for_phase(&order, "placed").await;
    let list = bot.pick(&used, "주문했던 매장").await;
    assert_eq!(stores(&list).len(), 1, "{}", list.text());
    assert!(list.offers("골목커피") && list.says("앞에 1건"), "{}", list.text());
}
