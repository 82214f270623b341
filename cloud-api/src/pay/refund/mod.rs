//! Giving money back. Each refund is a row; `sent` is committed before a byte leaves, and whatever went wrong, an inquiry decides before
//! anything is sent again, under KakaoPay's own guard.

mod decide;

use futures_util::{StreamExt, stream};
use shared::Won;
use shared::id::{RefundId, StoreId};
use shared::order::{Actor, OrderCommand, Phase};

use super::kakaopay::{Answer, CancelCall};
use crate::app::App;
use crate::clock::to_ms;
use crate::db;
use crate::db::attempts::AttemptState;
use crate::db::refunds::{ClaimedRefund, RefundState};
use crate::failpoint;
use crate::orders::{self, Change};
use crate::wake::Work;

use decide::{Seen, backoff_ms, seen};

/// Longer than an inquiry and a call that moves money together.
const LEASE_MS: i64 = 45_000;
/// Refunds of one round.
const BATCH: i64 = 50;
/// Refunds under way at once, so that slow ones do not hold up the others.
const AT_ONCE: usize = 8;
/// How soon an outcome that could not be looked up is looked up again.
const LOOK_AGAIN_MS: i64 = 10_000;
/// How soon a refund that was held back is tried.
const HELD_MS: i64 = 2_000;

/// One round: works on everything that is due, and says how much that was. One that fails does not stop the others.
pub async fn run_once(app: &App) -> Result<usize, sqlx::Error> {
    let due = db::refunds::due(&app.db, app.clock.now_ms(), BATCH).await?;
    let works = stream::iter(&due).for_each_concurrent(AT_ONCE, async |(store_id, refund_id)| {
        if let Err(error) = work(app, *store_id, *refund_id).await {
            tracing::warn!(%refund_id, error = format!("{error:#}"), "a refund could not be worked on");
        }
    });
    works.await;
    Ok(due.len())
}

/// Works on one refund, if it is due and nobody else does.
pub async fn work(app: &App, store_id: StoreId, refund_id: RefundId) -> anyhow::Result<()> {
    failpoint::reach("pay.refund_before_row").await?;
    let now = app.clock.now_ms();
    let lease = now.plus_ms(LEASE_MS);
    let Some(refund) = db::refunds::claim(&app.db, store_id, refund_id, lease, now).await? else {
        return Ok(());
    };
    match refund.state {
        RefundState::Pending if refund.tries == 0 => send(app, &refund).await,
        RefundState::Pending | RefundState::Sent | RefundState::Unknown => ask(app, &refund).await,
        RefundState::Done | RefundState::NeedsReview => Ok(()),
    }
}

async fn send(app: &App, refund: &ClaimedRefund) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    if app.kakaopay.admit().is_err() {
        let at = now.plus_ms(HELD_MS);
        db::refunds::later(&app.db, refund, refund.state, None, at, now).await?;
        return Ok(());
    }
    let sending = db::refunds::sending(&app.db, refund, now.plus_ms(LEASE_MS), now).await;
    if !sending.inspect_err(|_| app.kakaopay.forgo())? {
        app.kakaopay.forgo();
        return Ok(());
    }
    failpoint::reach("pay.refund_before_send").await?;
    let payload = refund.refund_id.to_string();
    let call = CancelCall {
        tid: &refund.tid,
        amount: refund.amount,
        tax_free: refund.tax_free,
        vat: refund.vat,
        expected_remaining: refund.expected_remaining,
        payload: &payload,
    };
    let answer = app.kakaopay.cancel(&call).await;
    failpoint::reach("pay.after_refund_before_commit").await?;
    let why = match answer {
        Answer::Done(body) => return finish(app, refund, &body.aid).await,
        Answer::Refused(refusal) => refusal.text(),
        Answer::Unknown(cause) => cause.as_str().to_owned(),
    };
    tracing::warn!(refund_id = %refund.refund_id, why, "refund in doubt; asking what happened");
    count("in_doubt");
    let now = app.clock.now_ms();
    if db::refunds::later(&app.db, refund, RefundState::Unknown, Some(&why), now, now).await? {
        look(app, refund).await?;
    }
    Ok(())
}

