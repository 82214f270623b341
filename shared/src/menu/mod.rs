//! The menu document (메뉴): categories, items and option groups of one store, and what a choice from it costs.

mod edit;
mod price;
mod validate;

use serde::{Deserialize, Serialize};

use crate::Won;
use crate::id::{CategoryKey, GroupKey, ItemKey, OptionKey};

pub use edit::{EditRefusal, MenuEdit};
pub use price::{PriceError, PricedLine, PricedOption, Selection};
pub use validate::MenuProblem;

/// A store's menu as customers read it and as `store import` brings it. Keys never change; nothing is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Menu {
    #[serde(default)]
    pub option_groups: Vec<OptionGroup>,
    pub categories: Vec<Category>,
}

/// Options that are chosen together, such as a size. `min` and `max` count distinct options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct OptionGroup {
    pub key: GroupKey,
    pub name: String,
    pub min: u16,
    pub max: u16,
    pub options: Vec<MenuOption>,
}

/// One option. `max_quantity` lets it be taken several times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct MenuOption {
    pub key: OptionKey,
    pub name: String,
    /// Won added to each piece, VAT included.
    pub price: Won,
    #[serde(default = "one")]
    pub max_quantity: u16,
    #[serde(default)]
    pub sold_out: bool,
    /// Not shown and not sold; nothing of a menu is ever deleted.
    #[serde(default, skip_serializing_if = "is_no")]
    pub disabled: bool,
}

/// A heading of the menu with its items in the order they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub key: CategoryKey,
    pub name: String,
    /// Not shown and not sold; nothing of a menu is ever deleted.
    #[serde(default, skip_serializing_if = "is_no")]
    pub disabled: bool,
    pub items: Vec<Item>,
}

/// Something a customer can order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub key: ItemKey,
    pub name: String,
    /// Won for one piece without options, VAT included.
    pub price: Won,
    /// A side dish alone (`false`) makes no order.
    #[serde(default = "yes")]
    pub is_main: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default)]
    pub option_groups: Vec<GroupKey>,
    #[serde(default)]
    pub allergens: Vec<String>,
    /// Origin of the ingredients (원산지), which the law wants shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    #[serde(default)]
    pub tax_free: bool,
    /// Pieces that exist today; absent means no count is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    #[serde(default)]
    pub sold_out: bool,
    /// Not shown and not sold; nothing of a menu is ever deleted.
    #[serde(default, skip_serializing_if = "is_no")]
    pub disabled: bool,
}

fn one() -> u16 {
    1
}

fn is_no(flag: &bool) -> bool {
    !flag
}

fn yes() -> bool {
    true
}

impl Menu {
    /// What customers see: without what is disabled, and without categories that are empty then.
    pub fn for_customers(mut self) -> Self {
        self.categories.retain(|category| !category.disabled);
        for category in &mut self.categories {
            category.items.retain(|item| !item.disabled);
        }
        self.categories.retain(|category| !category.items.is_empty());
        for group in &mut self.option_groups {
            group.options.retain(|option| !option.disabled);
        }
        self
    }

    /// The item with this key.
    pub fn item(&self, key: &ItemKey) -> Option<&Item> {
        self.items().find(|item| &item.key == key)
    }

    /// Every item, category by category.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.categories.iter().flat_map(|category| &category.items)
    }

    /// The category with this key.
    pub fn category(&self, key: &CategoryKey) -> Option<&Category> {
        self.categories.iter().find(|category| &category.key == key)
    }

    /// The option group with this key.
    pub fn group(&self, key: &GroupKey) -> Option<&OptionGroup> {
        self.option_groups.iter().find(|group| &group.key == key)
    }

    /// The option groups of an item in the order they are asked.
    pub fn groups_of<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a OptionGroup> {
        item.option_groups.iter().filter_map(|key| self.group(key))
    }
}

impl OptionGroup {
    /// Exactly one option, once: a tap chooses and moves on.
    pub fn is_single_choice(&self) -> bool {
        self.max == 1 && self.options.iter().all(|option| option.max_quantity == 1)
    }

    /// Most distinct options that can be chosen here.
    pub fn effective_max(&self) -> usize {
        usize::from(self.max).min(self.options.len())
    }

    /// The option with this key.
    pub fn option(&self, key: &OptionKey) -> Option<&MenuOption> {
        self.options.iter().find(|option| &option.key == key)
    }
}
