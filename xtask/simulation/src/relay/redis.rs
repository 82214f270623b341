//! Redis as the relay uses it: streams by key, and `append.lua` in Rust. A property test holds it against the real script.

use std::collections::BTreeMap;

use cloud_api::db::events::StoredEvent;
use cloud_api::log::stream::Appended;
use shared::log::ChainHash;

/// All keys; a clone is a copy to roll back to.
#[derive(Debug, Clone, Default)]
pub struct Redis {
    keys: BTreeMap<String, Value>,
    /// With the epoch in which the day ended.
    tombstones: BTreeMap<String, i32>,
}

#[derive(Debug, Clone)]
enum Value {
    Stream(Stream),
    /// Not a stream at all.
    Text,
}

/// A stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stream {
    /// Body and hash by number.
    pub entries: BTreeMap<i64, (Vec<u8>, String)>,
    /// Survives the removal of entries.
    pub last: i64,
}

impl Redis {
    /// The stream at `key`.
    pub fn stream(&self, key: &str) -> Option<&Stream> {
        match self.keys.get(key)? {
            Value::Stream(stream) => Some(stream),
            Value::Text => None,
        }
    }

    /// The keys of all streams.
    pub fn streams(&self) -> impl Iterator<Item = (&String, &Stream)> {
        self.keys.iter().filter_map(|(key, value)| match value {
            Value::Stream(stream) => Some((key, stream)),
            Value::Text => None,
        })
    }

    /// `append.lua`.
    pub fn append(
        &mut self,
        key: &str,
        tombstone: &str,
        (floor, epoch): (i64, i32),
        previous: ChainHash,
        events: &[StoredEvent],
    ) -> Appended {
        if self.tombstones.get(tombstone).is_some_and(|ended| *ended >= epoch) {
            return Appended::Closed;
        }
        let mut last = floor;
        match self.keys.get(key) {
            Some(Value::Text) => return Appended::Fork,
            Some(Value::Stream(stream)) if stream.last < floor => return Appended::Fork,
            Some(Value::Stream(stream)) => last = stream.last,
            None => {}
        }
        let (mut previous, mut added) = (previous.hex(), false);
        for event in events {
            let hash = event.hash.hex();
            if event.seq <= last {
                if self.hash_at(key, event.seq) != Some(&hash) {
                    return Appended::Fork;
                }
            } else if event.seq > last + 1 {
                return Appended::Gap { last };
            } else {
                if !added && last > floor && self.hash_at(key, last) != Some(&previous) {
                    return Appended::Fork;
                }
                self.add(key, event.seq, event.body.clone(), hash.clone());
                (last, added) = (event.seq, true);
            }
            previous = hash;
        }
        if added { Appended::Added } else { Appended::Duplicate }
    }

    fn hash_at(&self, key: &str, seq: i64) -> Option<&String> {
        self.stream(key)?.entries.get(&seq).map(|(_, hash)| hash)
    }

    /// `XADD`, by whomever; nothing when the number is not the next or later.
    pub fn add(&mut self, key: &str, seq: i64, body: Vec<u8>, hash: String) {
        let value = self.keys.entry(key.to_owned()).or_insert_with(|| Value::Stream(Stream::default()));
        if let Value::Stream(stream) = value
            && seq > stream.last
        {
            stream.entries.insert(seq, (body, hash));
            stream.last = seq;
        }
    }

    /// `XDEL`.
    pub fn remove_entry(&mut self, key: &str, seq: i64) {
        if let Some(Value::Stream(stream)) = self.keys.get_mut(key) {
            stream.entries.remove(&seq);
        }
    }

    /// `DEL`.
    pub fn remove(&mut self, key: &str) {
        self.keys.remove(key);
    }

    /// `SET` where a stream should be.
    pub fn overwrite(&mut self, key: &str) {
        self.keys.insert(key.to_owned(), Value::Text);
    }

    /// Ends a day in this epoch, or not after all.
    pub fn close(&mut self, tombstone: &str, epoch: Option<i32>) {
        match epoch {
            Some(epoch) => self.tombstones.insert(tombstone.to_owned(), epoch),
            None => self.tombstones.remove(tombstone),
        };
    }

    /// `FLUSHALL`.
    pub fn empty(&mut self) {
        *self = Self::default();
    }
}
