//! The test world itself.

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn starts_stops_and_comes_back() {
    let mut world = World::start().await;
    let ready = world.get("/health/ready").await;
    assert_eq!(ready.status, 200, "{}", ready.body);
    world.kill_api().await;
    assert!(world.http.get(world.url("/health/live")).send().await.is_err());
    world.restart_api().await;
    assert_eq!(world.get("/health/live").await.status, 200);
    let order = world.unpaid_order(&world.coffee, &[("ttok", &[], 2)]).await;
    assert_eq!(world.phase(&order).await, "pending_payment");
}
