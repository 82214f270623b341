//! What a choice costs, or why it cannot be bought.

use serde::{Deserialize, Serialize};

use super::{Item, Menu, OptionGroup};
use crate::Won;
use crate::id::{GroupKey, ItemKey, OptionKey};

/// `quantity` times one option of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub group: GroupKey,
    pub option: OptionKey,
    pub quantity: u16,
}

/// A line with the names and prices of this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PricedLine {
    pub item: ItemKey,
    pub name: String,
    pub quantity: u32,
    pub options: Vec<PricedOption>,
    /// Won for one piece with its options.
    pub unit_price: Won,
    /// Won for the whole line.
    pub amount: Won,
    pub tax_free: bool,
}

/// An option of a line with the name and price of this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PricedOption {
    pub group: GroupKey,
    pub group_name: String,
    pub option: OptionKey,
    pub name: String,
    pub quantity: u16,
    /// Won for one of it.
    pub price: Won,
}

/// Why a choice cannot be bought. Every text can be shown to a customer after the item's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("지금은 메뉴에 없어요")]
    UnknownItem(ItemKey),
    #[error("품절이에요")]
    ItemSoldOut(ItemKey),
    #[error("{1}개만 남았어요")]
    OnlyLeft(ItemKey, u32),
    #[error("옵션이 바뀌었어요. 다시 골라 주세요")]
    UnknownOption(GroupKey, OptionKey),
    #[error("고른 옵션이 품절이에요")]
    OptionSoldOut(GroupKey, OptionKey),
    #[error("옵션을 더 골라 주세요")]
    TooFew(GroupKey),
    #[error("옵션을 너무 많이 골랐어요")]
    TooMany(GroupKey),
    #[error("수량을 다시 확인해 주세요")]
    Quantity,
}

impl Menu {
    /// Prices `quantity` pieces of an item with its selections.
    ///
    /// Options come back in menu order, whatever order they were chosen in, so that equal choices are equal lines.
    pub fn price(
        &self,
        item: &ItemKey,
        selections: &[Selection],
        quantity: u32,
    ) -> Result<PricedLine, PriceError> {
        let item = self
            .item(item)
            .filter(|item| !item.disabled)
            .ok_or_else(|| PriceError::UnknownItem(item.clone()))?;
        if item.sold_out || item.stock == Some(0) {
            return Err(PriceError::ItemSoldOut(item.key.clone()));
        }
        if quantity == 0 {
            return Err(PriceError::Quantity);
        }
        if let Some(left) = item.stock.filter(|left| *left < quantity) {
            return Err(PriceError::OnlyLeft(item.key.clone(), left));
        }
        refuse_foreign_groups(item, selections)?;
        let mut options = Vec::new();
        for group in self.groups_of(item) {
            options.extend(price_group(group, selections)?);
        }
        let unit_price = options.iter().try_fold(item.price, |sum, option| {
            sum.checked_add(option.price.checked_mul(u32::from(option.quantity))?)
        });
        let unit_price = unit_price.ok_or(PriceError::Quantity)?;
        let amount = unit_price.checked_mul(quantity).ok_or(PriceError::Quantity)?;
        Ok(PricedLine {
            item: item.key.clone(),
            name: item.name.clone(),
            quantity,
            options,
            unit_price,
            amount,
            tax_free: item.tax_free,
        })
    }
}

fn refuse_foreign_groups(item: &Item, selections: &[Selection]) -> Result<(), PriceError> {
    match selections.iter().find(|s| !item.option_groups.contains(&s.group)) {
        Some(s) => Err(PriceError::UnknownOption(s.group.clone(), s.option.clone())),
        None => Ok(()),
    }
}

fn price_group(group: &OptionGroup, selections: &[Selection]) -> Result<Vec<PricedOption>, PriceError> {
    let chosen: Vec<&Selection> = selections.iter().filter(|s| s.group == group.key).collect();
    for (index, selection) in chosen.iter().enumerate() {
        let option = group
            .option(&selection.option)
            .filter(|option| !option.disabled)
            .ok_or_else(|| PriceError::UnknownOption(group.key.clone(), selection.option.clone()))?;
        if option.sold_out {
            return Err(PriceError::OptionSoldOut(group.key.clone(), option.key.clone()));
        }
        let again = chosen[..index].iter().any(|earlier| earlier.option == selection.option);
        if again || selection.quantity == 0 || selection.quantity > option.max_quantity {
            return Err(PriceError::TooMany(group.key.clone()));
        }
    }
    if chosen.len() < usize::from(group.min) {
        return Err(PriceError::TooFew(group.key.clone()));
    }
    if chosen.len() > usize::from(group.max) {
        return Err(PriceError::TooMany(group.key.clone()));
    }
    let priced = group.options.iter().filter_map(|option| {
        let selection = chosen.iter().find(|s| s.option == option.key)?;
        Some(PricedOption {
            group: group.key.clone(),
            group_name: group.name.clone(),
            option: option.key.clone(),
            name: option.name.clone(),
            quantity: selection.quantity,
            price: option.price,
        })
    });
    Ok(priced.collect())
}
