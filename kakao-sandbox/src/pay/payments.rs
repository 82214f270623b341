//! All payments of the sandbox.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::payment::Payment;

/// Enough for a long load test; the ledger never forgets money, so the next ready is refused instead.
pub const MAX_PAYMENTS: usize = 500_000;

#[derive(Default)]
pub struct Payments {
    /// In order of creation.
    all: Vec<Payment>,
    by_tid: HashMap<String, usize>,
    by_hash: HashMap<String, usize>,
}

impl Payments {
    pub fn is_full(&self) -> bool {
        self.all.len() >= MAX_PAYMENTS
    }

    /// A payment with a known tid replaces the older one.
    pub fn put(&mut self, payment: Payment) {
        let index = self.by_tid.get(&payment.tid).copied().unwrap_or(self.all.len());
        self.by_tid.insert(payment.tid.clone(), index);
        self.by_hash.insert(payment.hash.clone(), index);
        if index < self.all.len() {
            self.all[index] = payment;
        } else {
            self.all.push(payment);
        }
    }

    pub fn all(&self) -> &[Payment] {
        &self.all
    }

    pub fn by_tid(&mut self, tid: &str) -> Option<&mut Payment> {
        self.by_tid.get(tid).map(|index| &mut self.all[*index])
    }

    pub fn by_hash(&mut self, hash: &str) -> Option<&mut Payment> {
        self.by_hash.get(hash).map(|index| &mut self.all[*index])
    }

    /// The newest payment of a merchant order.
    pub fn by_order(&mut self, partner_order_id: &str) -> Option<&mut Payment> {
        self.all.iter_mut().rev().find(|payment| payment.partner_order_id == partner_order_id)
    }
}

/// `T` or `A` and 19 alphanumerics; characters 2 to 9 are the creation second in hex, as in captures.
pub fn number(prefix: char, now: DateTime<Utc>) -> String {
    const RANDOM_LENGTH: usize = 11;
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{prefix}{:08x}{}", now.timestamp(), &random[..RANDOM_LENGTH])
}

/// 20 characters, as in samples.
pub fn pg_token() -> String {
    const LENGTH: usize = 20;
    uuid::Uuid::new_v4().simple().to_string()[..LENGTH].to_owned()
}

pub fn page_hash() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_have_kakaos_shape() {
        let tid = super::number('T', chrono::Utc::now());
        assert_eq!(tid.len(), 20);
        assert!(tid.starts_with("T6"));
        assert_eq!(super::page_hash().len(), 64);
    }
}
