//! A whole business day in the real window: orders of all fates, something sold out, a break, an internet cut with work done, closing
//! while somebody pays, the certificate, and the next morning.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::World;
use e2e::chat::Chat;
use e2e::counter::journal_equals_log;
use e2e::counter_page::{CounterPage, Lane};
use e2e::customer::{Customer, browse};
use e2e::ordering::MANGWON;
use e2e::pictures::Pictures;
use e2e::wait::{wait_until, wait_until_within};
use e2e::window::{Setup, Window};
use e2e::world::{LOGIN, PASSWORD};
use fault_proxy::Proxy;

/// Everything behind the menu.
const PAGES: [&str; 8] = ["sold-out", "menu", "history", "sales", "printing", "sounds", "schedule", "people"];
/// From "no more orders" to equal books: the margin for payments under way is the longest part.
const CLOSING: Duration = Duration::from_secs(60);

struct Day<'a> {
    world: &'a World,
    wire: &'a Proxy,
    window: &'a Window,
    page: CounterPage<'a>,
    pictures: Pictures,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_worked_and_closed_with_proof() -> Result<()> {
    let world = World::start("a_day_with_a_window").await?;
    let wire = world.wire()?;
    let (folder, data) = (world.folder("window")?, world.folder("counter")?);
    let setup = Setup { folder: &folder, data: &data, api: &wire.url(), logs: world.logs() };
    let window = Window::open(&setup).await?;
    let page = CounterPage::new(window.client());
    let mut day = Day { world: &world, wire: &wire, window: &window, page, pictures: Pictures::new("day-")? };
    page.sign_in(&wire.url(), LOGIN, PASSWORD).await?;
    page.wait_for_day("open").await?;
    day.orders_of_all_fates().await?;
    day.sold_out().await?;
    day.a_break().await?;
    day.an_hour_without_a_line().await?;
    day.every_page().await?;
    day.closing_while_somebody_pays().await?;
    day.the_next_morning().await?;
    journal_equals_log(&data, &world.store.store_id, &world.database.pool).await?;
    drop(window);
    world.close().await
}

