//! Taking the money of one attempt: claimed and committed as sent before a byte leaves, written down with the order in one transaction.

use shared::TimeMs;
use shared::id::{AttemptId, CustomerId, StoreId};

use super::booking::{self, Booked};
use super::check::{self, Expected};
use super::desk::Desk;
use super::kakaopay::{Answer, ApproveBody, ApproveCall, kst_time};
use super::reconciler;
use crate::clock::to_ms;
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::{failpoint, lease};

/// A customer who waited longer than this is gone: the money is not taken any more.
pub const PATIENCE_MS: i64 = 5 * 60 * 1_000;

/// Takes the money of an attempt that waits for it. Does nothing when somebody else does, or while KakaoPay is down; then the row waits.
pub async fn approve(desk: &impl Desk, store_id: StoreId, attempt_id: AttemptId) -> anyhow::Result<()> {
    let found = desk.attempt(store_id, attempt_id).await?;
    let Some(found) = found.filter(|attempt| attempt.state == AttemptState::ApproveRequested) else {
        return Ok(());
    };
    let waited = found.requested_at.map_or(0, |at| desk.now().ms_since(to_ms(at)));
    if waited > PATIENCE_MS {
        return give_up(desk, &found).await;
    }
    if desk.kakaopay().admit().is_err() {
        return Ok(());
    }
    let now = desk.now();
    let claimed = desk.claim_approval(store_id, attempt_id, lease::until(now), now).await;
    let Some(attempt) = claimed.inspect_err(|_| desk.kakaopay().forgo())? else {
        desk.kakaopay().forgo();
        return Ok(());
    };
    match (attempt.tid.as_deref(), desk.open_token(&attempt)) {
        (Some(tid), Some(pg_token)) => send(desk, &attempt, tid, &pg_token).await,
        (Some(_) | None, Some(_) | None) => {
            desk.kakaopay().forgo();
            booking::review(desk, &attempt, "pg_token_unreadable").await
        }
    }
}

/// The context that seals an attempt's one-time token.
pub fn token_context(attempt_id: AttemptId) -> String {
    format!("pg_token:{attempt_id}")
}

async fn send(desk: &impl Desk, attempt: &Attempt, tid: &str, pg_token: &str) -> anyhow::Result<()> {
    failpoint::reach("pay.approve_before_send").await?;
    let customer_id = desk.payer(attempt).await?;
    let (order, user, payload) =
        (attempt.order_id.to_string(), customer_id.to_string(), attempt.attempt_id.to_string());
    let call = ApproveCall {
        tid,
        order_id: &order,
        user_id: &user,
        pg_token,
        payload: &payload,
        total: attempt.amount,
    };
    let answer = lease::held(desk.kakaopay().approve(&call), || async {
        let now = desk.now();
        desk.renew(attempt, lease::until(now), now).await
    })
    .await;
    failpoint::reach("pay.after_approve_before_commit").await?;
    match answer {
        Answer::Done(body) => done(desk, attempt, customer_id, &body).await,
        Answer::Refused(refusal) => in_doubt(desk, attempt, &refusal.text()).await,
        Answer::Unknown(cause) => in_doubt(desk, attempt, cause.as_str()).await,
    }
}

async fn done(
    desk: &impl Desk,
    attempt: &Attempt,
    customer_id: CustomerId,
    body: &ApproveBody,
) -> anyhow::Result<()> {
    let expected = Expected { cid: desk.kakaopay().cid(), attempt, customer_id };
    let taken = taken(body, desk.now());
    let booked = match check::approved(&expected, body) {
        Ok(()) => booking::capture(desk, attempt, &taken).await?,
        Err(why) => booking::quarantine(desk, attempt, &taken, why).await?,
    };
    count(match booked {
        Booked::Placed => "placed",
        Booked::GoesBack => "goes_back",
        Booked::Already => "already",
    });
    Ok(())
}

fn taken(body: &ApproveBody, now: TimeMs) -> Taken {
    Taken {
        aid: body.aid.clone(),
        method: body.payment_method_type.as_ref().map(|method| method.as_str().to_owned()),
        card_approval_no: body.card_info.as_ref().and_then(|card| card.approved_id.clone()),
        at: body.approved_at.as_deref().and_then(kst_time).unwrap_or(now),
    }
}

/// Even a definite no is believed only after an inquiry.
async fn in_doubt(desk: &impl Desk, attempt: &Attempt, why: &str) -> anyhow::Result<()> {
    tracing::warn!(attempt_id = %attempt.attempt_id, why, "approve in doubt; asking what happened");
    count("in_doubt");
    let now = desk.now();
    if desk.unknown(attempt, Some(why), now, now).await? {
        reconciler::look(desk, attempt.store_id, attempt.attempt_id).await?;
    }
    Ok(())
}

/// The customer left; an `approve` of before may still be under way, so it is watched.
async fn give_up(desk: &impl Desk, attempt: &Attempt) -> anyhow::Result<()> {
    let watch = reconciler::next_watch(to_ms(attempt.expires_at), desk.now());
    if booking::end(desk, attempt, AttemptState::Abandoned, "too_late", watch).await? {
        count("given_up");
    }
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("payment_approvals", "outcome" => outcome).increment(1);
}
