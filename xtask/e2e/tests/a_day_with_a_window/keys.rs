//! The counter without a mouse: the opening check, every page and the main thing on it.

use anyhow::{Result, ensure};
use e2e::counter_page::Lane;
use e2e::wait::wait_until;
use fantoccini::key::Key;

use crate::Day;

/// Each page, what it is for, and what a press on that brings up, when the press changes nothing yet.
const PAGES: [(&str, &str, Option<&str>); 10] = [
    ("menu", "add-item", Some("item-form")),
    ("history", "history-search", None),
    ("sales", "csv-items", None),
    ("printing", "add-printer", Some("printer-form")),
    ("sounds", "play", None),
    ("closing", "closing-page-start", None),
    ("schedule", "mon-works", None),
    ("people", "people-staff", None),
    ("certificate", "page-home", None),
    ("sold-out", "stock", Some("stock-dialog")),
];

impl Day<'_> {
    pub async fn everything_by_keyboard(&self) -> Result<()> {
        let page = self.page();
        page.go_by_keyboard("opening").await?;
        self.pictures("opening-check-of-an-open-day").await?;
        page.press_by_keyboard("opening-open").await?;
        page.wait_until_gone("page-opening").await?;
        for (name, main, brings) in PAGES {
            page.go_by_keyboard(name).await?;
            page.wait_until_there(main).await?;
            page.tab_to(main).await?;
            if let Some(dialog) = brings {
                page.key(Key::Enter).await?;
                page.wait_until_there(dialog).await?;
                page.key(Key::Escape).await?;
                page.wait_until_gone(dialog).await?;
            }
            page.key(Key::Escape).await?;
            page.wait_until_gone(&format!("page-{name}")).await?;
        }
        page.key('?').await?;
        page.wait_until_there("key-map").await?;
        self.pictures("keys").await?;
        page.key(Key::Escape).await?;
        self.sold_out_by_keyboard().await
    }

    /// F8, down, Enter: gone; the same again: back.
    async fn sold_out_by_keyboard(&self) -> Result<()> {
        let page = self.page();
        for marks in [1, 0] {
            page.key(Key::F8).await?;
            page.wait_until_there("sold-out-dialog").await?;
            // From the search to what it found.
            page.key(Key::Down).await?;
            page.tab_to("toggle").await?;
            page.key(Key::Enter).await?;
            self.wait_for_sold_out(marks).await?;
            page.key(Key::Escape).await?;
            page.wait_until_gone("sold-out-dialog").await?;
        }
        Ok(())
    }

    /// From the acceptance to the counter's edge with F keys alone.
    pub async fn hand_over_by_keyboard(&self, number: &str) -> Result<()> {
        let page = self.page();
        page.key(Key::F1).await?;
        // Until the card lies in its next lane the keyboard would choose it where it is about to leave.
        page.wait_until_shown(Lane::Cooking, number, "accepted").await?;
        for (key, phase) in [(Key::F2, "cooking"), (Key::F3, "ready"), (Key::F4, "handed_over")] {
            page.choose_by_keyboard(number).await?;
            page.key(key).await?;
            wait_until(&format!("the key for {phase} did something to order {number}"), async || {
                Ok(page.state_of(number).await?.as_deref() == Some(phase))
            })
            .await?;
        }
        let state = page.state_of(number).await?;
        ensure!(state.as_deref() == Some("handed_over"), "the keys led to {state:?}");
        Ok(())
    }

    /// Waits until the server has so many marks.
    pub async fn wait_for_sold_out(&self, marks: i64) -> Result<()> {
        wait_until(&format!("the server knows of {marks} things that are sold out"), async || {
            let count: i64 = sqlx::query_scalar("select count(*) from sold_out")
                .fetch_one(&self.world.database.pool)
                .await?;
            Ok(count == marks)
        })
        .await
    }
}
