//! Orders and events for tests.

use shared::day::{Day, DayEvent, TransitionCause};
use shared::id::{DayId, OrderId};
use shared::log::{BODY_VERSION, LogBody, Subject};
use shared::order::{Actor, OrderDetails, OrderEvent, OrderMode, call_name};
use shared::{TimeMs, Won};

/// A day that takes orders.
pub fn open_day(id: DayId, since: TimeMs) -> Day {
    let opened = DayEvent::DayOpened { opened_at: since, cause: TransitionCause::ByHand, made_at: None };
    Day::fold(None, id, &opened)
}

pub fn details() -> OrderDetails {
    let total = Won::new(9_000).unwrap();
    OrderDetails {
        mode: OrderMode::Takeout,
        lines: Vec::new(),
        total,
        tax_free: Won::ZERO,
        vat: total.vat_included(),
        points: Won::ZERO,
    }
}

pub fn body(day_id: DayId, order_id: OrderId, order_version: u32, by: Actor, event: OrderEvent) -> LogBody {
    let subject = Subject::Order { order_id, order_version, event };
    LogBody { v: BODY_VERSION, at: store_desktop_core::clock::now(), day_id, by, subject }
}

pub fn placed(day_id: DayId, order_id: OrderId, number: u32) -> LogBody {
    let now = store_desktop_core::clock::now();
    let event = OrderEvent::OrderPlaced {
        number,
        call_name: call_name(number),
        placed_at: now,
        accept_by: now.plus_minutes(5),
        details: details(),
        has_request: true,
    };
    body(day_id, order_id, 1, Actor::Payment, event)
}
