//! An item whose options are being chosen. It lives in the buttons, not in Redis, so it has to be small: what was chosen is written as one
//! digit per option, by position, beside a fingerprint that tells when the positions no longer mean the same.

use ring::digest;
use serde::{Deserialize, Serialize};
use shared::Won;
use shared::id::{ItemKey, StoreId};
use shared::menu::{Item, Menu, OptionGroup, Selection};

/// Most pieces of one option that can be chosen in the chat: the largest digit.
pub const MAX_OPTION_QUANTITY: u32 = 35;
const DIGITS: u32 = 36;

/// Choices so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    #[serde(rename = "s")]
    pub store: StoreId,
    #[serde(rename = "i")]
    pub item: ItemKey,
    /// Fingerprint of the item's groups and options.
    #[serde(rename = "f")]
    shape: String,
    /// One text per group, one base-36 digit per option, zeros at the end left out.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
}

impl Draft {
    /// Nothing chosen yet.
    pub fn new(store: StoreId, menu: &Menu, item: &Item) -> Self {
        Self { store, item: item.key.clone(), shape: shape(menu, item), choices: Vec::new() }
    }

    /// Whether its positions still mean what they meant.
    pub fn fits(&self, menu: &Menu, item: &Item) -> bool {
        self.shape == shape(menu, item)
    }

    /// Pieces chosen of each option of a group.
    pub fn quantities(&self, group: usize) -> Vec<u32> {
        let digits = self.choices.get(group).map_or("", String::as_str);
        digits.chars().map(|c| c.to_digit(DIGITS).unwrap_or(0)).collect()
    }

    /// Pieces chosen of one option.
    pub fn quantity(&self, group: usize, option: usize) -> u32 {
        self.quantities(group).get(option).copied().unwrap_or(0)
    }

    /// Distinct options chosen of a group.
    pub fn chosen(&self, group: usize) -> usize {
        self.quantities(group).into_iter().filter(|quantity| *quantity > 0).count()
    }

    /// Sets the pieces of one option, at most [`MAX_OPTION_QUANTITY`].
    pub fn set(&mut self, group: usize, option: usize, quantity: u32) {
        let mut quantities = self.quantities(group);
        if quantities.len() <= option {
            quantities.resize(option + 1, 0);
        }
        quantities[option] = quantity.min(MAX_OPTION_QUANTITY);
        while quantities.last() == Some(&0) {
            quantities.pop();
        }
        if self.choices.len() <= group {
            self.choices.resize(group + 1, String::new());
        }
        self.choices[group] =
            quantities.into_iter().filter_map(|quantity| char::from_digit(quantity, DIGITS)).collect();
    }

    /// Forgets the choices of one group.
    pub fn clear(&mut self, group: usize) {
        if let Some(choices) = self.choices.get_mut(group) {
            choices.clear();
        }
    }

    /// What was chosen, as one text.
    pub fn choices(&self) -> String {
        self.choices.join(".")
    }

    /// What the domain prices.
    pub fn selections(&self, menu: &Menu, item: &Item) -> Vec<Selection> {
        let groups = menu.groups_of(item).enumerate();
        let selections = groups.flat_map(|(index, group)| {
            let quantities = self.quantities(index);
            let chosen = group.options.iter().zip(quantities).filter(|(_, quantity)| *quantity > 0);
            chosen.map(|(option, quantity)| Selection {
                group: group.key.clone(),
                option: option.key.clone(),
                quantity: u16::try_from(quantity).unwrap_or(u16::MAX),
            })
        });
        selections.collect()
    }

    /// Won for one piece as chosen so far.
    pub fn running_price(&self, menu: &Menu, item: &Item) -> Won {
        let groups = menu.groups_of(item).enumerate();
        let extras = groups.flat_map(|(index, group)| {
            let priced = group.options.iter().zip(self.quantities(index));
            priced.filter_map(|(option, quantity)| option.price.checked_mul(quantity))
        });
        extras.fold(item.price, |sum, extra| sum.checked_add(extra).unwrap_or(sum))
    }

    /// What was chosen, in words.
    pub fn words(&self, menu: &Menu, item: &Item) -> String {
        let names: Vec<String> = menu
            .groups_of(item)
            .enumerate()
            .flat_map(|(index, group)| self.group_words(index, group))
            .collect();
        names.join(" · ")
    }

    fn group_words(&self, index: usize, group: &OptionGroup) -> Vec<String> {
        let chosen = group.options.iter().zip(self.quantities(index)).filter(|(_, quantity)| *quantity > 0);
        let words = chosen.map(|(option, quantity)| match quantity {
            1 => option.name.clone(),
            more => format!("{} ×{more}", option.name),
        });
        words.collect()
    }
}

/// Changes exactly when a group or an option is added, removed or moved.
fn shape(menu: &Menu, item: &Item) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for group in menu.groups_of(item) {
        context.update(b"/");
        context.update(group.key.0.as_bytes());
        for option in &group.options {
            context.update(b".");
            context.update(option.key.0.as_bytes());
        }
    }
    context.finish().as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu() -> Menu {
        let text = include_str!("../../fixtures/stores/hongdae-coffee.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::from_value(file["menu"].clone()).unwrap()
    }

    #[test]
    fn choices_survive_the_button_and_become_selections() {
        let menu = menu();
        let item = menu.items().find(|item| item.name == "아메리카노").unwrap();
        let mut draft = Draft::new(StoreId::fresh(), &menu, item);
        draft.set(0, 1, 1);
        draft.set(3, 0, 3);
        draft.set(3, 2, 1);
        draft.set(3, 2, 0);
        let read: Draft = serde_json::from_value(serde_json::to_value(&draft).unwrap()).unwrap();
        assert_eq!(read, draft);
        assert!(read.fits(&menu, item));
        let selections = read.selections(&menu, item);
        let names: Vec<(&str, u16)> = selections.iter().map(|s| (s.option.0.as_str(), s.quantity)).collect();
        assert_eq!(names, [("ice", 1), ("shot", 3)]);
        assert_eq!(read.running_price(&menu, item), Won::new(3_200 + 3 * 500).unwrap());
        assert_eq!(read.words(&menu, item), "ICE · 샷 추가 ×3");
    }

    #[test]
    fn a_changed_item_is_noticed_and_a_changed_price_is_not() {
        let mut menu = menu();
        let item = menu.items().find(|item| item.name == "아메리카노").unwrap().clone();
        let draft = Draft::new(StoreId::fresh(), &menu, &item);
        menu.option_groups[0].options[0].price = Won::new(100).unwrap();
        assert!(draft.fits(&menu, &item));
        menu.option_groups[0].options.swap(0, 1);
        assert!(!draft.fits(&menu, &item));
    }

    #[test]
    fn forged_choices_do_no_harm() {
        let menu = menu();
        let item = menu.items().find(|item| item.name == "아메리카노").unwrap();
        let mut forged = serde_json::to_value(Draft::new(StoreId::fresh(), &menu, item)).unwrap();
        forged["c"] = serde_json::json!(["zzzzzzzz!?", "한글", "", "", "1", "1"]);
        let draft: Draft = serde_json::from_value(forged).unwrap();
        assert!(menu.price(&item.key, &draft.selections(&menu, item), 1).is_err());
    }
}
