//! One customer's order through the real chat page and the real window, with pictures of both at each step.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::browser::Browser;
use crate::chat::Chat;
use crate::chat_page::ChatPage;
use crate::counter_page::{CounterPage, Lane};
use crate::ordering::{self, Basket};
use crate::pictures::Pictures;
use crate::wait::wait_until;
use crate::window::Window;

const PREP_MINUTES: u32 = 15;

/// Who plays, and where.
pub struct Players<'a> {
    pub chat_url: &'a str,
    /// Of the customer: the id of their chat, and their phone.
    pub customer: &'a str,
    pub phone: &'a str,
    pub api_url: &'a str,
    pub login: &'a str,
    pub password: &'a str,
    pub browser: &'a Browser,
    pub window: &'a Window,
}

/// Hears of each step in Korean and in English, with the picture that was taken.
pub type Narrator<'a> = &'a mut dyn FnMut(&str, &str, Option<PathBuf>);

/// Plays it to the end.
pub async fn play_one_order(players: &Players<'_>, pictures: &Pictures, tell: Narrator<'_>) -> Result<()> {
    let counter = CounterPage::new(players.window.client());
    let chat = ChatPage::open(players.browser, players.chat_url, players.customer).await?;
    let mut play = Play { players, pictures, tell, counter, chat };
    play.sign_in().await?;
    let basket = Basket::of_window(&players.window.client().title().await?)?;
    play.order(basket).await?;
    let number = play.pay(basket).await?;
    play.accept(&number).await?;
    play.cook(&number).await?;
    play.hand_over(&number).await
}

struct Play<'a> {
    players: &'a Players<'a>,
    pictures: &'a Pictures,
    tell: Narrator<'a>,
    counter: CounterPage<'a>,
    chat: ChatPage<'a>,
}

