//! The misfortunes, each with real processes.

mod answer_rolled_back;
mod disk_restored;
mod key_used_twice;
mod newer_server;
mod payment_not_written;
mod power_cut;
mod redis_emptied;
mod stage;

use crate::Checked;
use crate::catalogue::{Broken, Scene};

/// Plays the scene and checks what is left.
pub async fn play(broken: &Broken) -> Checked {
    match broken.scene {
        Scene::RedisEmptied => redis_emptied::play().await,
        Scene::AnswerRolledBack => answer_rolled_back::play().await,
        Scene::PowerCut => power_cut::play().await,
        Scene::KeyUsedTwice => key_used_twice::play().await,
        Scene::PaymentNotWritten => payment_not_written::play().await,
        Scene::NewerServer => newer_server::play().await,
        Scene::DiskRestored => disk_restored::play().await,
    }
}
