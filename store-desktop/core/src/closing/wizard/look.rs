//! What the wizard sees, and what it shows.

use shared::id::OrderId;
use shared::order::PhaseName;
use shared::wire::{Blocker, CommandAction, Equality, Repair, Verdict};

use super::Wizard;
use super::act::suggested;
use crate::clock;
use crate::closing::Closing;
use crate::closing::ClosingServer;
use crate::closing::notes::words;
use crate::closing::progress::Progress;
use crate::closing::step::{Seen, hinders_cut, step};
use crate::closing::view::{
    BlockerLine, CloseAction, CloseNote, CloseStep, CloseView, Compared, DifferenceLine, EqualityLine,
    OpenOrder, StepLine, StepState,
};
use crate::counter::{Counter, State};
use crate::journal::{Fate, Waiting};

/// Most open orders that the wizard lists; the lanes show them all.
const MOST_LISTED: usize = 200;

const STEPS: [CloseStep; 10] = [
    CloseStep::StopOrders,
    CloseStep::OpenOrders,
    CloseStep::Commands,
    CloseStep::Payments,
    CloseStep::Cut,
    CloseStep::Journal,
    CloseStep::Books,
    CloseStep::Totals,
    CloseStep::Certificate,
    CloseStep::Closed,
];

impl<S: ClosingServer> Wizard<'_, S> {
    pub(super) fn see(&self, progress: &Progress) -> Seen {
        see(&self.counter.state(), progress)
    }

    pub(super) fn blockers(&self) -> Option<Vec<Blocker>> {
        self.closing.memory().blockers.clone()
    }

    pub(super) fn view(&self) -> Option<CloseView> {
        self.closing.view(self.counter)
    }
}

impl Closing {
    /// The wizard as it stands; `None` when nothing is being closed.
    pub fn view(&self, counter: &Counter) -> Option<CloseView> {
        let (progress, blockers, waiting, problem) = {
            let memory = self.memory();
            (
                memory.progress.clone()?,
                memory.blockers.clone(),
                memory.waiting.clone(),
                memory.problem.clone(),
            )
        };
        let state = counter.state();
        let seen = see(&state, &progress);
        let at = step(&progress, &seen, blockers.as_deref());
        let number = |order: OrderId| state.ledger.orders.get(&order).and_then(|entry| entry.number());
        let blockers = blockers.unwrap_or_default();
        let report = progress.report.as_ref();
        Some(CloseView {
            day_id: progress.day_id,
            started_at: progress.started_at,
            step: at,
            steps: steps(at, &seen, &progress, waiting.as_ref(), problem.as_ref()),
            planned_at: progress
                .planned_at
                .filter(|planned| clock::now() < *planned && at == CloseStep::StopOrders),
            actions: actions(at, &progress),
            waiting,
            problem,
            open_orders: open_orders(&state).into_iter().take(MOST_LISTED).collect(),
            unsent: count(seen.unsent),
            refused: count(seen.refused),
            blockers: if at >= CloseStep::Journal {
                Vec::new()
            } else {
                blockers.iter().filter(|one| hinders_cut(one)).map(|one| blocker(&state, one)).collect()
            },
            equalities: equalities(&progress),
            differences: progress
                .journal
                .iter()
                .chain(report.into_iter().flat_map(|report| &report.differences))
                .map(|difference| {
                    let number = difference.order_id.and_then(number);
                    let (korean, english) = words(difference, number);
                    DifferenceLine {
                        difference: difference.clone(),
                        blamed: difference.blamed,
                        repair: difference.repair,
                        number,
                        korean,
                        english,
                    }
                })
                .collect(),
            more_differences: report.map_or(0, |report| report.more),
            compared: report.map_or_else(Compared::default, |report| Compared {
                orders: report.order_count,
                events: report.event_count,
                payments: report.payment_count,
            }),
            totals: progress.totals,
            certified: progress.certified,
        })
    }
}

fn see(state: &State, progress: &Progress) -> Seen {
    let latest = state.ledger.day.as_ref();
    let day = latest.filter(|day| day.id == progress.day_id);
    let resumes = |one: &Waiting| {
        one.command.action == CommandAction::ClosingResume && !matches!(one.fate, Fate::Refused { .. })
    };
    let of_fate = |wanted: fn(&Fate) -> bool| state.waiting.iter().filter(|one| wanted(&one.fate)).count();
    Seen {
        day: day.map(shared::day::Day::state),
        is_another_day: latest.is_some() && day.is_none(),
        resuming: state.waiting.iter().any(resumes),
        open_orders: open_orders(state).len(),
        unsent: of_fate(|fate| matches!(fate, Fate::Unanswered)),
        refused: of_fate(|fate| matches!(fate, Fate::Refused { .. })),
        head_seq: state.head.as_ref().map_or(0, |head| head.seq),
    }
}

