//! The day, what is sold and the sounds, as the window shows them.

use shared::TimeMs;
use shared::availability::SoldOut;

use super::check::{NOTICEABLE_SKEW_MS, skew_in_words};
use super::lanes::held;
use super::reminder::actions;
use super::{AlarmView, ClockView, DayView, RingView, SoundsView, Undo, next_transition, reminder};
use crate::alarm::{AlarmOutput, Caller, Heard, Sound};
use crate::commands::{PredictedStore, Recent};
use crate::counter::{Language, RECALL_MS, State};
use crate::sync::link::Link;

/// How long the window offers to take back the last press about the store.
const TOAST_MS: i64 = 5_000;

/// The store as it will probably be; what the log says while nobody is signed in.
pub(super) fn predicted(state: &State) -> PredictedStore {
    match state.desk() {
        Some(desk) => desk.predict_store(&state.ledger, state.proven().iter()),
        None => PredictedStore {
            day: None,
            day_is_expected: false,
            availability: state.ledger.availability.clone(),
            availability_is_expected: false,
            pending: Vec::new(),
        },
    }
}

pub(super) fn day_view(state: &State, store: &PredictedStore, now: TimeMs) -> DayView {
    let server_now = now.plus_ms(state.link.offset_ms());
    let day = store.day.as_ref();
    let hours = state.documents.schedule.as_ref().map(|kept| kept.hours());
    let may_press = state.session.is_some() && !state.is_viewer();
    DayView {
        provisional: store.day_is_expected,
        actions: if may_press { actions(day, server_now) } else { Vec::new() },
        next: next_transition(day, hours.as_ref(), &store.availability, server_now),
        reminder: reminder(day, hours.as_ref(), server_now).filter(|_| may_press),
        undo: recent(state, now, RECALL_MS),
    }
}

/// The newest press about the store, for so long.
fn recent(state: &State, now: TimeMs, window_ms: i64) -> Option<Undo> {
    let one: &Recent = state.recent.back()?;
    let until = one.at.plus_ms(window_ms);
    // Somebody gave it without a line and the server said no: there is nothing to take back.
    let refused = state.waiting.iter().any(|waiting| {
        waiting.command.key == one.key && matches!(waiting.fate, crate::journal::Fate::Refused { .. })
    });
    let open = now < until && now >= one.at && !refused;
    open.then(|| Undo { key: one.key, order_id: None, action: one.action.clone(), until })
}

/// The latest press of any kind that can be taken back.
pub(super) fn latest_undo(state: &State, now: TimeMs) -> Option<Undo> {
    let orders = held(state).last();
    let store = recent(state, now, TOAST_MS);
    [orders, store].into_iter().flatten().max_by_key(|undo| undo.until)
}

/// What was marked before this day began and still holds.
pub(super) fn sold_out_before(store: &PredictedStore, now: TimeMs) -> Vec<SoldOut> {
    let Some(day) = &store.day else { return Vec::new() };
    let old = |one: &&SoldOut| one.since < day.prepared_at && one.holds(now);
    store.availability.sold_out.iter().filter(old).cloned().collect()
}

pub(super) fn clock(state: &State, link: &Link) -> ClockView {
    let skew_ms = -state.link.offset_ms();
    let noticeable = link.last_proof_at.is_some() && skew_ms.abs() > NOTICEABLE_SKEW_MS;
    let (korean, english) = if noticeable { skew_in_words(skew_ms) } else { Default::default() };
    ClockView { skew_ms, noticeable, korean, english }
}

pub(super) fn alarm(state: &State, now: TimeMs) -> AlarmView {
    AlarmView {
        sounding: !state.rings.is_empty(),
        order_ids: state.calling.clone(),
        output: state.alarm_output,
        problem: match state.alarm_output {
            AlarmOutput::Native => None,
            AlarmOutput::None => Some(no_sound(state)),
        },
        rings: state.rings.iter().map(|caller| ring(state, caller, now)).collect(),
    }
}

fn ring(state: &State, caller: &Caller, now: TimeMs) -> RingView {
    let entry = caller.order_id.and_then(|id| state.ledger.orders.get(&id));
    let number = entry.and_then(|entry| entry.number()).unwrap_or_default();
    let (korean, english) = match caller.sound {
        Sound::Fresh => (
            format!("새 주문 {number}번이 기다려요. 접수하거나 거절해 주세요."),
            format!("Order {number} waits. Accept or reject it."),
        ),
        Sound::Cancelled => (
            format!("{number}번 주문이 취소되었어요. 조리를 멈추고 '확인'을 눌러 주세요."),
            format!("Order {number} was cancelled. Stop preparing it and press 'OK'."),
        ),
        Sound::Rider => (
            format!("{number}번 주문의 라이더가 도착했어요."),
            format!("The rider for order {number} is here."),
        ),
        Sound::Trouble => {
            let trouble = state.troubles.iter().find(|one| one.since == caller.since && !one.silenced);
            trouble.map_or_else(Default::default, |one| {
                (one.cause.korean().to_owned(), one.cause.english().to_owned())
            })
        }
    };
    RingView {
        sound: caller.sound,
        order_id: caller.order_id,
        since: caller.since,
        urgent: caller.is_urgent(now),
        korean,
        english,
    }
}

pub(super) fn sounds(state: &State) -> SoundsView {
    let said = |pick: fn(&Heard) -> Option<TimeMs>| {
        state.heard.iter().filter_map(|(sound, heard)| Some((*sound, pick(heard)?))).collect()
    };
    let loudspeaker = &state.loudspeaker;
    let (korean, english) = if state.alarm_output == AlarmOutput::None {
        (
            "소리를 낼 장치가 없어요. 스피커 연결을 확인해 주세요.",
            "There is no sound device. Check the speaker.",
        )
    } else if loudspeaker.muted {
        (
            "이 PC가 음소거되어 있어요. 주문이 오면 자동으로 켜요.",
            "This computer is muted. It is turned on when an order rings.",
        )
    } else if loudspeaker.is_too_quiet() {
        (
            "이 PC의 소리가 너무 작아요. 주문이 오면 자동으로 키워요.",
            "This computer is too quiet. It is turned up when an order rings.",
        )
    } else {
        ("", "")
    };
    SoundsView {
        device: loudspeaker.device.clone(),
        level: loudspeaker.level,
        muted: loudspeaker.muted,
        heard_at: said(|heard| heard.heard_at),
        unheard_at: said(|heard| heard.unheard_at),
        korean: korean.to_owned(),
        english: english.to_owned(),
    }
}

fn no_sound(state: &State) -> String {
    match state.language {
        Language::Ko => "소리를 낼 장치가 없어요. 스피커 연결을 확인해 주세요.".to_owned(),
        Language::En => "There is no sound device. Check the speaker.".to_owned(),
    }
}
