//! What may be printed, decided by pure functions.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::TimeMs;
use shared::id::{CommandKey, DayId, DeviceId, OrderId, StaffId};
use shared::order::{Actor, CancelReason, Order, Phase, PhaseName, RejectReason};
use shared::wire::{Command, CommandAction, Incarnation};
use store_desktop_core::fold::{Entry, Happened, Ledger};
use store_desktop_core::journal::{Fate, JobState, PrintJob, Waiting};
use store_desktop_core::print::{
    Due, Judged, PrintCode, PrinterId, STALE_AFTER_MS, Settings, TicketKind, judge, plan,
};

use super::fake_printer::{only, printer};
use super::orders;

const NOW: TimeMs = TimeMs(1_795_253_460_000);

fn entry(phase: Phase) -> Entry {
    let mut order = orders::order();
    order.phase = phase;
    Entry {
        order,
        day_id: DayId::fresh(),
        received_at: NOW,
        history: Vec::new(),
        taken_from_kitchen_at: None,
        needs_update: false,
        private: None,
    }
}

fn job(kind: TicketKind, order: &Order, made_at: TimeMs, released: bool) -> PrintJob {
    PrintJob {
        id: 1,
        key: "key".to_owned(),
        printer: PrinterId("kitchen".to_owned()),
        kind,
        order_id: Some(order.id),
        revision: 1,
        copy: 1,
        copies: 1,
        reprint: 0,
        document: None,
        made_at,
        state: JobState::Queued,
        code: None,
        attempts: 0,
        sequence: 0,
        released,
        confirmed: false,
        changed_at: made_at,
    }
}

fn waiting(order_id: OrderId, action: CommandAction, made_at: TimeMs, fate: Fate) -> Waiting {
    let command = Command {
        key: CommandKey::fresh(),
        device_seq: 1,
        incarnation: Incarnation::NONE,
        made_at,
        order_id: Some(order_id),
        expected_version: None,
        action,
    };
    Waiting { command, fate }
}

fn phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(vec![
        Phase::PendingPayment,
        Phase::Reserved { fires_at: NOW },
        Phase::Placed { accept_by: NOW },
        Phase::Accepted { prep_minutes: 5, ready_by: NOW },
        Phase::Cooking { ready_by: NOW, since: NOW },
        Phase::Ready { since: NOW },
        Phase::HandedOver { at: NOW },
        Phase::Completed { at: NOW },
        Phase::Rejected { at: NOW, reason: RejectReason::SoldOut },
        Phase::Cancelled { at: NOW, reason: CancelReason::Operator },
    ])
}

fn fate() -> impl Strategy<Value = Fate> {
    prop::sample::select(vec![
        Fate::Unanswered,
        Fate::Applied { position: None },
        Fate::Refused { code: shared::Code::OrderTooLate, at: NOW },
    ])
}

fn kind() -> impl Strategy<Value = TicketKind> {
    prop::sample::select(vec![TicketKind::Kitchen, TicketKind::Slip, TicketKind::Cancel])
}

fn action() -> impl Strategy<Value = CommandAction> {
    prop::sample::select(vec![
        CommandAction::Accept { prep_minutes: 5 },
        CommandAction::Cancel { reason: CancelReason::SoldOut },
        CommandAction::Cooking,
    ])
}

proptest! {
    #[test]
    fn nothing_old_nothing_ended_and_no_lie_is_printed_by_itself(
        phase in phase(), kind in kind(), age in -1_000_000i64..2_000_000, live in any::<bool>(),
        commands in prop::collection::vec((action(), fate()), 0..4),
    ) {
        let entry = entry(phase);
        let made_at = NOW.plus_ms(-age);
        let waiting: Vec<Waiting> =
            commands.into_iter().map(|(action, fate)| waiting(entry.order.id, action, made_at, fate)).collect();
        let judged = judge(&job(kind, &entry.order, made_at, false), Some(&entry), &waiting, live, NOW);
        let Judged::Print { unconfirmed } = judged else { return Ok(()) };
        let name = entry.order.phase.name();
        prop_assert!(age <= STALE_AFTER_MS, "a stale ticket");
        let asked = |wanted: fn(&CommandAction) -> bool| {
            waiting.iter().any(|one| wanted(&one.command.action) && !matches!(one.fate, Fate::Refused { .. }))
        };
        if kind == TicketKind::Cancel {
            let ended = matches!(name, PhaseName::Cancelled | PhaseName::Rejected);
            let asked = asked(|action| matches!(action, CommandAction::Cancel { .. }));
            prop_assert!(ended || asked, "{name:?}");
            prop_assert!(!(ended && unconfirmed), "{name:?}");
        } else {
            let accepted = matches!(name, PhaseName::Accepted | PhaseName::Cooking | PhaseName::Ready);
            let waits = matches!(name, PhaseName::Reserved | PhaseName::Placed);
            let asked = waits && asked(|action| matches!(action, CommandAction::Accept { .. }));
            prop_assert!(accepted || asked, "{name:?}");
            prop_assert!(!(accepted && unconfirmed), "{name:?}");
        }
    }

    #[test]
    fn what_a_person_released_never_waits_for_a_person_again(phase in phase(), kind in kind(), age in 0i64..90_000_000) {
        let entry = entry(phase);
        let made_at = NOW.plus_ms(-age);
        let judged = judge(&job(kind, &entry.order, made_at, true), Some(&entry), &[], true, NOW);
        prop_assert!(!matches!(judged, Judged::Hold(PrintCode::Stale | PrintCode::OrderEnded)), "{judged:?}");
    }
}

