//! `cloud-api store import FILE.json`: creates or updates a store with its menu.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use shared::business::{has_registration_shape, has_valid_check_digit};
use shared::id::{DayId, StoreId};
use shared::log::{BODY_VERSION, LogBody, StoreEvent, Subject};
use shared::menu::Menu;
use shared::order::{Actor, OrderMode};
use shared::schedule::WeekSchedule;
use sqlx::{PgConnection, PgPool};

use crate::clock::Clock;
use crate::config::database_url_from_env;
use crate::db::{self, Db};
use crate::log::append;

/// Largest store file.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// A store file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreFile {
    pub store: StoreProfile,
    pub menu: Menu,
}

/// The store's own data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreProfile {
    pub key: String,
    pub name: String,
    pub branch: String,
    pub phone: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub business: Business,
    pub modes: Vec<OrderMode>,
    pub schedule: WeekSchedule,
    #[serde(default)]
    pub holidays: Vec<String>,
    pub accept_deadline_minutes: i32,
    pub prep_minutes_default: i32,
    #[serde(default)]
    pub delivery: Option<serde_json::Value>,
}

/// What the law wants on a receipt.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Business {
    pub registration_no: String,
    pub owner: String,
    pub company: String,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    pub store_id: StoreId,
    /// Present until somebody claimed the store; printed once, only its hash is kept.
    pub claim_code: Option<String>,
    pub menu_version: i64,
    pub created: bool,
    pub warnings: Vec<String>,
}

/// Reads the file, imports it, and prints the result as JSON.
pub async fn run(file: &Path) -> anyhow::Result<()> {
    let url = database_url_from_env()?;
    let size = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    if size > MAX_FILE_BYTES {
        bail!("{} is larger than {MAX_FILE_BYTES} bytes", file.display());
    }
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let db = Db::connect(url.expose()).await?;
    let imported = import_store(&db, &Clock::system(), &text).await?;
    println!("{}", serde_json::to_string_pretty(&imported)?);
    Ok(())
}

/// Imports a store file's text in one transaction. Bad input changes nothing and says every problem with its place.
pub async fn import_store(db: &PgPool, clock: &Clock, text: &str) -> anyhow::Result<Imported> {
    let file: StoreFile =
        serde_json::from_str(text).context("the store file is not what an import expects")?;
    let warnings = check(&file)?;
    let now = clock.now_ms();
    let mut tx = db.begin().await?;
    let (store_id, created) = db::stores::upsert(&mut tx, &file.store, now).await?;
    db::events::create_cursor(&mut tx, store_id).await?;
    let before = db::menus::published(&mut tx, store_id).await?.filter(|before| before.menu == file.menu);
    let changed = before.is_none();
    let menu_version = match before {
        Some(before) => before.version,
        None => db::menus::publish(&mut tx, store_id, &file.menu, now).await?,
    };
    for item in file.menu.items().filter(|_| changed) {
        if let Some(stock) = item.stock {
            db::stock::set(&mut tx, store_id, &item.key, i32::try_from(stock).unwrap_or(i32::MAX)).await?;
        }
    }
    announce(&mut tx, store_id, menu_version, changed, clock).await?;
    let claim_code = db::stores::renew_claim_code(&mut tx, store_id, now).await?;
    tx.commit().await?;
    Ok(Imported { store_id, claim_code, menu_version, created, warnings })
}

/// Says in the log what customers see from here on; a new store is simply open.
async fn announce(
    tx: &mut PgConnection,
    store_id: StoreId,
    menu_version: i64,
    menu_changed: bool,
    clock: &Clock,
) -> anyhow::Result<()> {
    let now = clock.now_ms();
    let mut events = Vec::new();
    let running = db::days::running(&mut *tx, store_id).await?;
    let day_id = match running {
        Some(day) => day.day_id,
        None => {
            let day_id = DayId::fresh();
            let cursor = db::events::lock_cursor(tx, store_id).await?;
            db::days::open(tx, store_id, day_id, cursor.seq + 1, now).await?;
            events.push(StoreEvent::DayOpened { opened_at: now });
            day_id
        }
    };
    if menu_changed {
        events.push(StoreEvent::MenuChanged { menu_version });
    }
    let body = |event| LogBody {
        v: BODY_VERSION,
        at: now,
        day_id,
        by: Actor::Operator,
        subject: Subject::Store(event),
    };
    let bodies: Vec<LogBody> = events.into_iter().map(body).collect();
    if !bodies.is_empty() {
        append::append(tx, store_id, &bodies, now).await?;
    }
    Ok(())
}

fn check(file: &StoreFile) -> anyhow::Result<Vec<String>> {
    let store = &file.store;
    let mut problems: Vec<String> = file.menu.problems().iter().map(|p| format!("menu.{p}")).collect();
    let mut say = |bad: bool, text: String| {
        if bad {
            problems.push(text);
        }
    };
    say(store.key.is_empty() || store.key.len() > 64, "store.key: use 1 to 64 characters".into());
    for (field, value) in [("name", &store.name), ("branch", &store.branch), ("address", &store.address)] {
        say(
            value.trim().is_empty() || value.chars().count() > 100,
            format!("store.{field}: use 1 to 100 characters"),
        );
    }
    say(!(33.0..=39.0).contains(&store.lat), format!("store.lat: {} is not in Korea (33 to 39)", store.lat));
    say(
        !(124.0..=132.0).contains(&store.lon),
        format!("store.lon: {} is not in Korea (124 to 132)", store.lon),
    );
    let registration = &store.business.registration_no;
    say(
        !has_registration_shape(registration),
        format!("store.business.registration_no: {registration:?} is not 000-00-00000"),
    );
    say(store.modes.is_empty(), "store.modes: name at least one of takeout, delivery".into());
    let deadline = store.accept_deadline_minutes;
    say(!(1..=60).contains(&deadline), format!("store.accept_deadline_minutes: {deadline} is not 1 to 60"));
    let prep = store.prep_minutes_default;
    say(!(1..=180).contains(&prep), format!("store.prep_minutes_default: {prep} is not 1 to 180"));
    for (day, hours) in store.schedule.days() {
        let Some(hours) = hours else { continue };
        say(hours.open >= hours.close, format!("store.schedule.{day}: open must come before close"));
        if let Some((from, to)) = hours.rest {
            let inside = hours.open < from && from < to && to < hours.close;
            say(
                !inside,
                format!("store.schedule.{day}.break: must lie inside the opening hours, start first"),
            );
        }
    }
    let repeated: HashMap<&String, usize> = store.holidays.iter().fold(HashMap::new(), |mut counts, day| {
        *counts.entry(day).or_default() += 1;
        counts
    });
    for (day, count) in repeated {
        let valid = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok();
        say(!valid || count > 1, format!("store.holidays: {day:?} is not one date such as 2027-02-07"));
    }
    if !problems.is_empty() {
        bail!(
            "the store file has {} problems, nothing was imported:\n  - {}",
            problems.len(),
            problems.join("\n  - ")
        );
    }
    let odd = !has_valid_check_digit(registration);
    Ok(odd
        .then(|| format!("store.business.registration_no: the check digit of {registration} does not fit"))
        .into_iter()
        .collect())
}