/// Orders that need hands, as they will probably be, oldest first.
fn open_orders(state: &State) -> Vec<OpenOrder> {
    let desk = state.desk();
    let mut open: Vec<_> = state
        .ledger
        .orders
        .values()
        .filter(|entry| !entry.is_ended())
        .filter_map(|entry| {
            let order = match &desk {
                Some(desk) => desk.predict(&entry.order, state.waiting.iter()).order,
                None => entry.order.clone(),
            };
            let phase = order.phase.name();
            let ended = phase.is_final() || phase == PhaseName::HandedOver;
            (!ended).then(|| (order.ticket.as_ref().map(|ticket| ticket.placed_at), open_order(&order)))
        })
        .collect();
    open.sort_by_key(|(placed_at, order)| (*placed_at, order.order_id));
    open.into_iter().map(|(_, order)| order).collect()
}

fn open_order(order: &shared::order::Order) -> OpenOrder {
    OpenOrder {
        order_id: order.id,
        number: order.ticket.as_ref().map(|ticket| ticket.number),
        call_name: order.ticket.as_ref().map(|ticket| ticket.call_name.clone()),
        phase: Some(order.phase.name()),
    }
}

fn blocker(state: &State, blocker: &Blocker) -> BlockerLine {
    let order = |id: &OrderId| match state.ledger.orders.get(id) {
        Some(entry) => open_order(&entry.order),
        None => OpenOrder { order_id: *id, number: None, call_name: None, phase: None },
    };
    BlockerLine {
        code: blocker.code,
        action: blocker.action,
        count: blocker.count,
        orders: blocker.orders.iter().map(order).collect(),
        until: blocker.until,
        korean: blocker.code.korean().to_owned(),
        english: blocker.code.english().to_owned(),
    }
}

fn steps(
    at: CloseStep,
    seen: &Seen,
    progress: &Progress,
    waiting: Option<&CloseNote>,
    problem: Option<&CloseNote>,
) -> Vec<StepLine> {
    let person = problem.is_some()
        || matches!(at, CloseStep::OpenOrders | CloseStep::Totals)
        || (at == CloseStep::Commands && seen.unsent == 0)
        || (matches!(at, CloseStep::Journal | CloseStep::Books) && asks_a_person(progress));
    let now = if at == CloseStep::Closed {
        StepState::Done
    } else if person {
        StepState::NeedsPerson
    } else if waiting.is_some() {
        StepState::Waiting
    } else {
        StepState::Working
    };
    let state = |step: CloseStep| match step.cmp(&at) {
        std::cmp::Ordering::Less => StepState::Done,
        std::cmp::Ordering::Equal => now,
        std::cmp::Ordering::Greater => StepState::Ahead,
    };
    STEPS.iter().map(|step| StepLine { step: *step, state: state(*step) }).collect()
}

fn asks_a_person(progress: &Progress) -> bool {
    suggested(progress).is_some_and(|repair| repair != Repair::CheckAgain)
}

fn actions(at: CloseStep, progress: &Progress) -> Vec<CloseAction> {
    let mut actions = Vec::new();
    if matches!(at, CloseStep::Totals | CloseStep::Closed) {
        actions.push(CloseAction::CloseFinish);
    }
    let compared = matches!(at, CloseStep::Journal | CloseStep::Books);
    if compared && matches!(suggested(progress), Some(Repair::ReadJournalAgain | Repair::RebuildStream)) {
        actions.push(CloseAction::CloseRepair);
    }
    if at != CloseStep::Closed {
        actions.push(CloseAction::CloseStep);
        actions.push(CloseAction::CloseCancel);
    }
    actions
}

fn equalities(progress: &Progress) -> Vec<EqualityLine> {
    let report = progress.report.as_ref();
    let journal = match (&progress.proof, &progress.journal, report) {
        (_, Some(_), _) => Verdict::Different,
        (Some(_), None, Some(report)) => report.journal,
        (Some(_), None, None) => Verdict::Equal,
        (None, None, _) => Verdict::NotKnown,
    };
    let of = |verdict: fn(&shared::wire::CheckReport) -> Verdict| report.map_or(Verdict::NotKnown, verdict);
    [
        (Equality::Journal, journal),
        (Equality::Orders, of(|report| report.orders)),
        (Equality::Stream, of(|report| report.stream)),
        (Equality::Money, of(|report| report.money)),
    ]
    .map(|(equality, verdict)| EqualityLine { equality, verdict })
    .to_vec()
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
