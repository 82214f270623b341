//! What a receipt needs beside its order.

use chrono::{DateTime, Utc};
use shared::id::{OrderId, StoreId};
use shared::menu::Menu;
use shared::{TimeMs, Won};
use sqlx::types::Json;

use super::orders::won;
use crate::cli::Business;
use crate::clock::to_ms;

/// Who sold it.
#[derive(Debug, Clone)]
pub struct Shop {
    pub name: String,
    pub phone: String,
    pub address: String,
    pub business: Business,
}

/// A payment that was captured.
#[derive(Debug, Clone)]
pub struct PaidBy {
    pub at: TimeMs,
    /// As KakaoPay names it.
    pub method: Option<String>,
    /// The card's approval number, else KakaoPay's own.
    pub approval_no: Option<String>,
}

/// A part of the money that went back, or will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    pub amount: Won,
    pub tax_free: Won,
    pub vat: Won,
    /// When KakaoPay confirmed it.
    pub done_at: Option<TimeMs>,
}

/// A store as its receipts name it.
pub async fn shop(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<Shop, sqlx::Error> {
    let row = sqlx::query!(
        "select name, branch, phone, address, business as \"business: Json<Business>\" from store where store_id = $1",
        store_id.0
    )
    .fetch_one(db)
    .await?;
    let name = format!("{} {}", row.name, row.branch);
    Ok(Shop { name, phone: row.phone, address: row.address, business: row.business.0 })
}

/// The payment of an order; `None` when no money was taken.
pub async fn paid_by(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
) -> Result<Option<PaidBy>, sqlx::Error> {
    let row = sqlx::query!(
        "select approved_at as \"approved_at!: DateTime<Utc>\", method, coalesce(card_approval_no, aid) as approval_no
         from payment_attempt where store_id = $1 and order_id = $2 and state = 'approved' and approved_at is not null",
        store_id.0,
        order_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| PaidBy { at: to_ms(row.approved_at), method: row.method, approval_no: row.approval_no }))
}

/// What of an order's money went back or will, oldest first, at most `limit`.
pub async fn given_back(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    order_id: OrderId,
    limit: i64,
) -> Result<Vec<GivenBack>, sqlx::Error> {
    let rows = sqlx::query!(
        "select r.amount, r.tax_free, r.vat, case when r.state = 'done' then r.updated_at end as done_at
         from refund r join payment_attempt a on a.store_id = r.store_id and a.attempt_id = r.attempt_id
         where r.store_id = $1 and r.order_id = $2 and a.state = 'approved' order by r.created_at, r.refund_id limit $3",
        store_id.0,
        order_id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    let parts = rows.into_iter().map(|row| {
        Ok(GivenBack {
            amount: won(row.amount)?,
            tax_free: won(row.tax_free)?,
            vat: won(row.vat)?,
            done_at: row.done_at.map(to_ms),
        })
    });
    parts.collect()
}

/// The menu that an order was made of.
pub async fn menu(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    version: i64,
) -> Result<Option<Menu>, sqlx::Error> {
    let document = sqlx::query_scalar!(
        "select document as \"document: Json<Menu>\" from menu_document where store_id = $1 and menu_version = $2",
        store_id.0,
        version
    )
    .fetch_optional(db)
    .await?;
    Ok(document.map(|document| document.0))
}
