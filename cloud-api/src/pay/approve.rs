//! Taking the money of one attempt: claimed and committed as sent before a byte leaves, written down with the order in one transaction.

use shared::TimeMs;
use shared::id::{AttemptId, CustomerId, StoreId};

use super::booking::{self, Booked};
use super::check::{self, Expected};
use super::kakaopay::{Answer, ApproveBody, ApproveCall, kst_time};
use super::reconciler;
use crate::app::App;
use crate::clock::to_ms;
use crate::db;
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::failpoint;

/// Longer than the longest call, so that only a dead or paused sender loses its lease.
const LEASE_MS: i64 = 30_000;
/// A customer who waited longer than this is gone: the money is not taken any more.
pub const PATIENCE_MS: i64 = 5 * 60 * 1_000;

/// Takes the money of an attempt that waits for it. Does nothing when somebody else does, or while KakaoPay is down; then the row waits.
pub async fn approve(app: &App, store_id: StoreId, attempt_id: AttemptId) -> anyhow::Result<()> {
    let found = db::attempts::find(&app.db, store_id, attempt_id).await?;
    let Some(found) = found.filter(|attempt| attempt.state == AttemptState::ApproveRequested) else {
        return Ok(());
    };
    let waited = found.requested_at.map_or(0, |at| app.clock.now_ms().ms_since(to_ms(at)));
    if waited > PATIENCE_MS {
        return give_up(app, &found).await;
    }
    if app.kakaopay.admit().is_err() {
        return Ok(());
    }
    let now = app.clock.now_ms();
    let claimed =
        db::attempts::claim_approval(&app.db, store_id, attempt_id, now.plus_ms(LEASE_MS), now).await;
    let Some(attempt) = claimed.inspect_err(|_| app.kakaopay.forgo())? else {
        app.kakaopay.forgo();
        return Ok(());
    };
    match open_token(app, &attempt) {
        Some((tid, pg_token)) => send(app, &attempt, tid, &pg_token).await,
        None => {
            app.kakaopay.forgo();
            booking::review(app, &attempt, "pg_token_unreadable").await
        }
    }
}

/// The context that seals an attempt's one-time token.
pub fn token_context(attempt_id: AttemptId) -> String {
    format!("pg_token:{attempt_id}")
}

fn open_token<'a>(app: &App, attempt: &'a Attempt) -> Option<(&'a str, String)> {
    let sealed = attempt.pg_token_sealed.as_deref()?;
    let plain = app.vault.open_short(&token_context(attempt.attempt_id), sealed).ok()?;
    Some((attempt.tid.as_deref()?, String::from_utf8(plain).ok()?))
}

async fn send(app: &App, attempt: &Attempt, tid: &str, pg_token: &str) -> anyhow::Result<()> {
    failpoint::reach("pay.approve_before_send").await?;
    let customer_id = db::attempts::payer(&app.db, attempt.store_id, attempt.order_id).await?;
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
    let answer = app.kakaopay.approve(&call).await;
    failpoint::reach("pay.after_approve_before_commit").await?;
    match answer {
        Answer::Done(body) => done(app, attempt, customer_id, &body).await,
        Answer::Refused(refusal) => in_doubt(app, attempt, &refusal.text()).await,
        Answer::Unknown(cause) => in_doubt(app, attempt, cause.as_str()).await,
    }
}

async fn done(
    app: &App,
    attempt: &Attempt,
    customer_id: CustomerId,
    body: &ApproveBody,
) -> anyhow::Result<()> {
    let expected = Expected { cid: app.kakaopay.cid(), attempt, customer_id };
    let taken = taken(body, app.clock.now_ms());
    let booked = match check::approved(&expected, body) {
        Ok(()) => booking::capture(app, attempt, &taken).await?,
        Err(why) => booking::quarantine(app, attempt, &taken, why).await?,
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
async fn in_doubt(app: &App, attempt: &Attempt, why: &str) -> anyhow::Result<()> {
    tracing::warn!(attempt_id = %attempt.attempt_id, why, "approve in doubt; asking what happened");
    count("in_doubt");
    let now = app.clock.now_ms();
    if db::attempts::unknown(&app.db, attempt, Some(why), now, now).await? {
        reconciler::look(app, attempt.store_id, attempt.attempt_id).await?;
    }
    Ok(())
}

/// The customer left; an `approve` of before may still be under way, so it is watched.
async fn give_up(app: &App, attempt: &Attempt) -> anyhow::Result<()> {
    let watch = reconciler::next_watch(to_ms(attempt.expires_at), app.clock.now_ms());
    if booking::end(app, attempt, AttemptState::Abandoned, "too_late", watch).await? {
        count("given_up");
    }
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("payment_approvals", "outcome" => outcome).increment(1);
}
