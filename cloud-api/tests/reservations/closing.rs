//! A day is not closed over a reservation: it is served or given back first, and then everything is equal.

use serde_json::json;
use shared::wire::{BlockerCode, CloseAnswer};

use super::{at_noon, reserved};
use crate::close::day::begun;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_reservations_closes_with_proof_once_they_are_over() {
    let world = World::start().await;
    at_noon(&world).await;
    let mut day = begun(world).await;
    let (served, early, waiting) = (
        reserved(&day.world, "13:30").await,
        reserved(&day.world, "18:00").await,
        reserved(&day.world, "19:00").await,
    );
    day.world.until_clock("13:22").await;
    day.world.wait_for_phase(&served, "placed").await;
    day.work(&served, &["accept", "cooking", "ready", "handed_over"]).await;
    day.work(&early, &["accept", "cooking", "ready", "handed_over"]).await;
    day.orders = vec![served, early, waiting.clone()];
    day.begin_closing().await;
    day.settle().await;
    let blocked = day.try_cut().await;
    assert!(blocked.cut.is_none(), "{blocked:?}");
    let open = blocked.blockers.iter().find(|blocker| blocker.code == BlockerCode::OpenOrder).unwrap();
    assert_eq!(open.orders, [waiting.order_id]);
    day.order(&waiting, json!({"kind": "cancel", "reason": "store_trouble"})).await;
    day.settle().await;
    let cut = day.cut().await;
    let proof = day.proof(&cut).await;
    let report = day.check(Some(&proof)).await;
    assert!(report.differences.is_empty(), "{report:?}");
    let closed = day.close(&proof).await;
    assert!(matches!(closed, CloseAnswer::Closed { .. }), "{closed:?}");
    day.world.assert_money_agrees().await;
}
