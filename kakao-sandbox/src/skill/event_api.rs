//! The Event API: the shop starts a block for people it knows by key.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::act::{Act, EventPart, Run};
use super::turn;
use crate::lock;
use crate::problem::Input;
use crate::world::World;

const MAX_USERS: usize = 100;
const MAX_TASKS: usize = 10_000;
const USER_TYPES: [&str; 3] = ["botUserKey", "plusfriendUserKey", "appUserId"];
/// The only error type that a public guide prints.
const SKILL_HTTP_ERROR: u16 = 201;

/// What became of one call, by task id.
#[derive(Default)]
pub struct Tasks {
    known: HashMap<String, Task>,
}

#[derive(Default)]
struct Task {
    requested: usize,
    succeeded: usize,
    unresolved: usize,
    failures: Vec<Value>,
}

struct Receiver {
    customer: String,
    kind: String,
    key: String,
    properties: Map<String, Value>,
}

/// `POST /v2/bots/{bot}/talk`. SUCCESS means accepted, not delivered.
pub async fn talk(
    State(world): State<Arc<World>>,
    Path(bot): Path<String>,
    headers: HeaderMap,
    Input(body): Input<Value>,
) -> Response {
    match accept(&world, &bot, &headers, &body) {
        Ok(id) => answer(&world, StatusCode::OK, Some(&id), "SUCCESS", "OK"),
        Err((status, message)) => answer(&world, status, None, "FAIL", &message),
    }
}

fn answer(world: &World, status: StatusCode, id: Option<&str>, word: &str, message: &str) -> Response {
    let timestamp = world.clock.now().timestamp_millis();
    let body = json!({"taskId": id, "status": word, "message": message, "timestamp": timestamp});
    (status, Json(body)).into_response()
}

type Refusal = (StatusCode, String);

fn accept(world: &Arc<World>, bot: &str, headers: &HeaderMap, body: &Value) -> Result<String, Refusal> {
    authorise(world, bot, headers)?;
    let bad = |message: &str| (StatusCode::BAD_REQUEST, message.to_owned());
    let name =
        body.pointer("/event/name").and_then(Value::as_str).ok_or_else(|| bad("event.name is required"))?;
    let block = world
        .blocks
        .iter()
        .find(|block| block.event.as_deref() == Some(name))
        .ok_or_else(|| bad("no deployed block has this event name"))?;
    let users = body.get("user").and_then(Value::as_array).ok_or_else(|| bad("user must be a list"))?;
    if users.is_empty() || users.len() > MAX_USERS {
        return Err(bad("user must hold 1 to 100 entries"));
    }
    let mut task = Task { requested: users.len(), ..Task::default() };
    let mut receivers = Vec::new();
    for user in users {
        match receiver(world, user)? {
            Some(receiver) => receivers.push(receiver),
            None => task.unresolved += 1,
        }
    }
    let params = body.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
    let id = uuid::Uuid::new_v4().to_string();
    let mut tasks = lock(&world.tasks);
    if tasks.known.len() >= MAX_TASKS {
        return Err((StatusCode::TOO_MANY_REQUESTS, "too many tasks".to_owned()));
    }
    tasks.known.insert(id.clone(), task);
    drop(tasks);
    let act = Act {
        run: Run::Block(block.id.clone()),
        trigger: None,
        event: Some(EventPart { params, properties: Map::new(), development: bot.ends_with('!') }),
        ..Act::typed(name.to_owned())
    };
    tokio::spawn(deliver(Arc::clone(world), id.clone(), receivers, act));
    Ok(id)
}

fn authorise(world: &World, bot: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = given.strip_prefix("KakaoAK ").unwrap_or_default();
    let accepted = world.config.rest_api_key.as_deref().map_or(!key.is_empty(), |wanted| wanted == key);
    if !accepted {
        return Err((
            StatusCode::UNAUTHORIZED,
            "Authorization: KakaoAK <REST API key> is required".to_owned(),
        ));
    }
    // The development channel is addressed as `{botId}!`.
    if bot.strip_suffix('!').unwrap_or(bot) != world.config.bot_id {
        return Err((StatusCode::BAD_REQUEST, "Invalid bot ID. Check your Bot ID.".to_owned()));
    }
    Ok(())
}

fn receiver(world: &World, user: &Value) -> Result<Option<Receiver>, Refusal> {
    let text = |key: &str| user.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, key) = (text("type"), text("id"));
    if !USER_TYPES.contains(&kind.as_str()) {
        let message = "user.type must be botUserKey, plusfriendUserKey or appUserId".to_owned();
        return Err((StatusCode::BAD_REQUEST, message));
    }
    let customer = lock(&world.chat).by_user_key(&kind, &key).map(|room| room.id.clone());
    let properties = user.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(customer.map(|customer| Receiver { customer, kind, key, properties }))
}

async fn deliver(world: Arc<World>, id: String, receivers: Vec<Receiver>, act: Act) {
    for receiver in receivers {
        let mut act = act.clone();
        if let Some(event) = act.event.as_mut() {
            event.properties.clone_from(&receiver.properties);
        }
        let result = turn::run(&world, &receiver.customer, act).await;
        let ok = result.is_ok_and(|outcome| outcome.outcome != "no_answer");
        let mut tasks = lock(&world.tasks);
        let Some(task) = tasks.known.get_mut(&id) else { return };
        if ok {
            task.succeeded += 1;
        } else {
            task.failures.push(json!({
                "userId": receiver.key,
                "reqUserType": receiver.kind,
                "createdAt": world.clock.now().timestamp(),
                "errorMsg": {
                    "errorType": SKILL_HTTP_ERROR,
                    "msg": "Bot skill server responded with an HTTP error.",
                },
            }));
        }
    }
}

/// `GET /v1/tasks/{id}`.
pub async fn task(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let tasks = lock(&world.tasks);
    let Some(task) = tasks.known.get(&id) else {
        return (StatusCode::NOT_FOUND, Json(json!({"message": "unknown taskId"}))).into_response();
    };
    let failed = task.unresolved + task.failures.len();
    let status = if failed == 0 { "ALL SUCCESS".to_owned() } else { format!("{failed} FAIL") };
    let mut body = json!({
        "taskId": id,
        "status": status,
        "allRequestCount": task.requested,
        "successCount": task.succeeded,
        "fail": {"count": failed, "list": task.failures},
    });
    if task.unresolved > 0 {
        body["userKeyResolvingFailCount"] = json!(task.unresolved);
    }
    Json(body).into_response()
}
