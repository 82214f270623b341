//! A long time without the internet: work goes on, the power goes, work goes on again, and everything is delivered at the end.

use anyhow::{Context, Result, ensure};
use e2e::counter_page::{Lane, USUAL};
use e2e::ordering;
use e2e::wait::{wait_until, wait_until_within};

use crate::{COUNTER, Day, open};

const ON_SALE: &str = r#"[data-gone="false"] [data-testid="toggle"]"#;
const SOLD_OUT: &str = r#"[data-gone="true"] [data-testid="toggle"]"#;

impl Day<'_> {
    /// Orders 8 (worked without a line), 9 (cancelled in the chat while the kitchen began it) and 10 (placed meanwhile).
    pub async fn a_long_time_without_a_line(&mut self) -> Result<()> {
        self.fresh_order("8").await?;
        let fickle = self.fresh_order("9").await?;
        self.page().open(Lane::Fresh, "9").await?;
        self.page().accept("9", 30).await?;
        self.world.wait_for_fate("9", "accepted").await?;
        self.wire.cut();
        self.page().wait_until_offline().await?;
        let patient = self.paid_order().await?;
        ordering::cancel(&fickle).await?;
        self.work_goes_on().await?;
        self.window.kill().await?;
        self.window = open(self.world, COUNTER, &self.wire.url()).await?;
        self.nothing_was_forgotten().await?;
        self.a_break_without_a_line().await?;
        wait_until("the customer was told that the store is dark", async || {
            let told = self.world.messages_to(&patient.id).await?;
            ensure!(told == ["SO_PLACED", "SO_PARKED"], "they were told {told:?}");
            Ok(true)
        })
        .await?;
        let (phase, _) = self.world.fate("8").await?;
        ensure!(phase == "placed", "the server knows what it cannot know: {phase}");
        self.wire.mend();
        self.everything_is_delivered().await
    }

    async fn work_goes_on(&self) -> Result<()> {
        let page = self.page();
        page.open(Lane::Fresh, "8").await?;
        page.accept("8", 15).await?;
        page.wait_for_prediction(Lane::Cooking, "8", "accepted").await?;
        self.picture("can-be-taken-back").await?;
        page.take_back().await?;
        page.wait_until_shown(Lane::Fresh, "8", "placed").await?;
        page.accept("8", 15).await?;
        page.wait_for_prediction(Lane::Cooking, "8", "accepted").await?;
        page.start_cooking("8").await?;
        page.wait_for_prediction(Lane::Cooking, "8", "cooking").await?;
        page.ready("8").await?;
        page.wait_for_prediction(Lane::Ready, "8", "ready").await?;
        self.pictures("without-a-line").await?;
        page.hand_over("8").await?;
        page.wait_for_prediction(Lane::Done, "8", "handed_over").await?;
        page.start_cooking("9").await?;
        page.wait_for_prediction(Lane::Cooking, "9", "cooking").await?;
        page.press_when_there("sold-out").await?;
        page.press_at(ON_SALE).await?;
        page.wait_until_there("waiting").await?;
        self.picture("sold-out-without-a-line").await?;
        page.press_when_there("sold-out-dialog-close").await
    }

    async fn nothing_was_forgotten(&self) -> Result<()> {
        let page = self.page();
        ensure!(page.is_signed_in().await?, "the counter forgot who is signed in");
        page.wear(USUAL).await?;
        page.wait_until_offline().await?;
        page.wait_for_prediction(Lane::Done, "8", "handed_over").await?;
        page.wait_for_prediction(Lane::Cooking, "9", "cooking").await?;
        let waiting = page.read("outbox-waiting").await?;
        ensure!(waiting.chars().any(|letter| letter.is_ascii_digit()), "nothing waits: {waiting:?}");
        self.pictures("after-the-power-was-gone").await
    }

    async fn a_break_without_a_line(&self) -> Result<()> {
        let page = self.page();
        page.take_a_break("too_busy", "30").await?;
        page.wait_for_predicted_day("on_break").await?;
        self.picture("break-without-a-line").await?;
        page.end_the_break().await?;
        page.wait_for_predicted_day("open").await
    }

    async fn everything_is_delivered(&self) -> Result<()> {
        let page = self.page();
        page.wait_until_connected().await?;
        self.somebody_has_to_stop("9").await?;
        page.wait_for_day("open").await?;
        page.wait_for_state(Lane::Done, "8", "handed_over").await?;
        page.wait_for_state(Lane::Done, "9", "cancelled").await?;
        self.world.wait_for_fate("8", "handed_over").await?;
        self.wait_for_sold_out(1).await?;
        page.wait_for_card(Lane::Fresh, "10").await?;
        self.picture("the-line-is-back").await?;
        self.hand_over("10").await?;
        self.a_contradiction_is_settled().await?;
        page.press_when_there("sold-out").await?;
        page.press_at(SOLD_OUT).await?;
        self.wait_for_sold_out(0).await?;
        page.press_when_there("sold-out-dialog-close").await
    }

    /// The kitchen began what the customer had cancelled.
    async fn a_contradiction_is_settled(&self) -> Result<()> {
        let page = self.page();
        page.press_when_there("open-conflicts").await?;
        self.pictures("conflicts").await?;
        page.press_when_there("settle").await?;
        page.wait_until_gone("conflicts").await?;
        page.wait_until_gone("conflict-strip").await
    }

    /// Waits for the end of order 7, which nobody answered.
    pub async fn nobody_answered(&self) -> Result<()> {
        let deadline = std::time::Duration::from_secs(90);
        wait_until_within(deadline, "the order that nobody answers is cancelled", async || {
            let (phase, refunded) = self.world.fate("7").await.context("order 7 is gone")?;
            ensure!(phase == "cancelled" && refunded > 0, "it is {phase}, {refunded} won are back");
            Ok(true)
        })
        .await?;
        self.page().wait_for_state(Lane::Done, "7", "cancelled").await
    }
}
