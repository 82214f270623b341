//! Menus, prices and order sessions, with the real store files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use shared::availability::Sellable;
use shared::id::{ItemKey, StoreId};
use shared::menu::{Menu, PriceError, Selection};
use shared::session::{MAX_LINES, OrderSession, SessionError, SessionVersion};
use shared::{TimeMs, Won};

fn menu(file: &str) -> Menu {
    let path = format!("{}/../cloud-api/fixtures/stores/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    serde_json::from_value(json["menu"].clone()).unwrap()
}

fn select(choices: &[(&str, &str, u16)]) -> Vec<Selection> {
    let selection = |(group, option, quantity): &(&str, &str, u16)| Selection {
        group: (*group).into(),
        option: (*option).into(),
        quantity: *quantity,
    };
    choices.iter().map(selection).collect()
}

#[test]
fn the_store_files_are_sound() {
    for file in ["hongdae-coffee", "mangwon-bunsik"] {
        assert_eq!(menu(file).problems(), [], "{file}");
    }
}

#[test]
fn options_add_up_and_come_in_menu_order() {
    let choices = select(&[("extra", "shot", 2), ("size", "l", 1), ("temp", "ice", 1), ("bean", "decaf", 1)]);
    let line = menu("hongdae-coffee").price(&ItemKey::from("americano"), &choices, 2).unwrap();
    assert_eq!(line.unit_price, Won::new(3_200 + 700 + 500 + 2 * 500).unwrap());
    assert_eq!(line.amount, Won::new(2 * 5_400).unwrap());
    let names: Vec<&str> = line.options.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["ICE", "라지", "디카페인", "샷 추가"]);
}

#[test]
fn rules_of_groups_hold() {
    let bunsik = menu("mangwon-bunsik");
    let fry = ItemKey::from("frymix");
    let price = |choices: &[(&str, &str, u16)]| bunsik.price(&fry, &select(choices), 1);
    assert_eq!(price(&[("set2", "squid", 1)]), Err(PriceError::TooFew("set2".into())));
    assert!(price(&[("set2", "squid", 1), ("set2", "pepper", 1)]).is_ok());
    let four = [("set2", "squid", 1), ("set2", "pepper", 1), ("set2", "shrimp", 1), ("set2", "gimmari", 1)];
    assert_eq!(price(&four), Err(PriceError::TooMany("set2".into())));
    assert_eq!(
        price(&[("set2", "squid", 2), ("set2", "pepper", 1)]),
        Err(PriceError::TooMany("set2".into()))
    );
    assert_eq!(price(&[("set2", "squid", 1), ("set2", "squid", 1)]), Err(PriceError::TooMany("set2".into())));
    assert!(matches!(price(&[("set2", "tiger", 1)]), Err(PriceError::UnknownOption(..))));
    assert!(matches!(price(&[("size", "l", 1)]), Err(PriceError::UnknownOption(..))));
    assert!(matches!(bunsik.price(&ItemKey::from("eel"), &[], 1), Err(PriceError::UnknownItem(_))));
}

#[test]
fn what_is_gone_cannot_be_bought() {
    let mut coffee = menu("hongdae-coffee");
    let croissant = ItemKey::from("croissant");
    let warm = select(&[("warm", "y", 1)]);
    assert_eq!(coffee.price(&croissant, &warm, 13), Err(PriceError::OnlyLeft(croissant.clone(), 12)));
    coffee.categories[2].items[0].stock = Some(0);
    assert_eq!(coffee.price(&croissant, &warm, 1), Err(PriceError::ItemSoldOut(croissant)));
    coffee.option_groups[0].options[0].sold_out = true;
    let hot = coffee.price(&ItemKey::from("yuzu"), &select(&[("temp", "hot", 1)]), 1);
    assert_eq!(hot, Err(PriceError::OptionSoldOut("temp".into(), "hot".into())));
}

