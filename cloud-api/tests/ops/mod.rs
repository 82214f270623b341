//! The operator's addresses.

use shared::wire::Problem;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn ready_says_what_is_missing_and_redis_is_not_required() {
    let mut world = World::start_without_workers().await;
    let healthy = world.get("/health/ready").await;
    assert_eq!(healthy.status, 200, "{}", healthy.body);
    world.redis.down();
    let without_redis = world.get("/health/ready").await;
    assert_eq!(without_redis.status, 200, "{}", without_redis.body);
    assert!(without_redis.body.contains("\"redis\":false"), "{}", without_redis.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_needs_a_token_and_nobody_learns_more() {
    let world = World::start_without_workers().await;
    for path in ["/metrics", "/health/stores"] {
        let refused = world.get(path).await;
        assert_eq!(refused.status, 401);
        let problem: Problem = serde_json::from_str(&refused.body).expect("a problem document");
        assert_eq!(problem.code, shared::Code::SignedOut);
    }
    let lost = world.get("/no/such/address").await;
    assert_eq!(lost.status, 404);
    assert!(lost.headers.contains_key("x-request-id"));
}
