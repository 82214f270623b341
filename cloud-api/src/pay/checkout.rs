//! `GET /pay/{token}`: sends the customer to KakaoPay. Opening the link again within the life of a payment leads to the same payment;
//! opening it twice at once makes one.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::day::DayState;
use shared::id::AttemptId;
use shared::order::Phase;
use sqlx::PgConnection;
use tokio::time::Instant;

use super::agent::{Browser, is_preview};
use super::failure::PageError;
use super::kakaopay::{Answer, OrderStatus};
use super::orderable::{self, Problem};
use super::ready::{self, Readied};
use super::{booking, links, page, reconciler};
use crate::app::App;
use crate::clock::to_ms;
use crate::db::attempts::{Attempt, AttemptState, Redirects};
use crate::db::in_time;
use crate::db::orders::LockedOrder;
use crate::db::pay_links::PayLinkTarget;
use crate::{chat, db};

/// A payment with less life left than this is not offered any more.
const LIFE_LEFT_MS: i64 = 60_000;
/// A payment that was opened longer ago may have lost its payer on the way back: KakaoPay is asked.
const ASK_AFTER_MS: i64 = 60_000;
/// Payments of one order; more are somebody playing.
const MAX_ATTEMPTS: i64 = 20;
/// How long a second opening waits for the first one's `ready`.
const OTHERS_PATIENCE: Duration = Duration::from_secs(8);
const POLL: Duration = Duration::from_millis(100);

