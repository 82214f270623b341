//! Stores as customers look for them: what is searched, and at each moment whether they are open and how busy they are.

use std::collections::{HashMap, HashSet};

use shared::day::Busy;
use shared::id::{ItemKey, StoreId};
use shared::order::OrderMode;
use shared::schedule::StoreSchedule;
use shared::wait::Wait;
use shared::{TimeMs, Won};
use sqlx::types::Json;
use uuid::Uuid;

use crate::clock::{to_ms, to_utc};

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
    /// How long an order of now takes, the queue and busy mode included.
    pub wait: Wait,
    pub menu_version: i64,
    pub modes: Vec<OrderMode>,
    /// Whether it takes orders at this moment.
    pub open: bool,
    /// When its break ends by itself.
    pub rest_until: Option<TimeMs>,
    /// Whether its counter was there a moment ago.
    pub reachable: bool,
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

fn wait(prep_minutes: i32, busy: Option<Json<Busy>>, ahead: i64, now: TimeMs) -> Wait {
    let busy = busy.map(|busy| busy.0).filter(|busy| busy.until.is_none_or(|until| now < until));
    let busy_minutes = busy.map_or(0, |busy| busy.extra_minutes);
    Wait::estimate(prep_minutes.unsigned_abs(), busy_minutes, u32::try_from(ahead).unwrap_or(u32::MAX))
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
    Ok(row.map(|row| ListedStore {
        store_id: StoreId(row.store_id),
        name: row.name,
        branch: row.branch,
        phone: row.phone,
        address: row.address,
        lat: row.lat,
        lon: row.lon,
        wait: wait(row.prep_minutes_default, row.busy, row.ahead, now),
        rest_until: row.rest_until.map(TimeMs),
        reachable: row.reachable,
        menu_version: row.menu_version,
        modes: modes(&row.modes),
        open: row.open,
    }))
}

/// What tells one edition of a store from another: its menu's version and when it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    pub menu_version: i64,
    pub updated_at: TimeMs,
}

/// The edition of every store.
pub async fn editions(db: impl sqlx::PgExecutor<'_>) -> Result<Vec<(StoreId, Edition)>, sqlx::Error> {
    let rows = sqlx::query!("select store_id, menu_version, updated_at from store").fetch_all(db).await?;
    let edition = |menu_version, updated_at| Edition { menu_version, updated_at: to_ms(updated_at) };
    Ok(rows.into_iter().map(|r| (StoreId(r.store_id), edition(r.menu_version, r.updated_at))).collect())
}

/// What is searched and shown of a store and changes seldom.
#[derive(Debug, Clone)]
pub struct StoreCard {
    pub store_id: StoreId,
    pub edition: Edition,
    pub name: String,
    pub branch: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub takeout: bool,
    pub schedule: StoreSchedule,
}

/// The cards of these stores.
pub async fn cards(db: impl sqlx::PgExecutor<'_>, stores: &[StoreId]) -> Result<Vec<StoreCard>, sqlx::Error> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
    let rows = sqlx::query!(
        "select store_id, menu_version, updated_at, name, branch, address, lat, lon, modes,
                json_build_object('week', schedule, 'holidays', holidays, 'policy', schedule_policy)
                    as \"schedule!: Json<StoreSchedule>\"
         from store where store_id = any($1)",
        &ids
    )
    .fetch_all(db)
    .await?;
    let cards = rows.into_iter().map(|row| StoreCard {
        store_id: StoreId(row.store_id),
        edition: Edition { menu_version: row.menu_version, updated_at: to_ms(row.updated_at) },
        name: row.name,
        branch: row.branch,
        address: row.address,
        lat: row.lat,
        lon: row.lon,
        takeout: modes(&row.modes).contains(&OrderMode::Takeout),
        schedule: row.schedule.0,
    });
    Ok(cards.collect())
}

/// A dish on a menu of now, sold out or not.
#[derive(Debug, Clone)]
pub struct Dish {
    pub store_id: StoreId,
    pub item: ItemKey,
    pub name: String,
    pub price: Won,
}

