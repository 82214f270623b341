//! Makes an order of the session (주문) and hands out the button to pay. KakaoPay is never called from here.

use anyhow::Context as _;
use shared::day::DayState;
use shared::id::{OrderId, StoreId};
use shared::order::{Actor, CancelReason, Order, OrderCommand, OrderDetails, Phase};
use shared::reservation::NoReservation;
use shared::session::SessionVersion;
use shared::{TimeMs, Won, points};
use sqlx::PgConnection;

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::session_store::{self, Change, Found, Kept};
use super::turn::{Doing, Reply, Turn};
use super::{closed, limits, menu_cache, order_card, phone, reserve, session, status, tell_me, texts};
use crate::db;
use crate::db::customer_orders::OwnOrder;
use crate::db::orders::{LockedOrder, NewOrder};
use crate::db::pay_links::PayLinkTarget;
use crate::db::personal::{self, OrderPrivate, Subject};
use crate::db::store_list::ListedStore;
use crate::db::timers::TimerKind;
use crate::failpoint;
use crate::orders::{Change as OrderChange, transition_locked};
use crate::reservations::{self, Times};
use crate::token;
use crate::wake::Work;

/// An order that is not paid for this long ends.
pub const PAYMENT_MINUTES: u32 = 30;

/// A session that may become an order.
struct Ready {
    kept: Kept,
    store: ListedStore,
    menu_version: i64,
    details: OrderDetails,
    phone: String,
    /// Whether points pay as much of it as they may.
    with_points: bool,
}

/// What came of the transaction.
enum Placed {
    Waiting(OrderId),
    /// This very session was paid before.
    Already(StoreId, OrderId),
    /// Money of an earlier order may be moving.
    Checking,
    /// The store stopped taking orders at this very moment.
    Closed,
    /// So many orders were made and not paid that no more are made, for so many minutes.
    TooMany {
        minutes: u32,
    },
    /// The time that was chosen is gone.
    NoTime(Box<Times>, TimeMs, NoReservation),
}

/// Checks everything anew, makes the order, and shows it with the button to pay. `seen` is the total that the customer saw last.
pub fn place<'a>(turn: &'a Turn<'a>, version: SessionVersion, seen: Won) -> Doing<'a> {
    Box::pin(place_as(turn, version, seen, false))
}

/// The same, with as many of the customer's points as may be used.
pub fn place_with_points<'a>(turn: &'a Turn<'a>, version: SessionVersion, seen: Won) -> Doing<'a> {
    Box::pin(place_as(turn, version, seen, true))
}

async fn place_as(
    turn: &Turn<'_>,
    version: SessionVersion,
    seen: Won,
    with_points: bool,
) -> anyhow::Result<Reply> {
    let kept = match session_store::find(turn.app, turn.customer.id, version).await? {
        Found::Current(kept) => kept,
        found @ (Found::Stale(_) | Found::Gone(_)) => return session::other_version(turn, found).await,
    };
    let ready = match prepare(turn, kept, seen).await? {
        Ok(ready) => Ready { with_points, ..ready },
        Err(reply) => return Ok(*reply),
    };
    let (placed, work) = commit(turn, &ready).await?;
    turn.app.wake.up(work);
    match placed {
        Placed::Waiting(order) => {
            remember(turn, &ready, order).await;
            order_card::to_pay(turn, &ready.store, order).await
        }
        Placed::Already(store, order) => {
            let reply = status::show(turn, store, order).await?;
            Ok(reply.map(|answer| answer.before("이미 결제한 주문이에요.")))
        }
        Placed::Closed => {
            let why = closed::why(turn, ready.store.store_id).await?.unwrap_or_else(closed::just_now);
            Ok(sorry(&ready.store, &why).into())
        }
        Placed::TooMany { minutes } => Ok(limits::too_many_orders(minutes).into()),
        Placed::NoTime(times, at, why) => Ok(reserve::refuse(&times, version, at, why)),
        Placed::Checking => {
            Ok(Answer::text(texts::PAYMENT_CHECKING).quick("주문 상태", Action::Status).into())
        }
    }
}

