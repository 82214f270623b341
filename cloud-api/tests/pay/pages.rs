//! What customers read.

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_private_and_in_korean() {
    let world = World::start().await;
    let order = world.cake_order().await;
    for path in [format!("/o/{}", order.token), "/o/nobody".to_owned(), "/pay/nobody".to_owned()] {
        let page = world.get(&path).await;
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assert_eq!(page.headers["referrer-policy"], "no-referrer", "{path}");
        assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(page.body.starts_with("<!doctype html><html lang=\"ko\">"), "{path}");
        assert!(!page.body.contains("https://"), "{path}");
    }
    let waiting = world.order_page(&order).await;
    assert!(waiting.body.contains("결제를 기다리고 있어요") && waiting.body.contains("11,000원"));
}
