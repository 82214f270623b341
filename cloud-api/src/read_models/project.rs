//! The projection: pages of a store's log become changes of its read models. Pure, and the same however the log is cut into pages, which is
//! why a rebuild gives what was there.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::id::{ItemKey, OrderId};
use shared::log::{LogBody, Subject};
use shared::order::OrderEvent;
use shared::schedule::KstDate;

use super::status::OrderStatus;

/// What a page of the log changes.
#[derive(Debug, Default)]
pub struct Projection {
    /// Orders of the page as they are after it, with their last event. Begins with what is known of them.
    pub orders: HashMap<OrderId, (OrderStatus, i64)>,
    /// Those of them that the page is about.
    pub touched: HashSet<OrderId>,
    /// What is added to the counts of an item on a date.
    pub counts: BTreeMap<(KstDate, ItemKey), Added>,
}

/// What is added to the counts of an item; less than nothing when orders were given back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    pub orders: i64,
    pub pieces: i64,
    /// What the last order called it.
    pub name: Option<String>,
}

/// The orders that a page is about.
pub fn orders_of(page: &[(i64, LogBody)]) -> Vec<OrderId> {
    let ids: HashSet<OrderId> = page.iter().filter_map(|(_, body)| body.order_id()).collect();
    ids.into_iter().collect()
}

impl Projection {
    /// Begins with what is known of the orders of the page.
    pub fn from_known(orders: HashMap<OrderId, (OrderStatus, i64)>) -> Self {
        Self { orders, ..Self::default() }
    }

    /// Takes in one event of the log.
    pub fn follow(&mut self, seq: i64, body: &LogBody) {
        match &body.subject {
            Subject::Order { order_id, event, .. } => self.follow_order(seq, *order_id, event, body),
            Subject::Day(_) | Subject::Store(_) => {}
        }
    }

    fn follow_order(&mut self, seq: i64, order_id: OrderId, event: &OrderEvent, body: &LogBody) {
        if let Some(status) = begun(event) {
            self.count(&status, 1);
            self.orders.insert(order_id, (status, seq));
            self.touched.insert(order_id);
            return;
        }
        let Some((status, last)) = self.orders.get_mut(&order_id) else { return };
        status.follow(event, body.at);
        *last = seq;
        self.touched.insert(order_id);
        if matches!(event, OrderEvent::OrderRejected { .. } | OrderEvent::OrderCancelled { .. }) {
            let status = status.clone();
            self.count(&status, -1);
        }
    }

    fn count(&mut self, status: &OrderStatus, orders: i64) {
        let day = KstDate::of(status.placed_at);
        for item in &status.items {
            let added = self.counts.entry((day, item.item.clone())).or_default();
            added.orders += orders;
            added.pieces += orders * i64::from(item.pieces);
            if orders > 0 {
                added.name = Some(item.name.clone());
            }
        }
    }
}

