//! What a person decided about a payment or a refund that waited for one.

use std::fmt;

use anyhow::{Context, bail};
use serde::Serialize;
use shared::id::{AttemptId, RefundId, StoreId};
use shared::order::{Actor, CancelReason, OrderCommand, Phase};
use shared::{TimeMs, Won};
use sqlx::{Postgres, Transaction};

use super::kakaopay::{ActionType, Answer, NO_SUCH_PAYMENT, OrderBody, kst_time};
use super::{reconciler, refund};
use crate::app::App;
use crate::clock::to_ms;
use crate::close::money;
use crate::db::attempts::{Attempt, AttemptState, Taken};
use crate::db::refunds::ReviewedRefund;
use crate::db::settlements::{self, NewSettlement};
use crate::db::{attempts, in_time, orders as order_rows, refunds, stock};
use crate::ledger;
use crate::orders::{Change, transition};
use crate::wake::Work;

/// Who decides about what, and why.
#[derive(Debug, Clone, Copy)]
pub struct Settle<'a> {
    pub store_id: StoreId,
    pub attempt_id: AttemptId,
    pub by: &'a str,
    pub reason: &'a str,
    /// Against what KakaoPay says, or without its word.
    pub force: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settled {
    pub decision: &'static str,
    /// Won that KakaoPay says it took and gave back; absent when it did not say.
    pub kakaopay: Option<(i64, i64)>,
    pub what_follows: &'static str,
}

/// What KakaoPay said.
#[derive(Debug, Clone)]
pub enum Word {
    Of(Box<OrderBody>),
    NoSuchPayment,
    Nothing(String),
}

/// Stands for KakaoPay's number of a movement where KakaoPay did not say one.
pub const NO_NUMBER: &str = "settled_by_hand";
/// How soon KakaoPay is asked once more about a payment that was settled as not taken, when no look is planned.
const LAST_LOOK_MS: i64 = 60 * 60 * 1_000;

impl Word {
    /// Won taken and given back.
    pub fn money(&self) -> Option<(i64, i64)> {
        match self {
            Self::Of(body) => money(body),
            Self::NoSuchPayment => Some((0, 0)),
            Self::Nothing(_) => None,
        }
    }

    /// Whether money was taken.
    pub fn says_captured(&self) -> Option<bool> {
        self.money().map(|(captured, _)| captured > 0)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(body) => write!(f, "{:?}, won taken and given back: {:?}", body.status, money(body)),
            Self::NoSuchPayment => f.write_str("it knows no such payment"),
            Self::Nothing(why) => write!(f, "nothing ({why})"),
        }
    }
}

/// Asks KakaoPay about the payment.
pub async fn ask(app: &App, settle: &Settle<'_>) -> anyhow::Result<Word> {
    let attempt = find(app, settle).await?;
    let Some(tid) = &attempt.tid else { return Ok(Word::NoSuchPayment) };
    Ok(match app.kakaopay.order(tid).await {
        Answer::Done(body) => Word::Of(Box::new(body)),
        Answer::Refused(refusal) if refusal.code == NO_SUCH_PAYMENT => Word::NoSuchPayment,
        Answer::Refused(refusal) => Word::Nothing(refusal.text()),
        Answer::Unknown(cause) => Word::Nothing(cause.as_str().to_owned()),
    })
}

/// Whether KakaoPay says that a refund has happened.
pub async fn says_refunded(
    app: &App,
    settle: &Settle<'_>,
    refund_id: RefundId,
    word: &Word,
) -> anyhow::Result<Option<bool>> {
    let row =
        refunds::find(&app.db, settle.store_id, refund_id).await?.context("the store has no such refund")?;
    let Word::Of(body) = word else { return Ok(None) };
    Ok(refund::says(body, row.amount, row.expected_remaining, refund_id))
}

