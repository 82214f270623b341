//! The customer's side of an order in a real browser: options, payment, the live page while the counter works, the same again in two taps,
//! and a cancellation. Pictures of each step.

use anyhow::{Result, ensure};
use e2e::World;
use e2e::browser::Browser;
use e2e::chat::Chat;
use e2e::chat_page::ChatPage;
use e2e::counter::Counter;
use e2e::order_page::OrderPage;
use e2e::ordering::{self, MANGWON, PAY};
use e2e::pictures::Pictures;
use e2e::wait::wait_until;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_watched_repeated_and_cancelled_in_a_browser() -> Result<()> {
    let mut world = World::start("order_page").await?;
    let counter = Counter::sign_in(&world.api.url, &world.folder("counter")?, &world.log("counter")).await?;
    let browser = Browser::start(&world.folder("browser")?, &world.log("chromedriver")).await?;
    let customer = world.new_customer().await?;
    let pictures = Pictures::new("order-page-")?;
    let client = browser.client();
    let chat = ChatPage::open(&browser, &world.sandbox.url, &customer.id).await?;

    // Order with options, pay, and stay on the page.
    ordering::fill_and_place(&chat, &MANGWON, &customer.phone).await?;
    chat.pay(PAY).await?.pay_with_money().await?;
    let page = OrderPage::here(client).await?;
    page.wait_for("결제가 완료되었어요").await?;
    pictures.take(client, "paid").await?;
    let order = counter.wait_for_fresh().await?;
    for (action, words, picture) in [
        (json!({"kind": "accept", "prep_minutes": 15}), "주문이 접수되었어요", "accepted"),
        (json!({"kind": "cooking"}), "지금 만들고 있어요", "cooking"),
        (json!({"kind": "ready"}), "준비되었어요", "ready"),
    ] {
        counter.act(&order, action).await?;
        page.wait_for(words).await?;
        pictures.take(client, picture).await?;
    }
    ensure!(page.spoken().await?.contains("호출명은"), "a screen reader was told {:?}", page.spoken().await?);
    let receipt = page.receipt().await?;
    for word in ["사업자등록번호", "부가세", "12,800원", "원산지"] {
        ensure!(receipt.contains(word), "the receipt lacks {word:?}:\n{receipt}");
    }
    pictures.take(client, "receipt").await?;

    // The server goes away: the page says how old it is, and finds back by itself.
    world.api.kill();
    page.wait_for("연결이 끊겼어요").await?;
    page.wait_for("초 전 상태예요").await?;
    pictures.take(client, "lost").await?;
    world.api.serve().await?;
    wait_until("the page is connected again", async || Ok(!page.text().await?.contains("연결이 끊겼어요")))
        .await?;
    counter.wait_until_connected().await?;
    counter.act(&order, json!({"kind": "handed_over"})).await?;
    page.wait_for("맛있게 드세요").await?;
    page.fits_with_letters_of(200).await?;
    pictures.take(client, "large-letters").await?;
    page.fits_with_letters_of(100).await?;

    // The same again: two taps to KakaoPay.
    chat.back().await?;
    let card = chat.say("주문 상태").await?;
    ensure!(card.contains("받아 가셨어요"), "the chat says {card}");
    let card = chat.tap("다시 주문").await?;
    ensure!(card.contains("12,800원") && card.contains("모짜렐라"), "the card to pay says {card}");
    chat.settle().await?;
    pictures.take(client, "again").await?;
    chat.pay(PAY).await?.pay_with_money().await?;
    let page = OrderPage::here(client).await?;
    page.wait_for("결제가 완료되었어요").await?;
    counter.wait_for_fresh().await?;

    // Cancelled in the chat; the page follows the money back.
    chat.back().await?;
    ordering::cancel(&chat).await?;
    chat.settle().await?;
    pictures.take(client, "cancelled-chat").await?;
    page.front().await?;
    page.wait_for("12,800원을 모두 환불했어요").await?;
    ensure!(page.receipt().await?.contains("환불 완료"), "the receipt does not tell of the refund");
    pictures.take(client, "refunded").await?;
    ensure!(world.kept().await? == MANGWON.total, "the store keeps {} won", world.kept().await?);
    counter.wait_until_all_sent().await?;
    drop((browser, counter));
    world.close().await
}
