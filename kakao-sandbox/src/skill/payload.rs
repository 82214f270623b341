//! The SkillPayload: what Kakao posts to the skill server.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::act::Act;
use crate::chat::{BlockRef, Room};
use crate::config::Config;

/// Id and name of the skill as the admin centre would show them.
const SKILL_ID: &str = "66f0a1b2c3d4e5f600009001";
const SKILL_NAME: &str = "order-skill";
/// The surface of the console's bot test, which knows less about the person.
pub const BOT_TEST: &str = "BuilderBotTest";

pub fn build(
    config: &Config,
    room: &Room,
    block: &BlockRef,
    act: &Act,
    callback_url: Option<&str>,
    now: DateTime<Utc>,
) -> Value {
    let shape = act.shape;
    let mut intent = json!({"id": block.id, "name": block.name});
    if !shape.omit_reason {
        intent["extra"] = json!({"reason": {"code": 1, "message": "OK"}});
    }
    let extra = act.extra.clone().unwrap_or_else(|| json!({}));
    let development = act.event.as_ref().is_some_and(|event| event.development);
    let bot_id = if development { format!("{}!", config.bot_id) } else { config.bot_id.clone() };
    let mut payload = json!({
        "bot": {"id": bot_id, "name": config.bot_name},
        "intent": intent,
        "action": {
            "id": SKILL_ID,
            "name": SKILL_NAME,
            "params": act.params.clone().unwrap_or_else(|| json!({})),
            "detailParams": act.detail_params.clone().unwrap_or_else(|| json!({})),
            "clientExtra": if shape.null_extra { Value::Null } else { extra },
        },
        "userRequest": user_request(room, block, act, callback_url),
        "contexts": room.contexts.iter().map(|context| context.to_request(now)).collect::<Vec<_>>(),
    });
    if let Some(trigger) = act.trigger.as_ref().filter(|_| !shape.omit_flow) {
        payload["flow"] = flow(room, act, trigger);
    }
    if shape.unknown_fields {
        payload["value"] = json!({"origin": "x", "resolved": "x"});
        payload["userRequest"]["chat"] =
            json!({"id": "gk1", "type": "botGroupKey", "properties": {"botGroupKey": "gk1"}});
        payload["userRequest"]["user"]["properties"]["futureKey"] = json!(1);
    }
    payload
}

fn user_request(room: &Room, block: &BlockRef, act: &Act, callback_url: Option<&str>) -> Value {
    let mut params = Map::from_iter([("surface".to_owned(), json!(room.surface))]);
    if room.surface == BOT_TEST {
        params.insert("ignoreMe".to_owned(), json!("true"));
    }
    if let Some(event) = &act.event {
        params.extend(event.params.clone());
    }
    let mut request = json!({
        "block": block,
        "user": {"id": room.bot_user_key, "type": "botUserKey", "properties": properties(room, act)},
        "utterance": act.utterance,
        "params": params,
        "lang": "ko",
        "timezone": "Asia/Seoul",
    });
    if let Some(url) = callback_url {
        request["callbackUrl"] = json!(url);
    }
    request
}

fn properties(room: &Room, act: &Act) -> Value {
    let mut properties = json!({"botUserKey": room.bot_user_key});
    if room.surface != BOT_TEST {
        properties["bot_user_key"] = json!(room.bot_user_key);
        if !act.shape.omit_plusfriend_key {
            properties["plusfriendUserKey"] = json!(room.plusfriend_user_key);
            properties["plusfriend_user_key"] = json!(room.plusfriend_user_key);
        }
        // Kakao sends `true` or nothing.
        if room.friend && !act.shape.omit_friend {
            properties["isFriend"] = json!(true);
        }
        if let Some(id) = &room.app_user_id {
            properties["appUserId"] = json!(id);
        }
    }
    if let Some(event) = &act.event {
        for (key, value) in &event.properties {
            properties[key] = value.clone();
        }
    }
    properties
}

fn flow(room: &Room, act: &Act, trigger: &str) -> Value {
    let mut flow = json!({"trigger": {"type": trigger}});
    if let Some(block) = &act.referrer {
        flow["trigger"]["referrerBlock"] = json!(block);
    }
    if let Some(block) = &room.last_block {
        flow["lastBlock"] = json!(block);
    }
    flow
}
