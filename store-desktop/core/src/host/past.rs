//! Past orders and days: found in the journal, whether there is a line or not.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::id::{DayId, OrderId, StaffId};
use shared::schedule::KstDate;
use shared::{Code, TimeMs, Won};

use super::CounterHost;
use super::call::read;
use crate::HostError;
use crate::fold::Entry;
use crate::history::{self, Sales};
use crate::journal::{JournalError, MAX_DAYS, MAX_PAGE, Search};
use crate::view::{OrderCard, card};

/// Steps of the index that a search waits for; what lies beyond is found a moment later.
const MAX_STEPS: usize = 100;
/// Longest file that is saved for a person.
const MAX_FILE: usize = 8 * 1024 * 1024;
/// Files of one name in one folder.
const MAX_SAME_NAME: u32 = 1_000;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    query: String,
    #[serde(default)]
    day_id: Option<DayId>,
    #[serde(default)]
    before: Option<TimeMs>,
    #[serde(default = "half_a_page")]
    limit: usize,
}

fn half_a_page() -> usize {
    MAX_PAGE / 2
}

#[derive(Deserialize)]
struct OneDay {
    #[serde(default)]
    day_id: Option<DayId>,
}

#[derive(Deserialize)]
struct OneOrder {
    order_id: OrderId,
}

#[derive(Deserialize)]
struct Count {
    limit: usize,
}

#[derive(Deserialize)]
struct File {
    name: String,
    text: String,
}

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum TableOf {
    Orders,
    Items,
    Hours,
    Days,
}

#[derive(Deserialize)]
struct Table {
    of: TableOf,
    #[serde(default)]
    day_id: Option<DayId>,
}

/// Orders that were found, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HistoryPage {
    pub orders: Vec<HistoryRow>,
    /// There are older ones: ask with `before` as the last one's time of placement.
    pub more: bool,
}

/// One order that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HistoryRow {
    pub day_id: DayId,
    pub card: OrderCard,
}

/// Everything that this computer knows of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Story {
    pub day_id: DayId,
    pub card: OrderCard,
    /// Names of the staff in the card's events, as far as they are known here.
    #[cfg_attr(feature = "ts", ts(as = "std::collections::HashMap<StaffId, String>"))]
    pub staff: BTreeMap<StaffId, String>,
}

/// One day in the list of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DayRow {
    pub day_id: DayId,
    pub opened_at: TimeMs,
    pub closed_at: Option<TimeMs>,
    pub orders: u32,
    pub captured: Won,
    pub refunded: Won,
}

impl CounterHost {
    /// The calls about the past by name; `None` when it is not one of them.
    pub(super) async fn past_call(&self, name: &str, arguments: &Value) -> Option<Result<Value, HostError>> {
        if !["history", "story", "sales", "days", "export_csv", "save_file"].contains(&name) {
            return None;
        }
        if self.counter().state().session.is_none() {
            return Some(Err(HostError::not_signed_in()));
        }
        Some(self.past(name, arguments.clone()).await)
    }

    async fn past(&self, name: &str, arguments: Value) -> Result<Value, HostError> {
        match name {
            "history" => as_json(self.history(read(arguments)?).await?),
            "story" => as_json(self.story(read::<OneOrder>(arguments)?.order_id).await?),
            "sales" => as_json(self.sales(read::<OneDay>(arguments)?.day_id).await?),
            "days" => as_json(self.days(read::<Count>(arguments)?.limit).await?),
            "export_csv" => {
                let Table { of, day_id } = read(arguments)?;
                let (name, text) = self.table(of, day_id).await?;
                Ok(json!({ "path": save(name, text).await? }))
            }
            _ => {
                let File { name, text } = read(arguments)?;
                Ok(json!({ "path": save(name, text).await? }))
            }
        }
    }

    async fn history(&self, asked: Asked) -> Result<HistoryPage, HostError> {
        let limit = asked.limit.clamp(1, MAX_PAGE);
        let (day_id, before) = (asked.day_id, asked.before);
        let search = Search { parts: history::parse(&asked.query), day_id, before, limit };
        self.catch_up_history().await?;
        let found = self.counter().journal().find_orders(search).await;
        let mut entries = self.or_make_anew(found).await?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let ids = entries.iter().map(|entry| entry.order.id).collect();
        let mut private = self.counter().journal().beside(ids).await?.private;
        let state = self.counter().state();
        let row = |mut entry: Entry| {
            entry.private = private.remove(&entry.order.id);
            HistoryRow { day_id: entry.day_id, card: card(&state, &entry) }
        };
        Ok(HistoryPage { orders: entries.into_iter().map(row).collect(), more })
    }

    async fn story(&self, order_id: OrderId) -> Result<Story, HostError> {
        self.catch_up_history().await?;
        let found = self.counter().journal().find_order(order_id).await;
        let mut entry = self.or_make_anew(found).await?.ok_or(Code::OrderNotFound)?;
        entry.private = self.counter().journal().beside(vec![order_id]).await?.private.remove(&order_id);
        let state = self.counter().state();
        let people = state.people.desk.iter().flat_map(|desk| &desk.staff);
        let staff = people.map(|person| (person.staff_id, person.name.clone())).collect();
        Ok(Story { day_id: entry.day_id, card: card(&state, &entry), staff })
    }

