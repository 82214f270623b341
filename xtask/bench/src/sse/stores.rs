//! Stores with an open counter session each, written straight into the database: signing five thousand counters in would measure the
//! hashing of passwords. And the commits of many stores at once, with the same chain as the server's.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

use super::fleet::Listener;

/// A store whose counter is signed in.
#[derive(Debug, Clone)]
pub struct OpenStore {
    pub store_id: Uuid,
    pub day_id: Uuid,
    pub token: String,
}

/// Makes `count` stores with an empty log each.
pub async fn open(db: &PgPool, count: usize) -> Result<Vec<OpenStore>> {
    let stores: Vec<OpenStore> = (0..count)
        .map(|_| OpenStore {
            store_id: Uuid::now_v7(),
            day_id: Uuid::now_v7(),
            token: Uuid::new_v4().simple().to_string(),
        })
        .collect();
    let ids: Vec<Uuid> = stores.iter().map(|store| store.store_id).collect();
    let days: Vec<Uuid> = stores.iter().map(|store| store.day_id).collect();
    let tokens: Vec<Vec<u8>> =
        stores.iter().map(|store| Sha256::digest(store.token.as_bytes()).to_vec()).collect();
    let mut tx = db.begin().await?;
    for statement in OPEN {
        let query = sqlx::query(statement).bind(&ids).bind(&days).bind(&tokens);
        query.execute(&mut *tx).await.with_context(|| format!("cannot run {statement}"))?;
    }
    tx.commit().await?;
    sqlx::raw_sql("analyze").execute(db).await?;
    Ok(stores)
}

/// `$1` stores, `$2` their days, `$3` the hashes of their tokens. A staff member, a device and a session have the store's id.
const OPEN: [&str; 6] = [
    "insert into store (store_id, store_key, name, branch, phone, address, lat, lon, business, modes, schedule, holidays,
                        accept_deadline_minutes, prep_minutes_default, created_at, updated_at)
     select id, 'bench-' || id, '벤치', n || '호점', '02-000-0000', '서울', 37.5, 127.0, '{}', '{takeout}', '{}', '[]',
            7, 8, now(), now()
     from unnest($1::uuid[], $2::uuid[], $3::bytea[]) with ordinality as s (id, day, token, n)",
    "insert into business_day (store_id, day_id, state, opened_at, first_seq)
     select id, day, 'open', now(), 1 from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as s (id, day, token)",
    "insert into store_cursor (store_id, epoch, last_seq, last_hash)
     select id, 1, 0, decode(repeat('00', 32), 'hex') from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as s (id, day, token)",
    "insert into staff (store_id, staff_id, login_id, role, password_hash, created_at)
     select id, id, id::text, 'owner', '-', now() from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as s (id, day, token)",
    "insert into device (store_id, device_id, name, created_at)
     select id, id, '카운터', now() from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as s (id, day, token)",
    "insert into store_session (store_id, session_id, staff_id, device_id, kind, token_hash, fence, created_at,
                                last_seen_at, expires_at)
     select id, id, id, id, 'counter', token, 1, now(), now(), now() + interval '1 day'
     from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as s (id, day, token)",
];

/// Commits one event with this body at each of `stores`, in one transaction.
pub async fn append(db: &PgPool, stores: &[OpenStore], body: &str) -> Result<()> {
    let ids: Vec<Uuid> = stores.iter().map(|store| store.store_id).collect();
    let days: Vec<Uuid> = stores.iter().map(|store| store.day_id).collect();
    sqlx::query(APPEND).bind(&ids).bind(&days).bind(body).execute(db).await?;
    Ok(())
}

/// hash(n) = SHA-256(hash(n-1) ‖ be64(n) ‖ body), under the cursor's lock.
const APPEND: &str = "with at as (
         select c.store_id, c.epoch, c.last_seq + 1 as seq, c.last_hash, s.day,
                sha256(c.last_hash || int8send(c.last_seq + 1) || convert_to($3, 'UTF8')) as hash
         from store_cursor c join unnest($1::uuid[], $2::uuid[]) as s (id, day) on c.store_id = s.id
         for update of c
     ), event as (
         insert into store_event (store_id, seq, epoch, day_id, kind, v, body, hash, created_at)
         select store_id, seq, epoch, day, 'order_placed', 1, convert_to($3, 'UTF8'), hash, now() from at
     )
     update store_cursor c set last_seq = at.seq, last_hash = at.hash from at where c.store_id = at.store_id";

/// A counter of this store, as it asks for its stream.
pub fn listener(store: &OpenStore, channel: usize, server: SocketAddr) -> Listener {
    let request = format!(
        "GET /v1/store/events HTTP/1.1\r\nhost: {server}\r\nauthorization: Bearer {}\r\naccept: text/event-stream\r\n",
        store.token
    );
    Listener { request, channel }
}
