//! KakaoPay with every fault that is known of it. What it captured and gave back it knows exactly, and so does the verdict.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloud_api::pay::kakaopay::{
    ActionDetail, ActionType, Amount, Answer, ApproveBody, ApproveCall, Calls, CancelBody, CancelCall, Cause,
    OrderBody, OrderStatus, Refusal, class,
};
use tokio::time::{Instant, sleep};

use crate::{Dice, Trace, note};

/// Our merchant id there.
pub const CID: &str = "SIMULATED0";
/// The client's own patience with a silent answer.
const SILENCE: Duration = Duration::from_secs(15);
/// And with an inquiry.
const INQUIRY_SILENCE: Duration = Duration::from_secs(5);
/// A payment can be approved for so long.
const VALID: Duration = Duration::from_secs(15 * 60);

/// Ways in which an `approve` goes wrong.
const APPROVE_FAULTS: [&str; 16] = [
    "not sent",
    "request lost",
    "answer lost at once",
    "answer lost in silence",
    "arrives late",
    "500 before",
    "500 after",
    "unreadable after",
    "declined",
    "unclear no, taken",
    "unclear no, not taken",
    "customer locked",
    "bank silent, taken later",
    "bank silent, never taken",
    "calls used up",
    "another sum",
];
/// And a `cancel`.
const CANCEL_FAULTS: [&str; 6] = [
    "not sent",
    "request lost",
    "answer lost at once",
    "answer lost in silence",
    "arrives late",
    "500 after",
];

/// What has happened to one payment.
#[derive(Debug, Clone)]
pub struct Payment {
    pub order_id: String,
    pub user_id: String,
    pub amount: Amount,
    pub status: OrderStatus,
    pub begun: Instant,
    pub actions: Vec<ActionDetail>,
    /// Won that could still be given back.
    pub remaining: i64,
    pub captures: u32,
    /// The first thing that went wrong with its approval.
    pub fault: Option<&'static str>,
    /// When KakaoPay knew the outcome.
    pub decided: Option<Instant>,
    /// When the first `approve` ended at the caller, by an answer or by the caller's death.
    pub ended: Option<Instant>,
}

/// KakaoPay.
#[derive(Clone)]
pub struct Kakao(Arc<Inner>);

struct Inner {
    payments: Mutex<BTreeMap<String, Payment>>,
    weather: Mutex<Weather>,
    dice: Dice,
    trace: Trace,
}

/// What is wrong at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub is_away: bool,
    /// Calls of a hundred that go wrong.
    pub faults: u32,
}

impl Kakao {
    /// One without payments.
    pub fn new(dice: Dice, trace: Trace) -> Self {
        Self(Arc::new(Inner { payments: Mutex::default(), weather: Mutex::default(), dice, trace }))
    }

