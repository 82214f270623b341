//! Many customers, each at another place of the same conversation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use e2e::http;
use tokio::sync::Mutex;

use super::bot::{Bot, CONVERSATION};
use crate::shop::Shop;

pub struct Crowd {
    bots: Vec<Arc<Mutex<Bot>>>,
    /// Answers that said in words that it does not work now.
    pub refused: Arc<AtomicU64>,
    opens_links: bool,
}

impl Crowd {
    pub fn new(shop: &Shop, count: usize) -> Self {
        let bot = |number| Bot::new(&shop.api.url, &shop.keys.skill_secret, number);
        let bots = (0..count).map(|number| Arc::new(Mutex::new(bot(number)))).collect();
        Self { bots, refused: Arc::default(), opens_links: false }
    }

    /// Whether customers tap the button to pay, too.
    pub fn opens_links(&mut self, opens: bool) {
        self.opens_links = opens;
    }

    /// The next step of whose turn it is. Who has no answer yet when the next step is due lets that step wait, and it counts.
    pub fn next(&self, number: u64) -> impl Future<Output = Result<()>> + Send + use<> {
        let bot = self.bot(number);
        async move { bot.lock().await.step().await }
    }

    /// The same when something is broken: any answer that Kakao would show is one.
    pub fn any_answer(&self, number: u64) -> impl Future<Output = Result<()>> + Send + use<> {
        let (bot, refused, opens_links) = (self.bot(number), Arc::clone(&self.refused), self.opens_links);
        async move {
            let mut bot = bot.lock().await;
            bot.any_answer().await?;
            if bot.was_refused() {
                refused.fetch_add(1, Ordering::Relaxed);
            }
            if let Some(link) = bot.pay_link().filter(|_| opens_links) {
                // Nobody in the chat waits for the browser.
                tokio::spawn(http::client().get(link).send());
            }
            Ok(())
        }
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