/// The order that an event begins.
fn begun(event: &OrderEvent) -> Option<OrderStatus> {
    if let OrderEvent::OrderPlaced { number, call_name, placed_at, details, .. } = event {
        return Some(OrderStatus::placed(*number, call_name, *placed_at, details));
    }
    if let OrderEvent::OrderReserved { number, call_name, reserved_at, pick_up_at, details, .. } = event {
        return Some(OrderStatus::placed(*number, call_name, *reserved_at, details).reserved(*pick_up_at));
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::id::DayId;
    use shared::log::BODY_VERSION;
    use shared::menu::PricedLine;
    use shared::order::{Actor, CancelReason, OrderDetails, OrderMode, PhaseName};
    use shared::{TimeMs, Won};

    use super::*;

    const NOON: TimeMs = TimeMs(1_763_694_000_000);

    fn body(order_id: OrderId, at: TimeMs, event: OrderEvent) -> LogBody {
        let subject = Subject::Order { order_id, order_version: 1, event };
        LogBody { v: BODY_VERSION, at, day_id: DayId::fresh(), by: Actor::Customer, subject }
    }

    fn line(item: &str, quantity: u32) -> PricedLine {
        PricedLine {
            item: item.into(),
            name: format!("{item}!"),
            quantity,
            options: Vec::new(),
            unit_price: Won::new(1_000).unwrap(),
            amount: Won::new(1_000 * i64::from(quantity)).unwrap(),
            tax_free: false,
        }
    }

    fn placed(order: OrderId, at: TimeMs, lines: Vec<PricedLine>) -> LogBody {
        let total = Won::new(lines.iter().map(|line| line.amount.get()).sum()).unwrap();
        let (tax_free, vat, points) = (Won::ZERO, Won::ZERO, Won::ZERO);
        let details = OrderDetails { mode: OrderMode::Takeout, lines, total, tax_free, vat, points };
        let event = OrderEvent::OrderPlaced {
            number: 1,
            call_name: "사과".to_owned(),
            placed_at: at,
            accept_by: at.plus_minutes(5),
            details,
            has_request: false,
        };
        body(order, at, event)
    }

    /// The tables, as a fold over pages leaves them.
    type Tables = (HashMap<OrderId, (OrderStatus, i64)>, BTreeMap<(KstDate, ItemKey), (i64, i64, String)>);

    fn folded(log: &[(i64, LogBody)], cuts: &[usize]) -> Tables {
        let (mut orders, mut counts) = Tables::default();
        let mut from = 0;
        for cut in cuts.iter().copied().chain([log.len()]) {
            let page = &log[from..cut.max(from)];
            from = cut.max(from);
            let known = orders_of(page).into_iter().filter_map(|id| Some((id, orders.get(&id).cloned()?)));
            let mut projection = Projection::from_known(known.collect());
            page.iter().for_each(|(seq, body)| projection.follow(*seq, body));
            for id in &projection.touched {
                orders.insert(*id, projection.orders[id].clone());
            }
            for (key, added) in projection.counts {
                let count = counts.entry(key).or_insert((0, 0, String::new()));
                *count =
                    (count.0 + added.orders, count.1 + added.pieces, added.name.unwrap_or(count.2.clone()));
            }
        }
        (orders, counts)
    }

    #[test]
    fn a_cancelled_order_no_longer_counts() {
        let (kept, given_back) = (OrderId::fresh(), OrderId::fresh());
        let cancelled = OrderEvent::OrderCancelled {
            at: NOON.plus_minutes(2),
            reason: CancelReason::CustomerChangedMind,
            refund: Won::new(3_000).unwrap(),
        };
        let log = vec![
            (1, placed(kept, NOON, vec![line("kimbap", 2), line("kimbap", 1), line("cola", 1)])),
            (2, placed(given_back, NOON, vec![line("kimbap", 3)])),
            (3, body(given_back, NOON.plus_minutes(2), cancelled)),
        ];
        let (orders, counts) = folded(&log, &[2]);
        let today = KstDate::of(NOON);
        assert_eq!(counts[&(today, "kimbap".into())], (1, 3, "kimbap!".to_owned()));
        assert_eq!(counts[&(today, "cola".into())], (1, 1, "cola!".to_owned()));
        assert_eq!(orders[&given_back].0.phase, PhaseName::Cancelled);
        assert_eq!(orders[&given_back].1, 3);
    }

    #[test]
    fn an_order_whose_beginning_is_not_known_is_left_out() {
        let log = vec![(7, body(OrderId::fresh(), NOON, OrderEvent::OrderReady { at: NOON }))];
        assert_eq!(folded(&log, &[]), Tables::default());
    }

    fn step(kind: u8, at: TimeMs) -> OrderEvent {
        match kind {
            0 => OrderEvent::OrderAccepted { prep_minutes: 5, ready_by: at.plus_minutes(5) },
            1 => OrderEvent::CookingStarted { ready_by: at.plus_minutes(5), at },
            2 => OrderEvent::OrderReady { at },
            3 => OrderEvent::OrderHandedOver { at },
            4 => OrderEvent::OrderCompleted { at },
            5 => OrderEvent::RefundCompleted { amount: Won::new(500).unwrap() },
            _ => OrderEvent::OrderCancelled { at, reason: CancelReason::StoreTrouble, refund: Won::ZERO },
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_log_is_cut_into_pages(
            steps in proptest::collection::vec((0_usize..4, 0_u8..7, 1_u32..4), 1..40),
            mut cuts in proptest::collection::vec(0_usize..40, 0..6),
        ) {
            let ids: Vec<OrderId> = (0..4).map(|_| OrderId::fresh()).collect();
            let mut seen = HashSet::new();
            let mut log = Vec::new();
            for (index, (order, kind, quantity)) in steps.into_iter().enumerate() {
                let at = NOON.plus_minutes(u32::try_from(index).unwrap() * 45);
                let items = vec![line(["kimbap", "cola"][order % 2], quantity)];
                let id = ids[order];
                let next =
                    if seen.insert(id) { placed(id, at, items) } else { body(id, at, step(kind, at)) };
                log.push((i64::try_from(index).unwrap() + 1, next));
            }
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(log.len()));
            cuts.sort_unstable();
            prop_assert_eq!(folded(&log, &cuts), folded(&log, &[]));
        }
    }
}
