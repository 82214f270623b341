//! `store import`: what is good is taken, what is bad changes nothing and is told with its place.

use cloud_api::cli::import_store;
use serde_json::{Value, json};
use shared::reservation::ReservationRules;

use crate::world::World;

const COFFEE: &str = include_str!("../../fixtures/stores/hongdae-coffee.json");

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(COFFEE).expect("the fixture is JSON");
    change(&mut file);
    file.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_updates_and_says_so_in_the_log() {
    let world = World::start_without_workers().await;
    let again = import_store(&world.db, &world.clock, COFFEE).await.expect("the same file again");
    assert_eq!((again.store_id, again.created, again.menu_version), (world.coffee.store_id, false, 1));
    assert_ne!(
        again.claim_code.as_ref(),
        Some(&world.coffee.claim_code),
        "a new code takes the place of the lost one"
    );

    let dearer = changed(|file| file["menu"]["categories"][0]["items"][0]["price"] = json!(3_500));
    let updated = import_store(&world.db, &world.clock, &dearer).await.expect("a new price");
    assert_eq!(updated.menu_version, 2);
    let kinds: Vec<String> =
        sqlx::query_scalar("select kind from store_event where store_id = $1 order by seq")
            .bind(world.coffee.store_id.0)
            .fetch_all(&world.db)
            .await
            .expect("the log can be read");
    // The file's counts hold from then on, and counters hear of it.
    assert_eq!(kinds, ["day_opened", "menu_changed", "menu_changed", "stock_set", "stock_set"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_takes_back_no_rules_of_reservations() {
    let world = World::start_without_workers().await;
    let store = world.coffee.store_id;
    let rules = async || {
        cloud_api::db::reservations::rules(&world.db, store).await.expect("rules").expect("a store").0
    };
    let with = |capacity: u32| {
        changed(|file| {
            file["store"]["reservations"] =
                json!({"enabled": true, "slot_minutes": 15, "capacity": capacity});
        })
    };
    import_store(&world.db, &world.clock, &with(3)).await.expect("a file with rules");
    assert_eq!(rules().await.capacity, 3);
    let at_the_counter = ReservationRules { capacity: 7, ..rules().await };
    cloud_api::db::reservations::set_rules(&world.db, store, &at_the_counter).await.expect("other rules");
    import_store(&world.db, &world.clock, &with(3)).await.expect("the same file again");
    assert_eq!(rules().await, at_the_counter);
    import_store(&world.db, &world.clock, &with(4)).await.expect("another file");
    assert_eq!(rules().await.capacity, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_is_told_at_once_and_nothing_is_imported() {
    let world = World::start_without_workers().await;
    let broken = changed(|file| {
        file["store"]["key"] = json!("another-store");
        file["store"]["lat"] = json!(48.8);
        file["store"]["accept_deadline_minutes"] = json!(0);
        file["store"]["schedule"]["mon"] = json!({"open": "22:00", "close": "08:00"});
        file["store"]["holidays"] = json!(["2027-02-30"]);
        file["menu"]["categories"][0]["items"][1]["option_groups"] = json!(["no-such-group"]);
    });
    let error = import_store(&world.db, &world.clock, &broken).await.expect_err("a broken file");
    let told = error.to_string();
    for part in [
        "5 problems, nothing was imported",
        "store.lat: 48.8",
        "store.accept_deadline_minutes: 0",
        "store.schedule.mon",
        "2027-02-30",
        "menu.categories[0].items[1].option_groups[0]: there is no option group \"no-such-group\"",
    ] {
        assert!(told.contains(part), "{part} is missing in: {told}");
    }
    let stores: i64 =
        sqlx::query_scalar("select count(*) from store").fetch_one(&world.db).await.expect("stores");
    assert_eq!(stores, 2, "only the fixtures are there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_shape_is_refused_in_words() {
    let world = World::start_without_workers().await;
    for (text, part) in [
        ("not json".to_owned(), "expected"),
        (changed(|file| file["store"]["colour"] = json!("red")), "unknown field `colour`"),
        (
            changed(|file| file["menu"]["categories"][0]["items"][0]["price"] = json!(-1)),
            "-1 is not an amount in won",
        ),
        (changed(|file| file["menu"]["categories"][0]["items"][0]["price"] = json!(10.5)), "floating point"),
        (changed(|file| file["store"]["schedule"]["mon"]["open"] = json!("8 o'clock")), "is not a time"),
    ] {
        let error = import_store(&world.db, &world.clock, &text).await.expect_err("a strange file");
        assert!(format!("{error:#}").contains(part), "{part} is missing in: {error:#}");
    }
}
