//! The opening check: how each thing is at this moment. Pure.

use shared::TimeMs;

use super::{CheckItem, CheckState, CheckWhat, JournalView, OpeningView};
use crate::alarm::{AlarmOutput, Sound};
use crate::counter::State;
use crate::sync::link::{Light, Link};

/// A clock that is further off than this is worth a word, in milliseconds.
pub const NOTICEABLE_SKEW_MS: i64 = 2_000;
/// Somebody who heard the sound this morning has heard it.
const HEARD_FOR_MS: i64 = 12 * 60 * 60 * 1000;

/// What the check looks at beside the state.
pub struct Looked<'a> {
    pub link: &'a Link,
    pub journal: &'a JournalView,
    pub sold_out_before: usize,
    pub parked: u32,
    pub printer: (CheckState, String, String),
    pub now: TimeMs,
}

/// The check as it would end now.
pub fn opening(state: &State, looked: &Looked<'_>) -> OpeningView {
    let day_id = state.ledger.day.as_ref().filter(|day| day.state().is_running()).map(|day| day.id);
    let last = state.opening.clone();
    let done = day_id.is_some() && last.as_ref().is_some_and(|last| last.day_id == day_id);
    let items = vec![
        clock(state, looked),
        link(looked),
        sound(state, looked.now),
        item(CheckWhat::Printer, looked.printer.clone()),
        sold_out(looked.sold_out_before),
        parked(looked.parked),
        journal(looked.journal),
    ];
    OpeningView { items, last, due: !done }
}

fn item(what: CheckWhat, (state, korean, english): (CheckState, String, String)) -> CheckItem {
    CheckItem { what, state, korean, english }
}

fn said(what: CheckWhat, state: CheckState, korean: &str, english: &str) -> CheckItem {
    item(what, (state, korean.to_owned(), english.to_owned()))
}

fn clock(state: &State, looked: &Looked<'_>) -> CheckItem {
    let skew = -state.link.offset_ms();
    if looked.link.last_proof_at.is_none() {
        return said(
            CheckWhat::Clock,
            CheckState::Untried,
            "서버에 연결되면 시계를 비교해요.",
            "The clock is compared once the server can be reached.",
        );
    }
    if skew.abs() <= NOTICEABLE_SKEW_MS {
        return said(CheckWhat::Clock, CheckState::Good, "시계가 맞아요.", "The clock is right.");
    }
    let (korean, english) = skew_in_words(skew);
    item(CheckWhat::Clock, (CheckState::Look, korean, english))
}

/// How far this computer's clock is off, and what to do.
pub fn skew_in_words(skew_ms: i64) -> (String, String) {
    let seconds = skew_ms.abs() / 1000;
    let (korean, english) = match seconds {
        0..120 => (format!("{seconds}초"), format!("{seconds} s")),
        120..7_200 => (format!("{}분", seconds / 60), format!("{} min", seconds / 60)),
        _ => (format!("{}시간", seconds / 3600), format!("{} h", seconds / 3600)),
    };
    let (way, side) = if skew_ms > 0 { ("빨라요", "fast") } else { ("느려요", "slow") };
    (
        format!(
            "이 PC의 시계가 {korean} {way}. 윈도우 설정에서 시각을 맞춰 주세요. 주문은 서버 시각으로 처리돼요."
        ),
        format!("This computer's clock is {english} {side}. Set it; orders go by the server's time."),
    )
}

fn link(looked: &Looked<'_>) -> CheckItem {
    match (looked.link.light, looked.link.proof_age_ms) {
        (Light::Green, Some(age)) => {
            let seconds = age / 1000;
            let korean = format!("연결이 정상이에요. {seconds}초 전에 확인했어요.");
            item(
                CheckWhat::Link,
                (CheckState::Good, korean, format!("The line works, proved {seconds} s ago.")),
            )
        }
        (Light::Green | Light::Amber | Light::Red, _) => said(
            CheckWhat::Link,
            CheckState::Look,
            "연결을 확인하지 못했어요. 인터넷을 확인해 주세요. 영업은 시작할 수 있어요.",
            "The line is not proved. Check the internet; you can open all the same.",
        ),
    }
}

fn sound(state: &State, now: TimeMs) -> CheckItem {
    let say = |check, korean, english| said(CheckWhat::Sound, check, korean, english);
    if state.alarm_output == AlarmOutput::None {
        return say(
            CheckState::Look,
            "소리를 낼 장치가 없어요. 스피커 연결을 확인해 주세요.",
            "There is no sound device. Check the speaker.",
        );
    }
    if state.loudspeaker.is_too_quiet() {
        return say(
            CheckState::Look,
            "이 PC의 소리가 꺼져 있거나 너무 작아요. 소리를 키워 주세요.",
            "This computer is muted or too quiet. Turn it up.",
        );
    }
    let heard = state.heard.get(&Sound::Fresh).copied().unwrap_or_default();
    if heard.unheard_at.is_some() {
        return say(
            CheckState::Look,
            "소리가 들리지 않았다고 했어요. 스피커 전원과 소리 크기를 확인하고 다시 눌러 주세요.",
            "Somebody said that it was not heard. Check the speaker's power and its volume, then try again.",
        );
    }
    let lately = heard.heard_at.is_some_and(|at| (0..HEARD_FOR_MS).contains(&now.ms_since(at)));
    if lately {
        say(CheckState::Good, "주문 소리가 들려요.", "The order sound was heard.")
    } else {
        say(
            CheckState::Untried,
            "'소리 시험'을 누르고 들리는지 알려 주세요.",
            "Press 'Test sound' and say whether you hear it.",
        )
    }
}

fn sold_out(count: usize) -> CheckItem {
    if count == 0 {
        return said(
            CheckWhat::SoldOut,
            CheckState::Good,
            "전에 품절로 표시한 것이 없어요.",
            "Nothing is left sold out from before.",
        );
    }
    let korean = format!("전에 품절로 표시한 것이 {count}개 있어요. 다시 팔 수 있는지 확인해 주세요.");
    let english =
        format!("{count} are still marked as sold out from before. See whether they can be sold again.");
    item(CheckWhat::SoldOut, (CheckState::Look, korean, english))
}

fn parked(count: u32) -> CheckItem {
    if count == 0 {
        return said(
            CheckWhat::Parked,
            CheckState::Good,
            "자리를 비운 동안 기다리는 주문이 없어요.",
            "No order waits from while nobody was here.",
        );
    }
    let korean = format!("자리를 비운 동안 들어온 주문이 {count}건 기다려요. 먼저 접수하거나 거절해 주세요.");
    let english = format!("{count} orders wait from while nobody was here. Accept or reject them first.");
    item(CheckWhat::Parked, (CheckState::Look, korean, english))
}

fn journal(view: &JournalView) -> CheckItem {
    if view.healthy && view.notes.is_empty() {
        return said(CheckWhat::Journal, CheckState::Good, "기록이 정상이에요.", "The journal is in order.");
    }
    said(
        CheckWhat::Journal,
        CheckState::Look,
        "기록에 알려 드릴 것이 있어요. 화면 위의 안내를 확인해 주세요.",
        "There is something about the journal. Look at what is written at the top.",
    )
}