/// The dishes of these stores that customers can see.
pub async fn dishes(db: impl sqlx::PgExecutor<'_>, stores: &[StoreId]) -> Result<Vec<Dish>, sqlx::Error> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
    let rows = sqlx::query!(
        "select m.store_id, item ->> 'key' as \"key!\", item ->> 'name' as \"name!\", (item ->> 'price')::bigint as \"price!\"
         from store s join menu_document m on m.store_id = s.store_id and m.menu_version = s.menu_version,
             jsonb_array_elements(m.document -> 'categories') category, jsonb_array_elements(category -> 'items') item
         where s.store_id = any($1) and not coalesce((category ->> 'disabled')::boolean, false)
             and not coalesce((item ->> 'disabled')::boolean, false)",
        &ids
    )
    .fetch_all(db)
    .await?;
    let dishes = rows.into_iter().filter_map(|row| {
        let price = Won::new(row.price).ok()?;
        Some(Dish { store_id: StoreId(row.store_id), item: ItemKey(row.key), name: row.name, price })
    });
    Ok(dishes.collect())
}

/// What a store's day says at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Whether it takes orders.
    pub open: bool,
    /// Whether it is on a break.
    pub resting: bool,
    /// When its break ends by itself.
    pub rest_until: Option<TimeMs>,
}

/// What the days of those of these stores say that have one.
pub async fn days(
    db: impl sqlx::PgExecutor<'_>,
    stores: &[StoreId],
) -> Result<HashMap<StoreId, Now>, sqlx::Error> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
    let rows = sqlx::query!(
        "select store_id, state, case when state = 'on_break' then (day ->> 'until')::bigint end as rest_until
         from business_day where state <> 'closed' and store_id = any($1)",
        &ids
    )
    .fetch_all(db)
    .await?;
    let now = |state: &str, until: Option<i64>| Now {
        open: state == "open",
        resting: state == "on_break",
        rest_until: until.map(TimeMs),
    };
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), now(&row.state, row.rest_until))).collect())
}

/// How long an order of now takes at each of these stores.
pub async fn waits(
    db: impl sqlx::PgExecutor<'_>,
    stores: &[StoreId],
    now: TimeMs,
) -> Result<HashMap<StoreId, Wait>, sqlx::Error> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
    let rows = sqlx::query!(
        "select s.store_id as \"store_id!\", s.prep_minutes_default as \"prep!\", d.day -> 'busy' as \"busy: Json<Busy>\",
                (select count(*) from orders o where o.store_id = s.store_id and o.day_id = d.day_id
                     and o.phase in ('placed', 'accepted', 'cooking')) as \"ahead!\"
         from store s left join business_day d on d.store_id = s.store_id and d.state <> 'closed'
         where s.store_id = any($1)",
        &ids
    )
    .fetch_all(db)
    .await?;
    let wait = |r: (i32, Option<Json<Busy>>, i64)| wait(r.0, r.1, r.2, now);
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), wait((row.prep, row.busy, row.ahead)))).collect())
}

/// Which of these dishes cannot be had now, in no order.
pub async fn sold_out(
    db: impl sqlx::PgExecutor<'_>,
    dishes: &[(StoreId, ItemKey)],
    now: TimeMs,
) -> Result<HashSet<(StoreId, ItemKey)>, sqlx::Error> {
    let stores: Vec<Uuid> = dishes.iter().map(|(store, _)| store.0).collect();
    let items: Vec<String> = dishes.iter().map(|(_, item)| item.0.clone()).collect();
    let rows = sqlx::query!(
        "select q.store_id as \"store_id!\", q.item as \"item!\" from unnest($1::uuid[], $2::text[]) as q (store_id, item)
         where exists (select 1 from sold_out o where o.store_id = q.store_id and o.group_key = '' and o.key = q.item
                           and (o.until_at is null or o.until_at > $3))
             or exists (select 1 from item_stock k where k.store_id = q.store_id and k.item_key = q.item and k.remaining <= k.held)",
        &stores,
        &items,
        to_utc(now)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (StoreId(row.store_id), ItemKey(row.item))).collect())
}

fn modes(names: &[String]) -> Vec<OrderMode> {
    names.iter().filter_map(|name| mode_from_name(name)).collect()
}

fn mode_from_name(name: &str) -> Option<OrderMode> {
    [OrderMode::Takeout, OrderMode::Delivery].into_iter().find(|mode| mode.as_str() == name)
}
