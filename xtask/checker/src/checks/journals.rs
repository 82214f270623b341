//! I3 on counters' disks: whatever a journal holds is the log, byte for byte. I4: its snapshots and folds are the log's. I7: it ends where
//! the log ends.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::orders::announced;
use crate::chain;
use crate::days;
use crate::findings::{At, Findings};
use crate::fold::{self, Orders};
use crate::read::journal::{Branch, Journal};
use crate::read::postgres::Database;
use crate::report::Invariant::{I3, I4, I7};

/// Phases in which nothing more happens.
const OVER: [&str; 3] = ["completed", "rejected", "cancelled"];

pub fn check(db: &Database, journals: &[Journal], findings: &mut Findings) {
    for journal in journals {
        acknowledged(db, journal, findings);
        let Some(store) = journal.store.filter(|store| db.stores.contains_key(store)) else {
            findings.demand(journal.branches.is_empty(), I3, At::nowhere(), || {
                format!("the journal {} belongs to no store of the database", journal.name())
            });
            continue;
        };
        for branch in &journal.branches {
            Looked { db, journal, store, branch, findings }.check();
        }
        current(db, journal, store, findings);
    }
}

/// What a counter said it has on its disk is on its disk.
fn acknowledged(db: &Database, journal: &Journal, findings: &mut Findings) {
    let own = db.devices.iter().find(|device| Some(device.device_id) == journal.device);
    let Some(device) = own else { return };
    let epoch = journal.current().map_or(device.ack_epoch.map(i64::from), |branch| Some(branch.epoch));
    let said = device.ack_seq.filter(|_| device.ack_epoch.map(i64::from) == epoch).unwrap_or(0);
    let head = journal.current().map_or(0, Branch::head);
    findings.demand(said <= head, I3, At::store(device.store_id), || {
        format!(
            "device {} acknowledged event {said}, its journal {} ends at {head}",
            device.device_id,
            journal.name()
        )
    });
}

fn current(db: &Database, journal: &Journal, store: Uuid, findings: &mut Findings) {
    let (at, name) = (At::store(store), journal.name());
    let head = db.events_of(store).last().map_or(0, |last| last.row.seq);
    match journal.current() {
        Some(branch) => {
            findings.demand(branch.head() >= head, I7, at, || {
                format!("the journal {name} ends at event {}, the log at {head}", branch.head())
            });
            let epoch = db.cursors.get(&store).map_or(0, |cursor| i64::from(cursor.epoch));
            findings.demand(branch.epoch == epoch, I3, at, || {
                format!("the journal {name} is in epoch {}, the log in {epoch}", branch.epoch)
            });
        }
        None => findings.demand(journal.branches.is_empty(), I3, at, || {
            format!("the journal {name} has only orphaned branches")
        }),
    }
}

struct Looked<'a> {
    db: &'a Database,
    journal: &'a Journal,
    store: Uuid,
    branch: &'a Branch,
    findings: &'a mut Findings,
}

