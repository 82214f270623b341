//! A customer's chat, on the page or without one.

use anyhow::Result;

/// What a customer does in a chat. Every call returns when the chatbot has answered, with the words of the answer.
#[expect(
    async_fn_in_trait,
    reason = "only tests of this workspace call it, none needs the futures to be Send"
)]
pub trait Chat {
    /// Opens the chat for the first time.
    async fn start(&self) -> Result<String>;
    async fn say(&self, text: &str) -> Result<String>;
    /// Taps the newest button, list item or quick reply with this label.
    async fn tap(&self, label: &str) -> Result<String>;
}
