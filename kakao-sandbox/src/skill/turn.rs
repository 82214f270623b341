//! One turn: the customer's bubble, the skill call, the rules, the answer.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::act::{Act, Run, Shape};
use super::call::{self, Failure};
use super::contexts::{drop_dead, next_turn};
use super::{Entry, payload};
use crate::chat::{AnswerPart, BlockRef, Event, Message, Role, Room};
use crate::clock::naive_kst;
use crate::config::{Block, Mode};
use crate::lock;
use crate::problem::Problem;
use crate::rules::{self, Env, Severity, Violation};
use crate::world::World;

/// Private number of the bot log for a broken rule.
const RULE_BROKEN: u16 = 1004;
/// What a callback block shows while the skill thinks, when `data.text` says nothing else.
const WAITING: &str = "답변을 준비하고 있어요. 잠시만 기다려 주세요.";

/// What a turn led to.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Bubbles that this turn added, the customer's own first.
    pub messages: Vec<Message>,
    pub violations: Vec<Violation>,
    /// `rendered`, `callback` (an answer follows later) or `no_answer`.
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub skill_ms: u64,
    /// The skill's JSON, when there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

/// An answer that may be shown.
pub struct Judged {
    pub response: Value,
    pub violations: Vec<Violation>,
    pub accepted: bool,
}

/// Runs one act to its end. It goes on even when the caller stops waiting, as Kakao would.
pub async fn run(world: &Arc<World>, customer: &str, act: Act) -> Result<Outcome, Problem> {
    let world = Arc::clone(world);
    let customer = customer.to_owned();
    let turn = tokio::spawn(async move { turn(&world, &customer, act).await });
    turn.await.map_err(|error| Problem::conflict("turn_failed", format!("the turn did not end: {error}")))?
}

struct Opened {
    block: Block,
    payload: Value,
    token: Option<String>,
    own: Option<Message>,
}

async fn turn(world: &Arc<World>, customer: &str, mut act: Act) -> Result<Outcome, Problem> {
    if lock(&world.live).chaos {
        act.shape = Shape::random();
    }
    let opened = open(world, customer, &act)?;
    let started = std::time::Instant::now();
    let result = call::call(world, &opened.payload).await;
    let skill_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut outcome = match result {
        Ok(body) => answered(world, customer, &opened, &body),
        Err(failure) => failed(world, customer, failure),
    };
    outcome.skill_ms = skill_ms;
    if let Some(own) = opened.own {
        outcome.messages.insert(0, own);
    }
    Ok(outcome)
}

/// The customer's bubble appears and the request is built, in one step.
fn open(world: &World, customer: &str, act: &Act) -> Result<Opened, Problem> {
    let now = world.clock.now();
    let block = choose(world, act);
    let mut chat = lock(&world.chat);
    let room = chat
        .room_mut(customer)
        .ok_or_else(|| Problem::not_found("customer_unknown", format!("there is no customer {customer}")))?;
    let own =
        act.event.is_none().then(|| room.push(Role::Me, "text", json!({"text": act.utterance}), now).clone());
    drop_dead(&mut room.contexts, now);
    let reference = BlockRef::from(&block);
    let token = block.callback.then(|| {
        lock(&world.callbacks).issue(customer, reference.clone(), room.surface == payload::BOT_TEST, now)
    });
    let url = token.as_ref().map(|token| format!("{}/v1/callback/{token}", world.base_url));
    let payload = payload::build(&world.config, room, &reference, act, url.as_deref(), now);
    room.last_block = Some(reference);
    room.waiting += 1;
    // Under the lock, so that pages hear the messages in the order of their numbers.
    if let Some(message) = &own {
        let _ = world.events.send(Event::Message { customer: customer.to_owned(), message: message.clone() });
    }
    let _ = world.events.send(Event::Typing { customer: customer.to_owned(), on: true });
    Ok(Opened { block, payload, token, own })
}

fn choose(world: &World, act: &Act) -> Block {
    let by_id = |id: &str| world.block(id).cloned().unwrap_or_else(|| Block::new(id, "알 수 없는 블록"));
    match &act.run {
        Run::Block(id) => by_id(id),
        Run::Match => {
            let said = act.utterance.trim();
            let matching = world
                .blocks
                .iter()
                .find(|block| block.name == said || block.utterances.iter().any(|words| words == said));
            matching.cloned().unwrap_or_else(|| by_id(&world.config.fallback_block_id))
        }
    }
}

