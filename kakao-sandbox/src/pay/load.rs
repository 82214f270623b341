//! Puts a payment into any state, for tests that begin in the middle.

use chrono::TimeDelta;
use serde::Deserialize;

use super::amount::{Amount, default_vat};
use super::payment::{Action, ActionKind, Method, Payment, Status};
use super::payments::{number, page_hash};
use crate::lock;
use crate::problem::Problem;
use crate::world::World;

/// Body of `POST /control/payments`.
#[derive(Debug, Deserialize)]
pub struct Load {
    pub tid: String,
    pub partner_order_id: String,
    pub partner_user_id: String,
    pub item_name: String,
    pub item_code: Option<String>,
    #[serde(default = "one")]
    pub quantity: i64,
    pub total_amount: i64,
    #[serde(default)]
    pub tax_free_amount: i64,
    pub status: Status,
    pub method: Option<Method>,
    pub pg_token: Option<String>,
    #[serde(default)]
    pub canceled_total: i64,
    /// VAT of the refunds so far, when it is not the default of their sum.
    pub canceled_vat: Option<i64>,
    #[serde(default)]
    pub age_s: i64,
    pub approval_url: Option<String>,
    pub cancel_url: Option<String>,
    pub fail_url: Option<String>,
}

fn one() -> i64 {
    1
}

/// Answers the address of the hosted page.
pub fn load(world: &World, load: Load) -> Result<String, Problem> {
    let age = TimeDelta::try_seconds(load.age_s).filter(|_| load.total_amount > 0);
    let age =
        age.ok_or_else(|| Problem::bad_request("payment_invalid", "total_amount and age_s must make sense"))?;
    let created_at = world.clock.now() - age;
    let amount = part(load.total_amount, load.tax_free_amount);
    let captured = load.status.was_captured();
    let canceled_total =
        if load.status == Status::CancelPayment { load.total_amount } else { load.canceled_total };
    let canceled = match canceled_total {
        0 => Amount::default(),
        all if all == load.total_amount => amount,
        some => {
            let sum = part(some, 0);
            Amount { vat: load.canceled_vat.unwrap_or(sum.vat), ..sum }
        }
    };
    let at = world.clock.now();
    let action = |kind, amount| Action { aid: number('A', at), kind, amount, at, payload: None };
    let mut actions = Vec::new();
    if captured {
        actions.push(action(ActionKind::Payment, amount.total));
    }
    if canceled.total > 0 {
        actions.push(action(ActionKind::Cancel, canceled.total));
    }
    let here = |url: Option<String>| url.unwrap_or_else(|| world.base_url.clone());
    let hash = page_hash();
    let page = format!("{}/mockup/bridge/pc/pg/one-time/payment/{hash}", world.base_url);
    lock(&world.payments).put(Payment {
        tid: load.tid,
        cid: world.config.pay_cid.clone(),
        hash,
        partner_order_id: load.partner_order_id,
        partner_user_id: load.partner_user_id,
        item_name: load.item_name,
        item_code: load.item_code,
        quantity: load.quantity,
        amount,
        canceled,
        approval_url: here(load.approval_url),
        cancel_url: here(load.cancel_url),
        fail_url: here(load.fail_url),
        only_method: None,
        method: load.method,
        install_month: 0,
        pg_token: load.pg_token,
        status: load.status,
        created_at,
        approved_at: captured.then_some(at),
        canceled_at: (canceled.total > 0).then_some(at),
        actions,
        in_flight: false,
    });
    Ok(page)
}

fn part(total: i64, tax_free: i64) -> Amount {
    Amount { total, tax_free, vat: default_vat(total, tax_free), ..Amount::default() }
}
