//! The largest menus that can be imported: every item is shown, and the most options can be chosen. `walking` taps everything else.

use std::collections::{HashSet, VecDeque};

use serde_json::{Value, json};

use super::bot::{Bot, Tap};
use super::first_order::with_phone;
use crate::world::World;

/// A store with this menu; its branch is the key.
pub async fn import(world: &World, key: &str, menu: Value) {
    let text = include_str!("../../fixtures/stores/hongdae-coffee.json");
    let mut file: Value = serde_json::from_str(text).unwrap();
    file["store"]["key"] = key.into();
    file["store"]["name"] = "큰가게".into();
    file["store"]["branch"] = key.into();
    file["menu"] = menu;
    cloud_api::cli::import_store(&world.db, &world.clock, &file.to_string()).await.unwrap();
}

/// A name of a hundred characters that differs from others only at its end.
fn long(number: usize) -> String {
    format!("{}{number:05}", "긴이름의메뉴".repeat(20).chars().take(95).collect::<String>())
}

fn group(number: usize, options: usize, min: usize, max: usize) -> Value {
    let options: Vec<Value> = (0..options)
        .map(|o| {
            json!({"key": format!("option-{o:03}"), "name": long(o), "price": 100 * o, "max_quantity": 1 + o % 3,
                   "sold_out": options > 9 && o % 7 == 6})
        })
        .collect();
    json!({"key": format!("group-{number:02}"), "name": long(number), "min": min, "max": max, "options": options})
}

fn menu(categories: usize, items_each: usize, groups: Vec<Value>) -> Value {
    let key = |group: &Value| group["key"].clone();
    let categories: Vec<Value> = (0..categories)
        .map(|c| {
            let items: Vec<Value> = (0..items_each)
                .map(|i| {
                    let number = c * items_each + i;
                    let of_item: Vec<Value> =
                        groups.iter().enumerate().filter(|(g, _)| number.is_multiple_of(g + 2)).map(|(_, g)| key(g)).collect();
                    json!({"key": format!("item-{number:04}"), "name": long(number), "price": 1_000 + number,
                           "description": "설명".repeat(300), "allergens": ["우유", "밀"], "origin": "쌀: 국산 ".repeat(40),
                           "is_main": number % 5 != 4, "option_groups": of_item, "sold_out": number % 17 == 16})
                })
                .collect();
            json!({"key": format!("category-{c:03}"), "name": long(c), "items": items})
        })
        .collect();
    json!({"option_groups": groups, "categories": categories})
}

/// What makes two buttons the same: all but the nonce and the version of the session.
fn identity(tap: &Tap) -> String {
    let mut extra = tap.extra.clone();
    if let Some(map) = extra.as_object_mut() {
        map.remove("n");
        map.remove("v");
        map.remove("l");
    }
    extra.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_menu_shows_every_item() {
    let world = World::start_without_workers().await;
    import(&world, "largest", menu(100, 30, vec![group(0, 2, 1, 1)])).await;
    let bot = Bot::new(&world);
    let mut queue = VecDeque::from([bot.searched("큰가게", "큰가게 largest").await.find("큰가게 largest")]);
    let (mut seen, mut items) = (HashSet::new(), HashSet::new());
    while let Some(tap) = queue.pop_front() {
        for next in bot.tap(&tap).await.taps() {
            match next.extra["a"].as_str() {
                Some("item") => {
                    items.insert(next.extra["i"].as_str().unwrap().to_owned());
                }
                Some("menu" | "category" | "categories") if seen.insert(identity(&next)) => {
                    queue.push_back(next)
                }
                _ => {}
            }
        }
    }
    assert_eq!(items.len(), 3_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_with_the_most_options_can_be_ordered() {
    let world = World::start_without_workers().await;
    let groups: Vec<Value> = (0..20)
        .map(|number| {
            let mut all = group(number, 100, 100, 100);
            for option in all["options"].as_array_mut().unwrap() {
                option["sold_out"] = false.into();
                option["max_quantity"] = 40.into();
            }
            all
        })
        .collect();
    let keys: Vec<Value> = groups.iter().map(|group| group["key"].clone()).collect();
    let mut all = menu(1, 1, groups);
    all["categories"][0]["items"][0]["option_groups"] = keys.into();
    import(&world, "options", all).await;
    let bot = Bot::new(&world);
    let menu = bot.searched("큰가게", "큰가게 options").await;
    let menu = bot.pick(&menu, "큰가게 options").await;
    let mut said = bot.tap(&menu.taps().into_iter().find(|tap| tap.extra["a"] == "item").unwrap()).await;
    for _ in 0..20 {
        // Once more of the last option that is shown, then on.
        let last = said.taps().into_iter().rfind(|tap| tap.extra["a"] == "choose").unwrap();
        said = bot.tap(&last).await;
        let onward = said.taps().into_iter().find(|tap| tap.extra["a"] == "next").unwrap();
        said = bot.tap(&onward).await;
    }
    assert!(said.says("담았어요"), "{}", said.text());
    let card = bot.pick(&said, "주문하기").await;
    let card = with_phone(&bot, card).await;
    assert!(card.pay_url().is_some(), "{}", card.text());
}
