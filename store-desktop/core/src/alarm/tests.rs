//! The decision to sound, without a sound device.

use std::collections::HashSet;

use proptest::prelude::*;
use shared::TimeMs;
use shared::id::{CommandKey, DayId, OrderId};
use shared::order::{CancelReason, Order, OrderDetails, OrderMode, Phase, PhaseName};
use shared::wire::{Command, CommandAction};
use shared::{Code, Won};

use super::{Caller, Cause, Sound, Trouble, callers, due, with_troubles};
use crate::fold::{Entry, Ledger};
use crate::journal::{Fate, SoundAbout, Waiting};

const START: TimeMs = TimeMs(1_763_683_200_000);

fn order(phase: Phase) -> Order {
    let details = OrderDetails {
        mode: OrderMode::Takeout,
        lines: Vec::new(),
        total: Won::ZERO,
        tax_free: Won::ZERO,
        vat: Won::ZERO,
        points: Won::ZERO,
    };
    Order { phase, ..Order::pending(OrderId::fresh(), details, false) }
}

fn entry(phase: Phase, taken_from_kitchen_at: Option<TimeMs>) -> Entry {
    Entry {
        order: order(phase),
        day_id: DayId::fresh(),
        received_at: START,
        history: Vec::new(),
        taken_from_kitchen_at,
        needs_update: false,
        private: None,
    }
}

fn ledger(entries: &[Entry]) -> Ledger {
    let orders = entries.iter().map(|entry| (entry.order.id, entry.clone())).collect();
    Ledger { orders, ..Ledger::default() }
}

fn waiting(order_id: OrderId, action: CommandAction, fate: Fate) -> Waiting {
    let command = Command {
        key: CommandKey::fresh(),
        device_seq: 1,
        incarnation: shared::wire::Incarnation::NONE,
        made_at: START,
        order_id: Some(order_id),
        expected_version: None,
        action,
    };
    Waiting { command, fate }
}

fn placed() -> Entry {
    entry(Phase::Placed { accept_by: START.plus_minutes(5) }, None)
}

fn cancelled() -> Entry {
    let phase = Phase::Cancelled { at: START, reason: CancelReason::CustomerChangedMind };
    entry(phase, Some(START))
}

#[test]
fn only_unanswered_orders_call() {
    let (one, two) = (placed(), placed());
    let ledger = ledger(&[one.clone(), two.clone(), entry(Phase::Ready { since: START }, None)]);
    let nobody = HashSet::new();
    assert_eq!(callers(&ledger, &[], &nobody).len(), 2);
    let silenced = HashSet::from([(one.order.id, SoundAbout::Fresh)]);
    let left = callers(&ledger, &[], &silenced);
    assert_eq!(left.iter().map(|caller| caller.order_id).collect::<Vec<_>>(), [Some(two.order.id)]);
    let accept = CommandAction::Accept { prep_minutes: 10 };
    let asked = [waiting(two.order.id, accept.clone(), Fate::Unanswered)];
    assert!(callers(&ledger, &asked, &silenced).is_empty());
    let refused = [waiting(two.order.id, accept, Fate::Refused { code: Code::OrderChanged, at: START })];
    assert_eq!(callers(&ledger, &refused, &silenced).len(), 1, "a refused answer is no answer");
}

#[test]
fn a_reservation_is_quiet_until_it_fires() {
    let waits = entry(Phase::Reserved { fires_at: START.plus_minutes(30) }, None);
    assert!(callers(&ledger(&[waits]), &[], &HashSet::new()).is_empty());
}

#[test]
fn a_cancellation_calls_only_when_the_kitchen_had_the_order() {
    let taken = cancelled();
    let before = Entry { taken_from_kitchen_at: None, ..cancelled() };
    let ledger = ledger(&[taken.clone(), before]);
    let calling = callers(&ledger, &[], &HashSet::from([(taken.order.id, SoundAbout::Fresh)]));
    assert_eq!(calling.len(), 1, "having looked at the new order is not having seen its end");
    assert_eq!(calling[0].sound, Sound::Cancelled);
    assert!(callers(&ledger, &[], &HashSet::from([(taken.order.id, SoundAbout::Cancelled)])).is_empty());
}

