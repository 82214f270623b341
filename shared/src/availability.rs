//! What cannot be sold for the moment (품절), laid over the menu without changing it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::id::{GroupKey, ItemKey, OptionKey};
use crate::log::StoreEvent;
use crate::menu::Menu;
use crate::order::{Order, Phase};

/// Longest time that something can be marked as sold out for by the clock, in minutes.
pub const MAX_SOLD_OUT_MINUTES: u32 = 12 * 60;

/// Most pieces of an item that can be counted.
pub const MAX_PIECES: u32 = 100_000;

/// Something of the menu that may run out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Sellable {
    Item(ItemKey),
    Option { group: GroupKey, option: OptionKey },
}

impl Sellable {
    /// Whether the menu knows it, disabled or not.
    pub fn is_on(&self, menu: &Menu) -> bool {
        match self {
            Self::Item(item) => menu.item(item).is_some(),
            Self::Option { group, option } => {
                menu.group(group).is_some_and(|group| group.option(option).is_some())
            }
        }
    }
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

    /// Follows one event of an order from what it was before: its pieces are gone when it comes into the log, and back when it ends early.
    /// Only items that are counted at that moment change, and never below zero.
    pub fn order_changed(&mut self, before: Option<&Order>, after: &Order) {
        let in_log = |order: &Order| order.ticket.is_some();
        let over = |order: &Order| matches!(order.phase, Phase::Rejected { .. } | Phase::Cancelled { .. });
        let comes = in_log(after) && !before.is_some_and(in_log);
        let goes = in_log(after) && over(after) && !before.is_some_and(over);
        for line in &after.details.lines {
            let Some(left) = self.stock.get_mut(&line.item) else { continue };
            if comes {
                *left = left.saturating_sub(line.quantity);
            }
            if goes {
                *left = left.saturating_add(line.quantity);
            }
        }
    }

    /// Applies an event about the store itself.
    pub fn store_changed(&mut self, event: &StoreEvent) {
        match event {
            StoreEvent::SoldOut { what, until, sold_out_at } => self.sold_out(what, *until, *sold_out_at),
            StoreEvent::BackOnSale { what } => self.back_on_sale(what),
            StoreEvent::StockSet { item, pieces } => self.set_stock(item, *pieces),
            StoreEvent::MenuChanged { .. }
            | StoreEvent::MenuEdited { .. }
            | StoreEvent::ScheduleSet { .. } => {}
        }
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
