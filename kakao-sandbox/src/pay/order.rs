//! order: the inquiry by tid, the only way to learn what really happened.

use serde_json::Value;

use super::answer;
use super::refusal::Refusal;
use super::request::Body;
use crate::lock;
use crate::world::World;

pub fn run(world: &World, body: &Body) -> Result<Value, Refusal> {
    let tid = body.text("tid", 20)?;
    let shape = lock(&world.live).order_shape;
    let mut payments = lock(&world.payments);
    let payment = payments.by_tid(&tid).ok_or_else(|| Refusal::new(-721, "tid not found"))?;
    Ok(answer::order(payment, shape))
}