fn caller(sound: Sound) -> Caller {
    Caller { order_id: Some(OrderId::fresh()), sound, since: START }
}

#[test]
fn gentle_for_half_a_minute_then_without_a_pause() {
    let calling = [caller(Sound::Fresh)];
    let at = |ms| START.plus_ms(ms);
    assert_eq!(due(&[], None, START), None);
    assert_eq!(due(&calling, None, START), Some(Sound::Fresh));
    let last = Some((Sound::Fresh, START));
    assert_eq!(due(&calling, last, at(2_999)), None);
    assert_eq!(due(&calling, last, at(3_000)), Some(Sound::Fresh));
    let last = Some((Sound::Fresh, at(30_000)));
    assert_eq!(due(&calling, last, at(31_399)), None);
    assert_eq!(due(&calling, last, at(31_400)), Some(Sound::Fresh));
}

#[test]
fn both_kinds_take_turns_and_the_cancellation_is_first() {
    let calling = [caller(Sound::Cancelled), caller(Sound::Fresh)];
    let mut last = None;
    let mut heard = Vec::new();
    for second in 0..12 {
        let now = START.plus_ms(second * 1_000);
        if let Some(sound) = due(&calling, last, now) {
            heard.push(sound);
            last = Some((sound, now));
        }
    }
    assert_eq!(heard[..4], [Sound::Cancelled, Sound::Fresh, Sound::Cancelled, Sound::Fresh]);
}

proptest! {
    /// No clock, however it jumps, keeps an unanswered order silent for longer than its pause.
    #[test]
    fn never_silent_for_long(jumps in prop::collection::vec(-100_000..100_000_i64, 1..60)) {
        let calling = [caller(Sound::Fresh)];
        let mut now = START;
        let mut last = None;
        for jump in jumps {
            now = now.plus_ms(jump);
            let first = due(&calling, last, now);
            let later = now.plus_ms(3_000);
            prop_assert!(first.is_some() || due(&calling, last, later).is_some());
            if let Some(sound) = first {
                last = Some((sound, now));
            }
        }
    }
}

#[test]
fn every_phase_has_an_answer() {
    assert_eq!(PhaseName::ALL.len(), 10, "a new phase needs a decision in `caller`");
}

#[test]
fn an_order_that_nobody_looks_at_becomes_urgent_after_a_minute() {
    let fresh = caller(Sound::Fresh);
    assert!(!fresh.is_urgent(START.plus_ms(59_999)) && fresh.is_urgent(START.plus_ms(60_000)));
    assert!(!caller(Sound::Trouble).is_urgent(START.plus_minutes(60)), "trouble does not shout");
}

#[test]
fn trouble_is_told_seldom_and_never_over_an_order() {
    let trouble = Trouble { cause: Cause::Link, since: START, silenced: false };
    let alone = with_troubles(Vec::new(), &[trouble]);
    assert_eq!(due(&alone, None, START), Some(Sound::Trouble));
    let last = Some((Sound::Trouble, START));
    assert_eq!(due(&alone, last, START.plus_ms(19_999)), None);
    assert_eq!(due(&alone, last, START.plus_ms(20_000)), Some(Sound::Trouble));
    let both = with_troubles(vec![caller(Sound::Fresh)], &[trouble]);
    assert_eq!(
        due(&both, last, START.plus_ms(3_000)),
        Some(Sound::Fresh),
        "an order is not put off by a trouble"
    );
    assert!(with_troubles(Vec::new(), &[Trouble { silenced: true, ..trouble }]).is_empty());
}

#[test]
fn an_old_trouble_does_not_hurry_a_new_order() {
    let trouble = Trouble { cause: Cause::Link, since: START.plus_minutes(0), silenced: false };
    let now = START.plus_minutes(60);
    let fresh = Caller { since: now, ..caller(Sound::Fresh) };
    let both = with_troubles(vec![fresh], &[trouble]);
    assert_eq!(due(&both, Some((Sound::Fresh, now)), now.plus_ms(2_999)), None);
}
