//! What KakaoPay's word about a payment means for our attempt. Pure: given the same, it says the same.

use shared::TimeMs;

use crate::db::attempts::AttemptState;
use crate::pay::approve::PATIENCE_MS;
use crate::pay::kakaopay::{Class, OrderStatus, class};

/// Seconds after the request at which an unknown outcome is looked up; from then on each minute. Most that come late come within two
/// minutes, and the customer waits for them.
const LOOKS_S: [i64; 15] = [1, 3, 7, 15, 25, 35, 45, 55, 65, 75, 85, 95, 105, 115, 121];
const LOOK_EVERY_S: i64 = 60;
/// An approval that KakaoPay has not begun by now will not come by itself.
const STILL_MS: i64 = 120_000;
/// When an attempt that ended without money is looked at again, counted from its expiry.
const WATCHES_MS: [i64; 3] = [0, 60 * 60 * 1_000, 24 * 60 * 60 * 1_000];
/// An unknown outcome that KakaoPay says nothing about for so long goes to a person,
const UNANSWERED_MS: i64 = 24 * 60 * 60 * 1_000;
/// and so does an attempt without money, counted from its expiry.
const UNWATCHED_MS: i64 = 3 * 24 * 60 * 60 * 1_000;
/// Milliseconds between two unanswered questions about an attempt without money: a tenth of its age, within these.
const UNANSWERED_WAIT_MS: (i64, i64) = (60 * 1_000, 60 * 60 * 1_000);
/// `approve` is sent at most twice when the first sending may have arrived,
const MAX_SENDS: i32 = 2;
/// and more often when it certainly had no effect.
const MAX_HARMLESS_SENDS: i32 = 5;

/// What an inquiry said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Status(OrderStatus),
    /// KakaoPay does not know the tid.
    NoSuchPayment,
    /// The inquiry had no answer.
    Nothing,
}

