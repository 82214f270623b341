//! People who work at a store, and the directory of their login ids. A login's first store (its home) keeps its password and its second
//! factor; further stores only know that it belongs to them.

use std::collections::HashMap;

use shared::TimeMs;
use shared::id::{StaffId, StoreId};
use shared::wire::{StaffCard, StaffRole};
use sqlx::PgConnection;

use super::personal::{StaffPrivate, get_staff};
use super::sessions::role_named;
use crate::clock::{to_ms, to_utc};
use crate::vault::Vault;

/// Most people of a list.
const MAX_LISTED: i64 = 200;

/// Where a login keeps its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    pub store_id: StoreId,
    pub staff_id: StaffId,
}

/// What a password is compared with.
pub struct Login {
    pub home: Home,
    pub password_hash: String,
}

/// A store that a login belongs to.
#[derive(Debug, Clone)]
pub struct Membership {
    pub store_id: StoreId,
    pub staff_id: StaffId,
    pub role: StaffRole,
    pub store_name: String,
}

/// The login with this id.
pub async fn login(db: impl sqlx::PgExecutor<'_>, login_id: &str) -> Result<Option<Login>, sqlx::Error> {
    let row = sqlx::query!(
        "select s.store_id, s.staff_id, s.password_hash from login_name n
         join staff s on s.store_id = n.store_id and s.staff_id = n.staff_id
         where n.login_id = $1",
        login_id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Login {
        home: Home { store_id: StoreId(row.store_id), staff_id: StaffId(row.staff_id) },
        password_hash: row.password_hash,
    }))
}

/// The stores where this login may sign in.
pub async fn memberships(
    db: impl sqlx::PgExecutor<'_>,
    login_id: &str,
) -> Result<Vec<Membership>, sqlx::Error> {
    let rows = sqlx::query!(
        "select s.store_id, s.staff_id, s.role, t.name, t.branch
         from (select store_id, staff_id from login_name where login_id = $1
               union select store_id, staff_id from login_store where login_id = $1) m
         join staff s on s.store_id = m.store_id and s.staff_id = m.staff_id and s.disabled_at is null
         join store t on t.store_id = s.store_id
         order by t.name, t.branch, s.store_id",
        login_id
    )
    .fetch_all(db)
    .await?;
    let memberships = rows.into_iter().map(|row| Membership {
        store_id: StoreId(row.store_id),
        staff_id: StaffId(row.staff_id),
        role: role_named(&row.role),
        store_name: format!("{} {}", row.name, row.branch),
    });
    Ok(memberships.collect())
}

/// The login of a person of a store: its id, its password, and how many stores it has.
pub struct OwnLogin {
    pub login_id: String,
    pub login: Login,
    pub stores: i64,
}

/// The login of a person of a store.
pub async fn login_of(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    staff_id: StaffId,
) -> Result<Option<OwnLogin>, sqlx::Error> {
    let row = sqlx::query!(
        "select s.login_id, h.store_id, h.staff_id, h.password_hash,
                (select count(*) from login_store m where m.login_id = s.login_id) + 1 as \"stores!\"
         from staff s join login_name n on n.login_id = s.login_id
         join staff h on h.store_id = n.store_id and h.staff_id = n.staff_id
         where s.store_id = $1 and s.staff_id = $2",
        store_id.0,
        staff_id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| OwnLogin {
        login_id: row.login_id,
        login: Login {
            home: Home { store_id: StoreId(row.store_id), staff_id: StaffId(row.staff_id) },
            password_hash: row.password_hash,
        },
        stores: row.stores,
    }))
}

/// Somebody new.
pub struct NewPerson<'a> {
    pub store_id: StoreId,
    pub login_id: &'a str,
    pub role: StaffRole,
    pub password_hash: &'a str,
}

/// Writes a person with a login of their own; `None` when the login id is taken.
pub async fn create(
    tx: &mut PgConnection,
    new: &NewPerson<'_>,
    now: TimeMs,
) -> Result<Option<StaffId>, sqlx::Error> {
    let staff_id = StaffId::fresh();
    let named = sqlx::query!(
        "insert into login_name (login_id, store_id, staff_id) values ($1, $2, $3) on conflict do nothing",
        new.login_id,
        new.store_id.0,
        staff_id.0
    )
    .execute(&mut *tx)
    .await?;
    if named.rows_affected() == 0 {
        return Ok(None);
    }
    insert(tx, staff_id, new, now).await?;
    Ok(Some(staff_id))
}

/// Makes the owner of a login the owner of another store too.
pub async fn join(
    tx: &mut PgConnection,
    store_id: StoreId,
    login_id: &str,
    now: TimeMs,
) -> Result<StaffId, sqlx::Error> {
    let staff_id = StaffId::fresh();
    // No password has this hash: the one at home counts.
    let new = NewPerson { store_id, login_id, role: StaffRole::Owner, password_hash: "" };
    insert(&mut *tx, staff_id, &new, now).await?;
    sqlx::query!(
        "insert into login_store (login_id, store_id, staff_id) values ($1, $2, $3)",
        login_id,
        store_id.0,
        staff_id.0
    )
    .execute(tx)
    .await?;
    Ok(staff_id)
}

