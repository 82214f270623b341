//! Many customers at once, each with a fate that the seed and the order's number decide.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Client;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Interval, interval};

use crate::customer::{Customer, Shelf, browser};
use crate::tally::Tally;

/// Orders of one customer before another one comes.
const ORDERS_EACH: u32 = 4;
/// One order in so many carries a request.
const REQUEST_ONE_IN: u32 = 20;
const AFTER_TROUBLE: Duration = Duration::from_millis(200);

/// What somebody does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Pays,
    /// The browser's return arrives twice.
    ReturnsTwice,
    /// Pays in two tabs.
    PaysTwice,
    /// Confirms at KakaoPay and closes the browser.
    NeverReturns,
    /// Opens KakaoPay's page and leaves.
    NeverPays,
    CancelsUnpaid,
    CancelsPaid,
}

/// Of a hundred.
const FATES: [(Fate, u32); 7] = [
    (Fate::Pays, 62),
    (Fate::ReturnsTwice, 8),
    (Fate::PaysTwice, 6),
    (Fate::NeverReturns, 6),
    (Fate::NeverPays, 5),
    (Fate::CancelsUnpaid, 3),
    (Fate::CancelsPaid, 10),
];

impl Fate {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::ReturnsTwice => "returns twice",
            Self::PaysTwice => "pays in two tabs",
            Self::NeverReturns => "never returns",
            Self::NeverPays => "never pays",
            Self::CancelsUnpaid => "cancels unpaid",
            Self::CancelsPaid => "cancels paid",
        }
    }

    /// `number` below 100.
    fn of(number: u32) -> Self {
        let mut left = number;
        for (fate, weight) in FATES {
            if left < weight {
                return fate;
            }
            left -= weight;
        }
        Self::Pays
    }
}

/// Who orders where, and how fast.
pub struct Demand {
    pub seed: u64,
    pub customers: usize,
    pub shelves: Vec<Shelf>,
    /// Orders per second; as fast as it goes without.
    pub rate: Option<f64>,
}

pub struct Crowd {
    customers: JoinSet<()>,
    enough: Arc<AtomicBool>,
}

struct Street {
    sandbox: String,
    browser: Client,
    demand: Demand,
    tally: Tally,
    next: AtomicU64,
    pace: Option<Mutex<Interval>>,
    enough: Arc<AtomicBool>,
}

impl Crowd {
    pub fn gather(sandbox: &str, demand: Demand, tally: &Tally) -> Result<Self> {
        let enough = Arc::new(AtomicBool::new(false));
        let pace = demand.rate.map(|rate| Mutex::new(interval(Duration::from_secs_f64(1.0 / rate))));
        let count = demand.customers;
        let street = Arc::new(Street {
            sandbox: sandbox.to_owned(),
            browser: browser()?,
            demand,
            tally: tally.clone(),
            next: AtomicU64::new(0),
            pace,
            enough: Arc::clone(&enough),
        });
        let mut customers = JoinSet::new();
        for _ in 0..count {
            let street = Arc::clone(&street);
            customers.spawn(async move { street.visits().await });
        }
        Ok(Self { customers, enough })
    }

    /// Nobody comes any more and everybody finishes what they began; how many had not when the time was over.
    pub async fn leave(mut self, limit: Duration) -> usize {
        self.enough.store(true, Ordering::Relaxed);
        let all = async { while self.customers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(limit, all).await;
        self.customers.len()
    }
}

impl Street {
    async fn visits(&self) {
        while !self.enough.load(Ordering::Relaxed) {
            // The sandbox is Kakao: it always answers.
            let Ok(customer) = Customer::arrive(&self.sandbox, &self.browser, &self.tally).await else {
                self.tally.count("customer: could not come");
                tokio::time::sleep(AFTER_TROUBLE).await;
                continue;
            };
            let mut shelf = None;
            for _ in 0..ORDERS_EACH {
                if let Some(pace) = &self.pace {
                    pace.lock().await.tick().await;
                }
                if self.enough.load(Ordering::Relaxed) {
                    return;
                }
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                let mut rng =
                    StdRng::seed_from_u64(self.demand.seed.wrapping_mul(1_000_003).wrapping_add(number));
                let place = rng.random_range(0..self.demand.shelves.len());
                // Their order sheet belongs to one store.
                let shelf = shelf.get_or_insert_with(|| self.demand.shelves[place].clone());
                if !self.order(&customer, shelf, number, &mut rng).await {
                    break;
                }
            }
        }
    }

    /// Whether there was anything to pay; somebody else comes otherwise.
    async fn order(&self, customer: &Customer, shelf: &Shelf, number: u64, rng: &mut StdRng) -> bool {
        let fate = Fate::of(rng.random_range(0..100));
        let request = (rng.random_range(0..REQUEST_ONE_IN) == 0).then(|| format!("카나리아 {number}번 요청"));
        let link = match customer.order(shelf, request.as_deref()).await {
            Ok(link) => link,
            Err(_) => {
                self.tally.count("order: gave up in the chat");
                return false;
            }
        };
        self.tally.count(&format!("fate: {}", fate.name()));
        if live(customer, &link, fate).await.is_err() {
            self.tally.count("order: browser gave up");
        }
        true
    }
}

async fn live(customer: &Customer, link: &str, fate: Fate) -> Result<()> {
    match fate {
        Fate::Pays => {
            pay(customer, link).await?;
        }
        Fate::ReturnsTwice => {
            let back = customer.confirm(&customer.open(link).await?).await?;
            let (first, second) = tokio::join!(customer.browse(&back), customer.browse(&back));
            first.and(second)?;
        }
        Fate::PaysTwice => {
            let (first, second) = tokio::join!(pay(customer, link), pay(customer, link));
            first.or(second)?;
        }
        Fate::NeverReturns => {
            customer.confirm(&customer.open(link).await?).await?;
        }
        Fate::NeverPays => {
            customer.open(link).await?;
        }
        Fate::CancelsUnpaid => customer.cancel().await?,
        Fate::CancelsPaid => {
            pay(customer, link).await?;
            customer.cancel().await?;
        }
    }
    Ok(())
}

async fn pay(customer: &Customer, link: &str) -> Result<()> {
    let page = customer.open(link).await?;
    let back = customer.confirm(&page).await?;
    customer.browse(&back).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_are_as_frequent_as_their_weights_say() {
        assert_eq!(FATES.iter().map(|(_, weight)| weight).sum::<u32>(), 100);
        for (fate, weight) in FATES {
            let count = (0..100).filter(|number| Fate::of(*number) == fate).count();
            assert_eq!(u32::try_from(count), Ok(weight), "{fate:?}");
        }
    }
}
