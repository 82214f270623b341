//! What the bot says: types that can only make answers which Kakao renders. Nothing here knows HTTP, so that another way of sending can
//! use the same answers.
//!
//! Limits are Kakao's own (SkillResponse v2.0). Lengths are counted in UTF-16 units, which is what its JVM counts.

mod card;
mod cut;
mod list;
mod render;
mod tap;

pub use card::TextCard;
pub use cut::fit_line;
pub use list::{List, ListItem};
pub use tap::Button;

use super::action::Action;

/// Bubbles of one answer.
const MAX_OUTPUTS: usize = 3;
/// Shortcuts under an answer, the way home among them.
const MAX_QUICK_REPLIES: usize = 10;
/// Larger bodies get no answer at all; counted in UTF-8 bytes.
pub const MAX_BYTES: usize = 30_000;

/// One answer: one to three bubbles, and shortcuts of which the last always leads home, so that no answer is a dead end.
#[derive(Debug, Clone)]
pub struct Answer {
    outputs: Vec<Output>,
    quick: Vec<(String, Action)>,
}

/// One bubble.
#[derive(Debug, Clone)]
enum Output {
    Text(String),
    Card(TextCard),
    Lists(Vec<List>),
}

impl Answer {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { outputs: vec![Output::Text(text.into())], quick: Vec::new() }
    }

    /// A card with buttons.
    pub fn card(card: TextCard) -> Self {
        Self { outputs: vec![Output::Card(card)], quick: Vec::new() }
    }

    /// Lists side by side; a text in their place when all are empty.
    pub fn lists(lists: Vec<List>, otherwise: &str) -> Self {
        let lists = list::fitting(lists);
        let output = if lists.is_empty() { Output::Text(otherwise.to_owned()) } else { Output::Lists(lists) };
        Self { outputs: vec![output], quick: Vec::new() }
    }

    /// A text before everything else.
    pub fn before(mut self, text: impl Into<String>) -> Self {
        self.outputs.insert(0, Output::Text(text.into()));
        self.bounded()
    }

    /// The bubbles and shortcuts of `other` after these. What Kakao would not show is left out.
    pub fn then(mut self, other: Self) -> Self {
        self.outputs.extend(other.outputs);
        self.quick.extend(other.quick);
        self.bounded()
    }

    /// A shortcut under the answer.
    pub fn quick(mut self, label: impl Into<String>, action: Action) -> Self {
        self.quick.push((label.into(), action));
        self.bounded()
    }

    /// A shortcut if there is something to do.
    pub fn quick_if(self, label: &str, action: Option<Action>) -> Self {
        match action {
            Some(action) => self.quick(label, action),
            None => self,
        }
    }

    /// Without the shortcuts that do this.
    pub fn without_quick(mut self, does: impl Fn(&Action) -> bool) -> Self {
        self.quick.retain(|(_, action)| !does(action));
        self
    }

    fn bounded(mut self) -> Self {
        self.outputs.truncate(MAX_OUTPUTS);
        self.quick.truncate(MAX_QUICK_REPLIES - 1);
        self
    }
}
