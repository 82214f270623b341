//! Many unpaid orders, as copies of one that was made in the chat, and their payments, prepared up to the moment when the payer returns.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use cloud_api::config::Key32;
use cloud_api::token;
use cloud_api::vault::Vault;
use e2e::http;
use e2e::keys::Keys;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::header::LOCATION;
use sqlx::Row;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::stores::analyze;
use super::{Shop, number};

/// Payments prepared at once.
const AT_ONCE: usize = 8;

const COPIES: [&str; 4] = [
    "insert into customer (customer_id, bot_id, user_key, created_at)
     select lpad(n::text, 32, '0')::uuid, c.bot_id, 'copy-' || n, c.created_at
     from orders o join customer c using (customer_id), generate_series($2, $3 - 1) n where o.order_id = $1 and $4 > 0",
    "insert into orders (store_id, order_id, customer_id, version, phase, state, mode, total, tax_free, vat, has_request,
                         session_version, menu_version, created_at, updated_at)
     select lpad((1 + n % $4)::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, version, phase,
            state, mode, total, tax_free, vat, has_request, session_version, menu_version, now(), now()
     from orders, generate_series($2, $3 - 1) n where order_id = $1",
    "insert into order_item (store_id, order_id, line_no, item_key, name, quantity, unit_price, amount, tax_free, options)
     select lpad((1 + n % $4)::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid, line_no, item_key, name, quantity, unit_price,
            amount, tax_free, options
     from order_item, generate_series($2, $3 - 1) n where order_id = $1",
    "insert into timer (store_id, timer_id, kind, order_id, due_at, created_at)
     select lpad((1 + n % $4)::text, 32, '0')::uuid, gen_random_uuid(), kind, lpad(n::text, 32, '0')::uuid, now() + interval '30 minutes',
            now()
     from timer, generate_series($2, $3 - 1) n where order_id = $1",
];

/// Copies with everything that a return needs: customers, items, timers, sealed phone numbers, links to pay.
pub async fn copy(db: &PgPool, keys: &Keys, order: Uuid, numbers: Range<u32>, stores: u32) -> Result<()> {
    let private = private_of(db, keys, order).await?;
    let mut tx = db.begin().await?;
    let (from, to, stores) =
        (i32::try_from(numbers.start)?, i32::try_from(numbers.end)?, i32::try_from(stores)?);
    for statement in COPIES {
        sqlx::query(statement).bind(order).bind(from).bind(to).bind(stores).execute(&mut *tx).await?;
    }
    let (vault, signing) = (Vault::new(key(&keys.data_key)?), key(&keys.signing_key)?);
    let sealed = numbers.clone().map(|n| vault.seal(&format!("order:{}", number(n)), &private));
    let (wrapped, sealed): (Vec<_>, Vec<_>) = sealed.map(|one| (one.key_wrapped, one.sealed)).unzip();
    let links: Vec<_> = numbers.clone().map(|n| token::hash(&pay_token(&signing, n))).collect();
    let numbers: Vec<i32> = (from..to).collect();
    sqlx::query(
        "with given as (select * from unnest($1::integer[], $2::bytea[], $3::bytea[], $4::bytea[]) as g (n, wrapped, sealed, link)),
         kept as (insert into personal_data (subject, subject_id, store_id, key_wrapped, sealed, created_at)
            select 'order', lpad(n::text, 32, '0')::uuid, lpad((1 + n % $5)::text, 32, '0')::uuid, wrapped, sealed, now() from given)
         insert into pay_link (token_hash, store_id, order_id)
            select link, lpad((1 + n % $5)::text, 32, '0')::uuid, lpad(n::text, 32, '0')::uuid from given",
    )
    .bind(numbers)
    .bind(wrapped)
    .bind(sealed)
    .bind(links)
    .bind(stores)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    analyze(db).await
}

/// The copied order's private data, opened.
async fn private_of(db: &PgPool, keys: &Keys, order: Uuid) -> Result<Vec<u8>> {
    let row = sqlx::query("select key_wrapped, sealed from personal_data where subject_id = $1")
        .bind(order)
        .fetch_one(db)
        .await?;
    let sealed = cloud_api::vault::Sealed { key_wrapped: row.try_get(0)?, sealed: row.try_get(1)? };
    Ok(Vault::new(key(&keys.data_key)?).open(&format!("order:{order}"), &sealed)?)
}

fn key(base64: &str) -> Result<Key32> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64)?;
    Ok(Key32(bytes.try_into().ok().context("a key has 32 bytes")?))
}

fn pay_token(signing: &Key32, n: u32) -> String {
    token::link(signing, "order", number(n))
}

/// A payer who has authenticated and whose browser is about to come back.
#[derive(Debug, Clone)]
pub struct Payment {
    pub number: u32,
    /// `/pay/{token}/approved?pg_token=…`.
    pub returns_to: String,
}

/// Payments in the order of their numbers.
pub type Payments = Arc<Vec<Payment>>;

impl Shop {
    /// Opens KakaoPay for each of these orders and authenticates: everything up to the return.
    pub async fn prepare_payments(&self, numbers: Range<u32>) -> Result<Payments> {
        let signing = key(&self.keys.signing_key)?;
        let prepared =
            numbers.map(|n| {
                let link = format!("{}/pay/{}", self.api.url, pay_token(&signing, n));
                async move {
                    Ok::<_, anyhow::Error>(Payment { number: n, returns_to: authenticate(&link).await? })
                }
            });
        let payments: Vec<Payment> = stream::iter(prepared).buffered(AT_ONCE).try_collect().await?;
        Ok(Arc::new(payments))
    }
}

async fn authenticate(link: &str) -> Result<String> {
    let page = location(http::client().get(link)).await?;
    let back = location(http::client().post(&page).form(&[("choice", "money")])).await?;
    ensure!(back.contains("/approved?"), "the payer of {link} was sent to {back}");
    Ok(back)
}

async fn location(request: reqwest::RequestBuilder) -> Result<String> {
    let answer = request.send().await?;
    let there = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (url, status) = (answer.url().clone(), answer.status());
    there.with_context(|| format!("{url} answered {status} and no redirect"))
}
