//! The snapshot, ranges of the log, and acknowledgements.

use serde_json::json;
use shared::log::{Position, Subject};
use shared::order::{Actor, CancelReason, OrderCommand, OrderEvent};
use shared::wire::{LogPage, Snapshot};

use super::follower::head;
use super::orders::{command, happen, log, place, place_unpaid, send_one, write_request};
use crate::world::{Counter, World};

async fn snapshot(counter: &Counter) -> Snapshot {
    let answer = counter.get("/v1/store/snapshot").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn page(counter: &Counter, query: &str) -> LogPage {
    let answer = counter.get(&format!("/v1/store/log?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_what_was_placed_and_its_private_part() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let unpaid = world.cake_order().await;
    let with_request = world.cake_order().await;
    write_request(&world, &with_request, "땅콩은 빼 주세요").await;
    place_unpaid(&world, &with_request).await;
    let cancelled = place(&world).await;
    happen(
        &world,
        &cancelled,
        OrderCommand::Cancel { reason: CancelReason::CustomerChangedMind },
        Actor::Customer,
    )
    .await;
    let snapshot = snapshot(&counter).await;
    let ids: Vec<_> = snapshot.orders.iter().map(|entry| entry.order.id).collect();
    assert_eq!(ids, [with_request.order_id, cancelled.order_id], "open ones first; {unpaid:?} is not there");
    let private = snapshot.orders[0].private.clone().expect("the order has a private part");
    assert_eq!(private.request.as_deref(), Some("땅콩은 빼 주세요"));
    assert_eq!(private.phone_last4.as_deref(), Some("1234"));
    assert_eq!(snapshot.orders[1].private, None);
    let log = log(&world, &world.coffee).await;
    let (seq, hash, _) = log.last().unwrap();
    assert_eq!(snapshot.position, Position::new(1, *seq, hash));
    assert_eq!(snapshot.head_hash, hash.hex());
    assert_eq!((snapshot.store.name.as_str(), snapshot.store.branch.as_str()), ("골목커피", "홍대점"));
    for entry in &snapshot.orders {
        let mut tx = world.db.begin().await.unwrap();
        let stored =
            cloud_api::db::orders::read(&mut tx, snapshot.store.store_id, entry.order.id).await.unwrap();
        assert_eq!(stored.unwrap().order, entry.order);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_comes_in_pages_with_private_data_beside_it() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    let order = world.cake_order().await;
    write_request(&world, &order, "따뜻하게").await;
    place_unpaid(&world, &order).await;
    let accept =
        send_one(&counter, &command(order.order_id, json!({"kind": "accept", "prep_minutes": 15}))).await;
    let head = head(&world, world.coffee.store_id).await;
    assert_eq!(accept.position.as_ref(), Some(&head));
    let whole = page(&counter, "after=0").await;
    assert_eq!((whole.head.clone(), whole.events.len()), (head.clone(), usize::try_from(head.seq).unwrap()));
    assert_eq!(whole.events.last().unwrap().position, head);
    let mut paged = Vec::new();
    while paged.len() < whole.events.len() {
        paged.extend(page(&counter, &format!("after={}&limit=1", paged.len())).await.events);
    }
    assert_eq!(paged, whole.events);
    for entry in &whole.events {
        let body = shared::log::LogBody::parse(entry.frame.body.as_bytes()).unwrap();
        let placed = matches!(body.subject, Subject::Order { event: OrderEvent::OrderPlaced { .. }, .. });
        assert_eq!(entry.frame.private.is_some(), placed);
        assert!(!entry.frame.body.contains("따뜻하게"), "no personal data in the log");
    }
    assert!(page(&counter, &format!("after={}", head.seq)).await.events.is_empty());
    assert!(page(&counter, "after=999999&limit=1").await.events.is_empty());
    for bad in ["", "after=-1", "after=x", "after=0&limit=0", "after=0&limit=-5"] {
        let answer = counter.get(&format!("/v1/store/log?{bad}")).await;
        assert_eq!(answer.status, 400, "{bad}");
        assert!(answer.body.contains("bad_request"), "{}", answer.body);
    }
    assert!(page(&counter, "after=0&limit=100000").await.events.len() <= 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledgements_only_go_forward_and_only_to_what_exists() {
    let world = World::start_without_workers().await;
    let counter = world.claim(&world.coffee).await;
    place(&world).await;
    let log = log(&world, &world.coffee).await;
    let position = |index: usize| Position::new(1, log[index].0, &log[index].1);
    let ack = async |position: &Position| {
        let answer = counter.post("/v1/store/acks", &json!({"position": position})).await;
        (answer.status, answer.body)
    };
    let stored = async || -> Option<i64> {
        let row = sqlx::query_scalar("select ack_seq from device where device_id = $1");
        row.bind(counter.device_id.0).fetch_one(&world.db).await.unwrap()
    };
    assert_eq!(ack(&Position::start(1)).await.0, 204);
    assert_eq!(ack(&position(log.len() - 1)).await.0, 204);
    assert_eq!(stored().await, Some(log.last().unwrap().0));
    assert_eq!(ack(&position(0)).await.0, 204);
    assert_eq!(stored().await, Some(log.last().unwrap().0));
    let mut wrong = position(0);
    wrong.hash8 = "00000000deadbeef".to_owned();
    let mut later_epoch = position(0);
    later_epoch.epoch = 2;
    let mut ahead = position(0);
    ahead.seq = 1_000;
    for unknown in [wrong, later_epoch, ahead] {
        let (status, body) = ack(&unknown).await;
        assert_eq!(status, 409, "{unknown}");
        assert!(body.contains("position_unknown"), "{body}");
    }
    assert_eq!(counter.post("/v1/store/acks", &json!({"position": "nowhere"})).await.status, 400);
}
