//! `GET /pay/{token}/approved`: the payer comes back. It proves nothing by itself, so everything is checked again under the order's lock;
//! only then a worker is asked to take the money.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shared::day::DayState;
use shared::id::{AttemptId, CustomerId};
use shared::order::{Actor, CancelReason, OrderCommand, Phase};
use shared::session::SessionVersion;
use sqlx::PgConnection;

use super::failure::PageError;
use super::orderable::Problem;
use super::{approve, links, orderable, outcome, page, reconciler, stream};
use crate::app::App;
use crate::clock::to_ms;
use crate::db::attempts::{Attempt, AttemptState};
use crate::db::in_time;
use crate::db::orders::LockedOrder;
use crate::db::pay_links::PayLinkTarget;
use crate::orders::{self, Change};
use crate::wake::Work;
use crate::{chat, db, failpoint, reservations};

/// KakaoPay names no length; integrators cap it here.
const MAX_PG_TOKEN: usize = 2_048;
/// Verifications of one return, when the database is slow.
const MAX_TRIES: u32 = 3;

#[derive(Deserialize)]
pub struct Returned {
    pg_token: Option<String>,
}

/// `GET /pay/{token}/approved?pg_token=…`.
pub async fn approved(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(returned): Query<Returned>,
) -> Result<Response, PageError> {
    let found = db::pay_links::find_with_payer(&app.db, &token).await?;
    let Some((target, attempt_id, payer)) = found.and_then(|(t, payer)| Some((t, t.attempt_id?, payer)))
    else {
        return Ok(page::not_found().into_response());
    };
    let order_page = links::order(&app, target.order_id);
    let pg_token = returned.pg_token.filter(|t| !t.is_empty() && t.len() <= MAX_PG_TOKEN);
    let Some(pg_token) = pg_token else { return Ok(page::choose_again(&order_page).into_response()) };
    let settled = app.kakaopay.listen();
    // Runs to its end even when the browser goes away meanwhile.
    let worker = app.clone();
    let returned = Return { target, attempt_id, payer, pg_token };
    let verdict = app.tasks.spawn(async move { judge(&worker, &returned).await });
    match verdict.await?? {
        Verdict::Requested => {
            failpoint::reach("pay.callback_locked").await?;
            outcome::wait(&app, target, settled).await?;
            Ok(links::redirect(StatusCode::SEE_OTHER, &order_page))
        }
        Verdict::UnderWay => {
            outcome::wait(&app, target, settled).await?;
            Ok(links::redirect(StatusCode::SEE_OTHER, &order_page))
        }
        Verdict::Elsewhere => Ok(links::redirect(StatusCode::SEE_OTHER, &order_page)),
        Verdict::Over => Ok(page::already_over(&order_page).into_response()),
        Verdict::NotCharged { lead, problems } => Ok(page::not_charged(lead, &problems).into_response()),
    }
}

/// A payer's return.
struct Return {
    target: PayLinkTarget,
    attempt_id: AttemptId,
    payer: CustomerId,
    pg_token: String,
}

