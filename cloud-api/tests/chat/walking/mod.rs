//! A walk over every button that can be reached: no answer that Kakao would reject, none late, none that leads nowhere; and what becomes
//! of the same buttons in other hands, a week later, or bent.

mod menus;
mod shape;
mod walker;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};
use shared::id::StoreId;
use shared::order::{Actor, CancelReason, OrderCommand};

use super::bot::{Bot, Tap};
use super::first_order::{newest_order, with_order};
use super::large_menus::import;
use crate::points::customer::give;
use crate::reservations::at_noon;
use crate::world::{TestOrder, World};
use menus::{Dice, ITEMS};
use walker::Walk;

/// How many generated menus are walked; more are asked for by hand.
const SEEDS: &str = "CHAT_WALK_SEEDS";
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Buttons that are tapped once more under other circumstances.
const TAPPED_AGAIN: usize = 250;
/// What a button may ask for: everything but pages of what was typed, and what only larger menus have.
const KINDS: [&str; 35] = [
    "home",
    "help",
    "stores",
    "ask_place",
    "favourites",
    "used",
    "mark",
    "menu",
    "popular",
    "item",
    "choose",
    "rechoose",
    "next",
    "add",
    "session",
    "line",
    "quantity",
    "clear",
    "ask_request",
    "clear_request",
    "place",
    "place_with_points",
    "reserve",
    "pick_up",
    "order_now",
    "ask_phone",
    "mine",
    "status",
    "order",
    "received",
    "receipt",
    "repeat_last",
    "repeat",
    "ask_cancel",
    "cancel",
];
/// What only larger menus have.
const OF_LARGE_MENUS: [&str; 4] = ["categories", "category", "options", "place"];
/// Buttons about an order, which only its customer may use.
const OF_AN_ORDER: [&str; 6] = ["order", "received", "receipt", "repeat", "ask_cancel", "cancel"];

/// An order that came as far as the last of these commands.
async fn order_until(world: &World, bot: &Bot<'_>, commands: &[OrderCommand]) -> TestOrder {
    let card = with_order(bot).await;
    let token = card.pay_url().expect("a button to pay").rsplit('/').next().unwrap_or_default().to_owned();
    let order = newest_order(world, &token).await;
    world.pay_by_steps(&order).await;
    for command in commands {
        world.change_order(&order, command.clone(), Actor::Operator).await;
    }
    order
}

