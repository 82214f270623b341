//! The store logs in Postgres, as far as the relay looks at them.

use std::collections::BTreeMap;

use cloud_api::db::events::StoredEvent;
use cloud_api::db::feeds::{Head, StreamedDay};
use cloud_api::log::append::Cursor;
use cloud_api::log::stream::DayStream;
use shared::id::StoreId;
use shared::log::{ChainHash, GENESIS, chain};

/// All of it; a clone is a copy to restore.
#[derive(Debug, Clone, Default)]
pub struct Postgres {
    pub stores: BTreeMap<StoreId, StoreLog>,
}

/// One store.
#[derive(Debug, Clone)]
pub struct StoreLog {
    pub epoch: i32,
    pub events: Vec<StoredEvent>,
    /// In order; the last one runs.
    pub days: Vec<DayStream>,
}

impl StoreLog {
    /// An empty log.
    pub fn new(epoch: i32) -> Self {
        Self { epoch, events: Vec::new(), days: Vec::new() }
    }

    /// Where it ends.
    pub fn cursor(&self) -> Cursor {
        let last = self.events.last();
        let (seq, hash) = last.map_or((0, GENESIS), |last| (last.seq, last.hash));
        Cursor { epoch: self.epoch, seq, hash }
    }

    /// One event more.
    pub fn append(&mut self, body: Vec<u8>) {
        let Cursor { seq, hash, .. } = self.cursor();
        let hash = chain(hash, seq + 1, &body);
        self.events.push(StoredEvent { seq: seq + 1, body, hash });
    }

    /// Events after `after`.
    pub fn after(&self, after: i64, limit: i64) -> Vec<StoredEvent> {
        let limit = usize::try_from(limit).unwrap_or(0);
        self.events.iter().filter(|event| event.seq > after).take(limit).cloned().collect()
    }

    /// The hash at an event.
    pub fn hash_at(&self, seq: i64) -> Option<ChainHash> {
        if seq == 0 {
            return Some(GENESIS);
        }
        self.events.iter().find(|event| event.seq == seq).map(|event| event.hash)
    }
}

impl Postgres {
    pub(super) fn heads(&self) -> Vec<Head> {
        let head = |(store_id, log): (&StoreId, &StoreLog)| Head {
            store_id: *store_id,
            cursor: log.cursor(),
            stream: log.days.last().copied(),
            holder: None,
        };
        self.stores.iter().map(head).collect()
    }

    pub(super) fn day_of(&self, store_id: StoreId, seq: i64) -> Option<StreamedDay> {
        let days = &self.stores.get(&store_id)?.days;
        let index = days.iter().rposition(|day| day.first_seq <= seq)?;
        let last = days.get(index + 1).map(|next| next.first_seq - 1);
        Some(StreamedDay { stream: days[index], last, is_archived: false })
    }

    pub(super) fn next_generation(&mut self, store_id: StoreId, forked: DayStream) {
        let days = self.stores.get_mut(&store_id).into_iter().flat_map(|log| &mut log.days);
        for day in days.filter(|day| day.day_id == forked.day_id && day.generation == forked.generation) {
            day.generation += 1;
        }
    }
}