/// Writes the decision about a payment. Money that was taken goes back: an order that nobody could explain never comes to life.
pub async fn attempt(app: &App, settle: &Settle<'_>, captured: bool, word: &Word) -> anyhow::Result<Settled> {
    let attempt = find(app, settle).await?;
    let now = app.clock.now_ms();
    let (settled, work) = in_time(async {
        let mut tx = app.db.begin().await?;
        let order = order_rows::lock(&mut tx, settle.store_id, attempt.order_id).await?;
        let order = order.context("the payment has no order")?;
        let attempt = attempts::lock(&mut tx, settle.store_id, settle.attempt_id).await?;
        let attempt = attempt.filter(|attempt| attempt.state == AttemptState::NeedsReview);
        let attempt = attempt.context("the payment does not wait for a person")?;
        let follows = match (captured, attempt.approved_at.is_some()) {
            (true, true) => {
                attempts::reviewed(&mut tx, &attempt, AttemptState::Abandoned, None, now).await?;
                "the money was booked before and goes back"
            }
            (true, false) => {
                take(&mut tx, &attempt, word, now).await?;
                "the money is booked and goes back"
            }
            (false, true) => bail!("the money of this payment is in the ledger; settle its refund instead"),
            (false, false) => {
                let unpaid = order.order.phase == Phase::PendingPayment;
                end(&mut tx, &attempt, unpaid, now).await?;
                "the order can be paid anew until it expires"
            }
        };
        let mut work = Work { refunds: captured, ..Work::default() };
        if captured && order.order.phase == Phase::PendingPayment {
            work = work.and(cancel(app, &mut tx, &attempt).await?);
        }
        let decision = if captured { "captured" } else { "not_captured" };
        write(&mut tx, settle, None, decision, word, now).await?;
        tx.commit().await?;
        Ok((Settled { decision, kakaopay: word.money(), what_follows: follows }, work))
    })
    .await?;
    app.wake.up(work);
    Ok(settled)
}

/// Ends it as [`booking::end`](super::booking::end) does: its pieces are free again, and money that comes all the same is noticed.
async fn end(
    tx: &mut Transaction<'_, Postgres>,
    attempt: &Attempt,
    unpaid: bool,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let planned = reconciler::next_watch(to_ms(attempt.expires_at), now);
    let watch = planned.unwrap_or(now.plus_ms(LAST_LOOK_MS));
    // Without a tid there is nothing to ask about.
    let watch = attempt.tid.is_some().then_some(watch);
    attempts::reviewed(tx, attempt, AttemptState::Failed, watch, now).await?;
    if unpaid && !attempts::another_captures(tx, attempt).await? {
        stock::release(tx, attempt.store_id, attempt.order_id).await?;
    }
    Ok(())
}

/// Books what was taken although nobody could say so, and asks for it to go back.
async fn take(
    tx: &mut Transaction<'_, Postgres>,
    attempt: &Attempt,
    word: &Word,
    now: TimeMs,
) -> anyhow::Result<()> {
    let body = match word {
        Word::Of(body) => Some(body),
        Word::NoSuchPayment | Word::Nothing(_) => None,
    };
    let actions = body.map(|body| body.payment_action_details.as_slice()).unwrap_or_default();
    let payment = actions.iter().find(|action| action.payment_action_type == ActionType::Payment);
    let taken = Taken {
        aid: payment.map_or_else(|| NO_NUMBER.to_owned(), |action| action.aid.clone()),
        method: body
            .and_then(|body| body.payment_method_type.as_ref())
            .map(|method| method.as_str().to_owned()),
        card_approval_no: None,
        at: body.and_then(|body| body.approved_at.as_deref()).and_then(kst_time).unwrap_or(now),
    };
    let why = "settled_captured";
    let written = attempts::taken(tx, attempt, AttemptState::Abandoned, &taken, Some(why), now).await?;
    if !written {
        bail!("somebody else works on the payment; try again in a moment");
    }
    ledger::captured(tx, attempt.store_id, attempt.attempt_id).await?;
    refunds::create(tx, attempt.store_id, attempt.attempt_id, Won::new(attempt.amount)?, why, now).await?;
    Ok(())
}