    /// The sales of a day, the latest one when none is named.
    pub async fn sales(&self, day_id: Option<DayId>) -> Result<Sales, HostError> {
        Ok(self.day_in_numbers(day_id).await?.0)
    }

    async fn day_in_numbers(
        &self,
        day_id: Option<DayId>,
    ) -> Result<(Sales, Vec<history::SoldOrder>), HostError> {
        self.catch_up_history().await?;
        let read = self.counter().journal().day_events(day_id).await;
        let read = self.or_make_anew(read).await?.ok_or_else(HostError::not_here_yet)?;
        Ok(history::sales(&read))
    }

    async fn days(&self, limit: usize) -> Result<Vec<DayRow>, HostError> {
        self.catch_up_history().await?;
        let found = self.counter().journal().days(limit.clamp(1, MAX_DAYS)).await;
        let won = |amount: i64| Won::new(amount).unwrap_or(Won::ZERO);
        let row = |day: crate::journal::FoundDay| DayRow {
            day_id: day.day_id,
            opened_at: day.opened_at,
            closed_at: day.closed_at,
            orders: day.orders,
            captured: won(day.captured),
            refunded: won(day.refunded),
        };
        Ok(self.or_make_anew(found).await?.into_iter().map(row).collect())
    }

    async fn table(&self, of: TableOf, day_id: Option<DayId>) -> Result<(String, String), HostError> {
        if of == TableOf::Days {
            let found = self.counter().journal().days(MAX_DAYS).await;
            let days = self.or_make_anew(found).await?;
            return Ok(("영업일.csv".to_owned(), history::days_csv(&days)));
        }
        let (sales, orders) = self.day_in_numbers(day_id).await?;
        let (what, text) = match of {
            TableOf::Orders | TableOf::Days => ("주문", history::orders_csv(&orders)),
            TableOf::Items => ("상품", history::items_csv(&sales)),
            TableOf::Hours => ("시간대", history::sales_csv(&sales)),
        };
        Ok((format!("{what}-{}.csv", KstDate::of(sales.opened_at)), text))
    }

    /// What was journaled a moment ago must be found.
    async fn catch_up_history(&self) -> Result<(), HostError> {
        for _ in 0..MAX_STEPS {
            if !self.counter().journal().index_history().await? {
                break;
            }
        }
        Ok(())
    }

    /// An index that is not as it was written is thrown away; the next search finds a new one.
    async fn or_make_anew<T>(&self, found: Result<T, JournalError>) -> Result<T, HostError> {
        if matches!(found, Err(JournalError::IndexDamaged)) {
            tracing::warn!("the index of past orders is made anew");
            self.counter().journal().forget_history().await?;
        }
        Ok(found?)
    }
}

fn as_json(answer: impl Serialize) -> Result<Value, HostError> {
    serde_json::to_value(answer).map_err(HostError::bad_call)
}

/// Writes a new file into the person's folder of downloads.
async fn save(name: String, text: String) -> Result<String, HostError> {
    if text.len() > MAX_FILE {
        return Err(Code::BodyTooLarge.into());
    }
    let saving = move || save_in(&downloads(), &name, text.as_bytes());
    let saved = tokio::task::spawn_blocking(saving).await.map_err(|_| JournalError::Stopped)?;
    saved.map(|path| path.display().to_string()).map_err(|error| JournalError::from(error).into())
}

fn downloads() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    from("XDG_DOWNLOAD_DIR")
        .or_else(|| from("USERPROFILE").or_else(|| from("HOME")).map(|home| home.join("Downloads")))
        .unwrap_or_else(std::env::temp_dir)
}

/// A name is a name and no path, and a file that is there is left alone.
fn save_in(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
    let plain = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '-' } else { c };
    let name: String = name.chars().map(plain).take(100).collect();
    let name = name.trim_matches(['.', ' ']);
    let name = if name.is_empty() { "simple-order" } else { name };
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, "txt"));
    std::fs::create_dir_all(folder)?;
    for turn in 1..=MAX_SAME_NAME {
        let numbered = if turn == 1 { format!("{stem}.{kind}") } else { format!("{stem} ({turn}).{kind}") };
        let path = folder.join(numbered);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(content)?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other("too many files of this name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_stays_in_the_folder_and_overwrites_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let save = |name: &str| save_in(folder.path(), name, b"1").expect("saved");
        assert_eq!(save("주문.csv"), folder.path().join("주문.csv"));
        assert_eq!(save("주문.csv"), folder.path().join("주문 (2).csv"));
        for name in ["../../etc/passwd", "..", "a/b\\c:d.csv", "\n"] {
            assert_eq!(save(name).parent(), Some(folder.path()), "{name}");
        }
    }
}
