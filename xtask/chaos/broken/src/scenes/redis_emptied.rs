//! Redis loses everything between two orders.

use super::stage::Stage;
use crate::Checked;

pub async fn play() -> Checked {
    let stage = Stage::set("redis_emptied").await?;
    let first = stage.order().await?;
    stage.accept(&first).await?;
    stage.world.redis.empty()?;
    let second = stage.order().await?;
    stage.accept(&second).await?;
    stage.check().await
}