impl Play<'_> {
    async fn sign_in(&mut self) -> Result<()> {
        let Players { api_url, login, password, .. } = self.players;
        if self.counter.is_signed_in().await? {
            self.counter.wait_until_connected().await?;
            return self
                .picture_of_window("counter", "카운터가 연결되어 있어요", "the counter is connected")
                .await;
        }
        self.counter.fill_in(api_url, login, password).await?;
        self.picture_of_window("sign-in", "직원이 카운터에 로그인해요", "the staff signs in at the counter")
            .await?;
        self.counter.sign_in(api_url, login, password).await?;
        self.picture_of_window("counter", "카운터가 연결되었어요", "the counter is connected").await
    }

    /// From the first hello to the pay button.
    async fn order(&mut self, basket: &Basket) -> Result<()> {
        for step in basket.steps {
            ordering::play(&self.chat, step, self.players.phone).await?;
            self.picture_of_chat("chat", step.korean, step.english).await?;
        }
        Ok(())
    }

    /// Pays, and waits until the counter rings. The order's number.
    async fn pay(&mut self, basket: &Basket) -> Result<String> {
        let page = self.chat.pay(ordering::PAY).await?;
        let amount = page.amount().await?;
        ensure!(amount.contains(basket.total_shown), "KakaoPay asks for {amount}");
        self.picture_of_browser("kakaopay", "카카오페이 결제 화면", "KakaoPay's page").await?;
        let outcome = page.pay_with_money().await?;
        self.picture_of_browser("paid", "결제가 끝났어요", "paid").await?;
        ensure!(!outcome.trim().is_empty(), "the page after paying is empty");
        self.chat.back().await?;
        let message = self.chat.wait_for_alimtalk("결제가 완료되었어요").await?;
        self.picture_of_chat("alimtalk-placed", "알림톡: 결제 완료", "AlimTalk: paid").await?;
        let number = number_in(&message)?;
        self.counter.wait_for_card(Lane::Fresh, &number).await?;
        wait_until("the counter rings for the order", async || self.counter.is_ringing(&number).await)
            .await?;
        self.picture_of_window("ringing", "카운터에 새 주문이 울려요", "the counter rings").await?;
        let details = self.counter.open(Lane::Fresh, &number).await?;
        for word in basket.told_to_store {
            ensure!(details.contains(word), "the details at the counter lack {word:?}:\n{details}");
        }
        self.picture_of_window("details", "직원이 주문을 열어 봐요", "the staff looks at the order").await?;
        self.counter.close_details().await?;
        Ok(number)
    }

    async fn accept(&mut self, number: &str) -> Result<()> {
        self.counter.accept(number, PREP_MINUTES).await?;
        self.counter.wait_for_state(Lane::Cooking, number, "accepted").await?;
        self.picture_of_window("accepted", "15분으로 접수해요", "accepted with 15 minutes").await?;
        self.chat.wait_for_alimtalk("접수되었어요").await?;
        self.picture_of_chat("alimtalk-accepted", "알림톡: 주문 접수", "AlimTalk: accepted").await?;
        let live = self.chat.follow("주문 상태 보기").await?;
        ensure!(live.contains(number), "the live order page does not name order {number}:\n{live}");
        self.picture_of_browser("order-page", "손님의 주문 화면", "the customer's live order page").await?;
        self.chat.back().await
    }

    async fn cook(&mut self, number: &str) -> Result<()> {
        self.counter.start_cooking(number).await?;
        self.counter.wait_for_state(Lane::Cooking, number, "cooking").await?;
        self.picture_of_window("cooking", "조리를 시작해요", "cooking starts").await?;
        self.counter.ready(number).await?;
        self.counter.wait_for_state(Lane::Ready, number, "ready").await?;
        self.picture_of_window("ready", "음식이 준비되었어요", "the food is ready").await?;
        self.chat.wait_for_alimtalk("준비되었어요").await?;
        self.picture_of_chat("alimtalk-ready", "알림톡: 준비 완료", "AlimTalk: ready").await
    }

    async fn hand_over(&mut self, number: &str) -> Result<()> {
        self.counter.hand_over(number).await?;
        self.counter.wait_for_state(Lane::Done, number, "handed_over").await?;
        self.picture_of_window("handed-over", "손님에게 건넸어요", "handed over").await?;
        let status = self.chat.say("주문 상태").await?;
        ensure!(status.contains("받아 가셨어요"), "the chat does not know of the hand-over:\n{status}");
        self.picture_of_chat("status", "손님이 주문 상태를 봐요", "the customer asks for the status").await?;
        self.counter.speak("en").await?;
        self.picture_of_window("english", "카운터는 영어로도 볼 수 있어요", "the counter in English").await?;
        self.counter.speak("ko").await
    }

    async fn picture_of_chat(&mut self, name: &str, korean: &str, english: &str) -> Result<()> {
        self.chat.settle().await?;
        self.picture_of_browser(name, korean, english).await
    }

    async fn picture_of_browser(&mut self, name: &str, korean: &str, english: &str) -> Result<()> {
        let file = self.pictures.take(self.players.browser.client(), name).await?;
        (self.tell)(korean, english, Some(file));
        Ok(())
    }

    async fn picture_of_window(&mut self, name: &str, korean: &str, english: &str) -> Result<()> {
        self.counter.settle().await?;
        let file = self.pictures.take(self.players.window.client(), &format!("window-{name}")).await?;
        (self.tell)(korean, english, Some(file));
        Ok(())
    }
}

/// The daily number that the message names.
fn number_in(message: &str) -> Result<String> {
    let line = message.lines().find_map(|line| line.split_once("주문번호:"));
    let (_, rest) = line.with_context(|| format!("no order number in the message:\n{message}"))?;
    let number: String = rest.trim().chars().take_while(char::is_ascii_digit).collect();
    ensure!(!number.is_empty(), "no order number in the message:\n{message}");
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::number_in;

    #[test]
    fn the_number_is_found_in_the_message() {
        let message = "[망원분식 본점] 결제가 완료되었어요.\n\n■ 주문번호: 12\n■ 주문내역: 국물떡볶이 외 1건";
        assert_eq!(number_in(message).unwrap(), "12");
        assert!(number_in("■ 주문번호: 없음").is_err());
    }
}
