//! Opening a payment at KakaoPay: the row first, then the call, then its answer.

use shared::TimeMs;
use shared::id::AttemptId;
use sqlx::PgConnection;

use super::kakaopay::{Answer, ReadyCall};
use super::links;
use crate::app::App;
use crate::db::attempts::{AttemptState, NewAttempt, Redirects};
use crate::db::in_time;
use crate::db::orders::LockedOrder;
use crate::db::pay_links::PayLinkTarget;
use crate::orders::summary;
use crate::{db, failpoint};

/// KakaoPay keeps a payment open so long after `ready`; our own clock counts, from before the call.
const LIFETIME_MINUTES: u32 = 15;
/// An answer that has not come by then never will; longer than the longest call.
const ANSWER_LOST_MS: i64 = 30_000;

/// When the answer to a `ready` of then counts as lost.
pub fn lost_at(sent: TimeMs) -> TimeMs {
    sent.plus_ms(ANSWER_LOST_MS)
}

/// Writes the attempt and its return addresses. The caller commits before [`send`].
pub async fn write(
    app: &App,
    tx: &mut PgConnection,
    target: PayLinkTarget,
    order: &LockedOrder,
) -> Result<AttemptId, sqlx::Error> {
    let now = app.clock.now_ms();
    let attempt_id = AttemptId::fresh();
    let details = &order.order.details;
    let new = NewAttempt {
        store_id: target.store_id,
        attempt_id,
        order_id: target.order_id,
        amount: details.total.get(),
        tax_free: details.tax_free.get(),
        vat: details.vat.get(),
        expires: now.plus_minutes(LIFETIME_MINUTES),
        ready_lost: lost_at(now),
    };
    db::attempts::insert(tx, &new, now).await?;
    let link = PayLinkTarget { attempt_id: Some(attempt_id), ..target };
    db::pay_links::insert(&mut *tx, &links::attempt_token(app, attempt_id), link).await?;
    Ok(attempt_id)
}

/// How `ready` ended.
pub enum Readied {
    Ok(Redirects),
    /// The circuit breaker opened meanwhile.
    Held,
    Failed,
}

/// Sends `ready` for a written attempt. Whatever happens, no money moves.
pub async fn send(app: &App, target: PayLinkTarget, attempt_id: AttemptId) -> anyhow::Result<Readied> {
    let order = in_time(async {
        let mut connection = app.db.acquire().await?;
        db::orders::read(&mut connection, target.store_id, target.order_id).await
    });
    let Some(order) = order.await? else { anyhow::bail!("the order of attempt {attempt_id} is gone") };
    let answer = call(app, &order, attempt_id).await;
    failpoint::reach("pay.before_tid_commit").await?;
    let now = app.clock.now_ms();
    let (state, why, readied) = match answer {
        Ok(Answer::Done(body)) => {
            let redirects = Redirects {
                pc: body.next_redirect_pc_url,
                mobile: body.next_redirect_mobile_url,
                app: body.next_redirect_app_url,
            };
            let store_id = target.store_id;
            let kept =
                db::attempts::ready_ok(&app.db, store_id, attempt_id, &body.tid, &redirects, now).await?;
            return Ok(if kept { Readied::Ok(redirects) } else { Readied::Failed });
        }
        Ok(Answer::Refused(refusal)) => (AttemptState::Failed, refusal.text(), Readied::Failed),
        Ok(Answer::Unknown(cause)) => {
            (AttemptState::ReadyUnknown, cause.as_str().to_owned(), Readied::Failed)
        }
        Err(_) => (AttemptState::Failed, "held".to_owned(), Readied::Held),
    };
    tracing::warn!(%attempt_id, why, "ready did not work out");
    db::attempts::ready_ended(&app.db, target.store_id, attempt_id, state, &why, now).await?;
    Ok(readied)
}

async fn call(
    app: &App,
    order: &LockedOrder,
    attempt_id: AttemptId,
) -> Result<Answer<super::kakaopay::ReadyBody>, super::link::Held> {
    let token = links::attempt_token(app, attempt_id);
    let url = |end: &str| format!("{}/pay/{token}/{end}", app.config.public_url);
    let details = &order.order.details;
    let quantity = details.lines.iter().map(|line| line.quantity).sum::<u32>().max(1);
    let call = ReadyCall {
        order_id: &order.order.id.to_string(),
        user_id: &order.context.customer_id.to_string(),
        item_name: &summary(&order.order),
        quantity,
        total: details.total.get(),
        tax_free: details.tax_free.get(),
        vat: details.vat.get(),
        approval_url: &url("approved"),
        cancel_url: &url("cancelled"),
        fail_url: &url("failed"),
    };
    app.kakaopay.ready(&call).await
}