/// Everything that must hold before an order is made; otherwise what to say.
async fn prepare(turn: &Turn<'_>, kept: Kept, seen: Won) -> anyhow::Result<Result<Ready, Box<Reply>>> {
    let store_id = kept.session.store_id;
    let store = db::store_list::find(&turn.app.db, store_id, turn.app.clock.now_ms()).await?;
    let now = menu_cache::current(turn.app, store_id).await?;
    let (Some(store), Some(now)) = (store, now) else { return Ok(say(Answer::text(texts::NO_STORE))) };
    if !store.has_takeout() {
        return Ok(say(Answer::text("이 매장은 지금 포장 주문을 받지 않아요. 다른 매장을 골라 주세요.")));
    }
    if kept.session.pick_up_at.is_none()
        && !store.open
        && let Some(why) = closed::why(turn, store_id).await?
    {
        return Ok(say(sorry(&store, &why)));
    }
    let priced = kept.session.price(&now.menu);
    if !priced.problems.is_empty() {
        let lines = priced.problems.iter().map(|(line, problem)| {
            let name = now.menu.item(&line.item).map_or("없어진 메뉴", |item| item.name.as_str());
            format!("· {name}: {problem}")
        });
        let note = format!("주문하지 못했어요.\n{}", lines.collect::<Vec<_>>().join("\n"));
        return Ok(Err(Box::new(session::present(turn, &kept, Some(note)).await?)));
    }
    if !session::is_orderable(&now.menu, &priced) {
        return Ok(Err(Box::new(session::present(turn, &kept, None).await?)));
    }
    if priced.total == Won::ZERO {
        let note = "합계가 0원인 주문은 결제할 수 없어요. 다른 메뉴를 담아 주세요.".to_owned();
        return Ok(Err(Box::new(session::present(turn, &kept, Some(note)).await?)));
    }
    if priced.total != seen {
        let note =
            format!("그사이 가격이 바뀌었어요: {seen} → {}. 확인하고 다시 주문해 주세요.", priced.total);
        return Ok(Err(Box::new(session::present(turn, &kept, Some(note)).await?)));
    }
    let Some(phone) = phone::bound(turn).await? else {
        return Ok(Err(Box::new(phone::ask(Some((kept.session.version, seen))))));
    };
    if !turn.app.kakaopay.is_available() {
        tell_me::note_trouble(turn.app);
        return Ok(say(pay_later(kept.session.version, seen)));
    }
    let details = session::details(&priced);
    Ok(Ok(Ready { kept, store, menu_version: now.version, details, phone, with_points: false }))
}

fn say(answer: Answer) -> Result<Ready, Box<Reply>> {
    Err(Box::new(answer.quick("매장 찾기", Action::Stores { at: None, page: 0, far: false }).into()))
}

fn pay_later(version: SessionVersion, seen: Won) -> Answer {
    let card = TextCard::new("카카오페이가 잠시 응답하지 않아요")
        .description("조금 뒤에 결제해 주세요. 주문서는 그대로 두었고, 결제된 금액은 없어요.")
        .button(Button::new("다시 주문하기", Action::Place { version, seen }))
        .button(Button::new("다시 되면 알려 주세요", Action::TellMe { version, seen }));
    Answer::card(card).quick("주문서 보기", Action::Session)
}

fn sorry(store: &ListedStore, why: &str) -> Answer {
    let text = format!("{}: {why} 주문서는 그대로 둘게요. 문을 열면 다시 주문해 주세요.", store.full_name());
    Answer::text(text).quick("주문서 보기", Action::Session)
}

