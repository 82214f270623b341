//! What stands in the way of a closing, each with one thing to do.

use shared::TimeMs;
use shared::day::{Day, DayPhase};
use shared::id::{OrderId, StoreId};
use shared::wire::{Blocker, BlockerCode, MAX_LISTED};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::clock::{to_ms, to_utc};
use crate::db::closing::{self, Obstacles};

/// A payment that was begun lives until its expiry and this: clocks of several servers, and a callback that came at the last moment.
pub const PAYMENT_MARGIN_MS: i64 = 30_000;
/// A checkout that began just before the closing has written its attempt by then: no transaction takes longer.
const CHECKOUT_MARGIN_MS: i64 = 12_000;

/// Everything that has to end before the books can be frozen; empty when nothing.
pub async fn blockers(
    tx: &mut PgConnection,
    store_id: StoreId,
    day: &Day,
    now: TimeMs,
) -> Result<Vec<Blocker>, sqlx::Error> {
    let since = match day.phase {
        DayPhase::Closing { since, .. } => since,
        DayPhase::Closed { .. } => return Ok(Vec::new()),
        DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. } => {
            return Ok(vec![blocker(BlockerCode::NotClosing, &[], None)]);
        }
    };
    let living = to_utc(now.plus_ms(-PAYMENT_MARGIN_MS));
    let obstacles = closing::obstacles(tx, store_id, day.id, living).await?;
    Ok(list(&obstacles, since, now))
}

fn list(obstacles: &Obstacles, since: TimeMs, now: TimeMs) -> Vec<Blocker> {
    let found = [
        (BlockerCode::OpenOrder, &obstacles.open),
        (BlockerCode::PaymentUnderWay, &obstacles.under_way),
        (BlockerCode::PaymentUnknown, &obstacles.unknown),
        (BlockerCode::PaymentNeedsReview, &obstacles.needs_review),
        (BlockerCode::RefundPending, &obstacles.refund_pending),
        (BlockerCode::RefundNeedsReview, &obstacles.refund_needs_review),
    ];
    let found = found.into_iter().filter(|(_, orders)| !orders.is_empty());
    let mut blockers: Vec<Blocker> = found.map(|(code, orders)| blocker(code, orders, None)).collect();
    // The payment's life is counted from its own beginning: where nobody is paying, nobody has to wait.
    let paying = obstacles.at_kakaopay_until.map(|until| to_ms(until).plus_ms(PAYMENT_MARGIN_MS));
    let settled = since.plus_ms(CHECKOUT_MARGIN_MS);
    let until = paying.into_iter().chain([settled]).max().filter(|until| *until > now);
    if let Some(until) = until {
        blockers.insert(0, blocker(BlockerCode::ClosingTooFresh, &obstacles.at_kakaopay, Some(until)));
    }
    blockers
}

/// One of them.
pub fn blocker(code: BlockerCode, orders: &[Uuid], until: Option<TimeMs>) -> Blocker {
    Blocker {
        code,
        action: code.action(),
        count: u32::try_from(orders.len()).unwrap_or(u32::MAX),
        orders: orders.iter().take(MAX_LISTED).map(|order| OrderId(*order)).collect(),
        until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_who_is_paying_and_for_nobody_else() {
        let (since, now) = (TimeMs(1_000_000), TimeMs(1_000_000 + CHECKOUT_MARGIN_MS));
        assert_eq!(list(&Obstacles::default(), since, now), []);
        let early = list(&Obstacles::default(), since, TimeMs(now.0 - 1));
        assert_eq!((early[0].code, early[0].until), (BlockerCode::ClosingTooFresh, Some(now)));
        let paying = Obstacles {
            at_kakaopay: vec![Uuid::nil()],
            at_kakaopay_until: Some(to_utc(TimeMs(2_000_000))),
            open: vec![Uuid::nil(); MAX_LISTED + 1],
            ..Obstacles::default()
        };
        let found = list(&paying, since, now);
        assert_eq!(found[0].until, Some(TimeMs(2_000_000 + PAYMENT_MARGIN_MS)));
        assert_eq!((found[1].code, found[1].orders.len()), (BlockerCode::OpenOrder, MAX_LISTED));
        assert_eq!(found[1].count, u32::try_from(MAX_LISTED + 1).unwrap());
    }
}
