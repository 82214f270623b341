//! Where an owner is called: the number that the owner said at the counter, sealed; else the one of the store's file; else the store's own.

use shared::TimeMs;
use shared::id::{StaffId, StoreId};
use shared::phone::PhoneNumber;

use crate::clock::to_utc;
use crate::vault::{Sealed, Vault};

/// Where a store is called, and what it is called. No `Debug`: the number may be a person's.
#[derive(Clone)]
pub struct Callee {
    pub store_name: String,
    /// The number that the owner gave for it, else the store's own.
    pub phone: String,
    /// Whether somebody gave a number for this and nothing else.
    pub is_given: bool,
}

/// Where the owner is called.
pub async fn callee(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    store_id: StoreId,
) -> Result<Callee, sqlx::Error> {
    let row = sqlx::query!(
        "select s.name, s.branch, s.alert_phone, s.phone, o.key_wrapped as \"key_wrapped?\", o.sealed as \"sealed?\"
         from store s left join owner_number o using (store_id) where s.store_id = $1",
        store_id.0
    )
    .fetch_one(db)
    .await?;
    let said = row.key_wrapped.zip(row.sealed).and_then(|(key_wrapped, sealed)| {
        let opened = vault.open(&context(store_id), &Sealed { key_wrapped, sealed });
        opened
            .inspect_err(|error| tracing::error!(%store_id, %error, "the owner's number cannot be opened"))
            .ok()
    });
    let said = said.and_then(|plain| String::from_utf8(plain).ok()).or(row.alert_phone);
    Ok(Callee {
        store_name: format!("{} {}", row.name, row.branch),
        is_given: said.is_some(),
        phone: said.unwrap_or(row.phone),
    })
}

/// Writes what the owner said in place of everything that was said before; `None` erases it.
pub async fn set(
    tx: &mut sqlx::PgConnection,
    vault: &Vault,
    store_id: StoreId,
    phone: Option<&PhoneNumber>,
    by: StaffId,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let sealed = phone.map(|phone| vault.seal(&context(store_id), phone.digits().as_bytes()));
    let (key_wrapped, sealed) = sealed.map(|one| (one.key_wrapped, one.sealed)).unzip();
    sqlx::query!("update store set alert_phone = null where store_id = $1", store_id.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "insert into owner_number (store_id, key_wrapped, sealed, changed_at, changed_by) values ($1, $2, $3, $4, $5)
         on conflict (store_id) do update set key_wrapped = excluded.key_wrapped, sealed = excluded.sealed,
             changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        store_id.0,
        key_wrapped,
        sealed,
        to_utc(now),
        by.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn context(store_id: StoreId) -> String {
    format!("owner_number:{store_id}")
}