/// One transaction: settles earlier unpaid orders, then reuses or writes the order with everything that belongs to it. Locks as everywhere:
/// the customer, their orders, counted items, points, the store, the day.
async fn commit(turn: &Turn<'_>, ready: &Ready) -> anyhow::Result<(Placed, Work)> {
    let mut tx = turn.app.db.begin().await?;
    db::customers::lock(&mut tx, turn.customer.id).await?;
    let own = hold(turn, &mut tx, ready).await?;
    let (settled, work) = settle(turn, &mut tx, ready, own).await?;
    if settled.is_none()
        && let Some(minutes) = limits::orders_to_wait(turn, &mut tx).await?
    {
        tx.rollback().await?;
        return Ok((Placed::TooMany { minutes }, Work::default()));
    }
    let pick_up_at = ready.kept.session.pick_up_at;
    if let Some(at) = pick_up_at
        && let Some((times, why)) = no_time(turn, &mut tx, ready, settled.as_ref(), at).await?
    {
        tx.rollback().await?;
        return Ok((Placed::NoTime(Box::new(times), at, why), Work::default()));
    }
    // Held until the commit: after the store said that it closes nothing is placed any more.
    let state = db::days::hold_state(&mut tx, ready.store.store_id).await?;
    let takes = if pick_up_at.is_some() { DayState::takes_reservations } else { DayState::takes_placements };
    if !state.is_some_and(takes) {
        tx.rollback().await?;
        return Ok((Placed::Closed, Work::default()));
    }
    let placed = match settled {
        Some(Placed::Waiting(order)) => {
            // The number may have been corrected since the order was written.
            keep_private(turn, &mut tx, ready, order).await?;
            Placed::Waiting(order)
        }
        Some(placed) => placed,
        None => Placed::Waiting(insert(turn, &mut tx, ready).await?),
    };
    if let Placed::Checking = placed {
        // Nothing was changed for good: an earlier order keeps its place until its payment is known.
        tx.rollback().await?;
        return Ok((placed, Work::default()));
    }
    failpoint::reach("order.before_commit").await?;
    tx.commit().await?;
    failpoint::reach("order.after_commit").await?;
    Ok((placed, work))
}

/// Why the time cannot be had; nobody takes it meanwhile, because places are given out under the store's row, which [`hold`] took.
async fn no_time(
    turn: &Turn<'_>,
    tx: &mut PgConnection,
    ready: &Ready,
    settled: Option<&Placed>,
    at: TimeMs,
) -> anyhow::Result<Option<(Times, NoReservation)>> {
    let own = match settled {
        Some(Placed::Waiting(order)) => Some(*order),
        Some(
            Placed::Already(..)
            | Placed::Checking
            | Placed::Closed
            | Placed::TooMany { .. }
            | Placed::NoTime(..),
        ) => {
            return Ok(None);
        }
        None => None,
    };
    let times = reservations::times(tx, ready.store.store_id, own, turn.app.clock.now_ms()).await?;
    Ok(times.book().check(at).err().map(|why| (times, why)))
}

/// Takes every order that has to be settled, what ending it or writing the new one changes, and the store where a time is given out: all of
/// it before anything takes the day.
async fn hold(
    turn: &Turn<'_>,
    tx: &mut PgConnection,
    ready: &Ready,
) -> anyhow::Result<Vec<(OwnOrder, LockedOrder)>> {
    let mut held = Vec::new();
    let version = ready.kept.session.version;
    for own in db::customer_orders::to_settle(tx, turn.customer.id, version).await? {
        let locked = db::orders::lock(tx, own.store_id, own.order_id).await?;
        held.push((own, locked.context("an order of the customer's directory is missing")?));
    }
    let unpaid = held.iter().filter(|(_, locked)| locked.order.phase == Phase::PendingPayment);
    let ids: Vec<(StoreId, OrderId)> = unpaid.clone().map(|(own, _)| (own.store_id, own.order_id)).collect();
    if !ids.is_empty() {
        db::stock::hold(tx, &ids).await?;
    }
    if ready.with_points || unpaid.clone().any(|(_, locked)| !locked.order.details.points.is_zero()) {
        db::points::hold_account(tx, turn.customer.id).await?;
    }
    if ready.kept.session.pick_up_at.is_some() {
        db::stores::lock(tx, ready.store.store_id).await?;
    }
    Ok(held)
}