    /// Changes the weather.
    pub fn set_weather(&self, weather: Weather) {
        *self.0.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// Whether it answers at all.
    pub fn weather(&self) -> Weather {
        *self.0.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All payments by tid.
    pub fn payments(&self) -> MutexGuard<'_, BTreeMap<String, Payment>> {
        self.0.payments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The payer authenticated himself.
    pub fn authenticated(&self, tid: &str, order_id: String, user_id: String, amount: Amount) {
        let payment = Payment {
            order_id,
            user_id,
            amount,
            status: OrderStatus::AuthPassword,
            begun: Instant::now(),
            actions: Vec::new(),
            remaining: 0,
            captures: 0,
            fault: None,
            decided: None,
            ended: None,
        };
        self.payments().insert(tid.to_owned(), payment);
    }

    fn change<T>(&self, tid: &str, change: impl FnOnce(&mut Payment) -> T) -> Option<T> {
        self.payments().get_mut(tid).map(change)
    }

    fn aid(&self) -> String {
        format!("A{:016x}", self.0.dice.seed())
    }

    /// The money is taken, unless that is not possible any more.
    fn capture(&self, tid: &str, payload: &str) -> bool {
        let aid = self.aid();
        let captured = self.change(tid, |payment| {
            let open = payment.status == OrderStatus::AuthPassword && payment.begun.elapsed() < VALID;
            if open {
                payment.status = OrderStatus::SuccessPayment;
                payment.captures += 1;
                payment.remaining = payment.amount.total;
                payment.decided.get_or_insert_with(Instant::now);
                payment.actions.push(action(aid, ActionType::Payment, payment.amount.total, payload));
            }
            open
        });
        let captured = captured.unwrap_or(false);
        if captured {
            note!(self.0.trace, "KakaoPay captures {tid}");
        }
        captured
    }

    /// Money goes back, under the guard.
    fn give_back(&self, tid: &str, amount: i64, expected: i64, payload: &str) -> Option<String> {
        let aid = self.aid();
        let done = self.change(tid, |payment| {
            if payment.captures == 0 || payment.remaining != expected || amount > expected {
                return None;
            }
            payment.remaining -= amount;
            payment.status = match payment.remaining {
                0 => OrderStatus::CancelPayment,
                _ => OrderStatus::PartCancelPayment,
            };
            payment.actions.push(action(aid.clone(), ActionType::Cancel, amount, payload));
            Some(aid)
        });
        let done = done.flatten();
        if done.is_some() {
            note!(self.0.trace, "KakaoPay gives {amount} won of {tid} back");
        }
        done
    }

    fn approved(&self, call: &ApproveCall<'_>, amount: Amount) -> ApproveBody {
        let aid = self.change(call.tid, |payment| payment.actions.first().map(|first| first.aid.clone()));
        ApproveBody {
            aid: aid.flatten().unwrap_or_default(),
            tid: call.tid.to_owned(),
            cid: CID.to_owned(),
            partner_order_id: call.order_id.to_owned(),
            partner_user_id: call.user_id.to_owned(),
            amount,
            payment_method_type: None,
            card_info: None,
            approved_at: None,
        }
    }

    /// The call as it should be.
    fn take(&self, call: &ApproveCall<'_>) -> Answer<ApproveBody> {
        if self.capture(call.tid, call.payload) {
            let amount = self.change(call.tid, |payment| payment.amount).unwrap_or_default();
            return Answer::Done(self.approved(call, amount));
        }
        match self.change(call.tid, |payment| payment.captures) {
            Some(0) => refused(-701, None),
            Some(_) => refused(-702, None),
            None => refused(-721, None),
        }
    }

    /// It happens later, whatever becomes of the caller.
    fn capture_later(&self, call: &ApproveCall<'_>) {
        let (kakao, tid, payload) = (self.clone(), call.tid.to_owned(), call.payload.to_owned());
        let after = self.0.dice.ms(1_000, 100_000);
        tokio::spawn(async move {
            sleep(after).await;
            kakao.capture(&tid, &payload);
        });
    }

    async fn approve_with(&self, fault: &'static str, call: &ApproveCall<'_>) -> Answer<ApproveBody> {
        self.change(call.tid, |payment| {
            payment.fault.get_or_insert(fault);
        });
        note!(self.0.trace, "approve {}: {fault}", call.tid);
        let dice = &self.0.dice;
        let lost = Answer::Unknown(Cause::NoAnswer);
        match fault {
            "not sent" => {
                sleep(dice.ms(0, 5_000)).await;
                Answer::Unknown(Cause::NotSent)
            }
            "request lost" => {
                sleep(SILENCE).await;
                lost
            }
            "answer lost at once" => {
                self.take(call);
                lost
            }
            "answer lost in silence" => {
                self.take(call);
                sleep(SILENCE).await;
                lost
            }
            "arrives late" => {
                self.capture_later(call);
                sleep(SILENCE).await;
                lost
            }
            "500 before" => Answer::Unknown(Cause::ServerError),
            "500 after" => {
                self.take(call);
                Answer::Unknown(Cause::ServerError)
            }
            "unreadable after" => {
                self.take(call);
                Answer::Unknown(Cause::Unreadable)
            }
            "declined" => {
                self.change(call.tid, |payment| {
                    payment.decided.get_or_insert_with(Instant::now);
                    if payment.captures == 0 {
                        payment.status = OrderStatus::FailPayment;
                    }
                });
                refused(-780, Some("CARD_DECLINED"))
            }
            "unclear no, taken" => {
                self.take(call);
                refused(-781, None)
            }
            "unclear no, not taken" => refused(-785, None),
            "customer locked" => refused(-780, Some("USER_LOCKED")),
            "bank silent, taken later" => {
                self.capture_later(call);
                refused(-780, Some("BANK_FIRM_UNKNOWN"))
            }
            "bank silent, never taken" => refused(-780, Some("BANK_FIRM_UNKNOWN")),
            "calls used up" => refused(-429, None),
            // Only ever a wrong answer about money that was really taken.
            "another sum" => match self.take(call) {
                Answer::Done(body) => {
                    let amount = Amount { total: body.amount.total + 100, ..body.amount };
                    Answer::Done(ApproveBody { amount, ..body })
                }
                no @ (Answer::Refused(_) | Answer::Unknown(_)) => no,
            },
            other => unreachable!("no fault is called {other}"),
        }
    }

    fn body(&self, tid: &str) -> Option<OrderBody> {
        self.change(tid, |payment| OrderBody {
            tid: tid.to_owned(),
            cid: CID.to_owned(),
            status: payment.status.clone(),
            partner_order_id: Some(payment.order_id.clone()),
            partner_user_id: Some(payment.user_id.clone()),
            payment_method_type: None,
            amount: Some(payment.amount),
            canceled_amount: None,
            cancel_available_amount: Some(Amount { total: payment.remaining, ..Amount::default() }),
            approved_at: None,
            payment_action_details: payment.actions.clone(),
        })
    }

    async fn cancel_with(&self, fault: &'static str, call: &CancelCall<'_>) -> Answer<CancelBody> {
        note!(self.0.trace, "cancel {}: {fault}", call.tid);
        let done = || self.give_back(call.tid, call.amount, call.expected_remaining, call.payload);
        match fault {
            "not sent" => return Answer::Unknown(Cause::NotSent),
            "request lost" => sleep(SILENCE).await,
            "answer lost at once" => drop(done()),
            "answer lost in silence" => {
                done();
                sleep(SILENCE).await;
            }
            "arrives late" => {
                let (kakao, tid, payload) = (self.clone(), call.tid.to_owned(), call.payload.to_owned());
                let (amount, expected) = (call.amount, call.expected_remaining);
                let after = self.0.dice.ms(1_000, 100_000);
                tokio::spawn(async move {
                    sleep(after).await;
                    kakao.give_back(&tid, amount, expected, &payload);
                });
                sleep(SILENCE).await;
            }
            _ => {
                done();
                return Answer::Unknown(Cause::ServerError);
            }
        }
        Answer::Unknown(Cause::NoAnswer)
    }

    /// Which fault a call meets; an outage is one for all.
    fn fault(&self, kinds: &[&'static str]) -> Option<&'static str> {
        let (weather, dice) = (self.weather(), &self.0.dice);
        if weather.is_away {
            return Some(*dice.pick(&["not sent", "request lost"]));
        }
        dice.chance(weather.faults).then(|| *dice.pick(kinds))
    }
}

fn action(aid: String, kind: ActionType, amount: i64, payload: &str) -> ActionDetail {
    ActionDetail { aid, payment_action_type: kind, amount: Some(amount), payload: Some(payload.to_owned()) }
}

fn refused<T>(code: i64, detail: Option<&str>) -> Answer<T> {
    let detail = detail.map(str::to_owned);
    Answer::Refused(Refusal { code, detail, class: class(code), server_error: false })
}

/// Notes when a call ended, even when its caller died.
struct Ended<'a>(&'a Kakao, &'a str);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.change(self.1, |payment| {
            payment.ended.get_or_insert_with(Instant::now);
        });
    }
}

