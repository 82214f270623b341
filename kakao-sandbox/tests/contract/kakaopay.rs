//! Every vector and every scenario of `kakaopay.json`.

use serde_json::{Map, Value, json};

use super::world::{World, find, kakaopay_vectors, list};

const BASE: &str = "https://open-api.kakaopay.com";
const PG_TOKEN: &str = "2f1c9a0b7d3e4c55aa01";

/// Values that the vectors call placeholders become their shape.
fn mask(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let masked = map.iter().map(|(key, value)| (key.clone(), mask_member(key, value)));
            Value::Object(masked.collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.iter().map(mask).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn mask_member(key: &str, value: &Value) -> Value {
    let Some(text) = value.as_str() else { return mask(value) };
    match key {
        "tid" | "aid" => json!(format!("{}#{}", &text[..1], text.len())),
        "created_at" | "approved_at" | "canceled_at" => {
            let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            json!(shape)
        }
        _ if key.starts_with("next_redirect") => {
            let (page, hash) = text.rsplit_once('/').unwrap();
            json!(format!("{}/{}", &page[page.find("/mockup").unwrap()..], hash.len()))
        }
        _ if key.ends_with("_app_scheme") => {
            let (page, hash) = text.rsplit_once('/').unwrap();
            assert!(page.starts_with("kakaotalk://kakaopay/pg?url=http"), "{text}");
            json!(format!("{}/{}", &page[page.find("/pay/mockup").unwrap()..], hash.len()))
        }
        _ => value.clone(),
    }
}

/// Brings a sandbox into the state that a vector starts from.
async fn given(world: &World, vector: &Value) {
    let given = &vector["given"];
    if given["payment"].is_object() {
        load(world, vector).await;
    }
    let mut change = json!({});
    if let Some(enabled) = given.pointer("/app/online_payment_enabled") {
        change["online_payment_enabled"] = enabled.clone();
    }
    if let Some(domains) = given.pointer("/app/site_domains") {
        change["site_domains"] = domains.clone();
    }
    if let Some(limit) = given.pointer("/limits/per_payment") {
        change["per_payment_limit"] = limit.clone();
    }
    // The title is all that tells the sparse inquiry from the full one.
    if vector["id"] == "O03" {
        change["order_shape"] = json!("sparse");
    }
    world.post("/control/config", &change).await;
    let kind = match given["fault"].as_str() {
        Some("drop_response_after_commit") => Some("drop_after_commit"),
        Some(other) => Some(other),
        None if given.pointer("/user/locked") == Some(&json!(true)) => Some("user_locked"),
        None if given["card"] == "decline" || given["acquirer"] == "no_original" => Some("decline"),
        None => None,
    };
    if let Some(kind) = kind {
        let target = format!("pay.{}", vector["operation"].as_str().unwrap());
        world.fault(json!({"target": target, "kind": kind})).await;
    }
}

/// The address of the loaded payment's page.
async fn load(world: &World, vector: &Value) -> String {
    let payment = &vector["given"]["payment"];
    let mut load = find(&kakaopay_vectors(), "vectors", "R01")["request"]["body"].clone();
    load["tid"] = payment["tid"].clone();
    load["status"] = payment["status"].clone();
    load["method"] = payment.get("method").cloned().unwrap_or(json!("MONEY"));
    load["pg_token"] = payment.get("pg_token").cloned().unwrap_or(json!(PG_TOKEN));
    load["age_s"] = payment.get("age_s").cloned().unwrap_or(json!(70));
    if payment["tid"] == "T91f0a04c0ffee000004" {
        load["partner_order_id"] = json!("ord-20261120-0004");
        (load["total_amount"], load["tax_free_amount"]) = (json!(20000), json!(9000));
    }
    if payment["method"] == "CARD" {
        load["item_code"] = json!("SET-A");
    }
    if let Some(canceled) = payment["canceled_total"].as_i64() {
        // Refunds of 5,000 won each, with the default VAT of each.
        load["canceled_total"] = json!(canceled);
        load["canceled_vat"] = json!(canceled / 5_000 * 455);
    }
    if vector["operation"] == "callback" {
        let url = vector["request"]["url"].as_str().unwrap();
        let name = if url.contains("/cancel") {
            "cancel_url"
        } else if url.contains("/fail") {
            "fail_url"
        } else {
            "approval_url"
        };
        let clean =
            url.replace(&format!("?pg_token={PG_TOKEN}"), "").replace(&format!("&pg_token={PG_TOKEN}"), "");
        load[name] = json!(clean);
    }
    let answer = world.post("/control/payments", &load).await;
    answer["page"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Sends a vector's request; `None` when the connection closed without an answer.
async fn send(world: &World, vector: &Value, body: &Value) -> Option<(u16, Value)> {
    let request = &vector["request"];
    let url = request["url"].as_str().unwrap().replace(BASE, world.sandbox.url());
    let mut builder = world.client.post(url).body(body.to_string());
    for (name, value) in request["headers"].as_object().unwrap() {
        builder = builder.header(name, value.as_str().unwrap());
    }
    let response = builder.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.json().await.unwrap()))
}

fn compare(vector: &Value, answer: Option<(u16, Value)>) {
    let id = vector["id"].as_str().unwrap();
    if vector["transport"].is_object() {
        assert!(answer.is_none(), "{id}: the answer should be lost, got {answer:?}");
        return;
    }
    let (status, body) = answer.unwrap_or_else(|| panic!("{id}: no answer"));
    let Some(assertions) = vector["assert"].as_object() else {
        assert_eq!(u64::from(status), vector["response"]["status"].as_u64().unwrap(), "{id}: {body}");
        let (body, mut wanted) = (mask(&body), mask(&vector["response"]["body"]));
        // Only two texts are attested; elsewhere the code is what counts.
        if wanted["error_code"].is_i64() && wanted["error_code"] != -780 && wanted["error_code"] != -781 {
            wanted["error_message"] = body["error_message"].clone();
        }
        assert_eq!(body, wanted, "{id}");
        return;
    };
    let whole = json!({"status": status, "body": body});
    for (path, wanted) in assertions {
        let pointer = format!("/{}", path.replace('.', "/"));
        assert_eq!(whole.pointer(&pointer), Some(wanted), "{id}: {path} of {whole}");
    }
}

async fn order(world: &World, tid: &Value) -> Value {
    let inquiry = json!({"cid": "TC0ONETIME", "tid": tid});
    let request =
        world.client.post(world.url("/online/v1/payment/order")).header("Authorization", "SECRET_KEY k");
    request.json(&inquiry).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn every_vector_of_the_four_calls() {
    let vectors = kakaopay_vectors();
    for vector in list(&vectors, "vectors").iter().filter(|vector| vector["operation"] != "callback") {
        let world = World::start().await;
        given(&world, vector).await;
        let body = &vector["request"]["body"];
        let answer = send(&world, vector, body).await;
        let tid = answer.as_ref().map_or(body["tid"].clone(), |(_, answer)| answer["tid"].clone());
        compare(vector, answer);
        let then = &vector["then"];
        let effect = vector.pointer("/transport/server_effect").unwrap_or(&then["order_status"]);
        let id = vector["id"].as_str().unwrap();
        if id == "R19" {
            let ledger = world.get("/control/ledger").await;
            assert_eq!(
                ledger["payments"][0]["status"], "READY",
                "{id}: the payment exists, nobody knows its tid"
            );
        } else if effect.is_string() {
            let tid = if body["tid"].is_string() { &body["tid"] } else { &tid };
            assert_eq!(&order(&world, tid).await["status"], effect, "{id}");
        }
        if let Some(vat) = then.get("expected_vat") {
            assert_eq!(&order(&world, &tid).await["amount"]["vat"], vat, "{id}");
        }
    }
}

/// The merchant's 303 is the merchant's business; the sandbox's part is where it sends the browser.
#[tokio::test]
async fn every_callback_vector_is_where_the_browser_is_sent() {
    let vectors = kakaopay_vectors();
    for vector in list(&vectors, "vectors").iter().filter(|vector| vector["operation"] == "callback") {
        let id = vector["id"].as_str().unwrap();
        let world = World::start().await;
        let mut start = vector.clone();
        if id == "C03" {
            // The vector describes the state after the press; the press is what is tried here.
            start["given"]["payment"]["status"] = json!("OPEN_PAYMENT");
        }
        let page = load(&world, &start).await;
        let pressed = match id {
            "C04" => world.client.get(&page).send().await.unwrap(),
            "C03" => press(&world, &page, "cancel").await,
            _ => press(&world, &page, "money").await,
        };
        if id == "C05" {
            assert_eq!(pressed.status(), 200, "a paid payment sends nobody anywhere");
            continue;
        }
        assert_eq!(pressed.status(), 302, "{id}");
        assert_eq!(pressed.headers()["location"].to_str().unwrap(), vector["request"]["url"], "{id}");
        let status = &order(&world, &vector["given"]["payment"]["tid"]).await["status"];
        assert_eq!(status, &vector["given"]["payment"]["status"], "{id}");
    }
}

async fn press(world: &World, page: &str, choice: &str) -> reqwest::Response {
    let request = world.client.post(page).header("content-type", "application/x-www-form-urlencoded");
    request.body(format!("choice={choice}")).send().await.unwrap()
}

/// What one scenario learns on its way.
#[derive(Default)]
struct Journey {
    tid: Value,
    page: String,
    pg_token: Value,
}

async fn step(world: &World, journey: &mut Journey, vector: &Value) {
    let id = vector["id"].as_str().unwrap();
    match vector["operation"].as_str().unwrap() {
        "callback" => callback(world, journey, id).await,
        operation => {
            if operation == "order" && vector["given"]["payment"]["status"] == "AUTH_PASSWORD" {
                world.post("/control/authenticate", &json!({"tid": journey.tid, "method": "money"})).await;
            }
            if vector["given"]["fault"].is_string() {
                let fault = json!({"target": format!("pay.{operation}"), "kind": "drop_after_commit"});
                world.fault(fault).await;
            }
            let mut body = vector["request"]["body"].clone();
            for (key, value) in [("tid", &journey.tid), ("pg_token", &journey.pg_token)] {
                if body[key].is_string() {
                    body[key] = value.clone();
                }
            }
            let answer = send(world, vector, &body).await;
            if let Some((_, answer)) = answer.as_ref().filter(|_| operation == "ready") {
                journey.tid = answer["tid"].clone();
                journey.page = answer["next_redirect_mobile_url"].as_str().unwrap().to_owned();
            }
            compare(vector, answer);
        }
    }
}

async fn callback(world: &World, journey: &mut Journey, id: &str) {
    match id {
        "C01" => {
            let pressed = press(world, &journey.page, "money").await;
            let location = pressed.headers()["location"].to_str().unwrap().to_owned();
            journey.pg_token = json!(location.split_once("pg_token=").unwrap().1);
        }
        "C03" => {
            press(world, &journey.page, "cancel").await;
        }
        "C04" => {
            world.advance(901).await;
            let shown = world.client.get(&journey.page).send().await.unwrap();
            assert!(shown.headers()["location"].to_str().unwrap().ends_with("/fail"));
        }
        "C05" => {
            // A client that approves again is told so and nothing is captured twice.
            let mut again = find(&kakaopay_vectors(), "vectors", "A01").clone();
            again["request"]["body"]["tid"] = journey.tid.clone();
            again["request"]["body"]["pg_token"] = journey.pg_token.clone();
            let (_, answer) = send(world, &again, &again["request"]["body"]).await.unwrap();
            assert_eq!(answer["error_code"], -702);
        }
        other => panic!("a new callback step {other}"),
    }
}

#[tokio::test]
async fn every_scenario_runs_through() {
    let vectors = kakaopay_vectors();
    for scenario in list(&vectors, "scenarios") {
        let world = World::start().await;
        let mut journey = Journey::default();
        for id in scenario["steps"].as_array().unwrap() {
            step(&world, &mut journey, find(&vectors, "vectors", id.as_str().unwrap())).await;
        }
        let ledger = world.get("/control/ledger").await;
        let (captured, refunded) = match scenario["id"].as_str().unwrap() {
            "S01" | "S02" | "S03" => (15_000, 0),
            "S09" | "S10" => (15_000, 15_000),
            _ => (0, 0),
        };
        let totals = (&ledger["totals"]["captured"], &ledger["totals"]["refunded"]);
        assert_eq!(totals, (&json!(captured), &json!(refunded)), "{}", scenario["id"]);
    }
}
