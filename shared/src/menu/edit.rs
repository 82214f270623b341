//! Changing a menu. Nothing is ever deleted, only disabled, because orders and reports name the keys for ever.

use serde::{Deserialize, Serialize};

use super::{Category, Item, Menu, MenuProblem, OptionGroup};
use crate::Code;
use crate::id::{CategoryKey, GroupKey, ItemKey};

/// One change of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum MenuEdit {
    /// An empty category at the end.
    AddCategory {
        key: CategoryKey,
        name: String,
    },
    ChangeCategory {
        key: CategoryKey,
        name: String,
        disabled: bool,
    },
    /// Puts it at place `to`, counted from 0; beyond the end means the end.
    MoveCategory {
        key: CategoryKey,
        to: u32,
    },
    /// A new item at the end of a category.
    AddItem {
        category: CategoryKey,
        item: Item,
    },
    /// Everything of an item but its key.
    ChangeItem {
        item: Item,
    },
    /// Puts it into a category at place `to`, counted from 0; beyond the end means the end.
    MoveItem {
        item: ItemKey,
        category: CategoryKey,
        to: u32,
    },
    AddGroup {
        group: OptionGroup,
    },
    /// Everything of a group but its key; options may be added, changed and disabled, never left out.
    ChangeGroup {
        group: OptionGroup,
    },
    /// The groups that an item asks for, in this order.
    SetGroups {
        item: ItemKey,
        groups: Vec<GroupKey>,
    },
}

/// Why a change was not made; the menu is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditRefusal {
    #[error("there is no such entry")]
    Unknown,
    #[error("the key is taken")]
    KeyTaken,
    #[error("an option was left out; disable it instead")]
    OptionLeftOut,
    #[error("the menu would not make sense: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Senseless(Vec<MenuProblem>),
}

impl EditRefusal {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::MenuEntryUnknown,
            Self::KeyTaken => Code::MenuKeyTaken,
            Self::OptionLeftOut => Code::MenuOptionLeftOut,
            Self::Senseless(_) => Code::MenuSenseless,
        }
    }
}

impl Menu {
    /// The menu after one change, or why it cannot be made.
    pub fn edited(&self, edit: &MenuEdit) -> Result<Self, EditRefusal> {
        let mut menu = self.clone();
        menu.edit(edit)?;
        let problems = menu.problems();
        // Problems that were there before are not this change's.
        let before = self.problems();
        let new: Vec<MenuProblem> = problems.into_iter().filter(|one| !before.contains(one)).collect();
        if new.is_empty() { Ok(menu) } else { Err(EditRefusal::Senseless(new)) }
    }

    fn edit(&mut self, edit: &MenuEdit) -> Result<(), EditRefusal> {
        match edit {
            MenuEdit::AddCategory { key, name } => {
                if self.category(key).is_some() {
                    return Err(EditRefusal::KeyTaken);
                }
                let name = name.clone();
                self.categories.push(Category { key: key.clone(), name, disabled: false, items: Vec::new() });
            }
            MenuEdit::ChangeCategory { key, name, disabled } => {
                let category = self.category_mut(key)?;
                category.name.clone_from(name);
                category.disabled = *disabled;
            }
            MenuEdit::MoveCategory { key, to } => {
                let from = self.categories.iter().position(|category| category.key == *key);
                let category = self.categories.remove(from.ok_or(EditRefusal::Unknown)?);
                insert_at(&mut self.categories, *to, category);
            }
            MenuEdit::AddItem { category, item } => {
                if self.item(&item.key).is_some() {
                    return Err(EditRefusal::KeyTaken);
                }
                self.category_mut(category)?.items.push(item.clone());
            }
            MenuEdit::ChangeItem { item } => *self.item_mut(&item.key)? = item.clone(),
            MenuEdit::MoveItem { item, category, to } => {
                self.category_mut(category)?;
                let moved = self.take_item(item)?;
                insert_at(&mut self.category_mut(category)?.items, *to, moved);
            }
            MenuEdit::AddGroup { group } => {
                if self.group(&group.key).is_some() {
                    return Err(EditRefusal::KeyTaken);
                }
                self.option_groups.push(group.clone());
            }
            MenuEdit::ChangeGroup { group } => {
                let old = self.option_groups.iter_mut().find(|old| old.key == group.key);
                let old = old.ok_or(EditRefusal::Unknown)?;
                if old.options.iter().any(|option| group.option(&option.key).is_none()) {
                    return Err(EditRefusal::OptionLeftOut);
                }
                *old = group.clone();
            }
            MenuEdit::SetGroups { item, groups } => self.item_mut(item)?.option_groups.clone_from(groups),
        }
        Ok(())
    }

    fn category_mut(&mut self, key: &CategoryKey) -> Result<&mut Category, EditRefusal> {
        self.categories.iter_mut().find(|category| category.key == *key).ok_or(EditRefusal::Unknown)
    }

    fn item_mut(&mut self, key: &ItemKey) -> Result<&mut Item, EditRefusal> {
        let mut items = self.categories.iter_mut().flat_map(|category| &mut category.items);
        items.find(|item| item.key == *key).ok_or(EditRefusal::Unknown)
    }

    fn take_item(&mut self, key: &ItemKey) -> Result<Item, EditRefusal> {
        for category in &mut self.categories {
            if let Some(index) = category.items.iter().position(|item| item.key == *key) {
                return Ok(category.items.remove(index));
            }
        }
        Err(EditRefusal::Unknown)
    }
}

fn insert_at<T>(list: &mut Vec<T>, to: u32, entry: T) {
    let to = usize::try_from(to).unwrap_or(usize::MAX).min(list.len());
    list.insert(to, entry);
}
