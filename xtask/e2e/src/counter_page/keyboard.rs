//! The counter without a mouse.

use anyhow::{Result, bail, ensure};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use serde_json::Value;

use super::CounterPage;
use crate::wait::wait_until;

/// More controls than any page has.
const MOST_TABS: usize = 120;
const KEYBOARD: &str = "keyboard";

/// What has the keyboard: its name, and whether a person sees that.
const FOCUSED: &str = r#"
    const element = document.activeElement;
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const inside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    const style = getComputedStyle(element);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    // A field that fills its box leaves the ring to the box.
    const box = element.closest("[role=search], .search") ?? element;
    const around = getComputedStyle(box).boxShadow.includes("inset");
    return { id: element.dataset.testid ?? "", seen: inside && element.matches(":focus-visible") && (ring || around) };
"#;

impl CounterPage<'_> {
    /// Presses a key wherever the keyboard is.
    pub async fn key(&self, key: impl Into<char>) -> Result<()> {
        let value = key.into();
        let press = KeyActions::new(KEYBOARD.to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        Ok(self.client.perform_actions(press).await?)
    }

    /// Presses a key while Ctrl is held.
    pub async fn control_and(&self, key: char) -> Result<()> {
        let control: char = Key::Control.into();
        let press = KeyActions::new(KEYBOARD.to_owned())
            .then(KeyAction::Down { value: control })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: control });
        Ok(self.client.perform_actions(press).await?)
    }

    /// Goes on with Tab until this control has the keyboard, and says if nobody would see where the keyboard is.
    pub async fn tab_to(&self, id: &str) -> Result<()> {
        for _ in 0..MOST_TABS {
            let focused = self.focused().await?;
            if focused["id"] == id {
                ensure!(focused["seen"] == true, "nobody sees that {id} has the keyboard");
                return Ok(());
            }
            self.key(Key::Tab).await?;
        }
        bail!("{MOST_TABS} presses of Tab do not lead to {id}")
    }

    /// The same, and presses it with Enter.
    pub async fn press_by_keyboard(&self, id: &str) -> Result<()> {
        self.wait_for(id).await?;
        self.tab_to(id).await?;
        self.key(Key::Enter).await
    }

    /// Opens a page from the menu without a mouse.
    pub async fn go_by_keyboard(&self, page: &str) -> Result<()> {
        self.press_by_keyboard("menu").await?;
        self.press_by_keyboard(&format!("go-{page}")).await?;
        self.wait_for(&format!("page-{page}")).await.map(drop)
    }

    /// Goes with the arrow keys until this order is chosen.
    pub async fn choose_by_keyboard(&self, number: &str) -> Result<()> {
        const CHOSEN: &str = r#"return document.querySelector("article.selected")?.dataset.testid ?? "";"#;
        let wanted = format!("card-{number}");
        wait_until(&format!("the arrow keys have chosen order {number}"), async || {
            // Down the lane first, then on to the next one.
            for key in [Key::Down, Key::Right, Key::Up] {
                if self.client.execute(CHOSEN, Vec::new()).await?.as_str() == Some(wanted.as_str()) {
                    return Ok(true);
                }
                self.key(key).await?;
            }
            Ok(false)
        })
        .await
    }

    async fn focused(&self) -> Result<Value> {
        Ok(self.client.execute(FOCUSED, Vec::new()).await?)
    }
}
