//! Orders by what is to be done next.

use shared::TimeMs;
use shared::order::{Order, Phase, PhaseName};
use shared::reservation::{self, ReservationProblem};

use super::{CardEvent, Counts, Lanes, OrderCard, Undo};
use crate::alarm::is_answered;
use crate::commands::Predicted;
use crate::counter::State;
use crate::documents::ScheduleDocument;
use crate::fold::{Entry, Happened};
use crate::journal::{SoundAbout, Waiting};

/// An order that this computer learnt of so long after it was placed came while nobody was here.
const PARKED_AFTER_MS: i64 = 30_000;

pub(super) fn lanes(state: &State) -> Lanes {
    let mut lanes = Lanes::default();
    let today = state.ledger.day.as_ref();
    for entry in state.ledger.orders.values() {
        let card = card(state, entry);
        let lane = match card.order.phase.name() {
            // The store does not know it.
            PhaseName::PendingPayment => continue,
            PhaseName::Reserved => &mut lanes.reserved,
            PhaseName::Placed => &mut lanes.fresh,
            PhaseName::Accepted | PhaseName::Cooking => &mut lanes.cooking,
            PhaseName::Ready => &mut lanes.ready,
            PhaseName::HandedOver | PhaseName::Completed | PhaseName::Rejected | PhaseName::Cancelled => {
                let ended = ended_at(&card);
                let is_of_today = today.is_none_or(|day| {
                    entry.day_id == day.id || ended.is_some_and(|at| at >= day.prepared_at)
                });
                if !is_of_today {
                    continue;
                }
                &mut lanes.done
            }
        };
        lane.push(card);
    }
    for lane in [&mut lanes.fresh, &mut lanes.cooking, &mut lanes.ready] {
        lane.sort_by_key(|card| (placed_at(&card.order), card.order.id));
    }
    lanes.reserved.sort_by_key(|card| (card.order.pick_up_at, card.order.id));
    lanes.done.sort_by_key(|card| std::cmp::Reverse((ended_at(card), card.order.id)));
    lanes
}

pub(super) fn counts(lanes: &Lanes) -> Counts {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let ended_early =
        |card: &&OrderCard| matches!(card.order.phase.name(), PhaseName::Rejected | PhaseName::Cancelled);
    Counts {
        reserved: count(lanes.reserved.len()),
        fresh: count(lanes.fresh.len()),
        cooking: count(lanes.cooking.len()),
        ready: count(lanes.ready.len()),
        done: count(lanes.done.len()),
        parked: count(lanes.fresh.iter().filter(|card| card.parked).count()),
        ended_early: count(lanes.done.iter().filter(ended_early).count()),
    }
}

/// One order as it is shown, of today or of long ago.
pub fn card(state: &State, entry: &Entry) -> OrderCard {
    let proven = state.proven();
    let predicted = match state.desk() {
        Some(desk) => desk.predict(&entry.order, proven.iter()),
        None => Predicted { order: entry.order.clone(), expected: Vec::new(), pending: Vec::new() },
    };
    let line = |happened: &Happened, provisional| CardEvent {
        kind: happened.kind.clone(),
        at: happened.at,
        by: happened.by,
        provisional,
    };
    let known = entry.history.iter().map(|happened| line(happened, false));
    let expected = predicted.expected.iter().map(|happened| line(happened, true));
    OrderCard {
        provisional: !predicted.expected.is_empty() || entry.needs_update,
        events: known.chain(expected).collect(),
        acknowledged: is_acknowledged(state, entry, &proven),
        parked: is_parked(state, entry),
        reservation_problem: reservation_problem(state, &predicted.order),
        undo: undo_of(state, entry),
        private: entry.private.clone(),
        pending: predicted.pending,
        order: predicted.order,
    }
}

fn is_parked(state: &State, entry: &Entry) -> bool {
    let waits = entry.order.phase.name() == PhaseName::Placed;
    let learnt = entry.received_at.plus_ms(state.link.offset_ms());
    waits && placed_at(&entry.order).is_some_and(|placed| learnt.ms_since(placed) >= PARKED_AFTER_MS)
}

/// A day that is on a break or closes, and hours that changed, may leave no room for what was promised.
fn reservation_problem(state: &State, order: &Order) -> Option<ReservationProblem> {
    let (Phase::Reserved { fires_at }, Some(pick_up_at)) = (&order.phase, order.pick_up_at) else {
        return None;
    };
    let hours = state.documents.schedule.as_ref().map(ScheduleDocument::hours);
    let day = state.ledger.day.as_ref().map(|day| &day.phase);
    reservation::problem(hours.as_ref(), day, pick_up_at, *fires_at)
}

fn undo_of(state: &State, entry: &Entry) -> Option<Undo> {
    let id = Some(entry.order.id);
    held(state).filter(|undo| undo.order_id == id).last()
}

/// The presses about orders that can be taken back, the oldest first.
pub(super) fn held(state: &State) -> impl Iterator<Item = Undo> {
    let keys = state.held_now();
    state.waiting.iter().filter(move |one| keys.contains(&one.command.key)).filter_map(|one| {
        let held = state.held.get(&one.command.key)?;
        Some(Undo {
            key: one.command.key,
            order_id: one.command.order_id,
            action: one.command.action.clone(),
            until: held.shown_until,
        })
    })
}

fn is_acknowledged(state: &State, entry: &Entry, proven: &[Waiting]) -> bool {
    let id = entry.order.id;
    match entry.order.phase.name() {
        PhaseName::Placed => state.silenced.contains(&(id, SoundAbout::Fresh)) || is_answered(id, proven),
        PhaseName::Cancelled => {
            entry.taken_from_kitchen_at.is_none() || state.silenced.contains(&(id, SoundAbout::Cancelled))
        }
        PhaseName::PendingPayment
        | PhaseName::Reserved
        | PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed
        | PhaseName::Rejected => true,
    }
}

fn placed_at(order: &Order) -> Option<TimeMs> {
    order.ticket.as_ref().map(|ticket| ticket.placed_at)
}

/// When it ended, or when it was placed for those whose end is not told.
fn ended_at(card: &OrderCard) -> Option<TimeMs> {
    match card.order.phase {
        Phase::HandedOver { at }
        | Phase::Completed { at }
        | Phase::Rejected { at, .. }
        | Phase::Cancelled { at, .. } => Some(at),
        Phase::PendingPayment
        | Phase::Reserved { .. }
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. } => placed_at(&card.order),
    }
}
