//! Named reconciler of payments: no input, idempotent. Asks KakaoPay about every attempt whose look is due and does what follows, until
//! nothing is unknown.

mod decide;

use futures_util::{StreamExt, stream};
use shared::id::{AttemptId, StoreId};

use super::booking;
use super::check::{self, Expected};
use super::kakaopay::{ActionType, Answer, OrderBody, kst_time};
use crate::app::App;
use crate::clock::to_ms;
use crate::db;
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::failpoint;
use crate::wake::Work;

pub use decide::next_watch;
use decide::{Known, Next, Seen, decide};

/// Longer than an inquiry and its transaction.
const LEASE_MS: i64 = 20_000;
/// Attempts of one round.
const BATCH: i64 = 50;
/// Inquiries under way at once, so that slow ones do not hold up the others.
const AT_ONCE: usize = 8;
/// KakaoPay's code for a tid that it does not know.
const NO_SUCH_TID: i64 = -721;

/// One round: looks at everything that is due, and says how much that was. One that fails does not stop the others.
pub async fn run_once(app: &App) -> Result<usize, sqlx::Error> {
    let now = app.clock.now_ms();
    let due = db::attempts::to_look_at(&app.db, now, BATCH).await?;
    let looks = stream::iter(&due).for_each_concurrent(AT_ONCE, async |(store_id, attempt_id)| {
        if let Err(error) = look(app, *store_id, *attempt_id).await {
            tracing::warn!(%attempt_id, error = format!("{error:#}"), "a payment could not be looked up");
        }
    });
    looks.await;
    let oldest = db::attempts::oldest_unknown_seconds(&app.db, now).await?;
    metrics::gauge!("payment_oldest_unknown_seconds").set(oldest);
    Ok(due.len())
}

/// Looks one attempt up, if its look is due and nobody else does.
pub async fn look(app: &App, store_id: StoreId, attempt_id: AttemptId) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    let lease = now.plus_ms(LEASE_MS);
    let Some(attempt) = db::attempts::claim_look(&app.db, store_id, attempt_id, lease, now).await? else {
        return Ok(());
    };
    failpoint::reach("recon.claimed").await?;
    let Some(tid) = attempt.tid.as_deref() else {
        // The answer to `ready` never came: whatever tid there is, nobody can pay it.
        let (state, why) = (AttemptState::ReadyUnknown, "answer_lost");
        db::attempts::ready_ended(&app.db, store_id, attempt_id, state, why, now).await?;
        return Ok(());
    };
    let answer = app.kakaopay.order(tid).await;
    failpoint::reach("recon.after_inquiry").await?;
    let (seen, body) = match answer {
        Answer::Done(body) => (Seen::Status(body.status.clone()), Some(body)),
        Answer::Refused(refusal) if refusal.code == NO_SUCH_TID => (Seen::NoSuchPayment, None),
        Answer::Refused(_) | Answer::Unknown(_) => (Seen::Nothing, None),
    };
    let known = Known {
        state: attempt.state,
        requested: to_ms(attempt.requested_at.unwrap_or(attempt.created_at)),
        expires: to_ms(attempt.expires_at),
        sends: attempt.tries,
        failure: attempt.failure_code.as_deref(),
    };
    let next = decide(&seen, &known, app.clock.now_ms());
    tracing::info!(%attempt_id, state = attempt.state.as_str(), ?seen, ?next, "payment looked up");
    failpoint::reach("recon.before_commit").await?;
    apply(app, &attempt, next, body.as_ref()).await
}

async fn apply(app: &App, attempt: &Attempt, next: Next, body: Option<&OrderBody>) -> anyhow::Result<()> {
    let now = app.clock.now_ms();
    match (next, body) {
        (Next::Capture, Some(body)) => captured(app, attempt, body).await?,
        (Next::GiveBack, Some(body)) => {
            booking::late(app, attempt, &taken(app, attempt, body)).await?;
        }
        (Next::Capture | Next::GiveBack, None) => {
            anyhow::bail!("money can only have been seen in an answer")
        }
        (Next::End(state, why), _) => {
            let watch = next_watch(to_ms(attempt.expires_at), now);
            booking::end(app, attempt, state, why, watch).await?;
        }
        (Next::ApproveAgain, _) => approve_again(app, attempt).await?,
        (Next::LookAt(at), _) => {
            db::attempts::look_again(&app.db, attempt, Some(at), now).await?;
        }
        (Next::Rest, _) => {
            db::attempts::look_again(&app.db, attempt, None, now).await?;
        }
        (Next::Review(why), _) => booking::review(app, attempt, why).await?,
    }
    Ok(())
}

async fn captured(app: &App, attempt: &Attempt, body: &OrderBody) -> anyhow::Result<()> {
    let customer_id = db::attempts::payer(&app.db, attempt.store_id, attempt.order_id).await?;
    let expected = Expected { cid: app.kakaopay.cid(), attempt, customer_id };
    let taken = taken(app, attempt, body);
    match check::inquired(&expected, body) {
        Ok(()) => booking::capture(app, attempt, &taken).await?,
        Err(why) => booking::quarantine(app, attempt, &taken, why).await?,
    };
    metrics::counter!("payment_approvals", "outcome" => "recovered").increment(1);
    Ok(())
}

/// Once more, if the order still waits for it.
async fn approve_again(app: &App, attempt: &Attempt) -> anyhow::Result<()> {
    let mut connection = app.db.acquire().await?;
    let order = db::orders::read(&mut connection, attempt.store_id, attempt.order_id).await?;
    drop(connection);
    let waits = order.is_some_and(|order| order.order.phase == shared::order::Phase::PendingPayment);
    let now = app.clock.now_ms();
    if waits && db::attempts::approve_again(&app.db, attempt, now).await? {
        app.wake.up(Work { payments: true, ..Work::default() });
        return Ok(());
    }
    let watch = next_watch(to_ms(attempt.expires_at), now);
    booking::end(app, attempt, AttemptState::Abandoned, "order_ended", watch).await?;
    Ok(())
}

/// What an inquiry tells of the money. It never tells a card's approval number.
fn taken(app: &App, attempt: &Attempt, body: &OrderBody) -> Taken {
    let payments = |ours: bool| {
        let payload = attempt.attempt_id.to_string();
        body.payment_action_details.iter().find(move |action| {
            action.payment_action_type == ActionType::Payment
                && (!ours || action.payload.as_deref() == Some(payload.as_str()))
        })
    };
    let action = payments(true).or_else(|| payments(false));
    Taken {
        aid: action.map_or_else(String::new, |action| action.aid.clone()),
        method: body.payment_method_type.as_ref().map(|method| method.as_str().to_owned()),
        card_approval_no: None,
        at: body.approved_at.as_deref().and_then(kst_time).unwrap_or(app.clock.now_ms()),
    }
}
