//! Many customers, each at another place of the same conversation.

use std::sync::Arc;

use anyhow::Result;
use tokio::sync::Mutex;

use super::bot::{Bot, CONVERSATION};
use crate::shop::Shop;

pub struct Crowd {
    bots: Vec<Arc<Mutex<Bot>>>,
}

impl Crowd {
    pub fn new(shop: &Shop, count: usize) -> Self {
        let bot = |number| Bot::new(&shop.api.url, &shop.keys.skill_secret, number);
        Self { bots: (0..count).map(|number| Arc::new(Mutex::new(bot(number)))).collect() }
    }

    /// The next step of whose turn it is. Who has no answer yet when the next step is due lets that step wait, and it counts.
    pub fn next(&self, number: u64) -> impl Future<Output = Result<()>> + Send + use<> {
        let bot = self.bot(number);
        async move { bot.lock().await.step().await }
    }

    /// The same when something is broken: any answer that Kakao would show is one.
    pub fn any_answer(&self, number: u64) -> impl Future<Output = Result<()>> + Send + use<> {
        let bot = self.bot(number);
        async move { bot.lock().await.any_answer().await }
    }

    /// Takes one customer as far as their number says.
    pub async fn walk(&self, customer: usize) -> Result<()> {
        let mut bot = self.bots[customer].lock().await;
        for _ in 0..customer % CONVERSATION.len() {
            bot.step().await?;
        }
        Ok(())
    }

    fn bot(&self, number: u64) -> Arc<Mutex<Bot>> {
        Arc::clone(&self.bots[(number % self.bots.len() as u64) as usize])
    }
}
