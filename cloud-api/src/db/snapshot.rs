//! Everything that a counter shows, read at one moment.

use std::collections::HashMap;

use shared::id::{DayId, ItemKey, OrderId, StoreId};
use shared::menu::PricedLine;
use shared::order::{Order, OrderDetails, Ticket};
use shared::wire::{BusinessCard, StoreCard};
use sqlx::PgConnection;
use uuid::Uuid;

use super::orders::{from_json, mode_from_name, won};
use crate::clock::to_ms;

/// The store's card.
pub async fn store_card(tx: &mut PgConnection, store_id: StoreId) -> Result<StoreCard, sqlx::Error> {
    let row = sqlx::query!(
        "select name, branch, prep_minutes_default, address, phone, business ->> 'company' as company,
                business ->> 'owner' as owner, business ->> 'registration_no' as registration_no
         from store where store_id = $1",
        store_id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(StoreCard {
        store_id,
        name: row.name,
        branch: row.branch,
        prep_minutes_default: row.prep_minutes_default.unsigned_abs(),
        business: row.registration_no.map(|registration_no| BusinessCard {
            company: row.company.unwrap_or_default(),
            representative: row.owner.unwrap_or_default(),
            registration_no,
            address: row.address,
            phone: row.phone,
        }),
    })
}

/// Versions of what a counter reads beside the snapshot: menu and schedule.
pub async fn versions(tx: &mut PgConnection, store_id: StoreId) -> Result<(i64, i64), sqlx::Error> {
    let row =
        sqlx::query!("select menu_version, schedule_version from store where store_id = $1", store_id.0)
            .fetch_one(tx)
            .await?;
    Ok((row.menu_version, row.schedule_version))
}

/// Placed orders that are open or belong to this day: open ones first, then newest first, at most `limit`.
pub async fn orders(
    tx: &mut PgConnection,
    store_id: StoreId,
    day_id: DayId,
    limit: i64,
) -> Result<Vec<Order>, sqlx::Error> {
    let rows = sqlx::query!(
        "select order_id, version, state, number as \"number!\", call_name as \"call_name!\", placed_at as \"placed_at!\",
                mode, total, tax_free, vat, points, refunded, refund_promised, conflict, has_request, pick_up_at
         from orders
         where store_id = $1 and number is not null
           and (day_id = $2 or phase in ('reserved', 'placed', 'accepted', 'cooking', 'ready', 'handed_over'))
         order by (phase in ('completed', 'rejected', 'cancelled')), placed_at desc limit $3",
        store_id.0,
        day_id.0,
        limit
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.order_id).collect();
    let mut lines = lines(tx, store_id, &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Order {
                id: OrderId(row.order_id),
                version: row.version.unsigned_abs(),
                details: OrderDetails {
                    mode: mode_from_name(&row.mode)?,
                    lines: lines.remove(&row.order_id).unwrap_or_default(),
                    total: won(row.total)?,
                    tax_free: won(row.tax_free)?,
                    vat: won(row.vat)?,
                    points: won(row.points)?,
                },
                ticket: Some(Ticket {
                    number: row.number.unsigned_abs(),
                    call_name: row.call_name,
                    placed_at: to_ms(row.placed_at),
                }),
                pick_up_at: row.pick_up_at.map(to_ms),
                phase: from_json(row.state)?,
                has_request: row.has_request,
                refunded: won(row.refunded)?,
                refund_promised: won(row.refund_promised)?,
                conflict: row.conflict.map(|text| from_json(text.into())).transpose()?,
            })
        })
        .collect()
}

async fn lines(
    tx: &mut PgConnection,
    store_id: StoreId,
    orders: &[Uuid],
) -> Result<HashMap<Uuid, Vec<PricedLine>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select order_id, item_key, name, quantity, unit_price, amount, tax_free, options from order_item
         where store_id = $1 and order_id = any($2) order by order_id, line_no",
        store_id.0,
        orders
    )
    .fetch_all(tx)
    .await?;
    let mut lines: HashMap<Uuid, Vec<PricedLine>> = HashMap::new();
    for row in rows {
        lines.entry(row.order_id).or_default().push(PricedLine {
            item: ItemKey(row.item_key),
            name: row.name,
            quantity: row.quantity.unsigned_abs(),
            options: from_json(row.options)?,
            unit_price: won(row.unit_price)?,
            amount: won(row.amount)?,
            tax_free: row.tax_free,
        });
    }
    Ok(lines)
}
