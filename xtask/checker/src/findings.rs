//! Where the checks put what they find.

use std::fmt::Display;

use uuid::Uuid;

use crate::report::{Finding, Invariant};

#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    pub fn add(&mut self, invariant: Invariant, at: At, what: impl Into<String>) {
        let At { store, order } = at;
        let name = |id: Uuid| id.to_string();
        self.found.push(Finding {
            invariant,
            store: store.map(name),
            order: order.map(name),
            what: what.into(),
        });
    }

    /// A finding unless both are the same.
    pub fn same<T: PartialEq + Display>(
        &mut self,
        invariant: Invariant,
        at: At,
        what: &str,
        expected: &T,
        found: &T,
    ) {
        if expected != found {
            self.add(invariant, at, format!("{what} is {found}, expected {expected}"));
        }
    }

    /// A finding unless it is so.
    pub fn demand(&mut self, holds: bool, invariant: Invariant, at: At, what: impl FnOnce() -> String) {
        if !holds {
            self.add(invariant, at, what());
        }
    }

    pub fn into_sorted(mut self) -> Vec<Finding> {
        self.found.sort();
        self.found
    }
}

/// Whom a finding is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct At {
    store: Option<Uuid>,
    order: Option<Uuid>,
}

impl At {
    pub fn store(store: Uuid) -> Self {
        Self { store: Some(store), order: None }
    }

    pub fn order(store: Uuid, order: Uuid) -> Self {
        Self { store: Some(store), order: Some(order) }
    }

    pub fn nowhere() -> Self {
        Self::default()
    }
}

/// An absent value in words.
pub fn shown<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
}