/// Right after a doubtful answer: an inquiry that may end the doubt, else a pause.
async fn look(app: &App, refund: &ClaimedRefund) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    let (store, id) = (refund.store_id, refund.refund_id);
    let Some(refund) = db::refunds::claim(&app.db, store, id, now.plus_ms(LEASE_MS), now).await? else {
        return Ok(());
    };
    let after = pause(app, &refund);
    match (inquire(app, &refund).await?, after) {
        (Some(Seen::Done(aid)), _) => finish(app, &refund, &aid).await,
        (Some(Seen::Strange), _) => review(app, &refund, "strange_remaining").await,
        (Some(Seen::NotDone), None) => review(app, &refund, "refused_for_a_day").await,
        (Some(Seen::NotDone), Some(ms)) => later(app, &refund, ms).await,
        (None, None) => review(app, &refund, "not_answered_for_a_day").await,
        (None, Some(_)) => later(app, &refund, LOOK_AGAIN_MS).await,
    }
}

/// After a pause: has it happened meanwhile? If not, it is sent again.
async fn ask(app: &App, refund: &ClaimedRefund) -> anyhow::Result<()> {
    match inquire(app, refund).await? {
        Some(Seen::Done(aid)) => finish(app, refund, &aid).await,
        Some(Seen::Strange) => review(app, refund, "strange_remaining").await,
        Some(Seen::NotDone) if pause(app, refund).is_none() => review(app, refund, "refused_for_a_day").await,
        Some(Seen::NotDone) => send(app, refund).await,
        None if pause(app, refund).is_none() => review(app, refund, "not_answered_for_a_day").await,
        None => later(app, refund, LOOK_AGAIN_MS).await,
    }
}

fn pause(app: &App, refund: &ClaimedRefund) -> Option<i64> {
    let age = app.clock.now_ms().ms_since(to_ms(refund.created_at));
    backoff_ms(refund.tries, age)
}

async fn inquire(app: &App, refund: &ClaimedRefund) -> anyhow::Result<Option<Seen>> {
    let id = refund.refund_id.to_string();
    Ok(match app.kakaopay.order(&refund.tid).await {
        Answer::Done(body) => Some(seen(&body, refund.amount, refund.expected_remaining, &id)),
        Answer::Refused(_) | Answer::Unknown(_) => None,
    })
}

async fn later(app: &App, refund: &ClaimedRefund, ms: i64) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    db::refunds::later(&app.db, refund, RefundState::Unknown, None, now.plus_ms(ms), now).await?;
    Ok(())
}

/// The money went back: the refund and the order say so together.
async fn finish(app: &App, refund: &ClaimedRefund, aid: &str) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    let order = db::orders::lock(&mut tx, refund.store_id, refund.order_id).await?;
    if !db::refunds::finish(&mut tx, refund, RefundState::Done, Some(aid), None, now).await? {
        return Ok(());
    }
    let attempt = db::attempts::find(&mut *tx, refund.store_id, refund.attempt_id).await?;
    // Money that was never the order's (a second payment, a late one) is no refund of the order.
    let paid_it = attempt.is_some_and(|attempt| attempt.state == AttemptState::Approved);
    let ever_paid = order.is_some_and(|order| order.order.phase != Phase::PendingPayment);
    let mut work = Work::default();
    if paid_it && ever_paid {
        let change = Change {
            store_id: refund.store_id,
            order_id: refund.order_id,
            command: OrderCommand::RecordRefund { amount: Won::new(refund.amount)? },
            by: Actor::Payment,
            expected_version: None,
        };
        work = orders::transition(&mut tx, &app.clock, change).await?.work;
    }
    tx.commit().await?;
    // The next refund of the same attempt waits for this one.
    app.wake.up(work.and(Work { refunds: true, ..Work::default() }));
    app.kakaopay.settle(refund.order_id);
    count("done");
    Ok(())
}

/// It does not work out by itself: the row is kept, an operator sees it.
async fn review(app: &App, refund: &ClaimedRefund, why: &'static str) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    if db::refunds::finish(&mut tx, refund, RefundState::NeedsReview, None, Some(why), now).await? {
        let (store, id) = (refund.store_id, refund.refund_id.0);
        db::dead_letters::insert(&mut tx, Some(store), "refund", id, why, app.clock.now()).await?;
        tx.commit().await?;
        count("needs_review");
    }
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("payment_refunds", "outcome" => outcome).increment(1);
}