/// What the return leads to.
enum Verdict {
    /// A worker was asked to take the money.
    Requested,
    /// That happened before: the same result for everybody.
    UnderWay,
    /// The order's page says what is.
    Elsewhere,
    /// The attempt is over; nothing changed.
    Over,
    /// The money was not taken, and why.
    NotCharged { lead: &'static str, problems: Vec<Problem> },
}

/// Why the money must not be taken.
struct Objection {
    lead: &'static str,
    problems: Vec<Problem>,
    /// How the attempt ends.
    attempt: AttemptState,
    why: &'static str,
    /// What the order becomes, if it ends by this.
    order: Option<CancelReason>,
}

/// Verifies. Of many returns at once only some get the order's lock in time; the others see what became of it.
async fn judge(app: &App, returned: &Return) -> anyhow::Result<Verdict> {
    let mut verified = verify(app, returned).await;
    for _ in 1..MAX_TRIES {
        let Err(error) = verified else { return verified };
        tracing::warn!(attempt_id = %returned.attempt_id, error = format!("{error:#}"), "a return could not be verified; once more");
        verified = match db::attempts::find(&app.db, returned.target.store_id, returned.attempt_id).await {
            Ok(Some(attempt)) => match before(attempt.state) {
                Some(verdict) => return Ok(verdict),
                None => verify(app, returned).await,
            },
            Ok(None) => return Ok(Verdict::Over),
            Err(error) => Err(error.into()),
        };
    }
    verified
}

/// What a return means when its attempt does not wait for it.
fn before(state: AttemptState) -> Option<Verdict> {
    match state {
        AttemptState::ReadyOk => None,
        AttemptState::ApproveRequested | AttemptState::ApproveSent | AttemptState::ApproveUnknown => {
            Some(Verdict::UnderWay)
        }
        AttemptState::Approved | AttemptState::NeedsReview => Some(Verdict::Elsewhere),
        AttemptState::ReadySent
        | AttemptState::ReadyUnknown
        | AttemptState::Failed
        | AttemptState::Abandoned
        | AttemptState::Expired => Some(Verdict::Over),
    }
}

/// When this fails nobody knows whether it was committed: [`judge`] reads again what is.
async fn verify(app: &App, returned: &Return) -> anyhow::Result<Verdict> {
    // Redis may have lost it, which objects to nothing.
    let session = chat::current_version(app, returned.payer).await.ok().flatten();
    let (verdict, work) = in_time(under_lock(app, returned, session)).await?;
    if let Verdict::Requested = verdict {
        stream::publish(app, returned.target.store_id, returned.attempt_id).await;
    }
    app.wake.up(work);
    Ok(verdict)
}

/// The transaction, and whom to wake after it.
async fn under_lock(
    app: &App,
    returned: &Return,
    session: Option<SessionVersion>,
) -> anyhow::Result<(Verdict, Work)> {
    let Return { target, attempt_id, ref pg_token, .. } = *returned;
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    let order = db::orders::lock(&mut tx, target.store_id, target.order_id).await?;
    let attempt = db::attempts::lock(&mut tx, target.store_id, attempt_id).await?;
    let (Some(order), Some(attempt)) = (order, attempt) else { return Ok((Verdict::Over, Work::default())) };
    if let Some(verdict) = before(attempt.state) {
        return Ok((verdict, Work::default()));
    }
    if let Some(objection) = objection(app, &mut tx, &order, &attempt, session).await? {
        let work = refuse(app, &mut tx, &attempt, &objection).await?;
        tx.commit().await?;
        tracing::info!(%attempt_id, why = objection.why, "payment not taken");
        return Ok((Verdict::NotCharged { lead: objection.lead, problems: objection.problems }, work));
    }
    let sealed = app.vault.seal_short(&approve::token_context(attempt_id), pg_token.as_bytes());
    db::attempts::request_approval(&mut tx, target.store_id, attempt_id, &sealed, now).await?;
    tx.commit().await?;
    Ok((Verdict::Requested, Work { payments: true, ..Work::default() }))
}

async fn objection(
    app: &App,
    tx: &mut PgConnection,
    order: &LockedOrder,
    attempt: &Attempt,
    session: Option<SessionVersion>,
) -> anyhow::Result<Option<Objection>> {
    let simple =
        |lead, why, attempt, order| Some(Objection { lead, problems: Vec::new(), attempt, why, order });
    if order.order.phase != Phase::PendingPayment {
        let lead = "결제하시는 동안 주문이 끝났어요. 결제된 금액은 없어요.";
        return Ok(simple(lead, "order_ended", AttemptState::Abandoned, None));
    }
    if db::attempts::another_captures(tx, attempt).await? {
        let lead = "같은 주문의 다른 결제가 먼저 진행되었어요. 이 결제로는 청구되지 않아요.";
        return Ok(simple(lead, "another_attempt", AttemptState::Abandoned, None));
    }
    if app.clock.now_ms() >= to_ms(attempt.expires_at) {
        let lead = "결제 시간이 지났어요. 결제된 금액은 없어요.\n채팅에서 다시 결제해 주세요.";
        return Ok(simple(lead, "expired", AttemptState::Expired, None));
    }
    if attempt.amount != order.order.details.total.get() || changed_since(&order.session_version, session) {
        let lead = "주문서가 바뀌어 결제하지 않았어요. 결제된 금액은 없어요.\n채팅에서 바뀐 주문서로 다시 결제해 주세요.";
        return Ok(simple(lead, "order_changed", AttemptState::Abandoned, Some(CancelReason::Replaced)));
    }
    let day = db::days::running(&mut *tx, attempt.store_id).await?;
    let honours = match order.order.pick_up_at {
        Some(_) => DayState::takes_reservations,
        None => DayState::honours_payments,
    };
    if !day.is_some_and(|day| honours(day.state())) {
        let lead = "매장이 영업을 마쳤어요. 결제된 금액은 없어요.";
        return Ok(simple(lead, "store_closed", AttemptState::Abandoned, Some(CancelReason::StoreTrouble)));
    }
    if let Some((at, why)) = reservations::objection(tx, order, app.clock.now_ms()).await? {
        return Ok(Some(Objection {
            lead: "그 예약 시각은 이제 지킬 수 없어요. 결제된 금액은 없어요.\n채팅에서 다른 시각으로 다시 예약해 주세요.",
            problems: vec![Problem { name: format!("{} 예약", at.kst_clock()), why: why.customer_text() }],
            attempt: AttemptState::Abandoned,
            why: "reservation_impossible",
            order: Some(CancelReason::NotOrderable),
        }));
    }
    not_sellable(app, tx, order, attempt).await
}

/// The food itself; its pieces are reserved when nothing speaks against it.
async fn not_sellable(
    app: &App,
    tx: &mut PgConnection,
    order: &LockedOrder,
    attempt: &Attempt,
) -> anyhow::Result<Option<Objection>> {
    let menu = chat::current_menu(app, tx, attempt.store_id).await?;
    let mut problems = match menu {
        Some(current) => orderable::problems(&current.menu, &order.order.details.lines),
        None => vec![Problem { name: "메뉴".to_owned(), why: "지금은 볼 수 없어요".to_owned() }],
    };
    if problems.is_empty() && !db::stock::reserve(tx, attempt.store_id, attempt.order_id).await? {
        problems
            .push(Problem {
                name: "남은 수량".to_owned(), why: "그사이 다른 손님이 주문했어요".to_owned()
            });
    }
    Ok((!problems.is_empty()).then_some(Objection {
        lead: "그사이 품절되었거나 가격이 바뀌었어요. 결제된 금액은 없어요.\n채팅에서 다시 담아 주세요.",
        problems,
        attempt: AttemptState::Abandoned,
        why: "not_orderable",
        order: Some(CancelReason::NotOrderable),
    }))
}

/// Whether the customer changed the very order session that this order was made of. A new session is another order.
fn changed_since(ordered: &str, now: Option<SessionVersion>) -> bool {
    let ordered: Option<SessionVersion> = ordered.parse().ok();
    match (ordered, now) {
        (Some(ordered), Some(now)) => ordered.created == now.created && ordered.n != now.n,
        (Some(_) | None, Some(_) | None) => false,
    }
}

async fn refuse(
    app: &App,
    tx: &mut PgConnection,
    attempt: &Attempt,
    objection: &Objection,
) -> anyhow::Result<Work> {
    let now = app.clock.now_ms();
    let watch = reconciler::next_watch(to_ms(attempt.expires_at), now);
    db::attempts::ended(tx, attempt, objection.attempt, objection.why, watch, now).await?;
    let Some(reason) = objection.order else { return Ok(Work::default()) };
    let change = Change {
        store_id: attempt.store_id,
        order_id: attempt.order_id,
        command: OrderCommand::Cancel { reason },
        by: Actor::Payment,
        expected_version: None,
    };
    Ok(orders::transition(tx, &app.clock, change).await?.work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::TimeMs;

    #[test]
    fn only_a_change_of_the_same_session_objects() {
        let version = |created, n| Some(SessionVersion { created: TimeMs(created), n });
        assert!(!changed_since("1000-3", None));
        assert!(!changed_since("1000-3", version(1_000, 3)));
        assert!(changed_since("1000-3", version(1_000, 4)));
        assert!(!changed_since("1000-3", version(2_000, 1)));
    }
}
