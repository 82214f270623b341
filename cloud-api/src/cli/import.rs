//! `cloud-api store import FILE.json`: creates or updates a store with its menu.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, bail};
use ring::digest;
use serde::{Deserialize, Serialize};
use shared::business::{has_registration_shape, has_valid_check_digit};
use shared::day::{Day, DayEvent, DayPhase, TransitionCause};
use shared::id::{DayId, StoreId};
use shared::log::{BODY_VERSION, LogBody, StoreEvent, Subject};
use shared::menu::Menu;
use shared::order::{Actor, OrderMode};
use shared::phone::PhoneNumber;
use shared::reservation::{MAX_CAPACITY, ReservationRules, SLOT_MINUTES};
use shared::schedule::{KstDate, SchedulePolicy, StoreSchedule, WeekSchedule};
use sqlx::{PgConnection, PgPool};

use crate::clock::Clock;
use crate::config::database_url_from_env;
use crate::db::days::StoredDay;
use crate::db::{self, Db};
use crate::log::append;
use crate::{day, menu};

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
    /// What the server does by itself when the schedule says so; nothing when absent.
    #[serde(default, skip_serializing_if = "SchedulePolicy::is_none")]
    pub schedule_policy: SchedulePolicy,
    /// A mobile number where the owner is called when nobody answers an order; kept as it was when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_phone: Option<String>,
    pub accept_deadline_minutes: i32,
    pub prep_minutes_default: i32,
    /// Slots and capacity of orders for later; kept as they were when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservations: Option<ReservationRules>,
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
    let changed = Changed::since_last(&mut tx, store_id, &file).await?;
    let mut news = Vec::new();
    let menu_version = if changed.menu {
        let menu_version = db::menus::publish(&mut tx, store_id, &file.menu, now).await?;
        news.push(StoreEvent::MenuChanged { menu_version });
        let marks = db::menus::take_over_marks(&mut tx, store_id, &file.menu, now).await?;
        // Whoever meets a new store reads them in its first snapshot.
        news.extend(marks.into_iter().filter(|_| !created));
        menu_version
    } else {
        db::menus::published(&mut tx, store_id).await?.map_or(0, |current| current.version)
    };
    if changed.schedule {
        if let Some(rules) = &file.store.reservations {
            db::reservations::set_rules(&mut *tx, store_id, rules).await?;
        }
        let version = db::stores::set_schedule(&mut tx, store_id, &schedule(&file.store)?, now).await?;
        news.extend((!created).then_some(StoreEvent::ScheduleSet { schedule_version: version }));
    }
    announce(&mut tx, store_id, news, clock).await?;
    let claim_code = db::stores::renew_claim_code(&mut tx, store_id, now).await?;
    tx.commit().await?;
    Ok(Imported { store_id, claim_code, menu_version, created, warnings })
}

/// What this file says otherwise than the one that was imported before. The same file again takes nothing back that was changed at the
/// counter meanwhile.
struct Changed {
    menu: bool,
    schedule: bool,
}

impl Changed {
    async fn since_last(tx: &mut PgConnection, store_id: StoreId, file: &StoreFile) -> anyhow::Result<Self> {
        let store = &file.store;
        let menu_hash = hash(&file.menu)?;
        let hours = (&store.schedule, &store.holidays, &store.schedule_policy);
        let schedule_hash = match &store.reservations {
            None => hash(&hours)?,
            Some(rules) => hash(&(hours, rules))?,
        };
        let last = db::stores::last_import(tx, store_id).await?;
        let menu = match last.menu_hash {
            Some(last) => last != menu_hash,
            // Imported by a version that took no notes.
            None => {
                let before = db::menus::published(tx, store_id).await?;
                before.is_none_or(|before| before.menu != db::menus::without_marks(file.menu.clone()))
            }
        };
        let schedule = last.schedule_hash.is_none_or(|last| last != schedule_hash);
        db::stores::note_import(tx, store_id, &menu_hash, &schedule_hash).await?;
        Ok(Self { menu, schedule })
    }
}

fn hash(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    Ok(digest::digest(&digest::SHA256, &serde_json::to_vec(value)?).as_ref().to_vec())
}

fn schedule(store: &StoreProfile) -> anyhow::Result<StoreSchedule> {
    let holidays = KstDate::all(&store.holidays)?;
    Ok(StoreSchedule { week: store.schedule.clone(), holidays, policy: store.schedule_policy })
}

/// Says in the log what is so from here on. A new store is simply open; one whose day is over stays closed.
async fn announce(
    tx: &mut PgConnection,
    store_id: StoreId,
    news: Vec<StoreEvent>,
    clock: &Clock,
) -> anyhow::Result<()> {
    let now = clock.now_ms();
    let latest = db::days::lock_latest(tx, store_id).await?;
    let stored = match latest {
        Some(stored) => stored,
        None => open_first_day(tx, store_id, clock).await?,
    };
    day::watch::set_next(tx, store_id, Some(&stored), now).await?;
    for event in news {
        menu::announce(tx, store_id, event, Actor::Operator, now).await?;
    }
    Ok(())
}

async fn open_first_day(
    tx: &mut PgConnection,
    store_id: StoreId,
    clock: &Clock,
) -> anyhow::Result<StoredDay> {
    let now = clock.now_ms();
    let mut day = Day::preparing(DayId::fresh(), now);
    day.opened_at = Some(now);
    day.phase = DayPhase::Open { since: now };
    let cursor = db::events::lock_cursor(tx, store_id).await?;
    db::days::begin(tx, store_id, &day, cursor.seq + 1).await?;
    let opened = DayEvent::DayOpened { opened_at: now, cause: TransitionCause::ByHand, made_at: None };
    let (by, day_id) = (Actor::Operator, day.id);
    let body = LogBody { v: BODY_VERSION, at: now, day_id, by, subject: Subject::Day(opened) };
    append::append(tx, store_id, &[body], now).await?;
    Ok(StoredDay { day, forgotten: false })
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
    for problem in store.schedule.problems() {
        say(true, format!("store.schedule.{problem}"));
    }
    let rules = store.reservations.unwrap_or_default();
    say(
        !rules.is_sensible(),
        format!(
            "store.reservations: slot_minutes is one of {SLOT_MINUTES:?}, capacity 1 to {MAX_CAPACITY} orders"
        ),
    );
    if let Some(phone) = &store.alert_phone {
        let mobile = PhoneNumber::parse(phone).is_some();
        say(!mobile, format!("store.alert_phone: {phone:?} is not a mobile number such as 010-0000-0001"));
    }
    let repeated: HashMap<&String, usize> = store.holidays.iter().fold(HashMap::new(), |mut counts, day| {
        *counts.entry(day).or_default() += 1;
        counts
    });
    for (day, count) in repeated {
        let valid = KstDate::try_from(day.clone()).is_ok();
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
