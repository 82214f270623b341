//! What the payer does: choose a method and confirm, quit, or fail. The browser is then sent back to the shop.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::payment::{Method, Payment, Status};
use super::payments::pg_token;
use crate::lock;
use crate::problem::Problem;
use crate::world::World;

/// The extra calls of the return address wait no longer than a browser's patience.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(30);
const EXTRA_CALLBACKS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    Money,
    Card,
    Cancel,
    Fail,
}

/// Body of `POST /control/authenticate`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authenticate {
    pub tid: Option<String>,
    pub partner_order_id: Option<String>,
    /// `money` (the default), `card`, `cancel` or `fail`; upper case is fine.
    pub method: Option<String>,
}

/// Applies the choice and says where the browser goes next; `None` when there is nothing left to choose.
pub fn decide(world: &Arc<World>, payment: &mut Payment, choice: Choice) -> Option<String> {
    if !payment.status.is_open() || payment.in_flight {
        return None;
    }
    if payment.expired(world.clock.now()) {
        return Some(payment.fail_url.clone());
    }
    match choice {
        Choice::Cancel => {
            payment.status = Status::QuitPayment;
            Some(payment.cancel_url.clone())
        }
        Choice::Fail => {
            payment.status = Status::FailAuthPassword;
            Some(payment.fail_url.clone())
        }
        Choice::Money => Some(confirm(world, payment, Method::Money)),
        Choice::Card => Some(confirm(world, payment, Method::Card)),
    }
}

fn confirm(world: &Arc<World>, payment: &mut Payment, chosen: Method) -> String {
    payment.method = Some(payment.only_method.unwrap_or(chosen));
    payment.status = Status::AuthPassword;
    // Confirming again from an old page leads to the same place.
    let token = payment.pg_token.get_or_insert_with(pg_token).clone();
    let separator = if payment.approval_url.contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}pg_token={token}", payment.approval_url);
    if world.faults.take_duplicate_callback() {
        call_twice(world, &url);
    }
    url
}

/// The return address is also called by the sandbox, as a nervous browser would.
fn call_twice(world: &Arc<World>, url: &str) {
    for _ in 0..EXTRA_CALLBACKS {
        let request = world.http.get(url).timeout(CALLBACK_TIMEOUT);
        tokio::spawn(async move {
            if let Err(error) = request.send().await {
                tracing::info!(error = %error.without_url(), "an extra return to the shop failed");
            }
        });
    }
}

/// `POST /control/authenticate`: the same without a page.
pub fn headless(world: &Arc<World>, request: &Authenticate) -> Result<String, Problem> {
    let choice = match request.method.as_deref().unwrap_or("money").to_ascii_lowercase().as_str() {
        "money" => Choice::Money,
        "card" => Choice::Card,
        "cancel" => Choice::Cancel,
        "fail" => Choice::Fail,
        other => {
            let message = format!("method \"{other}\" is none of money, card, cancel, fail");
            return Err(Problem::bad_request("method_unknown", message));
        }
    };
    let mut payments = lock(&world.payments);
    let payment = match (&request.tid, &request.partner_order_id) {
        (Some(tid), _) => payments.by_tid(tid),
        (None, Some(order)) => payments.by_order(order),
        (None, None) => return Err(Problem::bad_request("payment_unclear", "give tid or partner_order_id")),
    };
    let payment = payment.ok_or_else(|| Problem::not_found("payment_unknown", "no such payment"))?;
    decide(world, payment, choice)
        .ok_or_else(|| Problem::conflict("payment_closed", format!("the payment is {:?}", payment.status)))
}
