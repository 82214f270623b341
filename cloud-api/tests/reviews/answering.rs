//! The store's answer and its wish to hide, each with a trail that stays.

use std::time::Duration;

use serde_json::{Value, json};
use shared::wire::{ReviewCard, ReviewPage};

use super::given::{by_author, eaten, reviewed, trail};
use crate::chat::bot::Bot;
use crate::store::device::{Device, code, owner_at};
use crate::world::{Answer, PASSWORD, TestOrder, World};
use cloud_api::reviews::ByAuthor;

const STAFF_PASSWORD: &str = "long and odd 77";

async fn listed(world: &World, device: &Device, before: &str) -> ReviewPage {
    let answer = device.get(world, &format!("/v1/store/reviews{before}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn post(world: &World, device: &Device, order: &TestOrder, what: &str, body: Value) -> Answer {
    device.post(world, &format!("/v1/store/reviews/{}/{what}", order.order_id), &body).await
}

async fn done(world: &World, device: &Device, order: &TestOrder, what: &str, body: Value) -> ReviewCard {
    let answer = post(world, device, order, what, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_answers_and_hides_and_everybody_sees_that() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let order = reviewed(&world, &world.coffee, &["ttok"], 1, "카드 번호는 1234예요").await;
    for _ in 0..2 {
        reviewed(&world, &world.coffee, &["ttok"], 5, "좋아요").await;
    }
    let page = listed(&world, &owner, "").await;
    assert!(page.may_change && !page.more && page.reviews.len() == 3, "{page:?}");
    assert_eq!((page.rating.ratings, page.rating.stars), (3, 11));

    let first = done(&world, &owner, &order, "reply", json!({"text": " 죄송해요\n다시 볼게요 "})).await;
    assert_eq!(first.reply.as_deref(), Some("죄송해요 다시 볼게요"));
    let second = done(&world, &owner, &order, "reply", json!({"text": "바로 고쳤어요"})).await;
    assert_eq!(second.reply.as_deref(), Some("바로 고쳤어요"));
    let same = done(&world, &owner, &order, "reply", json!({"text": "바로 고쳤어요"})).await;
    assert_eq!(same, second, "what is so already makes no step");
    let bot = Bot::new(&world);
    let open = async || bot.pick(&bot.pick(&bot.say("시작").await, "골목커피").await, "리뷰 보기").await;
    let shown = open().await;
    assert!(shown.says("카드 번호") && shown.says("사장님: 바로 고쳤어요"), "{}", shown.text());

    let hidden = done(&world, &owner, &order, "hiding", json!({"reason": "personal_data"})).await;
    assert_eq!(hidden.text.as_deref(), Some("카드 번호는 1234예요"), "the store still knows what it hid");
    let shown = open().await;
    assert!(shown.says("가게 요청으로 가려진 리뷰 · 개인정보"), "{}", shown.text());
    assert!(!shown.says("카드 번호") && !shown.says("바로 고쳤어요"), "{}", shown.text());
    assert!(shown.says("★ 3.7 (3)"), "its stars still count: {}", shown.text());
    let other = json!({"reason": "other", "why": "다른 가게 이야기"});
    done(&world, &owner, &order, "hiding", other).await;
    assert!(open().await.says("가게 요청으로 가려진 리뷰 · 다른 가게 이야기"));
    // Its author cannot write their way around it.
    by_author(&world, &order, ByAuthor::Tell("카드 번호는 5678이에요".to_owned())).await;
    assert!(!open().await.says("카드 번호"));
    let back = done(&world, &owner, &order, "hiding", json!({"reason": null})).await;
    assert!(back.hidden.is_none() && open().await.says("카드 번호"));
    let kinds = ["written", "told", "replied", "replied", "hidden", "hidden", "told", "shown"];
    assert_eq!(trail(&world, &order).await, kinds);
    assert_eq!(back.steps.len(), kinds.len());
    assert!(back.steps[0].by.is_none() && back.steps[2].by.is_some(), "{:?}", back.steps);

    // Taken back by its author, there is nothing to answer.
    by_author(&world, &order, ByAuthor::Remove).await;
    let gone = post(&world, &owner, &order, "reply", json!({"text": "어?"})).await;
    assert_eq!(code(&gone), (404, "review_gone"));
    assert_eq!(listed(&world, &owner, "").await.reviews.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_owner_of_the_store_may_and_bad_input_is_told() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let neighbour = owner_at(&world, &world.bunsik, "owner2").await;
    let order = reviewed(&world, &world.coffee, &["ttok"], 3, "그냥 그래요").await;
    let silent = eaten(&world, &world.coffee, &["ttok"]).await;
    for (device, order) in [(&neighbour, &order), (&owner, &silent)] {
        for (what, body) in [("reply", json!({"text": "네"})), ("hiding", json!({"reason": "insult"}))] {
            assert_eq!(code(&post(&world, device, order, what, body).await), (404, "review_gone"), "{what}");
        }
    }
    assert_eq!(listed(&world, &neighbour, "").await.reviews, []);
    for (what, body, refusal) in [
        ("reply", json!({"text": " \n "}), "review_text_missing"),
        ("reply", json!({"text": "가".repeat(301)}), "review_text_too_long"),
        ("reply", json!({}), "bad_request"),
        ("hiding", json!({"reason": "other"}), "review_text_missing"),
        ("hiding", json!({"reason": "other", "why": "가".repeat(301)}), "review_text_too_long"),
        ("hiding", json!({"reason": "ugly"}), "bad_request"),
    ] {
        let refused = post(&world, &owner, &order, what, body.clone()).await;
        assert_eq!(code(&refused), (400, refusal), "{what} {body}");
    }
    assert_eq!(owner.get(&world, "/v1/store/reviews?before=nobody").await.status, 400);
    assert_eq!(world.get("/v1/store/reviews").await.status, 401);
    assert_eq!(trail(&world, &order).await, ["written", "told"]);

    // Staff may read.
    let staff = json!({"own_password": PASSWORD, "login_id": "hands1", "password": STAFF_PASSWORD, "name": "알바", "role": "staff"});
    let added = owner.post(&world, "/v1/store/staff", &staff).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let mut hands = Device::new("주방");
    let wish = json!({"password": STAFF_PASSWORD, "take_over": true});
    let signed_in = hands.sign_in(&world, "hands1", wish).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.body);
    let page = listed(&world, &hands, "").await;
    assert!(!page.may_change && page.reviews.len() == 1, "{page:?}");
    let refused = post(&world, &hands, &order, "reply", json!({"text": "네"})).await;
    assert_eq!(code(&refused), (403, "owner_only"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_the_trail_cannot_be_rewritten() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.bunsik, "owner2").await;
    let mut orders = Vec::new();
    for nth in 0..23 {
        orders.push(reviewed(&world, &world.bunsik, &["plain"], 1 + nth % 5, "").await.order_id);
        // Some of them in the same moment.
        if nth % 3 == 0 {
            world.advance(Duration::from_secs(1)).await;
        }
    }
    let first = listed(&world, &owner, "").await;
    let last = first.reviews.last().unwrap().order_id;
    let second = listed(&world, &owner, &format!("?before={last}")).await;
    assert!(first.more && !second.more);
    let read: std::collections::HashSet<_> =
        first.reviews.iter().chain(&second.reviews).map(|card| card.order_id).collect();
    assert_eq!((first.reviews.len(), second.reviews.len(), read.len()), (20, 3, 23));
    for statement in [
        "update review_step set kind = 'told'",
        "delete from review_step",
        "truncate review_step",
        "update review set stars = 5",
        "update review set hidden_at = now(), hidden_reason = 'insult'",
        "delete from review",
        "insert into review (store_id, order_id, customer_id, stars, created_at, step)
             select store_id, order_id, customer_id, 5, now(), 1 from orders where phase <> 'completed' limit 1",
    ] {
        if statement.starts_with("insert") {
            world.cake_order().await;
        }
        assert!(sqlx::raw_sql(statement).execute(&world.db).await.is_err(), "{statement}");
    }
}
