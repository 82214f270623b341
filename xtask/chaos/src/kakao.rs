//! KakaoPay and AlimTalk having a bad day, as the sandbox can play it.

use anyhow::Result;
use e2e::http;
use serde_json::{Value, json};

/// A kind of fault, its part of all of them, and a setting of its own.
type Likely = (&'static str, f64, Option<(&'static str, i64)>);

/// Faults of the calls that move money. What needs a person by design (an amount that differs) is left out.
const PAY: [Likely; 9] = [
    ("delay", 0.05, Some(("delay_ms", 1_500))),
    ("drop_before", 0.15, None),
    ("drop_after_commit", 0.20, None),
    ("internal", 0.15, None),
    ("maintenance", 0.10, None),
    ("quota", 0.10, None),
    ("user_locked", 0.10, None),
    ("bank_unknown", 0.10, None),
    ("decline", 0.10, None),
];
/// The sandbox says no and takes the money all the same.
const CAPTURED: [&str; 2] = ["bank_unknown", "internal"];

/// From now on `share` of the calls meet a fault.
pub async fn torment(sandbox: &str, share: f64) -> Result<()> {
    if share > 0.0 {
        http::post(&format!("{sandbox}/control/faults"), &json!({ "faults": faults(share) })).await?;
    }
    Ok(())
}

pub async fn relieve(sandbox: &str) -> Result<()> {
    http::success(http::client().delete(format!("{sandbox}/control/faults"))).await.map(drop)
}

fn faults(share: f64) -> Vec<Value> {
    let mut all = Vec::new();
    for target in ["pay.ready", "pay.approve", "pay.order", "pay.cancel"] {
        for (kind, part, setting) in PAY {
            // Only capturing knows the payer's means.
            if target != "pay.approve" && ["user_locked", "bank_unknown", "decline"].contains(&kind) {
                continue;
            }
            let mut fault =
                json!({ "target": target, "kind": kind, "probability": share * part, "times": null });
            if let Some((name, value)) = setting {
                fault[name] = json!(value);
            }
            all.push(fault);
        }
    }
    for kind in CAPTURED {
        let chance = share * 0.1;
        all.push(json!({ "target": "pay.approve", "kind": kind, "captured": true, "probability": chance, "times": null }));
    }
    all.push(
        json!({ "target": "pay.ready", "kind": "duplicate_callback", "probability": share, "times": null }),
    );
    for kind in ["drop_before", "drop_after_commit", "maintenance", "quota"] {
        all.push(json!({ "target": "alimtalk", "kind": kind, "probability": share * 0.25, "times": null }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_calls_that_meet_a_fault_is_what_was_asked_for() {
        let all = faults(0.2);
        let sum: f64 = all
            .iter()
            .filter(|fault| fault["target"] == "pay.approve" && fault["kind"] != "delay")
            .filter_map(|fault| fault["probability"].as_f64())
            .sum();
        assert!((0.18..=0.26).contains(&sum), "{sum}");
        assert!(all.len() <= 100, "the sandbox takes no more");
    }
}
