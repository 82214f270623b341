//! Giving money back. Each refund is a row; `sent` is committed before a byte leaves, and whatever went wrong, an inquiry decides before
//! anything is sent again, under KakaoPay's own guard.

mod decide;

use futures_util::{StreamExt, stream};
use shared::Won;
use shared::id::{RefundId, StoreId};
use shared::order::{Actor, OrderCommand, Phase};

use super::desk::{Books, Desk, Said};
use super::kakaopay::{Answer, CancelCall, OrderBody};
use crate::clock::to_ms;
use crate::db::attempts::AttemptState;
use crate::db::refunds::{ClaimedRefund, RefundState};
use crate::orders::Change;
use crate::wake::Work;
use crate::{failpoint, lease};

use decide::{Failure, Seen, backoff_ms, is_given_up, seen};

/// Refunds of one round.
const BATCH: i64 = 50;
/// Refunds under way at once, so that slow ones do not hold up the others.
const AT_ONCE: usize = 8;
/// How soon an outcome that could not be looked up is looked up again.
const LOOK_AGAIN_MS: i64 = 10_000;
/// How soon a refund that was held back is tried.
const HELD_MS: i64 = 2_000;

/// Whether KakaoPay's word about a payment says that one refund of it has happened; `None` when it says neither.
pub fn says(body: &OrderBody, amount: i64, expected_remaining: i64, refund_id: RefundId) -> Option<bool> {
    match seen(body, amount, expected_remaining, &refund_id.to_string()) {
        Seen::Done(_) => Some(true),
        Seen::NotDone => Some(false),
        Seen::Strange => None,
    }
}

/// KakaoPay's number of that refund, once it says that it has happened.
pub fn number(body: &OrderBody, amount: i64, expected_remaining: i64, refund_id: RefundId) -> Option<String> {
    match seen(body, amount, expected_remaining, &refund_id.to_string()) {
        Seen::Done(aid) => Some(aid).filter(|aid| !aid.is_empty()),
        Seen::NotDone | Seen::Strange => None,
    }
}

/// One round: works on everything that is due, and says how much that was. One that fails does not stop the others.
pub async fn run_once(desk: &impl Desk) -> Result<usize, sqlx::Error> {
    let due = desk.due_refunds(desk.now(), BATCH).await?;
    let works = stream::iter(&due).for_each_concurrent(AT_ONCE, async |(store_id, refund_id)| {
        if let Err(error) = work(desk, *store_id, *refund_id).await {
            tracing::warn!(%refund_id, error = format!("{error:#}"), "a refund could not be worked on");
        }
    });
    works.await;
    Ok(due.len())
}

/// Works on one refund, if it is due and nobody else does.
pub async fn work(desk: &impl Desk, store_id: StoreId, refund_id: RefundId) -> anyhow::Result<()> {
    failpoint::reach("pay.refund_before_row").await?;
    let now = desk.now();
    let Some(refund) = desk.claim_refund(store_id, refund_id, lease::until(now), now).await? else {
        return Ok(());
    };
    match refund.state {
        RefundState::Pending if refund.tries == 0 => send(desk, &refund).await,
        RefundState::Pending | RefundState::Sent | RefundState::Unknown => ask(desk, &refund).await,
        RefundState::Done | RefundState::NeedsReview => Ok(()),
    }
}

