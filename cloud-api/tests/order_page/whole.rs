//! The page as it is first drawn.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use shared::order::{Actor, OrderCommand};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_alone_without_javascript_and_names_its_one_script() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let page = world.order_page(&order).await;
    assert!(page.body.contains("<noscript><meta http-equiv=\"refresh\""));
    assert!(page.body.contains("aria-live=\"polite\""));
    for outside in ["http://", "https://", "<link", "@import", "url(", "src="] {
        assert!(!page.body.contains(outside), "{outside}");
    }
    let script = page.body.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, script.as_bytes()));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains(&format!("script-src 'sha256-{hash}'")), "{policy}");
    assert!(policy.contains("connect-src 'self'") && policy.contains("default-src 'none'"));
    assert_eq!(page.headers["vary"], "accept-language");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_english_to_whoever_asks_for_it() {
    let world = World::start_without_workers().await;
    let order = world.cake_order().await;
    let url = world.url(&format!("/o/{}", order.token));
    let english = world.http.get(url).header("accept-language", "en-US,en;q=0.9").send().await.unwrap();
    let english = english.text().await.unwrap();
    assert!(
        english.contains("<html lang=\"en\">") && english.contains("Waiting for your payment"),
        "{english}"
    );
    assert!(english.contains("₩11,000") && english.contains("Pay with KakaoPay"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_names_the_business_the_vat_and_the_origin() {
    let world = World::start_without_workers().await;
    let order =
        world.unpaid_order(&world.coffee, &[("americano", &["temp:ice", "size:l", "bean:dark"], 2)]).await;
    assert!(!world.order_page(&order).await.body.contains("id=\"receipt\""), "nothing was paid yet");
    world.pay_by_steps(&order).await;
    let page = world.order_page(&order).await.body;
    let receipt = page.split_once("id=\"receipt\"").unwrap().1;
    for words in [
        "사업자등록번호",
        "대표자",
        "승인번호",
        "7,800원",
        "부가세",
        "709원",
        "7,091원",
        "원산지",
        "에티오피아산",
    ] {
        assert!(receipt.contains(words), "{words} is missing in {receipt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_have_their_times_and_orders_ahead_are_counted() {
    let world = World::start_without_workers().await;
    let first = world.cake_order().await;
    let second = world.cake_order().await;
    for order in [&first, &second] {
        world.pay_by_steps(order).await;
    }
    let waits = world.order_page(&second).await.body;
    assert!(waits.contains("<dt>앞선 주문</dt><dd>1건</dd>"), "{waits}");
    world.change_order(&first, OrderCommand::Accept { prep_minutes: 5 }, Actor::Operator).await;
    world.change_order(&first, OrderCommand::StartCooking, Actor::Operator).await;
    cloud_api::read_models::run_once(world.app()).await.unwrap();
    let cooking = world.order_page(&first).await.body;
    let clock = world.clock.now_ms().kst_clock();
    assert!(cooking.contains("aria-current=\"step\"") && cooking.contains("바로 다음 차례"), "{cooking}");
    assert!(cooking.matches(&format!("<time>{}", &clock[..3])).count() >= 2, "{cooking}");
}