/// Looks at every unpaid order of the customer: the same wish is reused, another one is given up, unless money may be moving for it.
async fn settle(
    turn: &Turn<'_>,
    tx: &mut PgConnection,
    ready: &Ready,
    held: Vec<(OwnOrder, LockedOrder)>,
) -> anyhow::Result<(Option<Placed>, Work)> {
    let version = ready.kept.session.version;
    let (mut same, mut work) = (None, Work::default());
    for (own, locked) in held {
        let of_this_session =
            own.store_id == ready.store.store_id && own.session_version == version.to_string();
        if locked.order.phase != Phase::PendingPayment {
            if of_this_session && locked.order.ticket.is_some() {
                return Ok((Some(Placed::Already(own.store_id, own.order_id)), work));
            }
            continue;
        }
        if db::attempts::in_flight(&mut *tx, own.store_id, own.order_id).await? {
            return Ok((Some(Placed::Checking), work));
        }
        if of_this_session && same.is_none() && is_reusable(turn, &locked, ready) {
            same = Some(Placed::Waiting(own.order_id));
            continue;
        }
        let command = OrderCommand::Cancel { reason: CancelReason::Replaced };
        let change = OrderChange {
            store_id: own.store_id,
            order_id: own.order_id,
            command,
            by: Actor::Customer,
            expected_version: None,
        };
        work = work.and(transition_locked(tx, &turn.app.clock, change, locked).await?.work);
    }
    Ok((same, work))
}

/// Same food at the same price, paid the same way, and still time to pay.
fn is_reusable(turn: &Turn<'_>, locked: &LockedOrder, ready: &Ready) -> bool {
    let ends = locked.created_at.plus_minutes(PAYMENT_MINUTES);
    let details = &locked.order.details;
    let same_way = details.points.is_zero() != ready.with_points;
    same_way && points::pay_with(details, Won::ZERO) == ready.details && turn.app.clock.now_ms() < ends
}

async fn insert(turn: &Turn<'_>, tx: &mut PgConnection, ready: &Ready) -> anyhow::Result<OrderId> {
    let app = turn.app;
    let now = app.clock.now_ms();
    let store_id = ready.store.store_id;
    let session = &ready.kept.session;
    let details = paid_with(turn, tx, ready).await?;
    let mut order = Order::pending(OrderId::fresh(), details, session.request.is_some());
    order.pick_up_at = session.pick_up_at;
    let new = NewOrder {
        store_id,
        customer_id: turn.customer.id,
        order: &order,
        session_version: session.version,
        menu_version: ready.menu_version,
    };
    db::orders::insert(tx, &new, now).await?;
    keep_private(turn, tx, ready, order.id).await?;
    let token = token::link(&app.config.signing_key, "order", order.id.0);
    let target = PayLinkTarget { store_id, order_id: order.id, attempt_id: None };
    db::pay_links::insert(&mut *tx, &token, target).await?;
    let due = now.plus_minutes(PAYMENT_MINUTES);
    db::timers::create(tx, store_id, order.id, TimerKind::PaymentExpiry, due, now).await?;
    db::customers::set_last_store(&mut *tx, turn.customer.id, store_id).await?;
    Ok(order.id)
}

/// The order as it is to be paid. The customer's points are held until the commit: nobody spends the same ones meanwhile.
async fn paid_with(
    turn: &Turn<'_>,
    tx: &mut PgConnection,
    ready: &Ready,
) -> Result<OrderDetails, sqlx::Error> {
    if !ready.with_points {
        return Ok(ready.details.clone());
    }
    let available = db::points::hold_account(tx, turn.customer.id).await?;
    Ok(points::pay_with(&ready.details, points::usable(available, ready.details.total)))
}

/// Seals what the store must see of the customer beside the order.
async fn keep_private(
    turn: &Turn<'_>,
    tx: &mut PgConnection,
    ready: &Ready,
    order: OrderId,
) -> anyhow::Result<()> {
    let private =
        OrderPrivate { request: ready.kept.session.request.clone(), phone: Some(ready.phone.clone()) };
    let subject = Subject::Order(ready.store.store_id, order);
    personal::put(tx, &turn.app.vault, subject, &private, turn.app.clock.now_ms()).await?;
    Ok(())
}

/// Notes in the session which order was made of it. Without the note a paid session would only stay a little longer.
async fn remember(turn: &Turn<'_>, ready: &Ready, order: OrderId) {
    let version = ready.kept.session.version;
    let store = ready.store.store_id;
    let noted = session_store::change(turn.app, turn.customer.id, |kept| match kept {
        Some(mut kept) if kept.session.version == version => {
            kept.order = Some((store, order));
            (Some(Change::Keep(kept)), ())
        }
        Some(_) | None => (None, ()),
    });
    if let Err(error) = noted.await {
        tracing::warn!(error = format!("{error:#}"), "the session does not know its order");
    }
}
