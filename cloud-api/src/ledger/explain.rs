//! An order explains its money.

use shared::Won;
use shared::id::{OrderId, StoreId};
use shared::ledger::{Account, Source, Standing};
use shared::wire::{MoneyEntry, MoneyLine, OrderMoney};
use sqlx::PgConnection;

use crate::clock::to_ms;
use crate::db;
use crate::db::ledger::{self as table, Entry};

/// Everything that the ledger says about an order; `None` when the store has no such order.
pub async fn explain(
    tx: &mut PgConnection,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<OrderMoney>, sqlx::Error> {
    if db::orders::read(tx, store_id, order_id).await?.is_none() {
        return Ok(None);
    }
    let entries = table::of_orders(&mut *tx, store_id, &[order_id.0]).await?;
    let rate = table::rate(&mut *tx, store_id).await?;
    Ok(Some(money(store_id, order_id, &entries, rate)))
}

fn money(store_id: StoreId, order_id: OrderId, entries: &[Entry], rate: i32) -> OrderMoney {
    let lines = entries.iter().flat_map(|entry| &entry.lines);
    let standing = lines.fold(Standing::default(), |standing, line| standing.and(*line));
    let credited = entries.iter().find_map(|entry| entry.credited);
    let at_kakaopay = |source: Source| {
        let lines = entries.iter().filter(|entry| entry.source == source).flat_map(|entry| &entry.lines);
        lines.filter(|line| line.account == Account::Kakaopay).map(|line| line.amount).sum::<i64>()
    };
    OrderMoney {
        store_id,
        order_id,
        paid: won(at_kakaopay(Source::Capture)),
        points: won(points_paid(entries)),
        refunded: won(-at_kakaopay(Source::RefundDone)),
        refund_pending: won(standing.refund_due),
        fee: won(standing.fee),
        fee_basis_points: credited.map_or(rate, |credited| credited.fee_basis_points).unsigned_abs(),
        payable: won(standing.payable),
        payout_date: credited.map(|credited| credited.payout_date.to_string()),
        entries: entries.iter().map(shown).collect(),
    }
}

/// Points that pay a part and have not come back.
fn points_paid(entries: &[Entry]) -> i64 {
    let own = |entry: &&Entry| match entry.source {
        Source::PointsUsed | Source::PointsReturned => true,
        Source::Capture
        | Source::RefundRequested
        | Source::RefundDone
        | Source::Completed
        | Source::PointsEarned
        | Source::PointsReversed => false,
    };
    let lines = entries.iter().filter(own).flat_map(|entry| &entry.lines);
    lines.filter(|line| line.account == Account::Points).map(|line| line.amount).sum()
}

fn shown(entry: &Entry) -> MoneyEntry {
    let lines = entry.lines.iter();
    MoneyEntry {
        at: to_ms(entry.at),
        source: entry.source,
        lines: lines.map(|line| MoneyLine { account: line.account, amount: line.amount }).collect(),
    }
}

/// The database refuses entries that would make one of these negative.
fn won(amount: i64) -> Won {
    Won::new(amount.max(0)).unwrap_or(Won::ZERO)
}
