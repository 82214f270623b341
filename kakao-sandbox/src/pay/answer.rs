//! The bodies of approve, order and cancel.

use serde_json::{Map, Value, json};

use super::amount::Amount;
use super::payment::{Action, Method, Payment};
use crate::clock::naive_kst;
use crate::config::OrderShape;

/// Not a real card: the digits that samples show.
const CARD_BIN: &str = "000000";

/// approve emits its nulls and has no `status`.
pub fn approved(payment: &Payment, payload: Option<&str>) -> Value {
    let aid = payment.actions.last().map(|action| action.aid.as_str());
    json!({
        "aid": aid,
        "tid": payment.tid,
        "cid": payment.cid,
        "sid": null,
        "partner_order_id": payment.partner_order_id,
        "partner_user_id": payment.partner_user_id,
        "item_name": payment.item_name,
        "item_code": payment.item_code,
        "payload": payload,
        "quantity": payment.quantity,
        "amount": payment.amount,
        "payment_method_type": payment.method,
        "card_info": (payment.method == Some(Method::Card)).then(|| card_info(payment)),
        "sequential_payment_methods": null,
        "created_at": naive_kst(payment.created_at),
        "approved_at": payment.approved_at.map(naive_kst),
    })
}

/// Every member is a string, here.
fn card_info(payment: &Payment) -> Value {
    json!({
        "kakaopay_purchase_corp": "신한카드",
        "kakaopay_purchase_corp_code": "103",
        "kakaopay_issuer_corp": "신한카드",
        "kakaopay_issuer_corp_code": "103",
        "bin": CARD_BIN,
        "card_type": "신용",
        "install_month": format!("{:02}", payment.install_month),
        "approved_id": payment.tid.chars().rev().filter(char::is_ascii_digit).chain("00000000".chars()).take(8).collect::<String>(),
        "card_mid": "000000000",
        "interest_free_install": "N",
        "installment_type": null,
        "card_item_code": "000000",
    })
}

/// cancel leaves out what it does not have.
pub fn canceled(payment: &Payment, aid: &str, now: Amount, payload: Option<&str>) -> Value {
    let mut body = common(payment);
    body.insert("aid".to_owned(), json!(aid));
    body.insert("approved_cancel_amount".to_owned(), json!(now));
    if let Some(payload) = payload {
        body.insert("payload".to_owned(), json!(payload));
    }
    Value::Object(body)
}

pub fn order(payment: &Payment, shape: OrderShape) -> Value {
    let mut body = common(payment);
    if payment.method == Some(Method::Card) && payment.status.was_captured() {
        let info = json!({
            "card_bin": CARD_BIN,
            "install_month": payment.install_month,
            "installment_type": null,
            "card_corp_name": "신한",
            "interest_free_install": "N",
        });
        body.insert("selected_card_info".to_owned(), info);
    }
    let details: Vec<Value> = payment.actions.iter().map(|action| detail(payment, action, shape)).collect();
    body.insert("payment_action_details".to_owned(), json!(details));
    Value::Object(body)
}

fn detail(payment: &Payment, action: &Action, shape: OrderShape) -> Value {
    let mut detail = json!({
        "aid": action.aid,
        "payment_action_type": action.kind,
        "point_amount": 0,
        "discount_amount": 0,
        "approved_at": naive_kst(action.at),
    });
    if shape == OrderShape::Full {
        detail["payment_method_type"] = json!(payment.method);
        detail["amount"] = json!(action.amount);
        detail["green_deposit"] = json!(0);
        if let Some(payload) = &action.payload {
            detail["payload"] = json!(payload);
        }
    }
    detail
}

fn common(payment: &Payment) -> Map<String, Value> {
    let body = json!({
        "tid": payment.tid,
        "cid": payment.cid,
        "status": payment.status,
        "partner_order_id": payment.partner_order_id,
        "partner_user_id": payment.partner_user_id,
        "item_name": payment.item_name,
        "quantity": payment.quantity,
        "amount": payment.amount,
        "canceled_amount": payment.canceled,
        "cancel_available_amount": payment.cancellable(),
        "created_at": naive_kst(payment.created_at),
    });
    let Value::Object(mut body) = body else { return Map::new() };
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    put("item_code", payment.item_code.as_ref().map(|code| json!(code)));
    if payment.status.was_captured() {
        put("payment_method_type", payment.method.map(|method| json!(method)));
    }
    put("approved_at", payment.approved_at.map(|at| json!(naive_kst(at))));
    put("canceled_at", payment.canceled_at.map(|at| json!(naive_kst(at))));
    body
}
