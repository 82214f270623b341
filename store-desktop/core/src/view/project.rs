//! State in, view out.

use shared::TimeMs;
use shared::order::{Order, Phase, PhaseName};
use shared::wire::DayCard;

use super::{
    AlarmView, CardEvent, JournalNote, JournalView, Lanes, OrderCard, OutboxView, Refusal, Screen, View,
};
use crate::alarm::{AlarmOutput, is_answered};
use crate::commands::Predicted;
use crate::counter::{DiskSpace, State};
use crate::fold::{Entry, Happened};
use crate::journal::{Fate, SoundAbout, Waiting};
use crate::sync::link::Link;

/// What the window shows at `now`, the counter's clock.
pub fn project(state: &State, link: Link, now: TimeMs) -> View {
    let session = state.session.as_ref();
    View {
        now,
        server_offset_ms: state.link.offset_ms(),
        screen: if session.is_some() { Screen::Counter } else { Screen::SignIn },
        store: state.ledger.store.clone().filter(|_| session.is_some()),
        login_id: session.map(|kept| kept.signed_in.login_id.clone()),
        day: state.ledger.day.clone().filter(|_| session.is_some()),
        server_url: state.server_url.clone(),
        link,
        // Customers' orders are for those who signed in.
        lanes: if session.is_some() { lanes(state) } else { Lanes::default() },
        alarm: AlarmView {
            sounding: !state.calling.is_empty(),
            order_ids: state.calling.clone(),
            output: state.alarm_output,
            problem: match state.alarm_output {
                AlarmOutput::Native => None,
                AlarmOutput::None => Some(no_sound(state)),
            },
        },
        outbox: outbox(&state.waiting),
        refusals: state.waiting.iter().filter_map(|one| refusal(state, one)).collect(),
        journal: JournalView {
            healthy: state.journal_problem.is_none(),
            problem: state.journal_problem.clone(),
            position: state.head.as_ref().map(ToString::to_string),
            events: state.events,
            notes: notes(state),
            commands_lost: state
                .set_aside
                .as_ref()
                .map_or(0, |aside| u32::try_from(aside.lost).unwrap_or(u32::MAX)),
        },
        sign_in_problem: state.sign_in_problem.clone(),
        language: state.language,
    }
}

/// What a person should know about the disk, the worst first.
fn notes(state: &State) -> Vec<JournalNote> {
    let lost = state.set_aside.as_ref().is_some_and(|aside| aside.lost > 0);
    let space = match state.space {
        DiskSpace::Enough => None,
        DiskSpace::Low => Some(JournalNote::SpaceLow),
        DiskSpace::Critical => Some(JournalNote::SpaceCritical),
    };
    let candidates = [
        state.trust.is_full().then_some(JournalNote::DiskFull),
        (state.writes_through() && !state.trust.is_full()).then_some(JournalNote::WriteThrough),
        lost.then_some(JournalNote::CommandsLost),
        (state.set_aside.is_some() && !lost).then_some(JournalNote::SetAside),
        state.restored.then_some(JournalNote::Restored),
        space,
    ];
    candidates.into_iter().flatten().collect()
}

fn no_sound(state: &State) -> String {
    match state.language {
        crate::counter::Language::Ko => "소리를 낼 장치가 없어요. 스피커 연결을 확인해 주세요.".to_owned(),
        crate::counter::Language::En => "There is no sound device. Check the speaker.".to_owned(),
    }
}

fn lanes(state: &State) -> Lanes {
    let mut lanes = Lanes::default();
    let today = state.ledger.day.as_ref();
    for entry in state.ledger.orders.values() {
        let card = card(state, entry);
        let lane = match card.order.phase.name() {
            // The store does not know it.
            PhaseName::PendingPayment => continue,
            PhaseName::Placed => &mut lanes.fresh,
            PhaseName::Accepted | PhaseName::Cooking => &mut lanes.cooking,
            PhaseName::Ready => &mut lanes.ready,
            PhaseName::HandedOver | PhaseName::Completed | PhaseName::Rejected | PhaseName::Cancelled => {
                let of_today = |day: &DayCard| {
                    entry.day_id == day.day_id || ended_at(&card).is_some_and(|at| at >= day.opened_at)
                };
                if !today.is_none_or(of_today) {
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
    lanes.done.sort_by_key(|card| std::cmp::Reverse((ended_at(card), card.order.id)));
    lanes
}

fn card(state: &State, entry: &Entry) -> OrderCard {
    let predicted = match state.desk() {
        Some(desk) => desk.predict(&entry.order, state.proven().iter()),
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
        acknowledged: is_acknowledged(state, entry),
        private: entry.private.clone(),
        pending: predicted.pending,
        order: predicted.order,
    }
}

fn is_acknowledged(state: &State, entry: &Entry) -> bool {
    let id = entry.order.id;
    match entry.order.phase.name() {
        PhaseName::Placed => {
            state.silenced.contains(&(id, SoundAbout::Fresh)) || is_answered(id, &state.proven())
        }
        PhaseName::Cancelled => {
            entry.taken_from_kitchen_at.is_none() || state.silenced.contains(&(id, SoundAbout::Cancelled))
        }
        PhaseName::PendingPayment
        | PhaseName::Accepted
        | PhaseName::Cooking
        | PhaseName::Ready
        | PhaseName::HandedOver
        | PhaseName::Completed
        | PhaseName::Rejected => true,
    }
}

fn outbox(waiting: &[Waiting]) -> OutboxView {
    let unanswered = || waiting.iter().filter(|one| one.fate == Fate::Unanswered);
    OutboxView {
        waiting: u32::try_from(unanswered().count()).unwrap_or(u32::MAX),
        oldest_made_at: unanswered().map(|one| one.command.made_at).min(),
    }
}

fn refusal(state: &State, one: &Waiting) -> Option<Refusal> {
    let Fate::Refused { code, at } = one.fate else { return None };
    let ticket = state.ledger.orders.get(&one.command.order_id).and_then(|entry| entry.order.ticket.as_ref());
    Some(Refusal {
        key: one.command.key,
        order_id: one.command.order_id,
        action: one.command.action,
        code,
        refused_at: at,
        korean: code.korean().to_owned(),
        english: code.english().to_owned(),
        number: ticket.map(|ticket| ticket.number),
        call_name: ticket.map(|ticket| ticket.call_name.clone()),
    })
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
        | Phase::Placed { .. }
        | Phase::Accepted { .. }
        | Phase::Cooking { .. }
        | Phase::Ready { .. } => placed_at(&card.order),
    }
}
