//! Limits that hold for several instances together, and without Redis for each.

use std::time::Duration;

use serde_json::json;
use shared::id::DeviceId;

use crate::world::{Role, World, answer};

async fn wrong_password(world: &World, base: &str) -> u16 {
    let body = json!({"login_id": "owner1", "password": "wrong-password", "device_id": DeviceId::fresh(),
                      "device_name": "카운터"});
    answer(world.http.post(format!("{base}/v1/store/sessions")).json(&body)).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_at_speed_are_limited_over_all_instances() {
    let world = World::start_without_workers().await;
    let other = world.another_api(Role::WithoutWorkers).await;
    let bases = [world.url(""), other.url.clone()];
    let mut failed = 0;
    for n in 0..30 {
        failed += usize::from(wrong_password(&world, &bases[n % 2]).await == 401);
    }
    // Ten for this id from this address; hashing takes time, in which a few more are given.
    assert!((10..=16).contains(&failed), "{failed} tries were let through");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_instance_limits_by_itself() {
    let world = World::on_wires_without_workers().await;
    world.wires().redis.cut();
    let mut failed = 0;
    for _ in 0..20 {
        failed += usize::from(wrong_password(&world, &world.url("")).await == 401);
    }
    assert!((10..=19).contains(&failed), "{failed} tries were let through");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(wrong_password(&world, &world.url("")).await, 401, "nobody is locked out for good");
}