async fn send(desk: &impl Desk, refund: &ClaimedRefund) -> anyhow::Result<()> {
    let now = desk.now();
    if desk.kakaopay().admit().is_err() {
        let at = now.plus_ms(HELD_MS);
        desk.later(refund, refund.state, None, at, now).await?;
        return Ok(());
    }
    let sending = desk.sending(refund, lease::until(now), now).await;
    if !sending.inspect_err(|_| desk.kakaopay().forgo())? {
        desk.kakaopay().forgo();
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
    let answer = lease::held(desk.kakaopay().cancel(&call), || renew(desk, refund)).await;
    failpoint::reach("pay.after_refund_before_commit").await?;
    let failure = if answer.is_healthy() { Failure::Refused } else { Failure::Trouble };
    let why = match answer {
        Answer::Done(body) => return finish(desk, refund, &body.aid).await,
        Answer::Refused(refusal) => refusal.text(),
        Answer::Unknown(cause) => cause.as_str().to_owned(),
    };
    tracing::warn!(refund_id = %refund.refund_id, why, "refund in doubt; asking what happened");
    count("in_doubt");
    let now = desk.now();
    if desk.later(refund, RefundState::Unknown, Some(&why), now, now).await? {
        look(desk, refund, failure).await?;
    }
    Ok(())
}

/// Right after a doubtful answer: an inquiry that may end the doubt, else a pause.
async fn look(desk: &impl Desk, refund: &ClaimedRefund, failure: Failure) -> anyhow::Result<()> {
    let now = desk.now();
    let (store, id) = (refund.store_id, refund.refund_id);
    let Some(refund) = desk.claim_refund(store, id, lease::until(now), now).await? else {
        return Ok(());
    };
    match inquire(desk, &refund).await? {
        Some(Seen::Done(aid)) => finish(desk, &refund, &aid).await,
        Some(Seen::Strange) => review(desk, &refund, "strange_remaining").await,
        Some(Seen::NotDone) if given_up(desk, &refund) => review(desk, &refund, "refused_for_a_day").await,
        Some(Seen::NotDone) => later(desk, &refund, backoff_ms(refund.tries, failure)).await,
        None if given_up(desk, &refund) => review(desk, &refund, "not_answered_for_a_day").await,
        None => later(desk, &refund, LOOK_AGAIN_MS).await,
    }
}

/// After a pause: has it happened meanwhile? If not, it is sent again.
async fn ask(desk: &impl Desk, refund: &ClaimedRefund) -> anyhow::Result<()> {
    match inquire(desk, refund).await? {
        Some(Seen::Done(aid)) => finish(desk, refund, &aid).await,
        Some(Seen::Strange) => review(desk, refund, "strange_remaining").await,
        Some(Seen::NotDone) if given_up(desk, refund) => review(desk, refund, "refused_for_a_day").await,
        Some(Seen::NotDone) => send(desk, refund).await,
        None if given_up(desk, refund) => review(desk, refund, "not_answered_for_a_day").await,
        None => later(desk, refund, LOOK_AGAIN_MS).await,
    }
}

fn given_up(desk: &impl Desk, refund: &ClaimedRefund) -> bool {
    is_given_up(desk.now().ms_since(to_ms(refund.created_at)))
}

async fn inquire(desk: &impl Desk, refund: &ClaimedRefund) -> anyhow::Result<Option<Seen>> {
    let id = refund.refund_id.to_string();
    Ok(match lease::held(desk.kakaopay().order(&refund.tid), || renew(desk, refund)).await {
        Answer::Done(body) => Some(seen(&body, refund.amount, refund.expected_remaining, &id)),
        Answer::Refused(_) | Answer::Unknown(_) => None,
    })
}

async fn renew(desk: &impl Desk, refund: &ClaimedRefund) -> Said<bool> {
    let now = desk.now();
    desk.renew_refund(refund, lease::until(now), now).await
}

async fn later(desk: &impl Desk, refund: &ClaimedRefund, ms: i64) -> anyhow::Result<()> {
    let now = desk.now();
    desk.later(refund, RefundState::Unknown, None, now.plus_ms(ms), now).await?;
    Ok(())
}

/// The money went back: the refund and the order say so together.
async fn finish(desk: &impl Desk, refund: &ClaimedRefund, aid: &str) -> anyhow::Result<()> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    let order = books.lock_order(refund.store_id, refund.order_id).await?;
    if !books.finish_refund(refund, RefundState::Done, Some(aid), None, now).await? {
        return Ok(());
    }
    let attempt = books.attempt(refund.store_id, refund.attempt_id).await?;
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
        work = books.transition(change).await?.work;
    }
    books.commit().await?;
    // The next refund of the same attempt waits for this one.
    desk.wake(work.and(Work { refunds: true, ..Work::default() }));
    desk.kakaopay().settle(refund.order_id);
    count("done");
    Ok(())
}

/// It does not work out by itself: the row is kept, an operator sees it.
async fn review(desk: &impl Desk, refund: &ClaimedRefund, why: &'static str) -> anyhow::Result<()> {
    let now = desk.now();
    let mut books = desk.begin().await?;
    if books.finish_refund(refund, RefundState::NeedsReview, None, Some(why), now).await? {
        let (store, id) = (refund.store_id, refund.refund_id.0);
        books.dead_letter(store, "refund", id, why, now).await?;
        books.commit().await?;
        count("needs_review");
    }
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("payment_refunds", "outcome" => outcome).increment(1);
}
