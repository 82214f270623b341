//! Stores as customers look for them: near a place, by words, with whether they are open and how busy they are.

use shared::id::StoreId;
use shared::order::OrderMode;

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
    pub prep_minutes: u32,
    pub menu_version: i64,
    pub modes: Vec<OrderMode>,
    /// Whether it takes orders at this moment.
    pub open: bool,
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

macro_rules! listed {
    ($row:expr) => {
        ListedStore {
            store_id: StoreId($row.store_id),
            name: $row.name,
            branch: $row.branch,
            phone: $row.phone,
            address: $row.address,
            lat: $row.lat,
            lon: $row.lon,
            prep_minutes: $row.prep_minutes_default.unsigned_abs(),
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
) -> Result<Option<ListedStore>, sqlx::Error> {
    let row = sqlx::query!(
        "select s.store_id, s.name, s.branch, s.phone, s.address, s.lat, s.lon, s.prep_minutes_default, s.menu_version, s.modes,
                d.state is not null and d.state = 'open' as \"open!\",
                (select count(*) from orders o where o.store_id = s.store_id and o.day_id = d.day_id
                     and o.phase in ('placed', 'accepted', 'cooking')) as \"ahead!\"
         from store s left join business_day d on d.store_id = s.store_id and d.state <> 'closed'
         where s.store_id = $1",
        store_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| listed!(row)))
}

/// Stores in which every one of `words` occurs, spaces and case aside, in name, branch or address; no words match every store. Open ones
/// first, then those nearer to `near` (degrees), then by name.
pub async fn search(
    db: impl sqlx::PgExecutor<'_>,
    words: &[String],
    near: Option<(f64, f64)>,
    limit: i64,
    offset: i64,
) -> Result<Vec<ListedStore>, sqlx::Error> {
    let rows = sqlx::query!(
        "with hit as (
             select s.*, d.day_id, d.state is not null and d.state = 'open' as is_open
             from store s left join business_day d on d.store_id = s.store_id and d.state <> 'closed'
             where not exists (select 1 from unnest($1::text[]) w where strpos(
                 lower(regexp_replace(s.name || s.branch || s.address, '\\s', '', 'g')), w) = 0)
             order by is_open desc,
                 (s.lat - $2) ^ 2 + ((s.lon - $3) * 0.79) ^ 2, s.name, s.branch, s.store_id
             limit $4 offset $5)
         select store_id, name, branch, phone, address, lat, lon, prep_minutes_default, menu_version, modes,
                is_open as \"open!\",
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
    Ok(rows.into_iter().map(|row| listed!(row)).collect())
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
