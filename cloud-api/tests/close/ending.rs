//! The end of a day and what may be said of it.

use cloud_api::close::{Asking, public_key};
use futures_util::future::join_all;
use serde_json::json;
use shared::day::DayEvent;
use shared::id::DayId;
use shared::log::{LogBody, Position, Subject};
use shared::wire::{Blamed, CertificateKey, CloseAnswer, Equality, JournalProof, Repair, Verdict};

use super::day::{LivedDay, lived};
use crate::store::orders::log;
use crate::world::{SIGNING_KEY, World};

fn certificate(answer: CloseAnswer) -> shared::certificate::SignedCertificate {
    match answer {
        CloseAnswer::Closed { certificate } => certificate,
        other @ (CloseAnswer::NotYet { .. } | CloseAnswer::Different { .. }) => {
            panic!("the day is not closed: {other:?}")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_closed_with_proof_and_stays_so() {
    let day = lived().await;
    let cut = day.cut().await;
    assert_eq!(day.cut().await, cut, "the same cut again");
    let proof = day.proof(&cut).await;
    let report = day.check(Some(&proof)).await;
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.order_count, report.payment_count), (6, 7));
    let signed = certificate(day.close(&proof).await);
    let read = signed.verify(&public_key(&SIGNING_KEY)).unwrap();
    assert_eq!((read.upto_seq, &read.head_hash), (cut.upto.seq, &cut.head_hash));
    assert_eq!((read.totals.orders, read.totals.completed), (6, 3));
    assert_eq!((read.totals.rejected, read.totals.cancelled), (2, 1));
    // 2 + 1 + 2 + 2 + 2 cakes and three coffees; back went 1 + 2 + 2 cakes and two parts.
    let captured = read.totals.captured.get();
    let refunded: i64 =
        sqlx::query_scalar("select sum(amount)::bigint from refund").fetch_one(&day.world.db).await.unwrap();
    let taken: i64 =
        sqlx::query_scalar("select sum(amount)::bigint from payment_attempt where state = 'approved'")
            .fetch_one(&day.world.db)
            .await
            .unwrap();
    assert_eq!((captured, read.totals.refunded.get()), (taken, refunded));
    assert_eq!(read.device_id, Some(day.counter.device_id));
    assert_eq!(certificate(day.close(&proof).await), signed, "the same certificate for ever");
    let again = day.counter.get(&format!("/v1/store/days/{}/certificate", day.day_id)).await;
    assert_eq!(serde_json::from_str::<shared::certificate::SignedCertificate>(&again.body).unwrap(), signed);
    let key = day.world.get("/v1/certificate-key").await;
    let key: CertificateKey = serde_json::from_str(&key.body).unwrap();
    assert_eq!(key.key_id, signed.key_id);
    the_log_says_so(&day).await;
    let status = day.status().await;
    assert!(status.closed_at.is_some() && status.blockers.is_empty());
}

async fn the_log_says_so(day: &LivedDay) {
    let log = log(&day.world, &day.world.coffee).await;
    let ends: Vec<&LogBody> = log
        .iter()
        .map(|(_, _, body)| body)
        .filter(|body| matches!(body.kind(), "day_cut" | "day_closed"))
        .collect();
    assert_eq!(ends.len(), 2, "one cut and one end");
    let Subject::Day(DayEvent::DayClosed { upto_seq, totals, .. }) = &ends[1].subject else {
        panic!("{ends:?}")
    };
    assert_eq!((ends[1].day_id, totals.orders), (day.day_id, 6));
    let cut = log.iter().find(|(_, _, body)| body.kind() == "day_cut").unwrap().0;
    assert_eq!(*upto_seq, cut - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_closes_at_once_are_one() {
    let day = lived().await;
    let proof = day.proof(&day.cut().await).await;
    let answers = join_all((0..6).map(|_| day.close(&proof))).await;
    let first = certificate(answers[0].clone());
    for answer in answers {
        assert_eq!(certificate(answer), first);
    }
    the_log_says_so(&day).await;
    let work: i64 =
        sqlx::query_scalar("select count(*) from day_close").fetch_one(&day.world.db).await.unwrap();
    assert_eq!(work, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_not_the_log_closes_nothing() {
    let day = lived().await;
    let cut = day.cut().await;
    let good = day.proof(&cut).await;
    let older = cloud_api::db::events::hash_at(&day.world.db, day.world.coffee.store_id, cut.upto.seq - 3)
        .await
        .unwrap()
        .unwrap();
    let forged = [
        JournalProof { head_hash: "0".repeat(64), ..good.clone() },
        JournalProof {
            position: Position { hash8: "0".repeat(16), ..good.position.clone() },
            ..good.clone()
        },
        JournalProof { position: Position { epoch: 2, ..good.position.clone() }, ..good.clone() },
        JournalProof { count: good.count - 1, ..good.clone() },
        // A journal that is behind, and one that says it is not.
        JournalProof {
            position: Position::new(1, cut.upto.seq - 3, &older),
            head_hash: older.hex(),
            count: good.count - 3,
        },
        JournalProof {
            position: Position::new(1, cut.upto.seq, &older),
            head_hash: older.hex(),
            count: good.count,
        },
    ];
    for proof in forged {
        let CloseAnswer::Different { report } = day.close(&proof).await else {
            panic!("closed with {proof:?}")
        };
        assert_eq!(
            (report.journal, report.orders, report.money),
            (Verdict::Different, Verdict::Equal, Verdict::Equal)
        );
        for difference in &report.differences {
            assert_eq!(
                (difference.equality, difference.blamed, difference.repair),
                (Equality::Journal, Blamed::Journal, Repair::ReadJournalAgain)
            );
        }
    }
    certificate(day.close(&good).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_finds_where_its_journal_differs() {
    let day = lived().await;
    let cut = day.cut().await;
    let answer = day.hashes(&[cut.upto.seq, cut.first_seq, 1_000_000]).await;
    assert_eq!(answer.hashes.len(), 2);
    assert_eq!(answer.hashes[1].hash, cut.head_hash);
    let many: Vec<i64> = (0..1_000).collect();
    let refused =
        day.counter.post(&format!("/v1/store/days/{}/hashes", day.day_id), &json!({"seqs": many})).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stores_day_is_no_day() {
    let day = lived().await;
    let other = day.world.claim(&day.world.bunsik).await;
    for what in ["status", "certificate"] {
        let answer = other.get(&format!("/v1/store/days/{}/{what}", day.day_id)).await;
        assert_eq!(answer.status, 404, "{what}: {}", answer.body);
    }
    let proof = day.proof(&day.cut().await).await;
    for (what, body) in [
        ("cut", json!({})),
        ("check", json!({})),
        ("repair", json!({})),
        ("close", json!({"journal": proof})),
    ] {
        let answer = other.post(&format!("/v1/store/days/{}/{what}", day.day_id), &body).await;
        assert_eq!(answer.status, 404, "{what}: {}", answer.body);
    }
    let nowhere = day.counter.get(&format!("/v1/store/days/{}/status", DayId::fresh())).await;
    assert_eq!(nowhere.status, 404);
    let order = day.orders[0].order_id;
    assert_eq!(other.get(&format!("/v1/store/orders/{order}/money")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_is_never_equal() {
    let day = lived().await;
    let proof = day.proof(&day.cut().await).await;
    day.world.kakao.fault(json!({"target": "pay.order", "kind": "error", "times": 3})).await;
    let CloseAnswer::Different { report } = day.close(&proof).await else {
        panic!("closed without KakaoPay's word")
    };
    assert_eq!(
        (report.money, report.orders, report.stream),
        (Verdict::NotKnown, Verdict::Equal, Verdict::Equal)
    );
    assert!(
        report.differences.iter().all(|difference| difference.repair == Repair::CheckAgain),
        "{report:?}"
    );
    // What it did say need not be asked again; the rest is.
    day.world.kakao.heal().await;
    certificate(day.close(&proof).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_stream_is_built_anew_from_postgres() {
    let day = lived().await;
    let proof = day.proof(&day.cut().await).await;
    let key = crate::store::stream::key(&day.world, &day.world.coffee).await;
    let mut redis = crate::store::stream::redis(&day.world).await;
    let entries: Vec<(String, Vec<Vec<u8>>)> =
        redis::cmd("XRANGE").arg(&key).arg("-").arg("+").query_async(&mut redis).await.unwrap();
    let id = &entries[entries.len() / 2].0;
    let gone: i64 = redis::cmd("XDEL").arg(&key).arg(id).query_async(&mut redis).await.unwrap();
    assert_eq!(gone, 1);
    let CloseAnswer::Different { report } = day.close(&proof).await else { panic!("closed with a hole") };
    assert_eq!(report.stream, Verdict::Different);
    assert_eq!(
        (report.differences.len(), report.differences[0].repair),
        (1, Repair::RebuildStream),
        "{report:?}"
    );
    let repaired = day.repair().await;
    assert!(repaired.events > 20 && repaired.generation == 1, "{repaired:?}");
    assert!(day.check(Some(&proof)).await.holds());
    certificate(day.close(&proof).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_nobody_closed_is_ended_without_a_journal() {
    let day = lived().await;
    let store = day.world.coffee.store_id;
    assert!(cloud_api::close::close_without_counter(day.world.app(), store, day.day_id).await.unwrap());
    let signed = cloud_api::close::certificate(day.world.app(), store, day.day_id).await.unwrap().unwrap();
    assert_eq!(signed.verify(&public_key(&SIGNING_KEY)).unwrap().device_id, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_day_is_another_day() {
    let day = lived().await;
    let proof = day.proof(&day.cut().await).await;
    certificate(day.close(&proof).await);
    day.store(json!({"kind": "day_open"})).await;
    let latest =
        cloud_api::db::days::latest(&day.world.db, day.world.coffee.store_id).await.unwrap().unwrap();
    assert_ne!(latest.day.id, day.day_id);
    let mut next = LivedDay { day_id: latest.day.id, orders: Vec::new(), ..day };
    // Something goes back for an order of the day before, and both days stay equal.
    let old = next.world.coffee.store_id;
    let order: uuid::Uuid =
        sqlx::query_scalar("select order_id from orders where phase = 'completed' limit 1")
            .fetch_one(&next.world.db)
            .await
            .unwrap();
    let answer = crate::store::orders::send_one(
        &next.counter,
        &crate::store::orders::command(
            shared::id::OrderId(order),
            json!({"kind": "refund_part", "amount": 500, "reason": "customer_asked"}),
        ),
    )
    .await;
    assert_eq!(answer.code, None, "{answer:?}");
    next.world
        .until("the refund is through", async || {
            let left: i64 = sqlx::query_scalar("select count(*) from refund where state <> 'done'")
                .fetch_one(&next.world.db)
                .await
                .unwrap();
            left == 0
        })
        .await;
    let first =
        cloud_api::cli::verify_day(next.world.app(), old, day_id_of_first(&next.world).await).await.unwrap();
    assert_eq!(first, [], "the closed day is equal still");
    super::day::live(&mut next).await;
    let cut = next.cut().await;
    let proof = next.proof(&cut).await;
    certificate(next.close(&proof).await);
    let checked =
        cloud_api::close::check(next.world.app(), old, next.day_id, Some(&proof), Asking::Everything)
            .await
            .unwrap()
            .unwrap();
    assert!(checked.report.holds(), "{:?}", checked.report);
}

async fn day_id_of_first(world: &World) -> DayId {
    let day: uuid::Uuid =
        sqlx::query_scalar("select day_id from business_day where store_id = $1 order by first_seq limit 1")
            .bind(world.coffee.store_id.0)
            .fetch_one(&world.db)
            .await
            .unwrap();
    DayId(day)
}
