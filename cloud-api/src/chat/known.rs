//! Who speaks, also while Postgres is slow: customers who spoke lately are known, and anybody else may at least look for a store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use shared::TimeMs;
use shared::id::CustomerId;
use tokio::time::timeout;

use super::payload::Payload;
use crate::app::App;
use crate::db;
use crate::db::customers::Customer;

/// How long Postgres may take to say who somebody is.
const PATIENCE: Duration = Duration::from_millis(900);
/// Customers of one generation; two generations are kept.
const GENERATION: usize = 20_000;

/// Customers who spoke lately, by bot and user key.
#[derive(Default)]
pub struct KnownCustomers(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<(String, String), Customer>,
    old: HashMap<(String, String), Customer>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Met {
    Customer(Customer),
    /// Nobody can say now; the id is nobody's, and nothing is kept under it.
    Stranger(Customer),
}

/// Who speaks, in time.
pub async fn meet(app: &App, payload: &Payload, now: TimeMs) -> Met {
    let key = (payload.bot_id().to_owned(), payload.user_key().to_owned());
    match timeout(PATIENCE, db::customers::meet(&app.db, payload.bot_id(), payload.user_key(), now)).await {
        Ok(Ok(customer)) => {
            app.customers.remember(key, customer);
            return Met::Customer(customer);
        }
        Ok(Err(error)) => tracing::warn!(%error, "who speaks could not be asked"),
        Err(_) => tracing::warn!("who speaks was not said in time"),
    }
    metrics::counter!("chat_customers_not_asked").increment(1);
    match app.customers.recall(&key) {
        Some(customer) => Met::Customer(customer),
        None => Met::Stranger(Customer { id: CustomerId::fresh(), last_store: None }),
    }
}

impl KnownCustomers {
    fn remember(&self, key: (String, String), customer: Customer) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.young.len() >= GENERATION {
            kept.old = std::mem::take(&mut kept.young);
        }
        kept.young.insert(key, customer);
    }

    fn recall(&self, key: &(String, String)) -> Option<Customer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.young.get(key).or_else(|| kept.old.get(key)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_known_and_the_number_is_bounded() {
        let known = KnownCustomers::default();
        let key = |nth: usize| ("bot".to_owned(), nth.to_string());
        for nth in 0..GENERATION * 3 {
            known.remember(key(nth), Customer { id: CustomerId::fresh(), last_store: None });
        }
        assert!(known.recall(&key(GENERATION * 3 - 1)).is_some());
        assert!(known.recall(&key(0)).is_none());
        let kept = known.0.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 2 * GENERATION);
    }
}