/// A customer with orders of all fates, points, and a mark at a store.
async fn known_customer(world: &World, bot: &Bot<'_>) {
    use OrderCommand::{Accept, Cancel, Complete, HandOver, MarkReady, StartCooking};
    let accepted = || Accept { prep_minutes: 10 };
    order_until(world, bot, &[accepted(), StartCooking, MarkReady, HandOver, Complete]).await;
    let cancelled = order_until(world, bot, &[Cancel { reason: CancelReason::CustomerChangedMind }]).await;
    give(world, cancelled.store_id, cancelled.customer_id, cancelled.order_id, 1_000).await;
    order_until(world, bot, &[accepted(), StartCooking]).await;
    order_until(world, bot, &[accepted(), StartCooking, MarkReady]).await;
    order_until(world, bot, &[accepted()]).await;
    order_until(world, bot, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_button_of_the_stores_leads_on() {
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    let mut walk = Walk::new(&world);
    known_customer(&world, &walk.bot).await;
    walk.everywhere().await;
    walk.tell("the stores of the repository");
    walk.has_seen(&KINDS);
    let tapped = walk.tapped.clone();
    in_other_hands(&world, &tapped).await;
    bent(&mut walk, &tapped, world.bunsik.store_id).await;
    a_week_later(&world, &mut walk, &tapped).await;
    walk.tell("with old and bent buttons");
}

/// Whoever gets hold of somebody's buttons learns nothing about their orders.
async fn in_other_hands(world: &World, tapped: &[Tap]) {
    let mut thief = Walk::new(world);
    for tap in tapped.iter().filter(|tap| OF_AN_ORDER.contains(&shape::kind(tap).as_str())) {
        let said = thief.tap(tap).await;
        assert!(said.says("지난 메시지의 버튼이에요") && !said.says("원"), "{tap:?}: {}", said.text());
    }
}

/// Fields of another store, of no store, of nothing that makes sense.
async fn bent(walk: &mut Walk<'_>, tapped: &[Tap], other: StoreId) {
    let mut one_of_each: BTreeMap<String, &Tap> = BTreeMap::new();
    for tap in tapped {
        one_of_each.entry(shape::kind(tap)).or_insert(tap);
    }
    let garbage = [
        json!(other),
        json!(null),
        json!(-1),
        json!(4_294_967_295_u32),
        json!("가".repeat(2_000)),
        json!([{}]),
    ];
    for tap in one_of_each.into_values() {
        for path in paths(&tap.extra) {
            for value in &garbage {
                let mut extra = tap.extra.clone();
                if let Some(place) = extra.pointer_mut(&path) {
                    *place = value.clone();
                }
                walk.post(extra).await;
            }
        }
    }
}

/// JSON pointers of all that a button carries but the name of what it does.
fn paths(extra: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in extra.as_object().into_iter().flatten().filter(|(key, _)| *key != "a") {
        found.push(format!("/{key}"));
        found.extend(paths(value).into_iter().map(|inner| format!("/{key}{inner}")));
    }
    found
}

/// The same buttons when everything has moved on.
async fn a_week_later(world: &World, walk: &mut Walk<'_>, tapped: &[Tap]) {
    world.advance(WEEK).await;
    let stride = tapped.len().div_ceil(TAPPED_AGAIN);
    let mut kinds = HashSet::new();
    for (number, tap) in tapped.iter().enumerate() {
        if kinds.insert(shape::kind(tap)) || number.is_multiple_of(stride) {
            walk.tap(tap).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_button_of_a_generated_menu_leads_on() {
    let seeds: u64 = std::env::var(SEEDS).ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1);
    let world = World::start_without_workers().await;
    at_noon(&world).await;
    for seed in 1..=seeds {
        let key = format!("seed-{seed}");
        import(&world, &key, menus::menu(seed)).await;
        let mut walk = Walk::new(&world);
        let store = format!("큰가게 {key}");
        let found = walk.bot.searched("큰가게", &store).await;
        walk.tap(&found.find(&store)).await;
        walk.from("메뉴판").await;
        walk.tell(&key);
        let opened = |tap: &&Tap| {
            shape::kind(tap) == "item" && tap.extra["i"].as_str().is_some_and(|key| key.starts_with("item-"))
        };
        let items: HashSet<&str> =
            walk.tapped.iter().filter(opened).filter_map(|tap| tap.extra["i"].as_str()).collect();
        assert_eq!(items.len(), ITEMS, "{:?}", walk.kinds);
        walk.has_seen(&OF_LARGE_MENUS);
        noise(&mut walk, &mut Dice::new(seed)).await;
    }
}

/// Texts that mean nothing, whatever was asked last.
async fn noise(walk: &mut Walk<'_>, dice: &mut Dice) {
    let texts = [
        "가".repeat(2_000),
        "😀".repeat(1_000),
        "👨‍👩‍👧‍👦".to_owned(),
        "\u{202e}\u{200d}".to_owned(),
        "ㅋㅋㅋㅋ".to_owned(),
        "0".repeat(400),
    ];
    let asking: Vec<Tap> = walk
        .tapped
        .iter()
        .filter(|tap| {
            ["ask_phone", "ask_place", "ask_request", "reserve", "line", "session"]
                .contains(&shape::kind(tap).as_str())
        })
        .cloned()
        .collect();
    for text in texts {
        let tap = &asking[dice.below(asking.len())];
        walk.tap(tap).await;
        walk.say(&text).await;
    }
}