impl Day<'_> {
    async fn picture(&mut self, what: &str) -> Result<()> {
        self.page.settle().await?;
        self.pictures.take(self.window.client(), what).await.map(drop)
    }

    async fn paid_order(&self) -> Result<Customer> {
        let customer = self.world.new_customer().await?;
        let link = customer.order().await?;
        browse(&customer.open_pay_link(&link).await?.confirm().await?).await?;
        Ok(customer)
    }

    async fn hand_over(&self, number: &str) -> Result<()> {
        let page = self.page;
        page.accept(number, 15).await?;
        page.wait_for_state(Lane::Cooking, number, "accepted").await?;
        page.ready(number).await?;
        page.wait_for_state(Lane::Ready, number, "ready").await?;
        page.hand_over(number).await?;
        page.wait_for_state(Lane::Done, number, "handed_over").await
    }

    async fn orders_of_all_fates(&mut self) -> Result<()> {
        let page = self.page;
        for number in ["1", "2", "3", "4"] {
            self.paid_order().await?;
            page.wait_for_card(Lane::Fresh, number).await?;
        }
        self.picture("rush").await?;
        self.hand_over("1").await?;
        page.ask_to_reject("2", "request_impossible").await?;
        page.confirm_reject().await?;
        page.wait_for_state(Lane::Done, "2", "rejected").await?;
        page.accept("3", 30).await?;
        page.wait_for_state(Lane::Cooking, "3", "accepted").await?;
        page.ask_to_cancel("3", "store_trouble").await?;
        page.confirm_cancel().await?;
        page.wait_for_state(Lane::Done, "3", "cancelled").await?;
        self.hand_over("4").await
    }

    async fn sold_out(&mut self) -> Result<()> {
        let page = self.page;
        page.press_when_there("sold-out").await?;
        page.press_when_there("toggle").await?;
        self.picture("sold-out").await?;
        self.wait_for_sold_out(1).await?;
        page.press_when_there("toggle").await?;
        self.wait_for_sold_out(0).await?;
        page.press_when_there("sold-out-dialog-close").await
    }

    /// Waits until the server has so many marks.
    async fn wait_for_sold_out(&self, marks: i64) -> Result<()> {
        wait_until(&format!("the server knows of {marks} things that are sold out"), async || {
            let count: i64 = sqlx::query_scalar("select count(*) from sold_out")
                .fetch_one(&self.world.database.pool)
                .await?;
            Ok(count == marks)
        })
        .await
    }

    async fn a_break(&mut self) -> Result<()> {
        let page = self.page;
        page.take_a_break("rest", "30").await?;
        page.wait_for_day("on_break").await?;
        self.picture("break").await?;
        let hungry = self.world.new_customer().await?;
        hungry.start().await?;
        let answer = hungry.say(MANGWON.store).await?;
        ensure!(answer.contains("쉬"), "the chat tells nothing of the break: {answer}");
        page.end_the_break().await?;
        page.wait_for_day("open").await
    }

    async fn an_hour_without_a_line(&mut self) -> Result<()> {
        let page = self.page;
        self.paid_order().await?;
        page.wait_for_card(Lane::Fresh, "5").await?;
        self.wire.cut();
        page.wait_until_offline().await?;
        page.accept("5", 15).await?;
        page.wait_for_prediction(Lane::Cooking, "5", "accepted").await?;
        page.take_a_break("too_busy", "30").await?;
        page.wait_for_predicted_day("on_break").await?;
        self.picture("without-a-line").await?;
        page.end_the_break().await?;
        self.wire.mend();
        page.wait_until_connected().await?;
        page.wait_for_day("open").await?;
        page.wait_for_state(Lane::Cooking, "5", "accepted").await?;
        page.ready("5").await?;
        page.wait_for_state(Lane::Ready, "5", "ready").await?;
        page.hand_over("5").await?;
        page.wait_for_state(Lane::Done, "5", "handed_over").await
    }

    /// Each page in both languages and both themes.
    async fn every_page(&mut self) -> Result<()> {
        let page = self.page;
        for (language, theme) in [("ko", "dark"), ("en", "light")] {
            page.speak(language).await?;
            page.dress(theme).await?;
            self.picture(&format!("orders-{language}-{theme}")).await?;
            page.press_when_there("menu").await?;
            self.picture(&format!("more-{language}-{theme}")).await?;
            page.press_when_there("menu-panel-close").await?;
            for name in PAGES {
                page.go(name).await?;
                self.picture(&format!("{name}-{language}-{theme}")).await?;
                page.home().await?;
            }
        }
        page.speak("ko").await
    }

    async fn closing_while_somebody_pays(&mut self) -> Result<()> {
        let page = self.page;
        let late = self.world.new_customer().await?;
        let link = late.order().await?;
        let kakao = late.open_pay_link(&link).await?;
        page.press_twice("day-closing_start").await?;
        page.wait_for_day("closing").await?;
        self.picture("closing-waits").await?;
        // It was under way, so it counts.
        browse(&kakao.confirm().await?).await?;
        page.home().await?;
        page.wait_for_card(Lane::Fresh, "6").await?;
        self.hand_over("6").await?;
        page.press_when_there("closing-go-on").await?;
        wait_until_within(CLOSING, "the books are equal", async || {
            Ok(page.attribute("closing-step", "data-step").await?.as_deref() == Some("totals"))
        })
        .await?;
        self.picture("totals").await?;
        page.press_when_there("close_finish").await?;
        page.wait_for_closing_step("closed").await?;
        self.picture("closed").await?;
        page.press_when_there("see-certificate").await?;
        let line = page.read("certificate-line").await?;
        for words in ["주문 6", "취소 2", "누락 0", "중복 0", "결제차 0원"] {
            ensure!(line.contains(words), "the certificate says {line:?}, not {words:?}");
        }
        ensure!(page.attribute("certificate", "data-verified").await?.as_deref() == Some("true"));
        self.picture("certificate").await?;
        page.speak("en").await?;
        self.picture("certificate-en").await?;
        page.speak("ko").await?;
        let answer = late.say(MANGWON.store).await?;
        ensure!(!answer.contains("담기"), "a closed store sells: {answer}");
        page.home().await
    }

    async fn the_next_morning(&mut self) -> Result<()> {
        let page = self.page;
        page.press_when_there("day-prepare").await?;
        page.wait_for_day("preparing").await?;
        self.picture("opening-check").await?;
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
