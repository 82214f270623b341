//! Every row, in the order of the table.

use anyhow::{Result, ensure};

use crate::row::Row;
use crate::{approvals, chat, close_check, journal, memory, place_to_disk, sse};

pub fn all() -> Vec<Row> {
    let mut rows = vec![
        approvals::ROW,
        place_to_disk::ROW,
        chat::HEALTHY,
        chat::TROUBLE,
        chat::LOAD,
        chat::SEARCH,
        journal::APPEND,
        journal::CATCH_UP,
        close_check::ROW,
        journal::START,
        memory::ROW,
    ];
    rows.extend(sse::rows());
    rows
}

/// The rows with these names; all of them when nothing is named.
pub fn chosen(names: &[String]) -> Result<Vec<Row>> {
    let rows = all();
    for name in names {
        let known: Vec<&str> = rows.iter().map(|row| row.name).collect();
        ensure!(
            known.contains(&name.as_str()),
            "there is no row {name:?}; the rows are {}",
            known.join(", ")
        );
    }
    Ok(rows.into_iter().filter(|row| names.is_empty() || names.iter().any(|name| name == row.name)).collect())
}