impl Calls for Kakao {
    fn cid(&self) -> &str {
        CID
    }

    async fn approve(&self, call: &ApproveCall<'_>) -> Answer<ApproveBody> {
        let _ended = Ended(self, call.tid);
        sleep(self.0.dice.ms(20, 400)).await;
        if let Some(fault) = self.fault(&APPROVE_FAULTS) {
            return self.approve_with(fault, call).await;
        }
        if self.0.dice.chance(3) {
            sleep(self.0.dice.ms(6_000, 14_000)).await;
        }
        let answer = self.take(call);
        sleep(self.0.dice.ms(20, 400)).await;
        answer
    }

    async fn order(&self, tid: &str) -> Answer<OrderBody> {
        sleep(self.0.dice.ms(10, 200)).await;
        match self.fault(&["not sent", "request lost", "500"]) {
            Some("not sent") => Answer::Unknown(Cause::NotSent),
            Some("500") => Answer::Unknown(Cause::ServerError),
            Some(_) => {
                sleep(INQUIRY_SILENCE).await;
                Answer::Unknown(Cause::NoAnswer)
            }
            None => self.body(tid).map_or_else(|| refused(-721, None), Answer::Done),
        }
    }

    async fn cancel(&self, call: &CancelCall<'_>) -> Answer<CancelBody> {
        sleep(self.0.dice.ms(20, 400)).await;
        if let Some(fault) = self.fault(&CANCEL_FAULTS) {
            return self.cancel_with(fault, call).await;
        }
        let done = self.give_back(call.tid, call.amount, call.expected_remaining, call.payload);
        sleep(self.0.dice.ms(20, 400)).await;
        match (done, self.body(call.tid)) {
            (Some(aid), Some(body)) => Answer::Done(CancelBody {
                aid,
                tid: call.tid.to_owned(),
                status: body.status,
                approved_cancel_amount: None,
                canceled_amount: None,
            }),
            (Some(_) | None, Some(_) | None) => refused(-784, None),
        }
    }
}
