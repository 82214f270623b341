//! "Message me when KakaoPay works again": customers who asked are told once, when it has worked for a while, a few at a time so that they do
//! not all fall on it at once. Who paid meanwhile, whose order session is gone or whose store closed is not told at all.

use std::time::Duration;

use serde_json::json;
use shared::TimeMs;
use shared::day::DayState;
use shared::phone::PhoneNumber;

use super::breaker::State;
use crate::app::{App, AppState};
use crate::chat;
use crate::db::pay_wishes::{self, PayWish, WishFate};
use crate::db::personal::{self, CustomerPrivate, Subject};
use crate::db::{self, in_time, notifications};
use crate::orders::Template;

/// How often the wishes are looked at.
const TICK: Duration = Duration::from_secs(2);
/// No process has seen the circuit breaker open for so long.
pub const STAYED_WELL_MS: i64 = 60_000;
/// Customers who are told together, and how long until the next are.
pub const BATCH: i64 = 10;
pub const BETWEEN_BATCHES_MS: i64 = 10_000;

/// Tells customers until the process stops.
pub(super) async fn run(app: App) {
    while !app.shutdown.is_cancelled() {
        if let Err(error) = run_once(&app).await {
            tracing::warn!(error = format!("{error:#}"), "who waits for KakaoPay could not be told");
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = app.shutdown.cancelled() => {}
        }
    }
}

/// One look; says how many customers are being told.
pub async fn run_once(app: &AppState) -> anyhow::Result<usize> {
    let now = app.clock.now_ms();
    count("expired", pay_wishes::expire(&app.db, now).await?);
    let waiting = pay_wishes::waiting(&app.db, BATCH).await?;
    let Some(oldest) = waiting.first() else { return Ok(0) };
    let (trouble, told) = pay_wishes::history(&app.db).await?;
    if !is_time(trouble, told, now) {
        // While it is open nothing else would say that it still is.
        if matches!(app.kakaopay.state(), State::Open { .. }) {
            pay_wishes::saw_trouble(&app.db, now).await?;
        }
        return Ok(0);
    }
    if !works(app, oldest).await? {
        pay_wishes::saw_trouble(&app.db, now).await?;
        return Ok(0);
    }
    let mut fates = Vec::with_capacity(waiting.len());
    for wish in waiting {
        let fate = number_to_tell(app, &wish, now).await?.err().unwrap_or(WishFate::Told);
        fates.push((wish, fate));
    }
    let told = in_time(end(app, &fates, now)).await?;
    if told > 0 {
        app.wake.notifications.notify_one();
    }
    Ok(told)
}

/// Whether the next customers may be told: it has been well for a while, and the last ones had their time.
fn is_time(trouble: Option<TimeMs>, told: Option<TimeMs>, now: TimeMs) -> bool {
    let long_ago = |at: Option<TimeMs>, ms: i64| at.is_none_or(|at| now.ms_since(at) >= ms);
    long_ago(trouble, STAYED_WELL_MS) && long_ago(told, BETWEEN_BATCHES_MS)
}

/// Asks KakaoPay about some payment. Nobody else may be calling it, so its circuit breaker could stay half open for ever.
async fn works(app: &AppState, wish: &PayWish) -> anyhow::Result<bool> {
    let Some(tid) = pay_wishes::newest_tid(&app.db, wish.store_id).await? else {
        return Ok(app.kakaopay.is_available());
    };
    Ok(match app.kakaopay.admit() {
        Ok(()) => app.kakaopay.order(&tid).await.is_healthy(),
        Err(super::Held) => false,
    })
}

/// The number at which this customer is told, or why they are not. Asked again just before the message is sent.
pub async fn number_to_tell(
    app: &AppState,
    wish: &PayWish,
    now: TimeMs,
) -> anyhow::Result<Result<PhoneNumber, WishFate>> {
    if wish.expires_at <= now {
        return Ok(Err(WishFate::Expired));
    }
    if pay_wishes::was_paid_since(&app.db, wish).await? {
        return Ok(Err(WishFate::Paid));
    }
    let Some(session) = chat::waiting_session(app, wish.customer_id, wish.session_created).await? else {
        return Ok(Err(WishFate::SessionGone));
    };
    let day = db::days::running(&app.db, wish.store_id).await?;
    let takes = if session.for_later { DayState::takes_reservations } else { DayState::takes_placements };
    if !day.is_some_and(|day| takes(day.state())) {
        return Ok(Err(WishFate::StoreClosed));
    }
    let subject = Subject::Customer(wish.customer_id);
    let private: Option<CustomerPrivate> = personal::get(&app.db, &app.vault, subject).await?;
    let number = private.and_then(|private| private.phone);
    Ok(number.as_deref().and_then(PhoneNumber::parse).ok_or(WishFate::NoPhone))
}

/// Ends the wishes and queues the messages, together.
async fn end(app: &AppState, fates: &[(PayWish, WishFate)], now: TimeMs) -> anyhow::Result<usize> {
    let mut tx = app.db.begin().await?;
    if !pay_wishes::may_tell(&mut tx).await? {
        return Ok(0);
    }
    // Another process may have told a batch meanwhile.
    let (trouble, last) = pay_wishes::history(&mut *tx).await?;
    if !is_time(trouble, last, now) {
        return Ok(0);
    }
    let mut told = 0;
    for (wish, fate) in fates {
        if !pay_wishes::end(&mut tx, wish, *fate, now).await? {
            continue;
        }
        count(fate.as_str(), 1);
        if *fate == WishFate::Told {
            let store = db::stores::full_name(&mut *tx, wish.store_id).await?;
            notifications::create_for_wish(&mut tx, wish, Template::PayAgain, &json!({"매장명": store}), now)
                .await?;
            told += 1;
        }
    }
    tx.commit().await?;
    Ok(told)
}

fn count(fate: &'static str, wishes: u64) {
    metrics::counter!("pay_wishes", "fate" => fate).increment(wishes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_before_it_has_been_well_for_a_while() {
        let now = TimeMs(10_000_000);
        assert!(is_time(None, None, now));
        assert!(!is_time(Some(now.plus_ms(1 - STAYED_WELL_MS)), None, now));
        assert!(is_time(Some(now.plus_ms(-STAYED_WELL_MS)), None, now));
        assert!(!is_time(None, Some(now.plus_ms(1 - BETWEEN_BATCHES_MS)), now));
        assert!(is_time(None, Some(now.plus_ms(-BETWEEN_BATCHES_MS)), now));
    }
}