impl Looked<'_> {
    fn check(&mut self) {
        self.chain();
        if self.is_of_this_log() {
            self.events();
            self.folds();
        }
    }

    fn say(&mut self, invariant: crate::report::Invariant, what: &str) {
        let name = self.journal.name();
        let branch = self.branch.id;
        self.findings.add(
            invariant,
            At::store(self.store),
            format!("the journal {name}, branch {branch}: {what}"),
        );
    }

    /// A branch of another epoch is of a log that no longer exists; its own chain has to hold all the same.
    fn is_of_this_log(&self) -> bool {
        let epoch = match self.db.event(self.store, self.branch.head()) {
            Some(event) => i64::from(event.row.epoch),
            None => self.db.cursors.get(&self.store).map_or(0, |cursor| i64::from(cursor.epoch)),
        };
        !self.branch.orphaned || self.branch.epoch == epoch
    }

    fn chain(&mut self) {
        let (mut seq, mut hash) = (self.branch.seq, self.branch.hash.clone());
        for kept in &self.branch.events {
            if kept.seq != seq + 1 {
                self.say(I3, &format!("it jumps from event {seq} to {}", kept.seq));
            }
            if chain::link(&hash, kept.seq, &kept.body).as_slice() != kept.hash {
                self.say(I3, &format!("the chain breaks at event {}", kept.seq));
            }
            if kept.epoch != self.branch.epoch {
                self.say(
                    I3,
                    &format!(
                        "event {} is of epoch {}, the branch of {}",
                        kept.seq, kept.epoch, self.branch.epoch
                    ),
                );
            }
            (seq, hash) = (kept.seq, kept.hash.clone());
        }
    }

    fn events(&mut self) {
        let begins = match self.db.event(self.store, self.branch.seq) {
            Some(event) => event.row.hash == self.branch.hash,
            None => self.branch.seq == 0 && self.branch.hash == chain::ZERO,
        };
        if !begins {
            self.say(I3, &format!("it begins at event {}, where the log has another hash", self.branch.seq));
        }
        for kept in &self.branch.events {
            match self.db.event(self.store, kept.seq) {
                None => self.say(I3, &format!("it has an event {}, the log has not", kept.seq)),
                Some(event) if event.row.body != kept.body => {
                    self.say(I3, &format!("event {} has another body than in the log", kept.seq));
                }
                Some(event) if event.row.hash != kept.hash => {
                    self.say(I3, &format!("event {} has another hash than in the log", kept.seq));
                }
                // Rows of a day that was read again are kept under their branch's epoch.
                Some(event) if i64::from(event.row.epoch) > kept.epoch => {
                    self.say(
                        I3,
                        &format!(
                            "event {} is of epoch {}, the log's of {}",
                            kept.seq, kept.epoch, event.row.epoch
                        ),
                    );
                }
                Some(_) => {}
            }
        }
    }

    /// What the journal keeps of orders, beside the events.
    fn folds(&mut self) {
        let snapshot = &self.branch.snapshot;
        // The branch begins where its snapshot stands, or before it: what came earlier was read from the server later.
        let (seq, hash) = self.snapped();
        let position = format!("{}.{seq}.{}", self.branch.epoch, chain::hash8(&hash));
        if snapshot["position"] != position.as_str() {
            self.say(I3, &format!("its snapshot is of {}, not of {position}", snapshot["position"]));
        }
        if snapshot["head_hash"] != chain::hex(&hash).as_str() {
            self.say(I3, "its snapshot names another hash");
        }
        self.day(snapshot, seq);
        self.versions(snapshot, seq);
        let orders = snapshot["orders"].as_array().cloned().unwrap_or_default();
        let snapped = orders.into_iter().filter_map(|mut card| {
            let order = card["order"].take();
            Some((order["id"].as_str()?.parse().ok()?, order))
        });
        self.compare("its snapshot", seq, &snapped.collect());
        let Some(checkpoint) = &self.branch.checkpoint else { return };
        let orders = checkpoint.orders["ledger"]["orders"].as_object();
        let folded = orders
            .into_iter()
            .flatten()
            .filter_map(|(id, entry)| Some((id.parse().ok()?, entry["order"].clone())));
        self.compare("its checkpoint", checkpoint.seq, &folded.collect());
    }

    /// The event of the snapshot's position and its hash, as the branch has them.
    fn snapped(&self) -> (i64, Vec<u8>) {
        let named = self.branch.snapshot["position"].as_str().and_then(|text| text.split('.').nth(1));
        let named = named.and_then(|seq| seq.parse::<i64>().ok());
        let kept = self.branch.events.iter().find(|kept| Some(kept.seq) == named);
        kept.map_or((self.branch.seq, self.branch.hash.clone()), |kept| (kept.seq, kept.hash.clone()))
    }

    fn day(&mut self, snapshot: &Value, seq: i64) {
        let day = &snapshot["day"];
        let days = days::fold(self.db.events_of(self.store), seq);
        let said = days.iter().find(|(id, _)| day["day_id"] == id.to_string());
        let known = said.is_some_and(|(id, said)| {
            // Before days had states, a snapshot said only when its day was opened.
            *day == said.as_day(*id) || (day["state"].is_null() && day["opened_at"] == said.row_opened_at())
        });
        if !known {
            let said = said.map(|(id, said)| said.as_day(*id)).unwrap_or_default();
            self.say(I4, &format!("its snapshot's day is {day}, the log makes it {said}"));
        }
    }

    /// Versions of menu and hours, where the snapshot tells them.
    fn versions(&mut self, snapshot: &Value, seq: i64) {
        for (field, kinds) in [
            ("menu_version", &["menu_changed", "menu_edited"][..]),
            ("schedule_version", &["schedule_set"][..]),
        ] {
            let (Some(said), Some(announced)) =
                (snapshot[field].as_i64(), announced(self.db, self.store, seq, kinds, field))
            else {
                continue;
            };
            if said != announced {
                self.say(I4, &format!("its snapshot's {field} is {said}, the log says {announced}"));
            }
        }
    }

    /// Each order has to be what the log says at that event, and none that is under way may be missing.
    fn compare(&mut self, what: &str, seq: i64, kept: &BTreeMap<Uuid, Value>) {
        let mut orders = Orders::new();
        for event in self.db.events_of(self.store).iter().take_while(|event| event.row.seq <= seq) {
            // Impossible events are reported where the log is checked.
            let _ = fold::apply(&mut orders, event);
        }
        for (id, order) in kept {
            let said = orders.get(id).map(|folded| folded.as_order(*id));
            if said.as_ref() != Some(order) {
                self.say(
                    I4,
                    &format!(
                        "{what} at event {seq} has order {id} as {order}, the log makes it {}",
                        said.unwrap_or_default()
                    ),
                );
            }
        }
        for (id, folded) in &orders {
            if !OVER.contains(&folded.phase()) && !kept.contains_key(id) {
                self.say(I4, &format!("{what} at event {seq} lacks order {id}, which is {}", folded.phase()));
            }
        }
    }
}
