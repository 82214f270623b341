//! Menus as large and as odd as an import takes them, the same for the same seed.

use serde_json::{Value, json};

const CATEGORIES: usize = 40;
const ITEMS_EACH: usize = 30;
pub const ITEMS: usize = CATEGORIES * ITEMS_EACH;
const GROUPS: usize = 24;
/// Longest name that an import takes, in characters.
const LONGEST_NAME: usize = 100;
/// The highest price that there is.
const DEAREST: i64 = 1_000_000_000_000;

const WORDS: [&str; 14] = [
    "떡볶이",
    "불고기",
    "치즈",
    "매콤달콤",
    "수제",
    "한우",
    "김치",
    "닭갈비",
    "할머니네",
    "뚝배기",
    "꽃게탕",
    "쌀국수",
    "통새우",
    "똠방각하",
];
const SIGNS: [&str; 8] = ["🌶️", "😀", "👨‍👩‍👧‍👦", "🇰🇷", "🔥🔥", "№", "‘특’", "\u{200d}"];

/// Chance that comes out the same for the same seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// More than fifty Korean letters with signs between them; the end tells it from all others.
    fn name(&mut self, number: usize) -> String {
        let long = 52 + self.below(LONGEST_NAME - 52 - 6);
        let mut name = String::new();
        while name.chars().count() < long {
            name.push_str(if self.one_in(5) { self.of(&SIGNS) } else { self.of(&WORDS) });
            if self.one_in(3) {
                name.push(' ');
            }
        }
        let name: String = name.chars().take(long).collect();
        format!("{} {number:04}", name.trim())
    }

    fn price(&mut self) -> i64 {
        match self.below(12) {
            0 => 0,
            1 => 1,
            2 => DEAREST,
            3 => 99_999_999,
            _ => 100 * (10 + self.below(500) as i64),
        }
    }
}

/// Forty categories of thirty items.
pub fn menu(seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    let groups: Vec<Value> = (0..GROUPS).map(|number| group(&mut dice, number)).collect();
    let categories: Vec<Value> = (0..CATEGORIES)
        .map(|c| {
            let items: Vec<Value> = (0..ITEMS_EACH).map(|i| item(&mut dice, c * ITEMS_EACH + i)).collect();
            json!({"key": format!("category-{c:02}"), "name": dice.name(c), "items": items})
        })
        .collect();
    json!({"option_groups": groups, "categories": categories})
}

fn group(dice: &mut Dice, number: usize) -> Value {
    let count = dice.of(&[1, 2, 3, 4, 7, 20, 21, 40, 100]);
    let (min, max) = match dice.below(6) {
        0 => (1, 1),
        1 => (0, 1),
        2 => (count, count),
        3 => (0, 200),
        4 => (count.min(2), count.max(2)),
        _ => (count / 2, count),
    };
    // Of every sixth group everything is sold out: what needs it cannot be ordered.
    let none_left = number % 6 == 5;
    let options: Vec<Value> = (0..count)
        .map(|o| {
            json!({"key": format!("option-{o:03}"), "name": dice.name(o), "price": dice.price(),
                   "max_quantity": dice.of(&[1, 1, 1, 2, 5, 40, 200]), "sold_out": none_left || dice.one_in(9)})
        })
        .collect();
    json!({"key": format!("group-{number:02}"), "name": dice.name(number), "min": min, "max": max.max(1), "options": options})
}

fn item(dice: &mut Dice, number: usize) -> Value {
    // Some have none, most a few, some as many as there may be.
    let count = dice.of(&[0, 0, 1, 1, 2, 3, 20]);
    let first = dice.below(GROUPS);
    let groups: Vec<String> = (0..count).map(|g| format!("group-{:02}", (first + g) % GROUPS)).collect();
    let mut item = json!({"key": format!("item-{number:04}"), "name": dice.name(number), "price": dice.price(),
        "is_main": !dice.one_in(5), "tax_free": dice.one_in(4), "sold_out": dice.one_in(12), "option_groups": groups});
    if dice.one_in(2) {
        item["description"] = format!("{}\n", dice.name(number)).repeat(1 + dice.below(12)).into();
    }
    if dice.one_in(2) {
        item["allergens"] = json!([
            "난류",
            "우유",
            "메밀",
            "땅콩",
            "대두",
            "밀",
            "고등어",
            "게",
            "새우",
            "돼지고기",
            "복숭아"
        ]);
        item["origin"] = "쌀: 국산, 쇠고기: 호주산 ".repeat(1 + dice.below(30)).into();
    }
    if dice.one_in(8) {
        item["stock"] = dice.below(3).into();
    }
    item
}

#[test]
fn a_seed_is_a_menu() {
    let (one, same, other) = (menu(7), menu(7), menu(8));
    assert_eq!(one, same);
    assert_ne!(one, other);
    let menu: shared::menu::Menu = serde_json::from_value(one).unwrap();
    assert_eq!((menu.problems(), menu.items().count()), (Vec::new(), ITEMS));
}