/// What we know of the attempt.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub state: AttemptState,
    pub requested: TimeMs,
    pub expires: TimeMs,
    /// How often `approve` was sent.
    pub sends: i32,
    /// Why its outcome is unknown.
    pub failure: Option<&'a str>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The money is there: place the order.
    Capture,
    /// The money is there although we gave up: give it back.
    GiveBack,
    /// No money; the attempt ends so.
    End(AttemptState, &'static str),
    /// Send `approve` once more.
    ApproveAgain,
    /// Ask again then.
    LookAt(TimeMs),
    /// Nothing more to do, ever.
    Rest,
    /// Nothing more to do by ourselves; a person is told, and nothing about the attempt changes.
    GiveUp(&'static str),
    /// A person has to look, and no money moves until then.
    Review(&'static str),
}

/// Decides.
pub fn decide(seen: &Seen, known: &Known<'_>, now: TimeMs) -> Next {
    match known.state {
        AttemptState::ApproveSent | AttemptState::ApproveUnknown => unknown(seen, known, now),
        AttemptState::ReadyOk => waiting(seen, known, now),
        AttemptState::Failed | AttemptState::Abandoned | AttemptState::Expired => watched(seen, known, now),
        AttemptState::ReadySent
        | AttemptState::ReadyUnknown
        | AttemptState::ApproveRequested
        | AttemptState::Approved
        | AttemptState::NeedsReview => Next::Rest,
    }
}

/// Where a payment stands, as far as money goes.
enum Money {
    Taken,
    /// Taken, and given back without us.
    Gone,
    /// Not taken; it still could be, if we approve.
    Open,
    Never,
    Strange,
}

fn money(status: &OrderStatus) -> Money {
    match status {
        OrderStatus::SuccessPayment => Money::Taken,
        OrderStatus::PartCancelPayment | OrderStatus::CancelPayment => Money::Gone,
        OrderStatus::Ready
        | OrderStatus::SendTms
        | OrderStatus::OpenPayment
        | OrderStatus::SelectMethod
        | OrderStatus::ArsWaiting
        | OrderStatus::AuthPassword => Money::Open,
        OrderStatus::FailAuthPassword | OrderStatus::QuitPayment | OrderStatus::FailPayment => Money::Never,
        OrderStatus::IssuedSid | OrderStatus::Other(_) => Money::Strange,
    }
}

fn unknown(seen: &Seen, known: &Known<'_>, now: TimeMs) -> Next {
    let status = match seen {
        Seen::Nothing if now.ms_since(known.requested) >= UNANSWERED_MS => {
            return Next::Review("not_answered_for_a_day");
        }
        Seen::Nothing => return Next::LookAt(next_look(known.requested, now)),
        Seen::NoSuchPayment => return Next::Review("unknown_tid"),
        Seen::Status(status) => status,
    };
    match money(status) {
        Money::Taken => Next::Capture,
        Money::Gone => Next::Review("refunded_elsewhere"),
        Money::Never => Next::End(AttemptState::Failed, "refused"),
        Money::Strange => Next::Review("strange_status"),
        Money::Open => not_approved(known, now),
    }
}

/// How an `approve` that shows no effect may have gone.
#[derive(Debug, PartialEq, Eq)]
enum Doubt {
    /// KakaoPay said no and the inquiry agrees.
    Refused,
    /// It certainly had no effect and may be sent again.
    Harmless,
    /// The bank has not answered KakaoPay: only waiting helps.
    Bank,
    /// It may still arrive.
    Open,
}

fn doubt(failure: Option<&str>) -> Doubt {
    let Some(text) = failure else { return Doubt::Open };
    let (code, detail) = text.split_once('/').unwrap_or((text, ""));
    match (code.parse().map(class), detail) {
        (_, "USER_LOCKED") => Doubt::Harmless,
        (_, "BANK_FIRM_UNKNOWN") => Doubt::Bank,
        (Ok(Class::Definite), _) => Doubt::Refused,
        (Ok(Class::Config | Class::Quota), _) => Doubt::Harmless,
        (Ok(Class::AlreadyDone | Class::Ambiguous | Class::State), _) => Doubt::Open,
        (Err(_), _) if text == "not_sent" => Doubt::Harmless,
        (Err(_), _) => Doubt::Open,
    }
}

fn not_approved(known: &Known<'_>, now: TimeMs) -> Next {
    let age = now.ms_since(known.requested);
    let worth_it = age < PATIENCE_MS && now < known.expires;
    let abandon = Next::End(AttemptState::Abandoned, "not_approved_in_time");
    let look = Next::LookAt(next_look(known.requested, now));
    match doubt(known.failure) {
        Doubt::Refused => Next::End(AttemptState::Failed, "refused"),
        Doubt::Bank => {
            if age >= STILL_MS {
                abandon
            } else {
                look
            }
        }
        Doubt::Harmless if known.sends >= MAX_HARMLESS_SENDS || !worth_it => abandon,
        Doubt::Harmless => {
            let sent = usize::try_from(known.sends.max(1) - 1).unwrap_or(0);
            let rest = LOOKS_S.get(sent).copied().unwrap_or(LOOK_EVERY_S) * 1_000;
            if age >= rest { Next::ApproveAgain } else { Next::LookAt(known.requested.plus_ms(rest)) }
        }
        Doubt::Open if age < STILL_MS * i64::from(known.sends.max(1)) => look,
        Doubt::Open if known.sends < MAX_SENDS && worth_it => Next::ApproveAgain,
        Doubt::Open => abandon,
    }
}

fn waiting(seen: &Seen, known: &Known<'_>, now: TimeMs) -> Next {
    let expired = now >= known.expires;
    let status = match seen {
        Seen::Nothing => return unanswered(known.expires, now),
        Seen::NoSuchPayment => return Next::End(AttemptState::Expired, "unknown_tid"),
        Seen::Status(status) => status,
    };
    match money(status) {
        // Nobody but us could have approved it.
        Money::Taken => Next::GiveBack,
        // Nobody asked for this money, so another attempt of the order must stay possible; the watch goes on.
        Money::Gone | Money::Strange => Next::End(AttemptState::Abandoned, "strange_status"),
        Money::Never => Next::End(AttemptState::Failed, "payer_stopped"),
        Money::Open if expired => Next::End(AttemptState::Expired, "expired"),
        Money::Open => Next::LookAt(known.expires),
    }
}

fn watched(seen: &Seen, known: &Known<'_>, now: TimeMs) -> Next {
    let status = match seen {
        Seen::Nothing => return unanswered(known.expires, now),
        Seen::NoSuchPayment => return rest_or_watch(known.expires, now),
        Seen::Status(status) => status,
    };
    match money(status) {
        Money::Taken => Next::GiveBack,
        Money::Gone | Money::Open | Money::Never | Money::Strange => rest_or_watch(known.expires, now),
    }
}

fn unanswered(expires: TimeMs, now: TimeMs) -> Next {
    let age = now.ms_since(expires);
    if age >= UNWATCHED_MS {
        return Next::GiveUp("never_answered");
    }
    let (shortest, longest) = UNANSWERED_WAIT_MS;
    Next::LookAt(now.plus_ms((age / 10).clamp(shortest, longest)))
}

fn rest_or_watch(expires: TimeMs, now: TimeMs) -> Next {
    next_watch(expires, now).map_or(Next::Rest, Next::LookAt)
}

/// The next time to look up an outcome that was requested at `requested`.
pub fn next_look(requested: TimeMs, now: TimeMs) -> TimeMs {
    let [.., last] = LOOKS_S;
    let minutes = (now.ms_since(requested) / 1_000 - last).max(0) / LOOK_EVERY_S;
    let later = last + (minutes + 1) * LOOK_EVERY_S;
    let planned = LOOKS_S.iter().map(|s| requested.plus_ms(s * 1_000)).find(|at| *at > now);
    planned.unwrap_or(requested.plus_ms(later * 1_000))
}

/// The next time to make sure that an attempt without money stays without.
pub fn next_watch(expires: TimeMs, now: TimeMs) -> Option<TimeMs> {
    WATCHES_MS.iter().map(|ms| expires.plus_ms(*ms)).find(|at| *at > now)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
