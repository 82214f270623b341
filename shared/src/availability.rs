//! What cannot be sold for the moment (품절), laid over the menu without changing it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::id::{GroupKey, ItemKey, OptionKey};
use crate::menu::Menu;

/// Something of the menu that may run out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Sellable {
    Item(ItemKey),
    Option { group: GroupKey, option: OptionKey },
}

/// How long it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum SoldOutUntil {
    /// Until the business day is closed.
    EndOfDay,
    At(TimeMs),
    /// Until somebody says so.
    Manual,
}

/// One thing that is sold out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SoldOut {
    pub what: Sellable,
    pub until: SoldOutUntil,
    pub since: TimeMs,
}

/// Everything that is sold out or counted at a store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Availability {
    pub sold_out: Vec<SoldOut>,
    /// Pieces left of items that are counted.
    #[cfg_attr(feature = "ts", ts(as = "std::collections::HashMap<String, u32>"))]
    pub stock: BTreeMap<ItemKey, u32>,
}

impl Availability {
    /// Marks something as sold out; again with another end changes the end.
    pub fn sold_out(&mut self, what: &Sellable, until: SoldOutUntil, since: TimeMs) {
        self.back_on_sale(what);
        self.sold_out.push(SoldOut { what: what.clone(), until, since });
    }

    /// Takes the mark away.
    pub fn back_on_sale(&mut self, what: &Sellable) {
        self.sold_out.retain(|one| one.what != *what);
    }

    /// Sets what is left of an item; without a number no count is kept.
    pub fn set_stock(&mut self, item: &ItemKey, pieces: Option<u32>) {
        match pieces {
            Some(pieces) => self.stock.insert(item.clone(), pieces),
            None => self.stock.remove(item),
        };
    }

    /// What lasted for the day is on sale again.
    pub fn day_ended(&mut self) {
        self.sold_out.retain(|one| one.until != SoldOutUntil::EndOfDay);
    }

    /// Whether it cannot be sold at `now`.
    pub fn is_sold_out(&self, what: &Sellable, now: TimeMs) -> bool {
        self.sold_out.iter().any(|one| one.what == *what && one.holds(now))
    }

    /// When the next mark ends by itself, after `now`.
    pub fn next_change(&self, now: TimeMs) -> Option<TimeMs> {
        let ends = self.sold_out.iter().filter_map(|one| match one.until {
            SoldOutUntil::At(at) => Some(at),
            SoldOutUntil::EndOfDay | SoldOutUntil::Manual => None,
        });
        ends.filter(|at| *at > now).min()
    }

    /// The menu as it can be sold at `now`. What the menu itself marks stays marked.
    pub fn lay_over(&self, mut menu: Menu, now: TimeMs) -> Menu {
        for item in menu.categories.iter_mut().flat_map(|category| &mut category.items) {
            item.sold_out |= self.is_sold_out(&Sellable::Item(item.key.clone()), now);
            item.stock = self.stock.get(&item.key).copied().or(item.stock);
        }
        for group in &mut menu.option_groups {
            for option in &mut group.options {
                let what = Sellable::Option { group: group.key.clone(), option: option.key.clone() };
                option.sold_out |= self.is_sold_out(&what, now);
            }
        }
        menu
    }
}

impl SoldOut {
    /// Whether it still holds at `now`; `EndOfDay` holds until it is taken away.
    pub fn holds(&self, now: TimeMs) -> bool {
        match self.until {
            SoldOutUntil::At(at) => now < at,
            SoldOutUntil::EndOfDay | SoldOutUntil::Manual => true,
        }
    }
}