/// `GET /pay/{token}`.
pub async fn checkout(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let target = db::pay_links::find(&app.db, &token).await?;
    let Some(target) = target.filter(|target| target.attempt_id.is_none()) else {
        return Ok(page::not_found().into_response());
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if is_preview(agent) {
        return Ok(page::preview().into_response());
    }
    let browser = Browser::from_user_agent(agent);
    // Runs to its end even when the browser goes away meanwhile.
    let worker = app.clone();
    let opened = app.tasks.spawn(async move { open(&worker, target).await });
    let again = links::pay(&app, target.order_id);
    Ok(match opened.await?? {
        Opened::Go(redirects) => links::redirect(StatusCode::FOUND, address(&redirects, browser)),
        Opened::OrderPage => links::redirect(StatusCode::SEE_OTHER, &links::order(&app, target.order_id)),
        Opened::NotPayable { lead, problems } => page::not_payable(&lead, &problems).into_response(),
        Opened::Held => page::held().into_response(),
        Opened::Failed => page::try_again(&again).into_response(),
        Opened::Gone => page::not_found().into_response(),
    })
}

fn address(redirects: &Redirects, browser: Browser) -> &str {
    match browser {
        Browser::Pc => &redirects.pc,
        Browser::Mobile => &redirects.mobile,
        Browser::InApp => &redirects.app,
    }
}

/// Where opening the link leads.
enum Opened {
    /// To KakaoPay.
    Go(Redirects),
    /// The order is paid, ended, or its money may be moving.
    OrderPage,
    NotPayable {
        lead: Cow<'static, str>,
        problems: Vec<Problem>,
    },
    /// The circuit breaker is open.
    Held,
    Failed,
    Gone,
}

async fn open(app: &App, target: PayLinkTarget) -> anyhow::Result<Opened> {
    let deadline = Instant::now() + OTHERS_PATIENCE;
    let mut asked = None;
    loop {
        // When this fails after all, an attempt that was written is one that nobody sends: it counts as lost in a moment.
        match in_time(decide(app, target, asked)).await? {
            Decided::Opened(opened) => return Ok(opened),
            Decided::AskFirst(attempt) => {
                asked = Some(attempt.attempt_id);
                ask(app, &attempt).await?;
            }
            Decided::Ready(attempt_id) => {
                return Ok(match ready::send(app, target, attempt_id).await? {
                    Readied::Ok(redirects) => Opened::Go(redirects),
                    Readied::Held => Opened::Held,
                    Readied::Failed => Opened::Failed,
                });
            }
            Decided::Wait if Instant::now() >= deadline => return Ok(Opened::Failed),
            Decided::Wait => tokio::time::sleep(POLL).await,
        }
    }
}

/// The next step, decided under the order's lock.
enum Decided {
    Opened(Opened),
    /// Send `ready` for this attempt, which is written.
    Ready(AttemptId),
    /// Somebody else is sending `ready`.
    Wait,
    /// KakaoPay has to be asked about this attempt before it is offered again.
    AskFirst(Box<Attempt>),
}

async fn decide(app: &App, target: PayLinkTarget, asked: Option<AttemptId>) -> anyhow::Result<Decided> {
    let mut tx = app.db.begin().await?;
    let Some(order) = db::orders::lock(&mut tx, target.store_id, target.order_id).await? else {
        return Ok(Decided::Opened(Opened::Gone));
    };
    let attempts = db::attempts::of_order(&mut *tx, target.store_id, target.order_id, MAX_ATTEMPTS).await?;
    let paid_or_ended = order.order.phase != Phase::PendingPayment;
    if paid_or_ended || attempts.iter().any(|attempt| attempt.state.is_in_flight()) {
        return Ok(Decided::Opened(Opened::OrderPage));
    }
    // Held until the commit: after the store said that it closes no payment begins any more.
    let day = db::days::hold_state(&mut tx, target.store_id).await?;
    let under_way = reusable(app, &order, &attempts, asked);
    // A payment that is under way is honoured when the store closes or takes a break meanwhile.
    let may = match (order.order.pick_up_at, &under_way) {
        (Some(_), _) => DayState::takes_reservations,
        (None, Some(_)) => DayState::honours_payments,
        (None, None) => DayState::takes_placements,
    };
    if !day.is_some_and(may) {
        let lead = "매장이 지금은 주문을 받지 않아요. 결제된 금액은 없어요.";
        return Ok(Decided::Opened(Opened::NotPayable { lead: lead.into(), problems: Vec::new() }));
    }
    if let Some(opened) = not_sellable(app, &mut tx, target, &order).await? {
        return Ok(Decided::Opened(opened));
    }
    if let Some(decided) = under_way {
        return Ok(decided);
    }
    if i64::try_from(attempts.len()).unwrap_or(i64::MAX) >= MAX_ATTEMPTS {
        let lead = "이 주문으로 결제를 너무 많이 시도했어요. 채팅에서 새로 주문해 주세요.";
        return Ok(Decided::Opened(Opened::NotPayable { lead: lead.into(), problems: Vec::new() }));
    }
    if let Some(minutes) = chat::limits::payments_to_wait(app, &mut tx, order.context.customer_id).await? {
        let lead =
            format!("결제를 너무 여러 번 여셨어요. {minutes}분쯤 뒤에 다시 해 주세요. 결제된 금액은 없어요.");
        return Ok(Decided::Opened(Opened::NotPayable { lead: lead.into(), problems: Vec::new() }));
    }
    if !app.kakaopay.is_available() {
        return Ok(Decided::Opened(Opened::Held));
    }
    crate::failpoint::reach("pay.before_ready_row").await?;
    let attempt_id = ready::write(app, &mut tx, target, &order).await?;
    tx.commit().await?;
    Ok(Decided::Ready(attempt_id))
}

async fn not_sellable(
    app: &App,
    tx: &mut PgConnection,
    target: PayLinkTarget,
    order: &LockedOrder,
) -> anyhow::Result<Option<Opened>> {
    let menu = chat::current_menu(app, tx, target.store_id).await?;
    let problems = menu.map(|menu| orderable::problems(&menu.menu, &order.order.details.lines));
    let problems = problems.unwrap_or_default();
    let lead = "그사이 품절되었거나 가격이 바뀌었어요. 결제된 금액은 없어요.\n채팅에서 다시 담아 주세요.";
    Ok((!problems.is_empty()).then(|| Opened::NotPayable { lead: lead.into(), problems }))
}

/// A payment that is open already: to be waited for, asked about, or offered again.
fn reusable(
    app: &App,
    order: &LockedOrder,
    attempts: &[Attempt],
    asked: Option<AttemptId>,
) -> Option<Decided> {
    let now = app.clock.now_ms();
    let fits = |attempt: &&Attempt| {
        let alive = to_ms(attempt.expires_at).ms_since(now) > LIFE_LEFT_MS;
        alive && attempt.amount == order.order.details.total.get()
    };
    let attempt = attempts.iter().filter(fits).find(|attempt| match attempt.state {
        AttemptState::ReadySent => now < ready::lost_at(to_ms(attempt.created_at)),
        AttemptState::ReadyOk => true,
        AttemptState::ReadyUnknown
        | AttemptState::ApproveRequested
        | AttemptState::ApproveSent
        | AttemptState::ApproveUnknown
        | AttemptState::Approved
        | AttemptState::Failed
        | AttemptState::Abandoned
        | AttemptState::Expired
        | AttemptState::NeedsReview => false,
    })?;
    let Some(redirects) = &attempt.redirects else { return Some(Decided::Wait) };
    let old = now.ms_since(to_ms(attempt.created_at)) > ASK_AFTER_MS;
    if old && asked != Some(attempt.attempt_id) {
        return Some(Decided::AskFirst(Box::new(attempt.clone())));
    }
    Some(Decided::Opened(Opened::Go(redirects.clone())))
}

/// A payer who authenticated and never came back cannot be approved any more: that payment is given up and a new one is made. One that
/// ended is written down. Without an answer the payment is offered as it is.
async fn ask(app: &App, attempt: &Attempt) -> anyhow::Result<()> {
    let Some(tid) = attempt.tid.as_deref() else { return Ok(()) };
    let ended = match app.kakaopay.order(tid).await {
        Answer::Done(body) => match body.status {
            OrderStatus::AuthPassword => Some((AttemptState::Abandoned, "callback_lost")),
            OrderStatus::QuitPayment | OrderStatus::FailPayment | OrderStatus::FailAuthPassword => {
                Some((AttemptState::Failed, "payer_stopped"))
            }
            OrderStatus::Ready
            | OrderStatus::SendTms
            | OrderStatus::OpenPayment
            | OrderStatus::SelectMethod
            | OrderStatus::ArsWaiting
            | OrderStatus::IssuedSid
            | OrderStatus::SuccessPayment
            | OrderStatus::PartCancelPayment
            | OrderStatus::CancelPayment
            | OrderStatus::Other(_) => None,
        },
        Answer::Refused(_) | Answer::Unknown(_) => None,
    };
    if let Some((state, why)) = ended {
        let watch = reconciler::next_watch(to_ms(attempt.expires_at), app.clock.now_ms());
        booking::end(app, attempt, state, why, watch).await?;
    }
    Ok(())
}
