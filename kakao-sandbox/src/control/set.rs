//! What shall happen.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::alimtalk::Templates;
use crate::chat::{Event, NewCustomer};
use crate::config::{Mode, OrderShape};
use crate::faults::Fault;
use crate::lock;
use crate::pay;
use crate::problem::{Input, Problem};
use crate::world::World;

/// KakaoPay registers no more per application.
const MAX_SITE_DOMAINS: usize = 10;
/// A century is enough for every expiry.
const MAX_ADVANCE_SECONDS: i64 = 3_600 * 24 * 365 * 100;

/// `POST /control/faults`: one fault, a list, or `{"faults": [...]}`.
pub async fn add_faults(
    State(world): State<Arc<World>>,
    Input(body): Input<Value>,
) -> Result<Json<Value>, Problem> {
    let faults = read_faults(body).map_err(|error| Problem::bad_request("fault_invalid", error))?;
    let active = world.faults.add(faults).map_err(|message| Problem::conflict("too_many_faults", message))?;
    Ok(Json(json!({"faults": active})))
}

/// Parsed one by one, so that the error names what is wrong instead of "no variant matched".
fn read_faults(body: Value) -> Result<Vec<Fault>, String> {
    let list = match body {
        Value::Array(list) => list,
        Value::Object(mut map) => match map.remove("faults") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err("faults must be a list".to_owned()),
            None => vec![Value::Object(map)],
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err("give a fault, a list of faults, or {\"faults\": [...]}".to_owned());
        }
    };
    list.into_iter().map(|fault| serde_json::from_value(fault).map_err(|error| error.to_string())).collect()
}

/// `GET /control/faults`.
pub async fn faults(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"faults": world.faults.list()}))
}

/// `DELETE /control/faults`.
pub async fn clear_faults(State(world): State<Arc<World>>) -> Json<Value> {
    world.faults.clear();
    Json(json!({"faults": []}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    advance_s: i64,
}

/// `POST /control/clock`.
pub async fn advance_clock(
    State(world): State<Arc<World>>,
    Input(body): Input<Advance>,
) -> Result<Json<Value>, Problem> {
    if body.advance_s.abs() > MAX_ADVANCE_SECONDS {
        return Err(Problem::bad_request("advance_too_far", "advance_s must stay within a hundred years"));
    }
    world.clock.advance(TimeDelta::seconds(body.advance_s));
    Ok(Json(json!({"now": world.clock.now().to_rfc3339()})))
}

/// `POST /control/reset`.
pub async fn reset(State(world): State<Arc<World>>) -> Json<Value> {
    world.reset();
    Json(json!({"ok": true}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    skill_url: Option<String>,
    skill_secret: Option<String>,
    mode: Option<Mode>,
    chaos: Option<bool>,
    site_domains: Option<Vec<String>>,
    per_payment_limit: Option<i64>,
    online_payment_enabled: Option<bool>,
    order_shape: Option<OrderShape>,
}

/// `POST /control/config`: only what is given changes; answers the whole.
pub async fn configure(
    State(world): State<Arc<World>>,
    Input(change): Input<Change>,
) -> Result<Json<Value>, Problem> {
    if change.site_domains.as_ref().is_some_and(|domains| domains.len() > MAX_SITE_DOMAINS) {
        let message = format!("KakaoPay registers at most {MAX_SITE_DOMAINS} domains");
        return Err(Problem::bad_request("too_many_domains", message));
    }
    if change.skill_url.as_deref().is_some_and(|url| reqwest::Url::parse(url).is_err()) {
        return Err(Problem::bad_request("skill_url_invalid", "skill_url must be an absolute URL"));
    }
    let mut live = lock(&world.live);
    live.skill_url = change.skill_url.or(live.skill_url.take());
    live.skill_secret = change.skill_secret.or(live.skill_secret.take());
    live.mode = change.mode.unwrap_or(live.mode);
    live.chaos = change.chaos.unwrap_or(live.chaos);
    if let Some(domains) = change.site_domains {
        live.site_domains = domains;
    }
    live.per_payment_limit = change.per_payment_limit.unwrap_or(live.per_payment_limit);
    live.online_payment_enabled = change.online_payment_enabled.unwrap_or(live.online_payment_enabled);
    live.order_shape = change.order_shape.unwrap_or(live.order_shape);
    Ok(Json(json!(*live)))
}

/// `POST /control/customers`.
pub async fn add_customer(
    State(world): State<Arc<World>>,
    Input(new): Input<NewCustomer>,
) -> Result<Json<Value>, Problem> {
    let mut chat = lock(&world.chat);
    let room = chat.add(new).map_err(|message| Problem::bad_request("customer_refused", message))?;
    let answer =
        json!({"customer": room.id, "name": room.name, "phone": room.phone, "botUserKey": room.bot_user_key});
    let _ = world.events.send(Event::Customers);
    Ok(Json(answer))
}

/// `POST /control/templates`.
pub async fn register_templates(
    State(world): State<Arc<World>>,
    Input(templates): Input<Templates>,
) -> Json<Value> {
    let mut alimtalk = lock(&world.alimtalk);
    alimtalk.register(templates.into_vec());
    Json(json!({"templates": alimtalk.templates()}))
}

/// `POST /control/damage`: makes one field of KakaoPay's books wrong.
pub async fn damage_payment(
    State(world): State<Arc<World>>,
    Input(damage): Input<pay::Damage>,
) -> Result<Json<Value>, Problem> {
    pay::damage(&world, damage).map(|was| Json(json!({"was": was})))
}

/// `POST /control/payments`: a payment in any state, for tests that begin in the middle.
pub async fn load_payment(
    State(world): State<Arc<World>>,
    Input(load): Input<pay::Load>,
) -> Result<Json<Value>, Problem> {
    pay::load(&world, load).map(|page| Json(json!({"page": page})))
}
