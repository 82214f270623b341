//! Every page, form and panel in both languages and both themes.

use anyhow::Result;
use e2e::counter_page::LOOKS;
use fantoccini::key::Key;

use crate::Day;

/// Everything behind the menu.
const PAGES: [&str; 9] =
    ["sold-out", "menu", "history", "sales", "printing", "sounds", "opening", "closing", "schedule"];
/// A page, what to press there, and what comes up.
const FORMS: [(&str, &str, &str); 7] = [
    ("sold-out", "stock", "stock-dialog"),
    ("menu", "add-item", "item-form"),
    ("menu", "add-category", "category-form"),
    ("history", "history-8", "story"),
    ("printing", "add-printer", "printer-form"),
    ("people", "people-staff", "staff-add"),
    ("schedule", "reservations-slot-15", "reservations-capacity"),
];
/// Presses of Ctrl and + from 100 % to 200 %.
const DOUBLE: usize = 3;

impl Day<'_> {
    pub async fn every_page(&self) -> Result<()> {
        let page = self.page();
        self.pictures("orders").await?;
        self.menu_with_its_own_switches().await?;
        for name in PAGES {
            page.go(name).await?;
            self.pictures(name).await?;
            page.home().await?;
        }
        for (name, press, form) in FORMS {
            page.go(name).await?;
            page.press_when_there(press).await?;
            page.wait_until_there(form).await?;
            self.pictures(form).await?;
            if name == "schedule" {
                // Esc would ask about what is not saved.
                page.press_when_there("schedule-undo").await?;
            }
            page.key(Key::Escape).await?;
            page.settle().await?;
            if page.attribute("page-home", "type").await.is_ok() {
                page.home().await?;
            }
        }
        self.people().await?;
        self.enlarged().await?;
        self.nobody_answered().await
    }

    /// As people change the looks.
    async fn menu_with_its_own_switches(&self) -> Result<()> {
        let page = self.page();
        page.press_when_there("menu").await?;
        for look in LOOKS {
            page.press_when_there(&format!("language-{}", look.language)).await?;
            page.press_when_there(&format!("theme-{}", look.theme)).await?;
            page.wear(look).await?;
            self.keep("more", look).await?;
        }
        page.press_when_there("menu-panel-close").await
    }

    async fn people(&self) -> Result<()> {
        let page = self.page();
        page.go("people").await?;
        self.pictures("people-devices").await?;
        page.press_when_there("people-security").await?;
        self.pictures("people-security").await?;
        page.press_when_there("people-staff").await?;
        page.press_when_there("owner-number-change").await?;
        page.wait_until_there("owner-number-form").await?;
        self.pictures("owner-number-form").await?;
        page.key(Key::Escape).await?;
        page.wait_until_gone("owner-number-form").await?;
        page.press_when_there("staff-add").await?;
        self.pictures("staff-form").await?;
        page.key(Key::Escape).await?;
        page.home().await
    }

    /// Twice as large: the lanes stand below each other and nothing is cut off.
    async fn enlarged(&self) -> Result<()> {
        let page = self.page();
        for _ in 0..DOUBLE {
            page.control_and('+').await?;
        }
        page.wait_for_zoom(2.0).await?;
        self.pictures("orders-at-200-percent").await?;
        page.control_and('0').await?;
        page.wait_for_zoom(1.0).await
    }
}
