//! The HTTP request to the skill server, with Kakao's headers and Kakao's five seconds.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::faults::{Kind, Plan, Target};
use crate::lock;
use crate::rules::MAX_RESPONSE_BYTES;
use crate::world::World;

/// Wall clock from connect to the last byte, network included.
pub const SKILL_TIMEOUT: Duration = Duration::from_millis(5_000);
/// Enough of a too large answer to see that it is too large.
const MAX_READ_BYTES: usize = MAX_RESPONSE_BYTES * 4;

/// Why there is nothing to render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: u16,
    pub rule: &'static str,
    pub message: String,
}

impl Failure {
    fn timeout() -> Self {
        Self {
            code: 1001, rule: "skill.timeout", message: "5초 안에 답이 오지 않았어요.".to_owned()
        }
    }

    fn connection(detail: impl Into<String>) -> Self {
        Self { code: 1002, rule: "skill.connection", message: detail.into() }
    }

    fn http(status: u16) -> Self {
        Self {
            code: 1003, rule: "skill.http", message: format!("스킬 서버가 HTTP {status}로 답했어요.")
        }
    }
}

/// Posts the payload; records count and latency.
pub async fn call(world: &World, payload: &Value) -> Result<Vec<u8>, Failure> {
    let plan = world.faults.take(Target::Skill);
    let started = Instant::now();
    let result = match tokio::time::timeout(SKILL_TIMEOUT, with_faults(world, payload, &plan)).await {
        Ok(result) => result,
        Err(_elapsed) => Err(Failure::timeout()),
    };
    lock(&world.skill_calls).record(started.elapsed().as_secs_f64() * 1000.0, result.is_ok());
    result
}

async fn with_faults(world: &World, payload: &Value, plan: &Plan) -> Result<Vec<u8>, Failure> {
    plan.wait().await;
    match plan.kind() {
        Some(Kind::DropBefore) => {
            Err(Failure::connection("요청이 스킬 서버에 닿지 않았어요 (연결 끊김 재현)."))
        }
        Some(Kind::DropAfterCommit) => {
            post(world, payload).await?;
            Err(Failure::timeout())
        }
        Some(Kind::DuplicateCallback) => {
            let (first, second) = tokio::join!(post(world, payload), post(world, payload));
            first.or(second)
        }
        Some(Kind::Status) => {
            Err(Failure::http(plan.fault.as_ref().and_then(|fault| fault.status).unwrap_or(500)))
        }
        Some(Kind::Error | Kind::Internal | Kind::Maintenance | Kind::Quota) => Err(Failure::http(500)),
        Some(Kind::Delay | Kind::UserLocked | Kind::BankUnknown | Kind::Decline | Kind::TamperAmount)
        | None => post(world, payload).await,
    }
}

async fn post(world: &World, payload: &Value) -> Result<Vec<u8>, Failure> {
    let (url, secret) = {
        let live = lock(&world.live);
        (live.skill_url.clone(), live.skill_secret.clone())
    };
    let url = url.ok_or_else(|| Failure::connection("스킬 서버 주소가 아직 없어요 (--skill-url)."))?;
    let id = format!("chp-{}", uuid::Uuid::new_v4().simple());
    let mut request = world
        .http
        .post(&url)
        .header("Content-Type", "application/json")
        .header("Accept", "*/*")
        .header("User-Agent", "AHC/2.1")
        .header("X-Request-Id", &id)
        .header("X-Chappie-Footprint", &id)
        .body(payload.to_string());
    if let Some(secret) = secret {
        request = request.header("X-Skill-Secret", secret);
    }
    let unreachable = |error: reqwest::Error| {
        tracing::debug!(%error, "skill call failed");
        Failure::connection("스킬 서버에 연결하지 못했어요.")
    };
    let mut response = request.send().await.map_err(unreachable)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(Failure::http(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_READ_BYTES {
            break;
        }
    }
    Ok(body)
}
