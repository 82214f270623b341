//! Walks the contract vectors: what each recorded answer means to this client.

use reqwest::StatusCode;
use serde_json::Value;

use super::super::json::{ApproveBody, CancelBody, OrderBody, OrderStatus, ReadyBody};
use super::*;

fn vectors() -> Vec<Value> {
    let text = include_str!("../../../../kakao-sandbox/fixtures/kakaopay.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn judge<T: DeserializeOwned>(vector: &Value) -> Result<T, String> {
    let status = StatusCode::from_u16(vector["response"]["status"].as_u64().unwrap() as u16).unwrap();
    let body = serde_json::to_vec(&vector["response"]["body"]).unwrap();
    match parse(status, &body) {
        Answer::Done(body) => Ok(body),
        Answer::Refused(refusal) => Err(format!("{:?} {}", refusal.class, refusal.text())),
        Answer::Unknown(cause) => Err(format!("{cause:?}")),
    }
}

/// What a refusal in the vectors means; everything else in them succeeds.
fn refusal_of(id: &str) -> Option<&'static str> {
    Some(match id {
        "R06" => "Definite -2",
        "R07" => "Config -400",
        "R09" => "Config -403",
        "R10" => "Config -404",
        "R12" => "Config -731",
        "R13" => "Config -799",
        "R15" => "Definite -797",
        "R16" | "X12" => "Definite -722",
        "R18" => "Ambiguous -503",
        "A06" => "Definite -701",
        "A07" => "Definite -706",
        "A09" => "Definite -708",
        "A10" | "O10" | "X13" => "Definite -721",
        "A12" | "A13" => "State -783",
        "A15" => "Definite -725",
        "A16" => "Ambiguous -780/USER_LOCKED",
        "A21" => "Ambiguous -500",
        "X06" => "Definite -710",
        "X07" => "Definite -711",
        "X09" => "State -784",
        _ => return None,
    })
}

#[test]
fn every_vector_means_what_it_should() {
    let mut walked = 0;
    for vector in vectors() {
        let id = vector["id"].as_str().unwrap();
        if vector["response"].is_null() {
            continue;
        }
        let outcome = match vector["operation"].as_str().unwrap() {
            "ready" => judge::<ReadyBody>(&vector).map(|body| assert_eq!(body.tid.len(), 20, "{id}")),
            "approve" => judge::<ApproveBody>(&vector).map(|body| {
                let total = &vector["response"]["body"]["amount"]["total"];
                assert_eq!(Some(body.amount.total), total.as_i64(), "{id}");
            }),
            "order" => judge::<OrderBody>(&vector).map(|body| {
                assert!(!matches!(body.status, OrderStatus::Other(_)), "{id}");
            }),
            "cancel" => judge::<CancelBody>(&vector).map(|body| assert_eq!(body.aid.len(), 20, "{id}")),
            "callback" => continue,
            other => panic!("{id}: nobody knows the operation {other}"),
        };
        walked += 1;
        match (outcome, refusal_of(id)) {
            (Ok(()), None) => {}
            (Err(got), Some(wanted)) => assert_eq!(got, wanted, "{id}"),
            // The method refused: which sub-code it names is the method's business.
            (Err(got), None) if matches!(id, "A18" | "X10") => {
                assert!(got.starts_with("Ambiguous -78"), "{got}")
            }
            (got, wanted) => panic!("{id}: {got:?} instead of {wanted:?}"),
        }
    }
    assert!(walked > 40, "only {walked} vectors were walked");
}

#[test]
fn an_answer_that_is_no_answer_is_unknown() {
    let read = |status: u16, body: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        match parse::<ApproveBody>(status, body.as_bytes()) {
            Answer::Unknown(cause) => cause,
            other @ (Answer::Done(_) | Answer::Refused(_)) => panic!("{other:?}"),
        }
    };
    assert_eq!(read(200, "<html>"), Cause::Unreadable);
    assert_eq!(read(200, "{}"), Cause::Unreadable);
    assert_eq!(read(502, "<html>"), Cause::ServerError);
    assert_eq!(read(302, ""), Cause::Unreadable);
    assert_eq!(read(400, r#"{"message": "no code"}"#), Cause::Unreadable);
}
