//! Stores as customers look for them: near a place, by words, with whether they are open and how busy they are.

use shared::TimeMs;
use shared::day::Busy;
use shared::id::StoreId;
use shared::order::OrderMode;
use sqlx::types::Json;

use crate::clock::to_utc;

/// A store as the chat shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedStore {
    pub store_id: StoreId,
    pub name: String,
    pub branch: String,
    pub phone: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    /// Minutes until an order of now is ready, busy mode included.
    pub prep_minutes: u32,
    pub menu_version: i64,
    pub modes: Vec<OrderMode>,
    /// Whether it takes orders at this moment.
    pub open: bool,
    /// When its break ends by itself.
    pub rest_until: Option<TimeMs>,
    /// Whether its counter was there a moment ago; only one store's own look tells.
    pub reachable: bool,
    /// Orders that were placed and are not ready yet.
    pub orders_ahead: u32,
}

impl ListedStore {
    /// `골목커피 홍대점`.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.name, self.branch)
    }

    /// Whether one can come and fetch the food.
    pub fn has_takeout(&self) -> bool {
        self.modes.contains(&OrderMode::Takeout)
    }
}

/// A counter that was heard of within this time is there. The hub notes connected ones every 30 seconds.
const REACHABLE_MS: i64 = 75_000;

fn with_busy(minutes: i32, busy: Option<Json<Busy>>, now: TimeMs) -> u32 {
    let busy = busy.map(|busy| busy.0).filter(|busy| busy.until.is_none_or(|until| now < until));
    minutes.unsigned_abs() + busy.map_or(0, |busy| busy.extra_minutes)
}

macro_rules! listed {
    ($row:expr, $now:expr, $reachable:expr) => {
        ListedStore {
            store_id: StoreId($row.store_id),
            name: $row.name,
            branch: $row.branch,
            phone: $row.phone,
            address: $row.address,
            lat: $row.lat,
            lon: $row.lon,
            prep_minutes: with_busy($row.prep_minutes_default, $row.busy, $now),
            rest_until: $row.rest_until.map(TimeMs),
            reachable: $reachable,
            menu_version: $row.menu_version,
            modes: $row.modes.iter().filter_map(|mode| mode_from_name(mode)).collect(),
            open: $row.open,
            orders_ahead: u32::try_from($row.ahead).unwrap_or(u32::MAX),
        }
    };
}

/// One store.
pub async fn find(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    now: TimeMs,
) -> Result<Option<ListedStore>, sqlx::Error> {
    let row = sqlx::query!(
        "select s.store_id, s.name, s.branch, s.phone, s.address, s.lat, s.lon, s.prep_minutes_default, s.menu_version, s.modes,
                d.state is not null and d.state = 'open' as \"open!\", d.day -> 'busy' as \"busy: Json<Busy>\",
                case when d.state = 'on_break' then (d.day ->> 'until')::bigint end as rest_until,
                exists (select 1 from store_session t
                        join device v on v.store_id = t.store_id and v.device_id = t.device_id and v.revoked_at is null
                        where t.store_id = s.store_id and t.kind = 'counter' and t.ended_at is null
                          and greatest(v.last_seen_at, v.ack_at, t.last_seen_at) > $2) as \"reachable!\",
                (select count(*) from orders o where o.store_id = s.store_id and o.day_id = d.day_id
                     and o.phase in ('placed', 'accepted', 'cooking')) as \"ahead!\"
         from store s left join business_day d on d.store_id = s.store_id and d.state <> 'closed'
         where s.store_id = $1",
        store_id.0,
        to_utc(now.plus_ms(-REACHABLE_MS))
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| listed!(row, now, row.reachable)))
}

/// Stores in which every one of `words` occurs, spaces and case aside, in name, branch or address; no words match every store. Open ones
/// first, then those nearer to `near` (degrees), then by name.
pub async fn search(
    db: impl sqlx::PgExecutor<'_>,
    words: &[String],
    near: Option<(f64, f64)>,
    limit: i64,
    offset: i64,
    now: TimeMs,
) -> Result<Vec<ListedStore>, sqlx::Error> {
    let rows = sqlx::query!(
        "with hit as (
             select s.*, d.day_id, d.state is not null and d.state = 'open' as is_open, d.day -> 'busy' as busy,
                 case when d.state = 'on_break' then (d.day ->> 'until')::bigint end as rest_until
             from store s left join business_day d on d.store_id = s.store_id and d.state <> 'closed'
             where not exists (select 1 from unnest($1::text[]) w where strpos(
                 lower(regexp_replace(s.name || s.branch || s.address, '\\s', '', 'g')), w) = 0)
             order by is_open desc,
                 (s.lat - $2) ^ 2 + ((s.lon - $3) * 0.79) ^ 2, s.name, s.branch, s.store_id
             limit $4 offset $5)
         select store_id, name, branch, phone, address, lat, lon, prep_minutes_default, menu_version, modes,
                is_open as \"open!\", busy as \"busy: Json<Busy>\", rest_until,
                (select count(*) from orders o where o.store_id = hit.store_id and o.day_id = hit.day_id
                     and o.phase in ('placed', 'accepted', 'cooking')) as \"ahead!\"
         from hit order by is_open desc, (lat - $2) ^ 2 + ((lon - $3) * 0.79) ^ 2, name, branch, store_id",
        words,
        near.map(|(lat, _)| lat),
        near.map(|(_, lon)| lon),
        limit,
        offset
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| listed!(row, now, true)).collect())
}

/// The middle of the stores in whose address every one of `words` occurs, in degrees.
pub async fn middle_of(
    db: impl sqlx::PgExecutor<'_>,
    words: &[String],
) -> Result<Option<(f64, f64)>, sqlx::Error> {
    let row = sqlx::query!(
        "select avg(lat) as lat, avg(lon) as lon from store
         where not exists (select 1 from unnest($1::text[]) w
             where strpos(lower(regexp_replace(address, '\\s', '', 'g')), w) = 0)",
        words
    )
    .fetch_one(db)
    .await?;
    Ok(row.lat.zip(row.lon))
}

fn mode_from_name(name: &str) -> Option<OrderMode> {
    [OrderMode::Takeout, OrderMode::Delivery].into_iter().find(|mode| mode.as_str() == name)
}
