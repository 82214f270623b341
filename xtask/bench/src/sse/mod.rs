//! Counters that listen: how many one instance holds, how fast it tells them, how soon they are back.

use crate::row::Row;

pub fn rows() -> Vec<Row> {
    Vec::new()
}
