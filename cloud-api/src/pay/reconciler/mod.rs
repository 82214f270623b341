//! Named reconciler of payments: no input, idempotent. Asks KakaoPay about every attempt whose look is due and does what follows, until
//! nothing is unknown.

mod decide;

use futures_util::{StreamExt, stream};
use shared::id::{AttemptId, StoreId};

use super::booking;
use super::check::{self, Expected};
use super::desk::Desk;
use super::kakaopay::{ActionType, Answer, NO_SUCH_PAYMENT, OrderBody, kst_time};
use crate::clock::to_ms;
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::wake::Work;
use crate::{failpoint, lease};

pub use decide::next_watch;
use decide::{Known, Next, Seen, decide};

/// Attempts of one round.
const BATCH: i64 = 50;
/// Inquiries under way at once, so that slow ones do not hold up the others.
const AT_ONCE: usize = 8;

/// One round: looks at everything that is due, and says how much that was. One that fails does not stop the others.
pub async fn run_once(desk: &impl Desk) -> Result<usize, sqlx::Error> {
    let now = desk.now();
    let due = desk.to_look_at(now, BATCH).await?;
    let looks = stream::iter(&due).for_each_concurrent(AT_ONCE, async |(store_id, attempt_id)| {
        if let Err(error) = look(desk, *store_id, *attempt_id).await {
            tracing::warn!(%attempt_id, error = format!("{error:#}"), "a payment could not be looked up");
        }
    });
    looks.await;
    let oldest = desk.oldest_unknown_seconds(now).await?;
    metrics::gauge!("payment_oldest_unknown_seconds").set(oldest);
    Ok(due.len())
}

/// Looks one attempt up, if its look is due and nobody else does.
pub async fn look(desk: &impl Desk, store_id: StoreId, attempt_id: AttemptId) -> anyhow::Result<()> {
    let now = desk.now();
    let Some(attempt) = desk.claim_look(store_id, attempt_id, lease::until(now), now).await? else {
        return Ok(());
    };
    failpoint::reach("recon.claimed").await?;
    let Some(tid) = attempt.tid.as_deref() else {
        // The answer to `ready` never came: whatever tid there is, nobody can pay it.
        let (state, why) = (AttemptState::ReadyUnknown, "answer_lost");
        desk.ready_ended(&attempt, state, why, now).await?;
        return Ok(());
    };
    let answer = lease::held(desk.kakaopay().order(tid), || async {
        let now = desk.now();
        desk.renew(&attempt, lease::until(now), now).await
    })
    .await;
    failpoint::reach("recon.after_inquiry").await?;
    let (seen, body) = match answer {
        Answer::Done(body) => (Seen::Status(body.status.clone()), Some(body)),
        Answer::Refused(refusal) if refusal.code == NO_SUCH_PAYMENT => (Seen::NoSuchPayment, None),
        Answer::Refused(_) | Answer::Unknown(_) => (Seen::Nothing, None),
    };
    let known = Known {
        state: attempt.state,
        requested: to_ms(attempt.requested_at.unwrap_or(attempt.created_at)),
        expires: to_ms(attempt.expires_at),
        sends: attempt.tries,
        failure: attempt.failure_code.as_deref(),
    };
    let next = decide(&seen, &known, desk.now());
    tracing::info!(%attempt_id, state = attempt.state.as_str(), ?seen, ?next, "payment looked up");
    failpoint::reach("recon.before_commit").await?;
    apply(desk, &attempt, next, body.as_ref()).await
}

async fn apply(
    desk: &impl Desk,
    attempt: &Attempt,
    next: Next,
    body: Option<&OrderBody>,
) -> anyhow::Result<()> {
    let now = desk.now();
    match (next, body) {
        (Next::Capture, Some(body)) => captured(desk, attempt, body).await?,
        (Next::GiveBack, Some(body)) => {
            booking::late(desk, attempt, &taken(desk, attempt, body)).await?;
        }
        (Next::Capture | Next::GiveBack, None) => {
            anyhow::bail!("money can only have been seen in an answer")
        }
        (Next::End(state, why), _) => {
            let watch = next_watch(to_ms(attempt.expires_at), now);
            booking::end(desk, attempt, state, why, watch).await?;
        }
        (Next::ApproveAgain, _) => approve_again(desk, attempt).await?,
        (Next::LookAt(at), _) => {
            desk.look_again(attempt, Some(at), now).await?;
        }
        (Next::Rest, _) => {
            desk.look_again(attempt, None, now).await?;
        }
        (Next::GiveUp(why), _) => booking::give_up(desk, attempt, why).await?,
        (Next::Review(why), _) => booking::review(desk, attempt, why).await?,
    }
    Ok(())
}

async fn captured(desk: &impl Desk, attempt: &Attempt, body: &OrderBody) -> anyhow::Result<()> {
    let customer_id = desk.payer(attempt).await?;
    let expected = Expected { cid: desk.kakaopay().cid(), attempt, customer_id };
    let taken = taken(desk, attempt, body);
    match check::inquired(&expected, body) {
        Ok(()) => booking::capture(desk, attempt, &taken).await?,
        Err(why) => booking::quarantine(desk, attempt, &taken, why).await?,
    };
    metrics::counter!("payment_approvals", "outcome" => "recovered").increment(1);
    Ok(())
}

/// Once more, if the order still waits for it.
async fn approve_again(desk: &impl Desk, attempt: &Attempt) -> anyhow::Result<()> {
    let waits = desk.is_unpaid(attempt).await?;
    let now = desk.now();
    if waits && desk.approve_again(attempt, now).await? {
        desk.wake(Work { payments: true, ..Work::default() });
        return Ok(());
    }
    let watch = next_watch(to_ms(attempt.expires_at), now);
    booking::end(desk, attempt, AttemptState::Abandoned, "order_ended", watch).await?;
    Ok(())
}

/// What an inquiry tells of the money. It never tells a card's approval number.
fn taken(desk: &impl Desk, attempt: &Attempt, body: &OrderBody) -> Taken {
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
        at: body.approved_at.as_deref().and_then(kst_time).unwrap_or(desk.now()),
    }
}