async fn cancel(app: &App, tx: &mut Transaction<'_, Postgres>, attempt: &Attempt) -> anyhow::Result<Work> {
    let change = Change {
        store_id: attempt.store_id,
        order_id: attempt.order_id,
        command: OrderCommand::Cancel { reason: CancelReason::PaymentFailed },
        by: Actor::Operator,
        expected_version: None,
    };
    Ok(transition(tx, &app.clock, change).await?.work)
}

/// Writes the decision about a refund.
pub async fn refund(
    app: &App,
    settle: &Settle<'_>,
    refund_id: RefundId,
    refunded: bool,
    word: &Word,
) -> anyhow::Result<Settled> {
    let attempt = find(app, settle).await?;
    let now = app.clock.now_ms();
    let (settled, work) = in_time(async {
        let mut tx = app.db.begin().await?;
        let order = order_rows::lock(&mut tx, settle.store_id, attempt.order_id).await?;
        let ever_paid = order.is_some_and(|order| order.order.phase != Phase::PendingPayment);
        let row = refunds::find(&mut *tx, settle.store_id, refund_id).await?;
        let row = row
            .filter(|row| row.attempt_id == settle.attempt_id)
            .context("the payment has no such refund")?;
        let aid = refund_aid(word, &row, refund_id);
        if !refunds::reviewed(&mut tx, settle.store_id, refund_id, refunded.then_some(aid.as_str()), now)
            .await?
        {
            bail!("the refund does not wait for a person");
        }
        let mut work = Work { refunds: true, ..Work::default() };
        if refunded {
            let refund = ledger::Refund {
                store_id: settle.store_id,
                refund_id,
                order_id: row.order_id,
                attempt_id: row.attempt_id,
                amount: row.amount,
            };
            ledger::refund_done(&mut tx, refund, Some(&aid), now).await?;
            if attempt.state == AttemptState::Approved && ever_paid {
                let change = Change {
                    store_id: settle.store_id,
                    order_id: row.order_id,
                    command: OrderCommand::RecordRefund { amount: Won::new(row.amount)? },
                    by: Actor::Operator,
                    expected_version: None,
                };
                work = work.and(transition(&mut tx, &app.clock, change).await?.work);
            }
        }
        let decision = if refunded { "refunded" } else { "not_refunded" };
        write(&mut tx, settle, Some(refund_id), decision, word, now).await?;
        tx.commit().await?;
        let follows =
            if refunded { "the order says that the money is back" } else { "the refund is sent again" };
        Ok((Settled { decision, kakaopay: word.money(), what_follows: follows }, work))
    })
    .await?;
    app.wake.up(work);
    Ok(settled)
}

/// KakaoPay's number of the refund, where it says that this one happened: another one's number is not its number.
fn refund_aid(word: &Word, row: &ReviewedRefund, refund_id: RefundId) -> String {
    let aid = match word {
        Word::Of(body) => refund::number(body, row.amount, row.expected_remaining, refund_id),
        Word::NoSuchPayment | Word::Nothing(_) => None,
    };
    aid.unwrap_or_else(|| NO_NUMBER.to_owned())
}

async fn find(app: &App, settle: &Settle<'_>) -> anyhow::Result<Attempt> {
    let attempt = attempts::find(&app.db, settle.store_id, settle.attempt_id).await?;
    attempt.with_context(|| format!("store {} has no payment {}", settle.store_id, settle.attempt_id))
}

async fn write(
    tx: &mut Transaction<'_, Postgres>,
    settle: &Settle<'_>,
    refund_id: Option<RefundId>,
    decision: &'static str,
    word: &Word,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let new = NewSettlement {
        store_id: settle.store_id,
        attempt_id: settle.attempt_id,
        refund_id,
        decision,
        kakaopay: word.money(),
        forced: settle.force,
        by: settle.by,
        reason: settle.reason,
    };
    settlements::insert(tx, &new, now).await
}