fn answered(world: &World, customer: &str, opened: &Opened, body: &[u8]) -> Outcome {
    let judged = match judge(world, body, opened.token.is_some()) {
        Ok(judged) => judged,
        Err(violations) => return refused(world, customer, None, violations),
    };
    let waits = judged.response.get("useCallback").and_then(Value::as_bool) == Some(true);
    if let Some(token) = &opened.token {
        lock(&world.callbacks).acknowledge(token, waits && judged.accepted);
    }
    if !judged.accepted {
        return refused(world, customer, Some(judged.response), judged.violations);
    }
    log(world, customer, &judged.violations);
    let block = BlockRef::from(&opened.block);
    let (parts, quick_replies) = if waits {
        let words = judged.response.pointer("/data/text").and_then(Value::as_str).unwrap_or(WAITING);
        (vec![AnswerPart { kind: "simpleText".to_owned(), content: json!({"text": words}) }], Vec::new())
    } else {
        bubbles(&judged.response)
    };
    let messages = close(world, customer, |room| {
        next_turn(&mut room.contexts, Some(&judged.response), world.clock.now());
        room.push_answer(parts, quick_replies, &block, world.clock.now())
    });
    Outcome {
        messages,
        violations: judged.violations,
        outcome: if waits { "callback" } else { "rendered" },
        failure: None,
        skill_ms: 0,
        response: Some(judged.response),
    }
}

/// Applies the rules and the mode.
pub fn judge(world: &World, body: &[u8], has_callback_url: bool) -> Result<Judged, Vec<Violation>> {
    let env = Env {
        response_mode: rules::BlockResponseMode::SkillData,
        has_callback_url,
        known_blocks: Some(world.blocks.iter().map(|block| block.id.clone()).collect()),
    };
    let (mut response, violations) = rules::validate_body(body, &env)?;
    let mode = lock(&world.live).mode;
    let accepted = violations.iter().all(|violation| match violation.severity {
        Severity::Reject => false,
        Severity::Strict => mode == Mode::Lenient,
        Severity::Warn => true,
    });
    if accepted && mode == Mode::Lenient {
        rules::truncate(&mut response, &violations);
    }
    Ok(Judged { response, violations, accepted })
}

/// The outputs and the quick replies of a response that passed the rules.
pub fn bubbles(response: &Value) -> (Vec<AnswerPart>, Vec<Value>) {
    let outputs = response.pointer("/template/outputs").and_then(Value::as_array);
    let known = |object: &serde_json::Map<String, Value>| {
        object
            .iter()
            .next()
            .map(|(kind, content)| AnswerPart { kind: kind.clone(), content: content.clone() })
    };
    let parts = outputs.into_iter().flatten().filter_map(|output| known(output.as_object()?)).collect();
    let quick =
        response.pointer("/template/quickReplies").and_then(Value::as_array).cloned().unwrap_or_default();
    (parts, quick)
}

fn refused(world: &World, customer: &str, response: Option<Value>, violations: Vec<Violation>) -> Outcome {
    log(world, customer, &violations);
    let worst = violations.iter().find(|violation| violation.severity != Severity::Warn);
    let line = worst.map_or_else(
        || "챗봇이 답하지 않았어요.".to_owned(),
        |worst| format!("챗봇이 답하지 않았어요 (규칙 {}: {})", worst.rule, worst.message),
    );
    let rule = worst.map(|worst| worst.rule);
    let messages = close(world, customer, |room| {
        next_turn(&mut room.contexts, None, world.clock.now());
        vec![room.push_system(&line, rule, world.clock.now())]
    });
    Outcome {
        messages,
        violations,
        outcome: "no_answer",
        failure: rule.map(str::to_owned),
        skill_ms: 0,
        response,
    }
}

fn failed(world: &World, customer: &str, failure: Failure) -> Outcome {
    lock(&world.bot_log).push(Entry {
        code: failure.code,
        rule: failure.rule.to_owned(),
        severity: Severity::Reject,
        path: String::new(),
        message: failure.message.clone(),
        at: naive_kst(world.clock.now()),
        customer: customer.to_owned(),
    });
    let line = format!("챗봇이 답하지 않았어요 (규칙 {}: {})", failure.rule, failure.message);
    let messages = close(world, customer, |room| {
        next_turn(&mut room.contexts, None, world.clock.now());
        vec![room.push_system(&line, Some(failure.rule), world.clock.now())]
    });
    Outcome {
        messages,
        violations: Vec::new(),
        outcome: "no_answer",
        failure: Some(failure.rule.to_owned()),
        skill_ms: 0,
        response: None,
    }
}

/// Writes the answer into the room and tells the pages.
fn close(world: &World, customer: &str, write: impl FnOnce(&mut Room) -> Vec<Message>) -> Vec<Message> {
    let mut chat = lock(&world.chat);
    // A reset may have taken the room away meanwhile.
    let Some(room) = chat.room_mut(customer) else { return Vec::new() };
    room.waiting = room.waiting.saturating_sub(1);
    let messages = write(room);
    let waiting = room.waiting > 0;
    for message in &messages {
        let _ = world.events.send(Event::Message { customer: customer.to_owned(), message: message.clone() });
    }
    let _ = world.events.send(Event::Typing { customer: customer.to_owned(), on: waiting });
    messages
}

pub fn log(world: &World, customer: &str, violations: &[Violation]) {
    let at = naive_kst(world.clock.now());
    let mut bot_log = lock(&world.bot_log);
    for violation in violations {
        bot_log.push(Entry {
            code: RULE_BROKEN,
            rule: violation.rule.to_owned(),
            severity: violation.severity,
            path: violation.path.clone(),
            message: violation.message.clone(),
            at: at.clone(),
            customer: customer.to_owned(),
        });
    }
}
