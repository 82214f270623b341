//! The receipt (영수증): who sold what, its VAT, where the ingredients come from, and what of the money went back. The same for the page and
//! for the chat.

use shared::id::{ItemKey, OrderId, StoreId};
use shared::menu::{Menu, PricedLine};
use shared::order::Ticket;
use shared::{TimeMs, Won};
use sqlx::PgConnection;

use crate::app::App;
use crate::db;
use crate::db::orders::LockedOrder;
use crate::db::receipts::{GivenBack, PaidBy, Shop};

/// More refunds than an order ever has.
const MAX_REFUNDS: i64 = 50;

/// A receipt of an order whose money was taken.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub shop: Shop,
    pub ticket: Option<Ticket>,
    pub paid: PaidBy,
    pub lines: Vec<PricedLine>,
    /// Won that KakaoPay took.
    pub total: Won,
    /// Won of the lines that were paid with points.
    pub points: Won,
    pub tax_free: Won,
    pub vat: Won,
    pub given_back: Vec<GivenBack>,
    /// Items of the order with where their ingredients come from.
    pub origins: Vec<(String, String)>,
}

/// The receipt of an order; `None` when no money was taken for it.
pub async fn read(app: &App, store_id: StoreId, order_id: OrderId) -> Result<Option<Receipt>, sqlx::Error> {
    let mut connection = app.db.acquire().await?;
    let Some(found) = db::orders::read(&mut connection, store_id, order_id).await? else { return Ok(None) };
    let shop = db::receipts::shop(&mut *connection, store_id).await?;
    of(&mut connection, &found, shop).await
}

/// The same for an order that was read already.
pub(super) async fn of(
    db: &mut PgConnection,
    found: &LockedOrder,
    shop: Shop,
) -> Result<Option<Receipt>, sqlx::Error> {
    let (store_id, order) = (found.context.store_id, &found.order);
    let Some(paid) = db::receipts::paid_by(&mut *db, store_id, order.id).await? else { return Ok(None) };
    let given_back = db::receipts::given_back(&mut *db, store_id, order.id, MAX_REFUNDS).await?;
    let menu = db::receipts::menu(&mut *db, store_id, found.menu_version).await?;
    let details = &order.details;
    Ok(Some(Receipt {
        shop,
        ticket: order.ticket.clone(),
        paid,
        lines: details.lines.clone(),
        total: details.total,
        points: details.points,
        tax_free: details.tax_free,
        vat: details.vat,
        given_back,
        origins: menu.map(|menu| origins(&menu, &details.lines)).unwrap_or_default(),
    }))
}

impl Receipt {
    /// Won without VAT of what is taxed.
    pub fn supply(&self) -> Won {
        let taxed = self.total.checked_sub(self.tax_free).unwrap_or(Won::ZERO);
        taxed.checked_sub(self.vat).unwrap_or(Won::ZERO)
    }

    /// Won that went back, confirmed or not.
    pub fn back(&self) -> Won {
        self.given_back.iter().fold(Won::ZERO, |sum, part| sum.checked_add(part.amount).unwrap_or(sum))
    }

    /// Won of VAT that went back with it.
    pub fn vat_back(&self) -> Won {
        self.given_back.iter().fold(Won::ZERO, |sum, part| sum.checked_add(part.vat).unwrap_or(sum))
    }

    /// Won that the store keeps.
    pub fn kept(&self) -> Won {
        self.total.checked_sub(self.back()).unwrap_or(Won::ZERO)
    }

    /// When the last of it was confirmed to have gone back; `None` while something is on its way.
    pub fn back_since(&self) -> Option<TimeMs> {
        let all: Option<Vec<TimeMs>> = self.given_back.iter().map(|part| part.done_at).collect();
        all?.into_iter().max()
    }
}

/// Each item once, in the order they were ordered.
fn origins(menu: &Menu, lines: &[PricedLine]) -> Vec<(String, String)> {
    let mut seen: Vec<&ItemKey> = Vec::new();
    let mut origins = Vec::new();
    for line in lines {
        if seen.contains(&&line.item) {
            continue;
        }
        seen.push(&line.item);
        if let Some(origin) = menu.item(&line.item).and_then(|item| item.origin.clone()) {
            origins.push((line.name.clone(), origin));
        }
    }
    origins
}

/// `2025-11-21 12:34` on the Korean clock.
pub fn date_time(at: TimeMs) -> String {
    format!("{} {}", shared::schedule::KstDate::of(at), at.kst_clock())
}
