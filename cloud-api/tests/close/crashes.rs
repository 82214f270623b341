//! Closing with one step going wrong: at every failpoint by death, by delay and by error. Asked again, the day is closed once.

use std::time::Duration;

use shared::failpoint::Armed;
use shared::wire::CloseAnswer;

use super::day::{LivedDay, lived, wake_batch};
use crate::world::until;

const LATER: Duration = Duration::from_secs(10 * 60 + 1);
/// Longer than a lease.
const LEASE: Duration = Duration::from_secs(61);
const PATIENCE: Duration = Duration::from_secs(5);

/// A test for each failpoint of closing; the list of them is in `failpoints`.
macro_rules! walks {
    ($($step:ident = $name:literal,)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $step() {
            for actions in ["return(stop)", "1*sleep(300)", "1*return(error)"] {
                eprintln!("{}: {actions}", $name);
                walk($name, actions).await;
            }
        })*
        /// What is walked here.
        pub const NAMES: &[&str] = &[$($name,)*];
    };
}

walks! {
    after_cut = "close.after_cut",
    after_pc_digest = "close.after_pc_digest",
    after_stream_digest = "close.after_stream_digest",
    mid_bisect = "close.mid_bisect",
    before_repair = "close.before_repair",
    after_repair = "close.after_repair",
    before_close_commit = "close.before_close_commit",
    verified = "batch.verified",
    before_unlink = "batch.before_unlink",
    after_unlink = "batch.after_unlink",
}

async fn walk(name: &str, actions: &str) {
    let mut day = lived().await;
    let is_batch = name.starts_with("batch.");
    let armed = day.world.arm(name, actions);
    if !is_batch {
        close(&day, &armed).await;
    } else {
        finish(&day).await;
        wake_batch(&day.world, LATER).await;
    }
    until("the failpoint is reached", async || armed.is_reached()).await;
    if actions == "return(stop)" {
        day.world.kill_api().await;
        drop(armed);
        day.world.restart_api().await;
    }
    finish(&day).await;
    wake_batch(&day.world, LATER).await;
    let done = async || -> bool {
        sqlx::query_scalar("select removed_at is not null from day_close")
            .fetch_one(&day.world.db)
            .await
            .unwrap()
    };
    let began = std::time::Instant::now();
    while !done().await {
        assert!(began.elapsed() < crate::world::PATIENCE, "the batch does not come to an end");
        // A step that failed, or died, is taken up again when its lease is over.
        wake_batch(&day.world, LEASE).await;
        let _ = tokio::time::timeout(Duration::from_millis(700), async {
            while !done().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
    let closes: (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from day_close), (select count(*) from store_event where kind = 'day_closed'),
                (select count(*) from dead_letter)",
    )
    .fetch_one(&day.world.db)
    .await
    .unwrap();
    assert_eq!(closes, (1, 1, 0), "closed once");
    day.world.assert_money_agrees().await;
}

/// Everything that a counter may ask for while it closes; whatever happens to the answers.
async fn close(day: &LivedDay, armed: &Armed) {
    let asks = async {
        let path = |what: &str| format!("{}/v1/store/days/{}/{what}", day.world.url(""), day.day_id);
        let http = &day.world.http;
        let post = async |what: &str, body: serde_json::Value| {
            let sent = http.post(path(what)).bearer_auth(&day.counter.session.token).json(&body).send().await;
            let _ = match sent {
                Ok(answer) => answer.text().await,
                Err(error) => Err(error),
            };
        };
        post("cut", serde_json::json!({})).await;
        post("hashes", serde_json::json!({"seqs": [1, 2]})).await;
        post("check", serde_json::json!({})).await;
        post("repair", serde_json::json!({})).await;
        if let Some(cut) = day.try_cut().await.cut {
            post("close", serde_json::json!({"journal": day.proof(&cut).await})).await;
        }
    };
    tokio::select! {
        () = asks => {}
        () = until("the failpoint is reached", async || armed.is_reached()) => {
            // One that only waits or fails lets the rest go on.
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }
}

/// Closes, trying again as a counter does.
async fn finish(day: &LivedDay) {
    let began = std::time::Instant::now();
    loop {
        assert!(began.elapsed() < crate::world::PATIENCE, "the day cannot be closed");
        let again = async {
            let cut = day.cut().await;
            let proof = day.proof(&cut).await;
            day.close(&proof).await
        };
        match tokio::time::timeout(PATIENCE, again).await {
            Ok(CloseAnswer::Closed { .. }) => return,
            Ok(CloseAnswer::NotYet { blockers }) => eprintln!("not yet: {blockers:?}"),
            Ok(CloseAnswer::Different { report }) => {
                assert!(
                    report.differences.iter().all(|d| d.repair != shared::wire::Repair::AskOperator),
                    "{report:?}"
                );
                day.repair().await;
            }
            Err(_) => eprintln!("no answer in time"),
        }
    }
}
