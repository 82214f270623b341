//! What a customer does: type, tap, open the chat.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::controls::{Control, Place, controls};
use super::{MAX_UTTERANCE_UNITS, Message, Room};
use crate::config::START;
use crate::lock;
use crate::problem::Problem;
use crate::rules::utf16_len;
use crate::skill::{Act, Outcome, Run, Shape, run};
use crate::world::World;

/// Body of a typed message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    pub text: String,
    /// What Kakao's own language understanding would have extracted.
    #[serde(default)]
    pub params: Option<Value>,
    #[serde(default)]
    pub detail_params: Option<Value>,
    /// The block that Kakao's own language understanding would have chosen.
    #[serde(default)]
    pub block: Option<String>,
    /// Which optional request fields to leave out or add.
    #[serde(default)]
    pub shape: Shape,
}

/// Body of a tap: a control by its place, by its label, or a block called directly.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pick {
    /// The bubble; absent searches from the newest.
    pub seq: Option<u64>,
    pub label: Option<String>,
    pub place: Option<Place>,
    pub card: Option<usize>,
    pub index: Option<usize>,
    /// Calls this block without any bubble.
    #[serde(alias = "block_id", alias = "blockId")]
    pub block: Option<String>,
    pub utterance: Option<String>,
    pub extra: Option<Value>,
    pub shape: Shape,
}

/// What a tap led to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Tapped {
    Answer(Outcome),
    /// Nothing reaches the skill: the phone opens a page or dials.
    Opens {
        messages: Vec<Message>,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        open_url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        call: Option<String>,
    },
}

pub async fn send_text(world: &Arc<World>, customer: &str, sent: Sent) -> Result<Outcome, Problem> {
    let text = sent.text.trim().to_owned();
    if text.is_empty() || utf16_len(&text) > MAX_UTTERANCE_UNITS {
        return Err(Problem::bad_request(
            "text_length",
            format!("text must have 1 to {MAX_UTTERANCE_UNITS} characters"),
        ));
    }
    lock(&world.chat).bind_typed_phone(customer, &text);
    let mut act = Act::typed(text);
    if let Some(block) = sent.block {
        act.run = Run::Block(block);
    }
    act.params = sent.params;
    act.detail_params = sent.detail_params;
    act.shape = sent.shape;
    run(world, customer, act).await
}

/// The first entry into the chat: the welcome block hears "시작".
pub async fn start(world: &Arc<World>, customer: &str) -> Result<Outcome, Problem> {
    run(world, customer, Act::typed(START.to_owned())).await
}

pub async fn tap(world: &Arc<World>, customer: &str, pick: Pick) -> Result<Tapped, Problem> {
    if let Some(block) = pick.block {
        let utterance = pick.utterance.or(pick.label).unwrap_or_else(|| "버튼".to_owned());
        let mut act = Act::block(block, utterance, pick.extra, "CARD_BUTTON_BLOCK");
        act.shape = pick.shape;
        return run(world, customer, act).await.map(Tapped::Answer);
    }
    let (control, referrer) = {
        let chat = lock(&world.chat);
        let room = chat.room(customer).ok_or_else(|| no_customer(customer))?;
        let (message, control) = find(room, &pick)?;
        (control, message.block.clone())
    };
    let text = |key: &str| control.body.get(key).and_then(Value::as_str).map(str::to_owned);
    let extra = control.body.get("extra").cloned();
    let message_text = text("messageText").filter(|text| !text.is_empty());
    let utterance = match control.place {
        // A list item of type block always speaks its title.
        Place::Item => control.label.clone(),
        Place::Button | Place::Quick => message_text.clone().unwrap_or_else(|| control.label.clone()),
    };
    let trigger = |suffix: &str| match control.place {
        Place::Button => format!("CARD_BUTTON_{suffix}"),
        Place::Item => format!("LIST_ITEM_{suffix}"),
        Place::Quick => format!("QUICKREPLY_BUTTON_{suffix}"),
    };
    let mut act = match text("action").as_deref() {
        Some("block") => Act::block(text("blockId").unwrap_or_default(), utterance, extra, &trigger("BLOCK")),
        Some("message") => {
            let mut act = Act::typed(message_text.unwrap_or_else(|| control.label.clone()));
            act.extra = extra;
            act.trigger = Some(trigger("MESSAGE"));
            act
        }
        Some("event") => event_act(world, &control, extra),
        Some("webLink") => return Ok(opens(text("webLinkUrl"), None)),
        Some("phone") => return Ok(opens(None, text("phoneNumber"))),
        _ => return Ok(opens(item_link(&control), None)),
    };
    act.referrer = referrer;
    act.shape = pick.shape;
    run(world, customer, act).await.map(Tapped::Answer)
}

/// A bot transfer button of an AlimTalk: the block with that event name, or the words as typed.
fn event_act(world: &World, control: &Control, extra: Option<Value>) -> Act {
    let event = control.body.get("event").and_then(Value::as_str).unwrap_or_default();
    match world.blocks.iter().find(|block| block.event.as_deref() == Some(event)) {
        Some(block) => Act {
            run: Run::Block(block.id.clone()),
            ..Act::block(block.id.clone(), control.label.clone(), extra, "CARD_BUTTON_BLOCK")
        },
        None => Act::typed(control.label.clone()),
    }
}

fn opens(open_url: Option<String>, call: Option<String>) -> Tapped {
    Tapped::Opens { messages: Vec::new(), outcome: "no_skill_call", open_url, call }
}

/// `web` overrides the two others; a phone prefers `mobile`.
fn item_link(control: &Control) -> Option<String> {
    let link = control.body.get("link")?;
    ["web", "mobile", "pc"].iter().find_map(|key| link.get(key)?.as_str().map(str::to_owned))
}

fn find<'r>(room: &'r Room, pick: &Pick) -> Result<(&'r Message, Control), Problem> {
    let wanted = |control: &Control| {
        pick.label.as_deref().is_none_or(|label| label == control.label)
            && pick.place.is_none_or(|place| place == control.place)
            && pick.card.is_none_or(|card| card == control.card)
            && pick.index.is_none_or(|index| index == control.index)
    };
    if pick.label.is_none() && pick.index.is_none() {
        return Err(Problem::bad_request("tap_unclear", "give a label, or place and index, or a block"));
    }
    let live = |message: &Message, control: &Control| {
        control.place != Place::Quick || room.quick_replies_live(message)
    };
    let Some(seq) = pick.seq else {
        let mut newest_first = room.messages.iter().rev();
        return newest_first
            .find_map(|message| {
                let mut all = controls(message).into_iter();
                all.find(|control| wanted(control) && live(message, control))
                    .map(|control| (message, control))
            })
            .ok_or_else(|| nothing_to_tap(pick));
    };
    let message = room
        .message(seq)
        .ok_or_else(|| Problem::not_found("message_unknown", format!("there is no message {seq}")))?;
    let control = controls(message).into_iter().find(wanted).ok_or_else(|| nothing_to_tap(pick))?;
    if !live(message, &control) {
        return Err(Problem::conflict(
            "quick_reply_gone",
            "quick replies disappear as soon as the chat goes on; only buttons of old bubbles stay",
        ));
    }
    Ok((message, control))
}

fn nothing_to_tap(pick: &Pick) -> Problem {
    let label = pick.label.as_deref().unwrap_or("?");
    Problem::not_found("control_unknown", format!("nothing in the chat can be tapped as \"{label}\""))
}

pub(crate) fn no_customer(id: &str) -> Problem {
    Problem::not_found(
        "customer_unknown",
        format!("there is no customer {id}; POST /control/customers makes one"),
    )
}
