//! Orders of all fates within a few minutes, and a break.

use anyhow::{Result, ensure};
use e2e::chat::Chat;
use e2e::counter_page::Lane;
use e2e::ordering::{self, MANGWON};
use e2e::wait::wait_until;

use crate::Day;

/// What a store may ask for at least, and what this one asks for.
const SHORTEST_DEADLINE: i32 = 1;
const USUAL_DEADLINE: i32 = 5;
const SOLD_OUT: &str = r#"[data-gone="true"] [data-testid="toggle"]"#;

impl Day<'_> {
    /// Orders 1 to 7; nobody answers the last one.
    pub async fn orders_of_all_fates(&self) -> Result<()> {
        let page = self.page();
        self.world.answer_within(USUAL_DEADLINE).await?;
        for number in ["1", "2", "3"] {
            self.fresh_order(number).await?;
        }
        let fickle = self.fresh_order("4").await?;
        self.fresh_order("5").await?;
        self.fresh_order("6").await?;
        self.pictures("rush").await?;
        self.hand_over_by_keyboard("1").await?;
        self.rejected().await?;
        for number in ["4", "5", "6"] {
            page.accept(number, 30).await?;
            page.wait_until_shown(Lane::Cooking, number, "accepted").await?;
        }
        self.cancelled_by_the_store("5").await?;
        self.cancelled_by_the_customer("4", &fickle).await?;
        self.partly_refunded("6").await?;
        self.everything_is_on_sale_again().await?;
        self.world.answer_within(SHORTEST_DEADLINE).await?;
        self.fresh_order("7").await?;
        self.world.answer_within(USUAL_DEADLINE).await?;
        page.wait_for_state(Lane::Done, "1", "handed_over").await?;
        page.wait_for_state(Lane::Done, "2", "rejected").await?;
        page.wait_for_state(Lane::Done, "3", "rejected").await
    }

    /// Order 2 because something ran out, order 3 because there is too much to do: each reason offers what keeps the next customer from it.
    async fn rejected(&self) -> Result<()> {
        let page = self.page();
        page.ask_to_reject("2", "sold_out").await?;
        self.pictures("rejecting-sold-out").await?;
        page.confirm_reject().await?;
        page.wait_until_shown(Lane::Done, "2", "rejected").await?;
        page.ask_to_reject("3", "too_busy").await?;
        page.press_when_there("fix-busy-10").await?;
        self.pictures("rejecting-too-busy").await?;
        page.confirm_reject().await?;
        page.wait_until_shown(Lane::Done, "3", "rejected").await?;
        page.wait_until_there("day-busy-now").await?;
        self.wait_for_sold_out(2).await
    }

    async fn cancelled_by_the_store(&self, number: &str) -> Result<()> {
        let page = self.page();
        page.ask_to_cancel(number, "store_trouble").await?;
        self.pictures("cancelling").await?;
        page.confirm_cancel().await?;
        page.wait_until_shown(Lane::Done, number, "cancelled").await
    }

    /// The kitchen has it already: the window says so over everything else.
    async fn cancelled_by_the_customer(
        &self,
        number: &str,
        customer: &e2e::customer::Customer,
    ) -> Result<()> {
        let page = self.page();
        self.world.wait_for_fate(number, "accepted").await?;
        ordering::cancel(customer).await?;
        self.somebody_has_to_stop(number).await?;
        page.wait_for_state(Lane::Done, number, "cancelled").await
    }

    /// Waits until the window says that this order is not to be made, and says that it was seen.
    pub async fn somebody_has_to_stop(&self, number: &str) -> Result<()> {
        let stop = format!("stop-{number}");
        self.page().wait_until_there(&stop).await?;
        self.pictures(&stop).await?;
        self.page().press_at(&format!(r#"[data-testid="{stop}"] button"#)).await?;
        self.page().wait_until_gone(&stop).await
    }

    /// It was handed over, and a piece of it was missing.
    async fn partly_refunded(&self, number: &str) -> Result<()> {
        let page = self.page();
        page.ready(number).await?;
        page.wait_until_shown(Lane::Ready, number, "ready").await?;
        page.hand_over(number).await?;
        page.wait_for_state(Lane::Done, number, "handed_over").await?;
        page.open(Lane::Done, number).await?;
        page.press_when_there("refund-part").await?;
        page.press_when_there("part-1-more").await?;
        page.press_when_there("part-reason-customer_asked").await?;
        self.pictures("a-part-back").await?;
        page.press_twice("part-confirm").await?;
        wait_until("a part of the money is back", async || {
            let (phase, refunded) = self.world.fate(number).await?;
            ensure!(phase == "handed_over", "it is {phase}");
            Ok(refunded > 0 && refunded < MANGWON.total)
        })
        .await?;
        self.pictures("detail").await?;
        page.close_details().await
    }

    async fn everything_is_on_sale_again(&self) -> Result<()> {
        let page = self.page();
        page.press_when_there("sold-out").await?;
        self.pictures("sold-out-dialog").await?;
        for left in [1, 0] {
            page.press_at(SOLD_OUT).await?;
            self.wait_for_sold_out(left).await?;
        }
        page.press_when_there("sold-out-dialog-close").await?;
        page.press_when_there("day-busy").await?;
        self.pictures("busy-choices").await?;
        page.press_when_there("busy-end").await?;
        page.wait_until_gone("day-busy-now").await
    }

    pub async fn a_break(&self) -> Result<()> {
        let page = self.page();
        page.press_when_there("day-break_start").await?;
        self.pictures("break-choices").await?;
        page.press_when_there("break-rest-30").await?;
        page.wait_for_day("on_break").await?;
        self.pictures("break").await?;
        let hungry = self.world.new_customer().await?;
        hungry.start().await?;
        let answer = hungry.say(MANGWON.store).await?;
        ensure!(answer.contains("쉬"), "the chat tells nothing of the break: {answer}");
        page.end_the_break().await?;
        page.wait_for_day("open").await
    }
}