#[test]
fn an_order_that_left_the_memory_is_held() {
    let order = orders::order();
    let judged = judge(&job(TicketKind::Kitchen, &order, NOW, false), None, &[], true, NOW);
    assert_eq!(judged, Judged::Hold(PrintCode::OrderGone));
}

struct Counter {
    device: DeviceId,
    since: TimeMs,
    settings: Settings,
}

impl Counter {
    fn new(since: TimeMs) -> Self {
        Self { device: DeviceId::fresh(), since, settings: only(printer("kitchen", "127.0.0.1")) }
    }

    fn wants(&self, entry: &Entry, waiting: &[Waiting]) -> Vec<TicketKind> {
        self.wants_when(entry, waiting, false)
    }

    fn wants_when(&self, entry: &Entry, waiting: &[Waiting], in_kitchen: bool) -> Vec<TicketKind> {
        let ledger =
            Ledger { orders: BTreeMap::from([(entry.order.id, entry.clone())]), ..Ledger::default() };
        let due = Due {
            settings: &self.settings,
            device_id: self.device,
            session_since: self.since,
            server_offset_ms: 0,
            doubtful_before: None,
            in_kitchen: &|_| in_kitchen,
        };
        plan(&ledger, waiting, &due).into_iter().map(|one| one.kind).collect()
    }

    fn did(&self) -> Actor {
        Actor::Counter { device_id: self.device, staff_id: StaffId::fresh() }
    }
}

fn happened(kind: &str, by: Actor, at: TimeMs) -> Happened {
    Happened { kind: kind.to_owned(), at, by }
}

#[test]
fn the_counter_that_accepted_prints_and_the_one_that_took_over_does_not() {
    let (first, second) = (Counter::new(NOW.plus_minutes(0)), Counter::new(NOW.plus_minutes(10)));
    let mut entry = entry(Phase::Cooking { ready_by: NOW, since: NOW });
    entry.history = vec![happened("order_accepted", first.did(), NOW.plus_minutes(1))];
    assert_eq!(first.wants(&entry, &[]), [TicketKind::Kitchen]);
    assert_eq!(second.wants(&entry, &[]), []);
    // A customer's cancellation is of whoever has the counter then.
    entry.order.phase = Phase::Cancelled { at: NOW.plus_minutes(12), reason: CancelReason::CustomerAsked };
    entry.taken_from_kitchen_at = Some(NOW.plus_minutes(12));
    entry.history.push(happened("order_cancelled", Actor::Customer, NOW.plus_minutes(12)));
    assert_eq!(second.wants(&entry, &[]), [TicketKind::Cancel]);
    entry.order.phase = Phase::Cancelled { at: NOW.plus_minutes(8), reason: CancelReason::CustomerAsked };
    entry.history[1].at = NOW.plus_minutes(8);
    assert_eq!(second.wants(&entry, &[]), []);
    // Whoever has a ticket of it in the kitchen calls it back in any case.
    assert_eq!(second.wants_when(&entry, &[], true), [TicketKind::Cancel]);
}

#[test]
fn an_acceptance_that_is_on_its_way_wants_its_ticket_and_a_refused_one_does_not() {
    let counter = Counter::new(NOW);
    let entry = entry(Phase::Placed { accept_by: NOW });
    let accept = |fate| vec![waiting(entry.order.id, CommandAction::Accept { prep_minutes: 5 }, NOW, fate)];
    assert_eq!(counter.wants(&entry, &accept(Fate::Unanswered)), [TicketKind::Kitchen]);
    let refused = Fate::Refused { code: shared::Code::OrderTooLate, at: NOW };
    assert_eq!(counter.wants(&entry, &accept(refused)), []);
    assert_eq!(counter.wants(&entry, &[]), []);
}