async fn insert(
    tx: &mut PgConnection,
    staff_id: StaffId,
    new: &NewPerson<'_>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into staff (store_id, staff_id, login_id, role, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)",
        new.store_id.0,
        staff_id.0,
        new.login_id,
        role_name(new.role),
        new.password_hash,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn role_name(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Owner => "owner",
        StaffRole::Staff => "staff",
    }
}

/// The store's people, owners first.
pub async fn list(
    tx: &mut PgConnection,
    vault: &Vault,
    store_id: StoreId,
) -> Result<Vec<StaffCard>, sqlx::Error> {
    let rows = sqlx::query!(
        "select s.staff_id, s.login_id, s.role, s.disabled_at, f.confirmed_at is not null as \"has_second_factor!\"
         from staff s left join login_name n on n.login_id = s.login_id
         left join second_factor f on f.store_id = n.store_id and f.staff_id = n.staff_id
         where s.store_id = $1 order by s.role, s.created_at, s.staff_id limit $2",
        store_id.0,
        MAX_LISTED
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut names: HashMap<StaffId, StaffPrivate> = get_staff(&mut *tx, vault, store_id).await?;
    let cards = rows.into_iter().map(|row| {
        let staff_id = StaffId(row.staff_id);
        let name = names.remove(&staff_id).map(|private| private.name).filter(|name| !name.is_empty());
        StaffCard {
            staff_id,
            name: name.unwrap_or_else(|| row.login_id.clone()),
            login_id: row.login_id,
            role: role_named(&row.role),
            disabled_at: row.disabled_at.map(to_ms),
            has_second_factor: row.has_second_factor,
        }
    });
    Ok(cards.collect())
}

/// A person's role and whether they were disabled, with the people of the store locked until the transaction ends.
pub async fn standing(
    tx: &mut PgConnection,
    store_id: StoreId,
    staff_id: StaffId,
) -> Result<Option<(StaffRole, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select staff_id, role, disabled_at is not null as \"disabled!\" from staff where store_id = $1
         order by staff_id for no key update",
        store_id.0
    )
    .fetch_all(tx)
    .await?;
    let row = rows.into_iter().find(|row| row.staff_id == staff_id.0);
    Ok(row.map(|row| (role_named(&row.role), row.disabled)))
}

/// Changes a person's role and whether they may sign in; `disabled` counts from `now`.
pub async fn change(
    tx: &mut PgConnection,
    (store_id, staff_id): (StoreId, StaffId),
    role: StaffRole,
    disabled: bool,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff set role = $3, disabled_at = case when $4 then coalesce(disabled_at, $5) end
         where store_id = $1 and staff_id = $2",
        store_id.0,
        staff_id.0,
        role_name(role),
        disabled,
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Owners of the store who may sign in.
pub async fn count_owners(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select count(*) as \"owners!\" from staff where store_id = $1 and role = 'owner' and disabled_at is null",
        store_id.0
    )
    .fetch_one(db)
    .await
}

/// Keeps a login's new password.
pub async fn set_password(tx: &mut PgConnection, home: Home, password_hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update staff set password_hash = $3 where store_id = $1 and staff_id = $2",
        home.store_id.0,
        home.staff_id.0,
        password_hash
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the store lets no new device in on a password alone.
pub async fn confirms_devices(db: impl sqlx::PgExecutor<'_>, store_id: StoreId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("select confirm_devices from store where store_id = $1", store_id.0)
        .fetch_one(db)
        .await
}

/// The owner's switch for [`confirms_devices`].
pub async fn set_confirm_devices(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    on: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update store set confirm_devices = $2 where store_id = $1", store_id.0, on)
        .execute(db)
        .await?;
    Ok(())
}

/// The store that this claim code opens at this moment.
pub async fn claimable(
    db: impl sqlx::PgExecutor<'_>,
    code_hash: &[u8],
    now: TimeMs,
) -> Result<Option<StoreId>, sqlx::Error> {
    let store_id = sqlx::query_scalar!(
        "select store_id from claim_code where code_hash = $1 and used_at is null and expires_at > $2",
        code_hash,
        to_utc(now)
    )
    .fetch_optional(db)
    .await?;
    Ok(store_id.map(StoreId))
}

/// Uses a claim code up; the store that it opened, or nothing when it is wrong, used or too old.
pub async fn use_claim_code(
    tx: &mut PgConnection,
    code_hash: &[u8],
    now: TimeMs,
) -> Result<Option<StoreId>, sqlx::Error> {
    let store_id = sqlx::query_scalar!(
        "update claim_code set used_at = $2 where code_hash = $1 and used_at is null and expires_at > $2
         returning store_id",
        code_hash,
        to_utc(now)
    )
    .fetch_optional(tx)
    .await?;
    Ok(store_id.map(StoreId))
}
