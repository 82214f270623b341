//! Lists, alone or side by side.

use serde_json::{Value, json};

use super::cut::fit_line;
use super::tap::Button;
use crate::chat::action::Action;

const MAX_ITEMS_ALONE: usize = 5;
const MAX_ITEMS_IN_CAROUSEL: usize = 4;
const MAX_LISTS: usize = 5;
const MAX_BUTTONS: usize = 2;
const MAX_HEADER: usize = 40;
const MAX_TITLE: usize = 50;
const MAX_DESCRIPTION: usize = 60;

/// A headed list. A long one becomes several side by side.
#[derive(Debug, Clone)]
pub struct List {
    header: String,
    items: Vec<ListItem>,
    buttons: Vec<Button>,
}

/// One row of a list.
#[derive(Debug, Clone)]
pub struct ListItem {
    title: String,
    description: String,
    action: Option<Action>,
}

impl ListItem {
    /// A row that does something when tapped.
    pub fn new(title: impl Into<String>, description: impl Into<String>, action: Action) -> Self {
        Self { title: title.into(), description: description.into(), action: Some(action) }
    }

    /// A row that can only be read.
    pub fn inert(title: impl Into<String>, description: impl Into<String>) -> Self {
        Self { title: title.into(), description: description.into(), action: None }
    }

    fn render(&self, block_id: &str) -> Value {
        let mut item = json!({"title": fit_line(&self.title, MAX_TITLE)});
        if !self.description.trim().is_empty() {
            item["description"] = fit_line(&self.description, MAX_DESCRIPTION).into();
        }
        if let Some(action) = &self.action {
            item["action"] = "block".into();
            item["blockId"] = block_id.into();
            item["extra"] = action.to_extra();
        }
        item
    }
}

impl List {
    /// Most rows that one answer shows.
    pub const MAX_ROWS: usize = MAX_LISTS * MAX_ITEMS_IN_CAROUSEL;
    /// Most lists of one answer, and most rows of each.
    pub const SIDE_BY_SIDE: (usize, usize) = (MAX_LISTS, MAX_ITEMS_IN_CAROUSEL);

    /// A list with a header.
    pub fn new(header: impl Into<String>, items: Vec<ListItem>) -> Self {
        Self { header: header.into(), items, buttons: Vec::new() }
    }

    /// A button under the list; two at most.
    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self.buttons.truncate(MAX_BUTTONS);
        self
    }

    fn render(&self, block_id: &str) -> Value {
        let items: Vec<Value> = self.items.iter().map(|item| item.render(block_id)).collect();
        let mut card = json!({"header": {"title": fit_line(&self.header, MAX_HEADER)}, "items": items});
        let buttons: Vec<Value> = self.buttons.iter().map(|button| button.render(block_id)).collect();
        if !buttons.is_empty() {
            card["buttons"] = buttons.into();
        }
        card
    }
}

/// Splits and drops until every list fits its place.
pub(super) fn fitting(lists: Vec<List>) -> Vec<List> {
    let lists: Vec<List> = lists.into_iter().filter(|list| !list.items.is_empty()).collect();
    if lists.len() == 1 && lists[0].items.len() <= MAX_ITEMS_ALONE {
        return lists;
    }
    let parts = lists.into_iter().flat_map(|list| {
        let pieces: Vec<Vec<ListItem>> =
            list.items.chunks(MAX_ITEMS_IN_CAROUSEL).map(<[ListItem]>::to_vec).collect();
        let (header, buttons) = (list.header, list.buttons);
        pieces.into_iter().map(move |items| List { header: header.clone(), items, buttons: buttons.clone() })
    });
    parts.take(MAX_LISTS).collect()
}

/// `lists` come from [`fitting`] and are not empty.
pub(super) fn render(lists: &[List], block_id: &str) -> Value {
    match lists {
        [alone] => json!({"listCard": alone.render(block_id)}),
        several => {
            let items: Vec<Value> = several.iter().map(|list| list.render(block_id)).collect();
            json!({"carousel": {"type": "listCard", "items": items}})
        }
    }
}
