//! Which step the wizard is at: decided from what is known, without doing anything. Nothing is skipped: a later step needs all before it.

use shared::day::DayState;
use shared::wire::{Blocker, BlockerCode};

use super::progress::Progress;
use super::view::CloseStep;

/// What the counter sees of its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The day as the journal's events tell it, without predictions; `None` while the journal knows none, or when it is another.
    pub day: Option<DayState>,
    /// The journal's latest day is another one.
    pub is_another_day: bool,
    /// This counter has asked to take orders again, and the journal does not show it yet.
    pub resuming: bool,
    /// Orders that are neither finished nor ended, as they are shown.
    pub open_orders: usize,
    /// Commands without an answer.
    pub unsent: usize,
    /// Refusals that nobody has dismissed.
    pub refused: usize,
    /// Where the journal ends.
    pub head_seq: i64,
}

/// The step. `blockers` is what the server said last, if it was asked.
pub fn step(progress: &Progress, seen: &Seen, blockers: Option<&[Blocker]>) -> CloseStep {
    if progress.certified {
        return CloseStep::Closed;
    }
    if seen.day == Some(DayState::Closed) || progress.close_sent {
        return CloseStep::Certificate;
    }
    if seen.day != Some(DayState::Closing) || seen.resuming {
        return CloseStep::StopOrders;
    }
    if seen.open_orders > 0 {
        return CloseStep::OpenOrders;
    }
    if seen.unsent > 0 || seen.refused > 0 {
        return CloseStep::Commands;
    }
    if progress.cut.is_none() {
        let clear = blockers.is_some_and(|blockers| !blockers.iter().any(hinders_cut));
        return if clear { CloseStep::Cut } else { CloseStep::Payments };
    }
    if progress.proof.is_none() {
        return CloseStep::Journal;
    }
    if !progress.holds() {
        return CloseStep::Books;
    }
    if progress.finished { CloseStep::Certificate } else { CloseStep::Totals }
}

/// Everything but the missing cut itself.
pub fn hinders_cut(blocker: &Blocker) -> bool {
    blocker.code != BlockerCode::NotCut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shared::TimeMs;
    use shared::id::DayId;
    use shared::log::{GENESIS, Position};
    use shared::wire::{CheckReport, Cut, JournalProof, Verdict};

    fn cut() -> Cut {
        Cut { first_seq: 1, upto: Position::start(1), head_hash: GENESIS.hex(), cut_at: TimeMs(0) }
    }

    fn report(holds: bool) -> CheckReport {
        let money = if holds { Verdict::Equal } else { Verdict::NotKnown };
        CheckReport {
            day_id: DayId::fresh(),
            checked_at: TimeMs(0),
            journal: Verdict::Equal,
            orders: Verdict::Equal,
            stream: Verdict::Equal,
            money,
            differences: Vec::new(),
            more: 0,
            order_count: 0,
            event_count: 0,
            payment_count: 0,
        }
    }

    fn progress() -> impl Strategy<Value = Progress> {
        let found = (any::<bool>(), any::<bool>(), proptest::option::of(any::<bool>()));
        (found, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |((is_cut, proved, checked), finished, close_sent, certified, was_closing)| Progress {
                cut: is_cut.then(cut),
                proof: (is_cut && proved).then(|| JournalProof {
                    position: Position::start(1),
                    head_hash: GENESIS.hex(),
                    count: 0,
                }),
                report: checked.map(report),
                finished,
                close_sent,
                certified,
                was_closing,
                ..Progress::begin(DayId::fresh(), TimeMs(0), None)
            },
        )
    }

    fn seen() -> impl Strategy<Value = Seen> {
        let day = prop_oneof![Just(None), proptest::sample::select(DayState::ALL.to_vec()).prop_map(Some)];
        (day, 0_usize..2, 0_usize..2, 0_usize..2, any::<bool>()).prop_map(
            |(day, open_orders, unsent, refused, resuming)| Seen {
                day,
                is_another_day: false,
                resuming,
                open_orders,
                unsent,
                refused,
                head_seq: 0,
            },
        )
    }

    fn blockers() -> impl Strategy<Value = Option<Vec<Blocker>>> {
        let codes = proptest::collection::vec(proptest::sample::select(BlockerCode::ALL.to_vec()), 0..3);
        let blocker = |code: BlockerCode| Blocker {
            code,
            action: code.action(),
            count: 1,
            orders: Vec::new(),
            until: None,
        };
        proptest::option::of(codes.prop_map(move |codes| codes.into_iter().map(blocker).collect()))
    }

    proptest! {
        #[test]
        fn no_step_comes_before_what_it_needs(progress in progress(), seen in seen(), blockers in blockers()) {
            let at = step(&progress, &seen, blockers.as_deref());
            let is_over = progress.certified || progress.close_sent || seen.day == Some(DayState::Closed);
            prop_assert_eq!(at == CloseStep::Closed, progress.certified);
            if is_over {
                prop_assert!(at >= CloseStep::Certificate);
                return Ok(());
            }
            if at > CloseStep::StopOrders {
                prop_assert!(seen.day == Some(DayState::Closing) && !seen.resuming);
            }
            if at > CloseStep::OpenOrders {
                prop_assert_eq!(seen.open_orders, 0);
            }
            if at > CloseStep::Commands {
                prop_assert_eq!((seen.unsent, seen.refused), (0, 0));
            }
            if at == CloseStep::Cut {
                prop_assert!(!blockers.unwrap_or_default().iter().any(hinders_cut), "the server was asked");
            }
            if at > CloseStep::Cut {
                prop_assert!(progress.cut.is_some());
            }
            if at > CloseStep::Journal {
                prop_assert!(progress.proof.is_some());
            }
            if at > CloseStep::Books {
                prop_assert!(progress.holds());
            }
            if at > CloseStep::Totals {
                prop_assert!(progress.finished);
            }
        }
    }
}
