//! Personal data, sealed, in its own table. Deleting a row erases it for good.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::id::{CustomerId, OrderId, StaffId, StoreId};
use uuid::Uuid;

use crate::clock::to_utc;
use crate::vault::{Sealed, Vault};

/// What is kept about a customer.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct CustomerPrivate {
    /// Digits of the mobile number that messages go to.
    pub phone: Option<String>,
}

/// What is kept about an order: what staff must see of the customer.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OrderPrivate {
    pub request: Option<String>,
    /// The number that messages about this order go to.
    pub phone: Option<String>,
}

/// What is kept about a review: everything about it that somebody typed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReviewPrivate {
    pub text: Option<String>,
    /// The store's answer.
    pub reply: Option<String>,
    /// Why it is hidden, in words.
    #[serde(default)]
    pub hidden_why: Option<String>,
}

/// What is kept about a person who works at a store.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct StaffPrivate {
    /// What the others call them.
    pub name: String,
}

/// Whose data it is.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    Customer(CustomerId),
    Order(StoreId, OrderId),
    Staff(StoreId, StaffId),
    /// The review of an order.
    Review(StoreId, OrderId),
}

impl Subject {
    fn parts(self) -> (&'static str, Uuid, Option<Uuid>) {
        match self {
            Self::Customer(id) => ("customer", id.0, None),
            Self::Order(store, id) => ("order", id.0, Some(store.0)),
            Self::Staff(store, id) => ("staff", id.0, Some(store.0)),
            Self::Review(store, order) => ("review", order.0, Some(store.0)),
        }
    }

    fn context(self) -> String {
        let (kind, id, _) = self.parts();
        format!("{kind}:{id}")
    }
}

/// Writes, or replaces, a subject's data.
pub async fn put<T: Serialize>(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    subject: Subject,
    data: &T,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    let plain = serde_json::to_vec(data).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sealed = vault.seal(&subject.context(), &plain);
    let (kind, id, store_id) = subject.parts();
    sqlx::query!(
        "insert into personal_data (subject, subject_id, store_id, key_wrapped, sealed, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (subject, subject_id) do update set key_wrapped = excluded.key_wrapped, sealed = excluded.sealed",
        kind,
        id,
        store_id,
        sealed.key_wrapped,
        sealed.sealed,
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Reads a subject's data; `None` when there is none, it was erased, or it cannot be opened with this `DATA_KEY`.
pub async fn get<T: for<'de> Deserialize<'de>>(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    subject: Subject,
) -> Result<Option<T>, sqlx::Error> {
    let (kind, id, _) = subject.parts();
    let row = sqlx::query!(
        "select key_wrapped, sealed from personal_data where subject = $1 and subject_id = $2",
        kind,
        id
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(open_one(vault, subject, row.key_wrapped, row.sealed))
}

/// What is kept about these orders of one store; orders without data are left out.
pub async fn get_orders(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    store_id: StoreId,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, OrderPrivate>, sqlx::Error> {
    get_about(db, vault, store_id, orders, Subject::Order).await
}

/// What is kept about the reviews of these orders of one store; those without data are left out.
pub async fn get_reviews(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    store_id: StoreId,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, ReviewPrivate>, sqlx::Error> {
    get_about(db, vault, store_id, orders, Subject::Review).await
}

/// What is kept about the subjects that these orders of one store have.
async fn get_about<T: for<'de> Deserialize<'de>>(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    store_id: StoreId,
    orders: &[OrderId],
    subject: fn(StoreId, OrderId) -> Subject,
) -> Result<HashMap<OrderId, T>, sqlx::Error> {
    let Some(first) = orders.first() else { return Ok(HashMap::new()) };
    let (kind, ..) = subject(store_id, *first).parts();
    let ids: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows = sqlx::query!(
        "select subject_id, key_wrapped, sealed from personal_data
         where subject = $1 and subject_id = any($2) and store_id = $3",
        kind,
        &ids,
        store_id.0
    )
    .fetch_all(db)
    .await?;
    let opened = rows.into_iter().filter_map(|row| {
        let id = OrderId(row.subject_id);
        Some((id, open_one(vault, subject(store_id, id), row.key_wrapped, row.sealed)?))
    });
    Ok(opened.collect())
}

/// Erases a subject's data.
pub async fn erase(db: impl sqlx::PgExecutor<'_>, subject: Subject) -> Result<(), sqlx::Error> {
    let (kind, id, _) = subject.parts();
    sqlx::query!("delete from personal_data where subject = $1 and subject_id = $2", kind, id)
        .execute(db)
        .await?;
    Ok(())
}

/// Erases everything that is kept about a customer: their number, what they asked of their orders, what they wrote in reviews with what was
/// answered. How many subjects that were.
pub async fn erase_customer(db: impl sqlx::PgExecutor<'_>, customer: CustomerId) -> Result<u64, sqlx::Error> {
    let erased = sqlx::query!(
        "delete from personal_data where (subject = 'customer' and subject_id = $1)
             or (subject in ('order', 'review')
                 and subject_id in (select order_id from customer_order where customer_id = $1))",
        customer.0
    )
    .execute(db)
    .await?;
    Ok(erased.rows_affected())
}

/// What is kept about the people of a store.
pub async fn get_staff(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    store_id: StoreId,
) -> Result<HashMap<StaffId, StaffPrivate>, sqlx::Error> {
    let rows = sqlx::query!(
        "select subject_id, key_wrapped, sealed from personal_data where subject = 'staff' and store_id = $1",
        store_id.0
    )
    .fetch_all(db)
    .await?;
    let opened = rows.into_iter().filter_map(|row| {
        let id = StaffId(row.subject_id);
        Some((id, open_one(vault, Subject::Staff(store_id, id), row.key_wrapped, row.sealed)?))
    });
    Ok(opened.collect())
}

/// The same for orders of many stores; nothing is given for an order of another store than the one it is asked with.
pub async fn get_each(
    db: impl sqlx::PgExecutor<'_>,
    vault: &Vault,
    orders: &[(StoreId, OrderId)],
) -> Result<HashMap<(StoreId, OrderId), OrderPrivate>, sqlx::Error> {
    let (stores, ids): (Vec<Uuid>, Vec<Uuid>) =
        orders.iter().map(|(store, order)| (store.0, order.0)).unzip();
    let rows = sqlx::query!(
        "select q.store_id as \"store_id!\", p.subject_id, p.key_wrapped, p.sealed
         from unnest($1::uuid[], $2::uuid[]) as q (store_id, order_id)
         join personal_data p on p.subject = 'order' and p.subject_id = q.order_id and p.store_id = q.store_id",
        &stores,
        &ids
    )
    .fetch_all(db)
    .await?;
    let opened = rows.into_iter().filter_map(|row| {
        let (store_id, id) = (StoreId(row.store_id), OrderId(row.subject_id));
        Some(((store_id, id), open_one(vault, Subject::Order(store_id, id), row.key_wrapped, row.sealed)?))
    });
    Ok(opened.collect())
}

fn open_one<T: for<'de> Deserialize<'de>>(
    vault: &Vault,
    subject: Subject,
    key_wrapped: Vec<u8>,
    sealed: Vec<u8>,
) -> Option<T> {
    match vault.open(&subject.context(), &Sealed { key_wrapped, sealed }) {
        Ok(plain) => serde_json::from_slice(&plain).ok(),
        Err(error) => {
            let (kind, id, _) = subject.parts();
            tracing::error!(subject = kind, %id, %error, "personal data cannot be opened");
            None
        }
    }
}
