//! Finding stores by what was typed.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use shared::Won;
use shared::id::ItemKey;
use shared::search::{Closeness, Query, WordSet};

use super::{DishName, Edition, SoldAt};

/// A store that answers a query.
#[derive(Debug, Clone)]
pub struct Hit {
    /// In [`Edition::stores`].
    pub store: usize,
    /// How well it answers; 0 is best.
    pub grade: u8,
    /// The dish that answers, when it is not the store itself.
    pub dish: Option<DishHit>,
}

/// A dish of a store.
#[derive(Debug, Clone)]
pub struct DishHit {
    pub item: ItemKey,
    pub name: String,
    pub price: Won,
}

/// Where the words were found.
#[derive(Debug, Clone, Copy)]
enum Field {
    Name,
    Dish,
    Address,
}

const NEARLY: u8 = 8;

/// A store's own name before a dish, a dish before an address, initials after words.
fn grade(field: Field, closeness: Closeness) -> u8 {
    let by_field = match field {
        Field::Name => 0,
        Field::Dish => 1,
        Field::Address => 2,
    };
    match closeness {
        Closeness::Whole => by_field,
        Closeness::Begins => by_field + 1,
        Closeness::Within | Closeness::Unfinished => by_field + 2,
        Closeness::InitialsBegin | Closeness::InitialsWithin => by_field + 5,
        Closeness::Typo(_) => NEARLY + by_field,
    }
}

/// The best hit of each store.
#[derive(Default)]
struct Found(HashMap<usize, Hit>);

impl Found {
    fn offer(&mut self, store: usize, grade: u8, dish: Option<(&DishName, &SoldAt)>) {
        let hit = || Hit {
            store,
            grade,
            dish: dish.map(|(dish, sold)| DishHit {
                item: sold.item.clone(),
                name: dish.name.clone(),
                price: sold.price,
            }),
        };
        match self.0.entry(store) {
            Slot::Vacant(slot) => {
                slot.insert(hit());
            }
            Slot::Occupied(mut slot) if is_better(slot.get(), grade, dish) => {
                slot.insert(hit());
            }
            Slot::Occupied(_) => {}
        }
    }
}

/// Whether another hit of a store is better; of dishes that answer equally well the shorter name, which has less that was not asked for.
fn is_better(kept: &Hit, grade: u8, dish: Option<(&DishName, &SoldAt)>) -> bool {
    let length = |name: &str| (name.chars().count(), name.to_owned());
    let (other, kept_dish) =
        (dish.map(|(dish, _)| length(&dish.name)), kept.dish.as_ref().map(|dish| length(&dish.name)));
    (grade, other) < (kept.grade, kept_dish)
}

impl Edition {
    /// Every store that answers, each once, in no order. Typing errors are forgiven when nothing else is found.
    pub fn find(&self, query: &Query) -> Vec<Hit> {
        let words = self.words(query, Query::words_in);
        let found = self.found(query, &words);
        if !found.0.is_empty() {
            return found.0.into_values().collect();
        }
        self.nearly_found(query, &words).0.into_values().collect()
    }

    /// The words that each store's name and address answer.
    fn words(&self, query: &Query, of: fn(&Query, &shared::search::Text) -> WordSet) -> Vec<WordSet> {
        let stores = self.stores().iter();
        stores.map(|store| of(query, &store.name).and(of(query, &store.address))).collect()
    }

    fn found(&self, query: &Query, words: &[WordSet]) -> Found {
        let mut found = Found::default();
        for (at, store) in self.stores().iter().enumerate() {
            if let Some(closeness) = query.whole_in(&store.name) {
                found.offer(at, grade(Field::Name, closeness), None);
            } else if query.is_every_word(words[at]) {
                found.offer(at, grade(Field::Name, Closeness::Within), None);
            } else if query.whole_in(&store.address).is_some_and(|close| close <= Closeness::Within) {
                found.offer(at, grade(Field::Address, Closeness::Within), None);
            }
        }
        for dish in &self.pages.dishes {
            let whole = query.whole_in(&dish.text).map(|closeness| grade(Field::Dish, closeness));
            let of_dish = query.words_in(&dish.text);
            if whole.is_none() && of_dish == WordSet::NONE {
                continue;
            }
            for sold in &dish.sold_at {
                let every = || query.is_every_word(of_dish.and(words[sold.store]));
                let grade = whole.or_else(|| every().then(|| grade(Field::Dish, Closeness::Within)));
                if let Some(grade) = grade {
                    found.offer(sold.store, grade, Some((dish, sold)));
                }
            }
        }
        found
    }

    fn nearly_found(&self, query: &Query, words: &[WordSet]) -> Found {
        let mut found = Found::default();
        let nearly = self.words(query, Query::words_nearly_in);
        for (at, store) in self.stores().iter().enumerate() {
            if let Some(closeness) = query.whole_nearly_in(&store.name) {
                found.offer(at, typos(Field::Name, closeness), None);
            } else if query.is_every_word_but(words[at], nearly[at]) {
                found.offer(at, typos(Field::Address, Closeness::Typo(1)), None);
            }
        }
        for dish in &self.pages.dishes {
            let whole = query.whole_nearly_in(&dish.text).map(|closeness| typos(Field::Dish, closeness));
            let (exact, near) = (query.words_in(&dish.text), query.words_nearly_in(&dish.text));
            if whole.is_none() && exact == WordSet::NONE && near == WordSet::NONE {
                continue;
            }
            for sold in &dish.sold_at {
                let all_but_one =
                    || query.is_every_word_but(exact.and(words[sold.store]), near.and(nearly[sold.store]));
                let grade =
                    whole.or_else(|| all_but_one().then(|| typos(Field::Address, Closeness::Typo(1))));
                if let Some(grade) = grade {
                    found.offer(sold.store, grade, Some((dish, sold)));
                }
            }
        }
        found
    }
}

/// Fewer typing errors before better fields.
fn typos(field: Field, closeness: Closeness) -> u8 {
    let edits = match closeness {
        Closeness::Typo(edits) => u8::try_from(edits).unwrap_or(u8::MAX / 8),
        Closeness::Whole
        | Closeness::Begins
        | Closeness::Within
        | Closeness::Unfinished
        | Closeness::InitialsBegin
        | Closeness::InitialsWithin => 0,
    };
    grade(field, closeness).saturating_add(edits.saturating_mul(4))
}
