//! What one customer may do in a while: orders made and not paid, payments opened, numbers given. Counted in Postgres, so that neither an
//! empty Redis nor a restart gives more; an operator can lift it (`cloud-api customer lift`).

use std::num::NonZeroU32;

use shared::TimeMs;
use shared::id::CustomerId;
use sqlx::PgConnection;

use super::action::Action;
use super::answer::Answer;
use super::turn::Turn;
use crate::app::App;
use crate::db::customer_limits;

/// Orders of one customer in [`ORDERS_WINDOW_MS`] that are not paid, unless `CHAT_UNPAID_ORDERS_PER_HOUR` says otherwise.
pub const MOST_UNPAID_ORDERS: NonZeroU32 = NonZeroU32::new(20).expect("more than none");
/// Payments of one customer in the same time that came to nothing, for each such order.
pub const PAYMENTS_PER_ORDER: i64 = 2;
pub const ORDERS_WINDOW_MS: i64 = 60 * 60 * 1000;
/// Other mobile numbers of one customer in [`NUMBERS_WINDOW_MS`].
pub const MOST_NUMBERS: i32 = 5;
pub const NUMBERS_WINDOW_MS: i64 = 24 * 60 * 60 * 1000;

/// How many minutes a customer has to wait before another order is made for them, if they have to.
pub async fn orders_to_wait(turn: &Turn<'_>, tx: &mut PgConnection) -> Result<Option<u32>, sqlx::Error> {
    let now = turn.app.clock.now_ms();
    let made = customer_limits::unpaid_orders(tx, turn.customer.id, now.plus_ms(-ORDERS_WINDOW_MS)).await?;
    Ok(to_wait("orders", turn.customer.id, made, most_orders(turn.app), now))
}

/// The same before another payment is opened.
pub async fn payments_to_wait(
    app: &App,
    tx: &mut PgConnection,
    customer: CustomerId,
) -> Result<Option<u32>, sqlx::Error> {
    let now = app.clock.now_ms();
    let opened = customer_limits::unpaid_attempts(tx, customer, now.plus_ms(-ORDERS_WINDOW_MS)).await?;
    Ok(to_wait("payments", customer, opened, most_orders(app) * PAYMENTS_PER_ORDER, now))
}

/// Counts another number; `false` when there were too many.
pub async fn count_number(turn: &Turn<'_>, tx: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let now = turn.app.clock.now_ms();
    let from = now.plus_ms(-NUMBERS_WINDOW_MS);
    let counted = customer_limits::count_number(tx, turn.customer.id, MOST_NUMBERS, from, now).await?;
    if !counted {
        limited("numbers", turn.customer.id);
    }
    Ok(counted)
}

fn most_orders(app: &App) -> i64 {
    i64::from(app.config.unpaid_orders_per_hour.get())
}

fn to_wait(
    what: &'static str,
    customer: CustomerId,
    (count, oldest): (i64, Option<TimeMs>),
    most: i64,
    now: TimeMs,
) -> Option<u32> {
    if count < most {
        return None;
    }
    limited(what, customer);
    Some(minutes_until(oldest.unwrap_or(now), now))
}

/// Until the oldest that counts is out of the window; at least one.
fn minutes_until(oldest: TimeMs, now: TimeMs) -> u32 {
    let left = oldest.plus_ms(ORDERS_WINDOW_MS).ms_since(now).clamp(0, ORDERS_WINDOW_MS);
    u32::try_from(left / 60_000 + 1).unwrap_or(1)
}

fn limited(what: &'static str, customer: CustomerId) {
    metrics::counter!("chat_limited", "what" => what).increment(1);
    tracing::warn!(customer_id = %customer, what, "a customer is at a limit");
}

/// What somebody is told who makes orders and does not pay them.
pub fn too_many_orders(minutes: u32) -> Answer {
    let text = format!(
        "결제하지 않은 주문이 너무 많아요. {minutes}분쯤 뒤에 다시 주문해 주세요.\n\
        주문서는 그대로 둘게요. 이미 결제한 주문은 ‘주문 상태’에서 볼 수 있어요."
    );
    Answer::text(text).quick("주문 상태", Action::Status).quick("주문서 보기", Action::Session)
}

/// What somebody is told who gives one number after another.
pub fn too_many_numbers(has_one: bool) -> Answer {
    let kept = if has_one { " 지금은 전에 알려 주신 번호로 보내 드려요." } else { "" };
    let text = format!("번호를 너무 여러 번 바꾸셨어요. 하루 뒤에 다시 알려 주세요.{kept}");
    Answer::text(text).quick("주문서 보기", Action::Session).quick("주문 상태", Action::Status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_minutes_within_the_window() {
        let now = TimeMs(10_000_000_000);
        assert_eq!(minutes_until(now, now), 61);
        assert_eq!(minutes_until(now.plus_ms(-59 * 60_000), now), 2);
        assert_eq!(minutes_until(now.plus_ms(-2 * ORDERS_WINDOW_MS), now), 1);
        let customer = CustomerId::fresh();
        assert_eq!(to_wait("orders", customer, (19, Some(now)), 20, now), None);
        assert_eq!(to_wait("orders", customer, (20, Some(now)), 20, now), Some(61));
    }
}
