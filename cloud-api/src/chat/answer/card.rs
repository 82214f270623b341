//! A card of text with up to three buttons.

use serde_json::{Value, json};

use super::cut::{fit, fit_line, units};
use super::tap::Button;

const MAX_TITLE: usize = 50;
/// Title and description together.
const MAX_TOGETHER: usize = 400;
const MAX_BUTTONS: usize = 3;

/// A textCard. Further buttons than three are left out.
#[derive(Debug, Clone)]
pub struct TextCard {
    title: String,
    description: Option<String>,
    buttons: Vec<Button>,
}

impl TextCard {
    /// A card with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), description: None, buttons: Vec::new() }
    }

    /// What stands under the title.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// One more button, below the others.
    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self
    }

    pub(super) fn render(&self, block_id: &str) -> Value {
        let title = fit_line(&self.title, MAX_TITLE);
        let left = MAX_TOGETHER - units(&title);
        let mut card = json!({"title": title});
        if let Some(description) = &self.description {
            card["description"] = fit(description, left).into();
        }
        let buttons: Vec<Value> =
            self.buttons.iter().take(MAX_BUTTONS).map(|button| button.render(block_id)).collect();
        if !buttons.is_empty() {
            card["buttons"] = buttons.into();
            card["buttonLayout"] = "vertical".into();
        }
        json!({"textCard": card})
    }
}
