//! The counter's page through a business day: its state, breaks, what is sold out, closing, the certificate.

use anyhow::Result;
use fantoccini::Locator;

use super::{CounterPage, by_id};
use crate::wait::{wait_for, wait_until};

impl CounterPage<'_> {
    /// Waits until the bar says that the day is so, by the server's word and not by a prediction.
    pub async fn wait_for_day(&self, state: &str) -> Result<()> {
        wait_until(&format!("the day is {state}, confirmed by the server"), async || {
            let pending = self.find("day-pending").await.is_ok();
            Ok(!pending && self.day().await?.as_deref() == Some(state))
        })
        .await
    }

    /// Waits until the bar predicts so, whatever the server will say.
    pub async fn wait_for_predicted_day(&self, state: &str) -> Result<()> {
        wait_until(&format!("the day is shown as {state}, not yet confirmed"), async || {
            let pending = self.find("day-pending").await.is_ok();
            Ok(pending && self.day().await?.as_deref() == Some(state))
        })
        .await
    }

    async fn day(&self) -> Result<Option<String>> {
        Ok(self.find("day-state").await?.attr("data-state").await?)
    }

    /// A break with this cause and length, as the wire and the panel call them: `rest`, `30` or `open`.
    pub async fn take_a_break(&self, cause: &str, minutes: &str) -> Result<()> {
        self.press_when_there("day-break_start").await?;
        self.press_when_there(&format!("break-{cause}-{minutes}")).await
    }

    pub async fn end_the_break(&self) -> Result<()> {
        self.press_when_there("day-break_end").await
    }

    /// Opens one of the pages behind the menu, such as `sales`.
    pub async fn go(&self, page: &str) -> Result<()> {
        self.press_when_there("menu").await?;
        self.press_when_there(&format!("go-{page}")).await?;
        self.wait_for(&format!("page-{page}")).await.map(drop)
    }

    pub async fn home(&self) -> Result<()> {
        self.press_when_there("page-home").await
    }

    /// `ko` or `en`, from the menu.
    pub async fn speak(&self, language: &str) -> Result<()> {
        self.press_when_there("menu").await?;
        self.press_when_there(&format!("language-{language}")).await?;
        wait_until("the page speaks the language", async || {
            let root = self.client.find(Locator::Css("html")).await?;
            Ok(root.attr("lang").await?.as_deref() == Some(language))
        })
        .await?;
        self.press_when_there("menu-panel-close").await
    }

    /// Presses what has to be pressed twice.
    pub async fn press_twice(&self, id: &str) -> Result<()> {
        self.press_when_there(id).await?;
        wait_until(&format!("{id} asks for the second press"), async || {
            Ok(self.find(id).await?.attr("data-armed").await?.as_deref() == Some("true"))
        })
        .await?;
        self.press(id).await
    }

    /// Takes the last press back. What has just appeared takes no press, so it is pressed until it is gone.
    pub async fn take_back(&self) -> Result<()> {
        self.wait_until_there("undo-press").await?;
        wait_until("the last press was taken back", async || {
            let Ok(undo) = self.find("undo-press").await else { return Ok(true) };
            undo.click().await?;
            Ok(false)
        })
        .await
    }

    /// Waits until the closing has come to this step, such as `totals`.
    pub async fn wait_for_closing_step(&self, step: &str) -> Result<()> {
        wait_until(&format!("the closing stands at {step}"), async || {
            let shown = self.find("closing-step").await?.attr("data-step").await?;
            Ok(shown.as_deref() == Some(step))
        })
        .await
    }

    /// Presses a button when it is there.
    pub async fn press_when_there(&self, id: &str) -> Result<()> {
        self.press_at(&by_id(id)).await
    }

    /// Presses the first thing that this selector finds, when it is there.
    pub async fn press_at(&self, css: &str) -> Result<()> {
        wait_until(&format!("{css} was pressed"), async || {
            self.client.find(Locator::Css(css)).await?.click().await?;
            Ok(true)
        })
        .await
    }

    /// Waits until something is on the page.
    pub async fn wait_until_there(&self, id: &str) -> Result<()> {
        self.wait_for(id).await.map(drop)
    }

    /// Waits until something has left the page.
    pub async fn wait_until_gone(&self, id: &str) -> Result<()> {
        wait_until(&format!("{id} is no longer on the page"), async || {
            Ok(self.client.find_all(Locator::Css(&by_id(id))).await?.is_empty())
        })
        .await
    }

    /// What something on the page says, once it says anything.
    pub async fn read(&self, id: &str) -> Result<String> {
        wait_for(&format!("{id} says something"), async || {
            let text = self.find(id).await?.text().await?;
            Ok((!text.is_empty()).then_some(text))
        })
        .await
    }

    /// An attribute of something on the page.
    pub async fn attribute(&self, id: &str, name: &str) -> Result<Option<String>> {
        Ok(self.find(id).await?.attr(name).await?)
    }
}
