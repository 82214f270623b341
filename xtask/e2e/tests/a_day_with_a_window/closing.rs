//! The evening and the morning after it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::chat::Chat;
use e2e::counter_page::Lane;
use e2e::customer::browse;
use e2e::ordering::MANGWON;
use e2e::wait::wait_until_within;

use crate::Day;

/// From "no more orders" to equal books: the margin for payments under way is the longest part.
const CLOSING: Duration = Duration::from_secs(60);

impl Day<'_> {
    pub async fn closing_while_somebody_pays(&self) -> Result<()> {
        let page = self.page();
        let late = self.world.new_customer().await?;
        let link = late.order().await?;
        let kakao = late.open_pay_link(&link).await?;
        page.press_twice("day-closing_start").await?;
        page.wait_for_day("closing").await?;
        self.pictures("closing-waits").await?;
        // It was under way, so it counts.
        browse(&kakao.confirm().await?).await?;
        page.home().await?;
        page.wait_for_card(Lane::Fresh, "11").await?;
        self.hand_over("11").await?;
        page.press_when_there("closing-go-on").await?;
        wait_until_within(CLOSING, "the books are equal", async || {
            Ok(page.attribute("closing-step", "data-step").await?.as_deref() == Some("totals"))
        })
        .await?;
        self.pictures("totals").await?;
        page.press_when_there("close_finish").await?;
        page.wait_for_closing_step("closed").await?;
        self.pictures("closed").await?;
        page.press_when_there("see-certificate").await?;
        let line = page.read("certificate-line").await?;
        for words in ["주문 11", "취소 6", "누락 0", "중복 0", "결제차 0원"] {
            ensure!(line.contains(words), "the certificate says {line:?}, not {words:?}");
        }
        ensure!(page.attribute("certificate", "data-verified").await?.as_deref() == Some("true"));
        self.pictures("certificate").await?;
        let answer = late.say(MANGWON.store).await?;
        ensure!(!answer.contains("담기"), "a closed store sells: {answer}");
        page.home().await?;
        self.pictures("closed-store").await
    }

    pub async fn the_next_morning(&self) -> Result<()> {
        let page = self.page();
        page.press_when_there("day-prepare").await?;
        page.wait_for_day("preparing").await?;
        self.pictures("opening-check").await?;
        page.press_when_there("opening-open").await?;
        page.wait_for_day("open").await?;
        let customer = self.paid_order().await?;
        page.wait_for_card(Lane::Fresh, "1").await.context("numbers begin anew each day")?;
        page.ask_to_reject("1", "too_busy").await?;
        page.confirm_reject().await?;
        page.wait_for_state(Lane::Done, "1", "rejected").await?;
        self.world.wait_for_messages(&customer.id, &["SO_PLACED", "SO_REJECTED"]).await?;
        self.picture("next-morning").await
    }
}
