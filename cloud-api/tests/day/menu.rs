//! Edits of the menu at the counter.

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::wire::{Outcome, StoreMenu};

use super::{does, kinds, refusal, wish};
use crate::chat::bot::Bot;
use crate::chat::first_order::with_cake;
use crate::store::orders::{log, send_one};
use crate::world::{Counter, World};

async fn menu(counter: &Counter) -> StoreMenu {
    let answer = counter.get("/v1/store/menu").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

fn edit(edit: Value) -> Value {
    json!({"kind": "menu_edit", "edit": edit})
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_see_an_edit_at_once_and_orders_keep_what_they_were() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let bot = Bot::new(&world);
    let session = with_cake(&bot).await;
    let mut cake = serde_json::to_value(menu(&counter).await.menu.item(&"ttok".into()).unwrap()).unwrap();
    assert!(cake.get("stock").is_none(), "what is left lies beside the document");
    cake["price"] = json!(6_500);
    cake["sold_out"] = json!(true);
    does(&counter, edit(json!({"change_item": {"item": cake}}))).await;
    let asked = bot.pick(&session, "주문하기").await;
    assert!(asked.says("5,500원 → 6,500원"), "the price, and an edit sells nothing out: {}", asked.text());
    let seen = menu(&counter).await;
    assert_eq!((seen.menu_version, seen.availability.stock.get(&"ttok".into())), (2, Some(&10)));
    cake["disabled"] = json!(true);
    does(&counter, edit(json!({"change_item": {"item": cake}}))).await;
    let refused = bot.pick(&session, "주문하기").await;
    assert!(refused.says("없어진 메뉴") && refused.says("지금은 메뉴에 없어요"), "{}", refused.text());
    does(&counter, edit(json!({"change_category": {"key": "bakery", "name": "디저트", "disabled": true}})))
        .await;
    let home = bot.say("시작").await;
    let board = bot.pick(&home, "골목커피").await;
    assert!(!board.says("디저트") && !board.says("크루아상"), "{}", board.text());
    assert_eq!(menu(&counter).await.menu.category(&"bakery".into()).unwrap().name, "디저트");
    assert_eq!(kinds(&world).await[2..], ["menu_edited", "menu_edited", "menu_edited"]);
    log(&world, &world.coffee).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_many_at_once_are_all_there() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let keys: Vec<String> = (0..20).map(|n| format!("new-{}", n / 2)).collect();
    let edits = keys.iter().map(|key| {
        let command = wish(edit(json!({"add_category": {"key": key, "name": "새 메뉴"}})));
        let counter = &counter;
        async move { send_one(counter, &command).await }
    });
    let answers = join_all(edits).await;
    let applied = answers.iter().filter(|answer| answer.outcome == Outcome::Applied).count();
    let taken =
        answers.iter().filter(|answer| answer.code.is_some_and(|code| code.as_str() == "menu_key_taken"));
    assert_eq!((applied, taken.count()), (10, 10), "{answers:?}");
    let menu = menu(&counter).await;
    assert_eq!((menu.menu_version, menu.menu.categories.len()), (11, 14), "ten more than four");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_makes_no_sense_changes_nothing() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let before = menu(&counter).await;
    let group = serde_json::to_value(&before.menu.option_groups[0]).unwrap();
    let mut fewer = group.clone();
    fewer["options"].as_array_mut().unwrap().pop();
    let mut impossible = group.clone();
    impossible["min"] = json!(9);
    for (change, code) in [
        (
            json!({"change_category": {"key": "nothing", "name": "없음", "disabled": false}}),
            "menu_entry_unknown",
        ),
        (json!({"move_item": {"item": "ttok", "category": "nothing", "to": 0}}), "menu_entry_unknown"),
        (json!({"add_category": {"key": "coffee", "name": "커피"}}), "menu_key_taken"),
        (json!({"add_category": {"key": "new", "name": ""}}), "menu_senseless"),
        (json!({"change_group": {"group": fewer}}), "menu_option_left_out"),
        (json!({"change_group": {"group": impossible}}), "menu_senseless"),
        (json!({"set_groups": {"item": "ttok", "groups": ["nothing"]}}), "menu_senseless"),
        (json!({"burn": {}}), "command_malformed"),
    ] {
        assert_eq!(refusal(&counter, edit(change.clone())).await, code, "{change}");
    }
    assert_eq!(menu(&counter).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_menu_already_is_told_so() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let tag = counter.get("/v1/store/menu").await.headers["etag"].to_str().unwrap().to_owned();
    let ask = async |tag: &str| {
        let request = world.http.get(world.url("/v1/store/menu")).bearer_auth(&counter.session.token);
        crate::world::answer(request.header("if-none-match", tag)).await
    };
    assert_eq!(ask(&tag).await.status, 304);
    assert_eq!(ask(&format!("\"old\", W/{tag}")).await.status, 304);
    does(&counter, json!({"kind": "sold_out", "what": {"item": "ttok"}, "until": "manual"})).await;
    let changed = ask(&tag).await;
    assert_eq!(changed.status, 200, "what is sold out belongs to it");
    assert_ne!(changed.headers["etag"].to_str().unwrap(), tag);
}
