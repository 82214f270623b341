//! Everything one sandbox holds. All of it lives in memory and is gone when the process ends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::alimtalk::Alimtalk;
use crate::chat::{Chat, Event};
use crate::clock::Clock;
use crate::config::{Block, Config, Live};
use crate::faults::Faults;
use crate::pay::Payments;
use crate::skill::{BotLog, Callbacks, SkillCalls, Tasks};

/// Chat events that a slow browser may lag behind before it has to read the transcript again.
const EVENT_BACKLOG: usize = 1024;

pub struct World {
    pub config: Config,
    pub blocks: Vec<Block>,
    /// Where browsers reach this sandbox, without a trailing slash.
    pub base_url: String,
    pub live: Mutex<Live>,
    pub clock: Clock,
    pub faults: Faults,
    pub chat: Mutex<Chat>,
    pub events: broadcast::Sender<Event>,
    pub bot_log: Mutex<BotLog>,
    pub skill_calls: Mutex<SkillCalls>,
    pub callbacks: Mutex<Callbacks>,
    pub tasks: Mutex<Tasks>,
    pub payments: Mutex<Payments>,
    pub alimtalk: Mutex<Alimtalk>,
    pub http: reqwest::Client,
    pub stop: CancellationToken,
}

impl World {
    pub fn new(config: Config, base_url: String, http: reqwest::Client) -> Self {
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        Self {
            blocks: config.all_blocks(),
            base_url,
            live: Mutex::new(Live::new(&config)),
            clock: Clock::default(),
            faults: Faults::default(),
            chat: Mutex::new(Chat::new(&config, 0)),
            events,
            bot_log: Mutex::default(),
            skill_calls: Mutex::default(),
            callbacks: Mutex::default(),
            tasks: Mutex::default(),
            payments: Mutex::default(),
            alimtalk: Mutex::new(Alimtalk::new(config.alimtalk_templates.clone())),
            http,
            stop: CancellationToken::new(),
            config,
        }
    }

    /// Back to the state after start; the configuration given through `/control/config` stays.
    pub fn reset(&self) {
        self.clock.reset();
        self.faults.clear();
        let generation = lock(&self.chat).generation() + 1;
        *lock(&self.chat) = Chat::new(&self.config, generation);
        *lock(&self.bot_log) = BotLog::default();
        *lock(&self.skill_calls) = SkillCalls::default();
        *lock(&self.callbacks) = Callbacks::default();
        *lock(&self.tasks) = Tasks::default();
        *lock(&self.payments) = Payments::default();
        *lock(&self.alimtalk) = Alimtalk::new(self.config.alimtalk_templates.clone());
        let _ = self.events.send(Event::Reset);
    }

    pub fn block(&self, id: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.id == id)
    }
}

/// A panic in one request must not take the sandbox down with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