#[test]
fn what_can_run_out_is_on_the_menu_disabled_or_not() {
    let mut coffee = menu("hongdae-coffee");
    let option = |group: &str, option: &str| Sellable::Option { group: group.into(), option: option.into() };
    let croissant = Sellable::Item("croissant".into());
    assert!(croissant.is_on(&coffee) && option("temp", "hot").is_on(&coffee));
    for absent in [Sellable::Item("eel".into()), option("temp", "lukewarm"), option("eel", "hot")] {
        assert!(!absent.is_on(&coffee), "{absent:?}");
    }
    coffee.categories[2].items[0].disabled = true;
    assert!(croissant.is_on(&coffee));
}

#[test]
fn problems_are_told_with_their_place() {
    let mut broken = menu("hongdae-coffee");
    broken.categories[0].items[1].option_groups.push("no-such-group".into());
    broken.option_groups[1].min = 9;
    broken.categories[1].items[0].key = broken.categories[0].items[0].key.clone();
    let told: Vec<String> = broken.problems().iter().map(ToString::to_string).collect();
    assert!(
        told.iter()
            .any(|p| p.starts_with("categories[0].items[1].option_groups[4]: there is no option group")),
        "{told:?}"
    );
    assert!(told.iter().any(|p| p.starts_with("option_groups[1].max:")), "{told:?}");
    assert!(told.iter().any(|p| p.contains("\"americano\" is there twice")), "{told:?}");
}

#[test]
fn a_doubled_tap_adds_once_and_equal_choices_join() {
    let mut session = OrderSession::new(StoreId::fresh(), TimeMs(1_763_683_200_000));
    let add = |session: &mut OrderSession, tap: &str| {
        session.add(tap, ItemKey::from("yuzu"), select(&[("temp", "hot", 1)]), 1)
    };
    add(&mut session, "tap-1").unwrap();
    add(&mut session, "tap-1").unwrap();
    assert_eq!((session.lines.len(), session.lines[0].quantity), (1, 1));
    assert_eq!(session.version.to_string(), "1763683200000-1");
    add(&mut session, "tap-2").unwrap();
    assert_eq!((session.lines.len(), session.lines[0].quantity), (1, 2));
    let line = session.lines[0].id;
    session.set_quantity(line, 0).unwrap();
    assert_eq!(session.set_quantity(line, 1), Err(SessionError::NoSuchLine));
}

#[test]
fn a_session_has_bounds() {
    let mut session = OrderSession::new(StoreId::fresh(), TimeMs(0));
    for index in 0..MAX_LINES {
        session.add(&index.to_string(), ItemKey(format!("item-{index}")), Vec::new(), 1).unwrap();
    }
    assert_eq!(session.add("one more", ItemKey::from("x"), Vec::new(), 1), Err(SessionError::TooManyLines));
    assert_eq!(
        session.add("many", ItemKey::from("item-0"), Vec::new(), 99),
        Err(SessionError::TooManyPieces)
    );
    assert_eq!(session.set_request(&"가".repeat(201)), Err(SessionError::RequestTooLong));
}

proptest! {
    #[test]
    fn versions_read_back(created in 0..i64::MAX, n in 0..u32::MAX) {
        let version = SessionVersion { created: TimeMs(created), n };
        prop_assert_eq!(version.to_string().parse::<SessionVersion>().unwrap(), version);
    }

    #[test]
    fn versions_never_panic_on_text(text in ".{0,40}") {
        let _ = text.parse::<SessionVersion>();
    }

    #[test]
    fn a_session_costs_the_sum_of_its_lines(pieces in prop::collection::vec(1u32..50, 1..12)) {
        let coffee = menu("hongdae-coffee");
        let keys: Vec<ItemKey> = coffee.items().filter(|i| i.option_groups.is_empty() && i.stock.is_none()).map(|i| i.key.clone()).collect();
        let mut session = OrderSession::new(StoreId::fresh(), TimeMs(0));
        let mut expected = 0;
        for (index, quantity) in pieces.iter().enumerate() {
            let key = &keys[index % keys.len()];
            if session.add(&index.to_string(), key.clone(), Vec::new(), *quantity).is_ok() {
                expected += coffee.item(key).unwrap().price.get() * i64::from(*quantity);
            }
        }
        let priced = session.price(&coffee);
        prop_assert!(priced.problems.is_empty());
        prop_assert_eq!(priced.total.get(), expected);
    }
}
