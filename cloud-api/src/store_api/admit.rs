//! Whether the right password is enough on this device, in this place.
//!
//! A store whose owners have no second factor and that does not ask for confirmation lets new devices in on the password. Otherwise a new
//! device needs a code or the counter's word, and a known one does in another network when the person has a second factor.

use std::net::IpAddr;

use axum::http::StatusCode;
use rand::RngExt;
use ring::hmac;
use shared::id::{ConfirmationId, StoreId};
use shared::wire::{Confirmation, ConfirmedBy};
use shared::{Code, TimeMs};
use sqlx::PgConnection;

use super::doors::{self, Key};
use super::second_factor;
use crate::app::App;
use crate::config::Key32;
use crate::db::device_requests::Request;
use crate::db::devices::KnownDevice;
use crate::db::staff::Home;
use crate::db::{self};
use crate::problem::{ApiError, Told};
use crate::token;

/// A device waits this long to be let in.
const WAIT_MS: i64 = 10 * 60 * 1000;

/// Whose codes count, when something has to confirm the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed {
    /// The person's own second factor, or the owners'.
    pub factors: Vec<Home>,
}

/// What the device needs beside the password; `None` when that is enough.
pub(super) async fn needed(
    tx: &mut PgConnection,
    store_id: StoreId,
    home: Home,
    device: Option<&KnownDevice>,
    network_tag: &[u8],
) -> Result<Option<Needed>, sqlx::Error> {
    let own = db::second_factors::of(tx, home).await?.is_some_and(|factor| factor.is_confirmed);
    let needed = match device {
        Some(device) => own && device.network_tag.as_deref().is_some_and(|tag| tag != network_tag),
        None => {
            own || db::staff::confirms_devices(&mut *tx, store_id).await?
                || !db::second_factors::of_owners(&mut *tx, store_id).await?.is_empty()
        }
    };
    if !needed {
        return Ok(None);
    }
    Ok(Some(Needed { factors: factors(tx, store_id, home).await? }))
}

/// Whose codes let this person's device in.
pub(super) async fn factors(
    tx: &mut PgConnection,
    store_id: StoreId,
    home: Home,
) -> Result<Vec<Home>, sqlx::Error> {
    if db::second_factors::of(tx, home).await?.is_some_and(|factor| factor.is_confirmed) {
        return Ok(vec![home]);
    }
    db::second_factors::of_owners(&mut *tx, store_id).await
}

/// Counts a code that somebody is about to try; before any transaction, because it asks Redis.
pub(super) async fn knock_with_code(app: &App, login_id: &str) -> Result<(), ApiError> {
    doors::knock(app, &[Key::SecondFactor(login_id.to_owned())], app.clock.now_ms()).await
}

/// Tries a typed code with each of the second factors that count.
pub(super) async fn try_code(
    tx: &mut PgConnection,
    app: &App,
    factors: &[Home],
    code: &str,
) -> Result<Option<ConfirmedBy>, ApiError> {
    let now = app.clock.now_ms();
    for factor in factors {
        if let Some(by) = second_factor::use_code(tx, &app.vault, *factor, code, now).await? {
            metrics::counter!("second_factors", "outcome" => "ok").increment(1);
            return Ok(Some(by));
        }
    }
    metrics::counter!("second_factors", "outcome" => "wrong").increment(1);
    Ok(None)
}

/// A wrong code.
pub(super) fn wrong_code() -> ApiError {
    ApiError::refused(StatusCode::FORBIDDEN, Code::SecondFactorWrong)
}

/// Lets the device wait; what it is told. The caller commits, then says so in the hub.
pub(super) async fn let_wait(
    tx: &mut PgConnection,
    request: Request,
    needed: &Needed,
    now: TimeMs,
) -> Result<ApiError, ApiError> {
    let token = token::session_token();
    db::device_requests::open(tx, &request, &token::hash(&token), now).await?;
    tracing::info!(store_id = %request.store_id, device_id = %request.device_id, "a device waits to be let in");
    waiting(tx, &request, token, needed, now).await
}

/// How a device that waits is told about it.
pub(super) async fn waiting(
    tx: &mut PgConnection,
    request: &Request,
    token: String,
    needed: &Needed,
    now: TimeMs,
) -> Result<ApiError, ApiError> {
    let confirmation = Confirmation {
        token,
        number: request.number.clone(),
        expires_at: request.expires_at,
        by_counter: db::sessions::counter_is_connected(&mut *tx, request.store_id, now).await?,
        by_second_factor: !needed.factors.is_empty(),
    };
    let told = Told { confirmation: Some(confirmation), ..Told::default() };
    Ok(ApiError::refused(StatusCode::FORBIDDEN, Code::DeviceUnconfirmed).with(told))
}

/// A fresh wait's id, number and end.
pub(super) fn fresh(now: TimeMs) -> (ConfirmationId, String, TimeMs) {
    let number = rand::rng().random_range(100..=999).to_string();
    (ConfirmationId::fresh(), number, now.plus_ms(WAIT_MS))
}

/// What is kept of the network that a device signs in from: the same for neighbours, and nobody can read it.
pub(super) fn network_tag(key: &Key32, store_id: StoreId, peer: IpAddr) -> Vec<u8> {
    let network = match peer.to_canonical() {
        IpAddr::V4(address) => address.octets()[..3].to_vec(),
        IpAddr::V6(address) => address.octets()[..6].to_vec(),
    };
    let mac = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
    let named = [b"network of a device 1:".as_slice(), store_id.0.as_bytes(), &network].concat();
    hmac::sign(&mac, &named).as_ref()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_network_and_stores_cannot_be_compared() {
        let (key, store) = (Key32([1; 32]), StoreId::fresh());
        let tag = |text: &str| network_tag(&key, store, text.parse().unwrap());
        assert_eq!(tag("203.0.113.7"), tag("203.0.113.200"));
        assert_eq!(tag("203.0.113.7"), tag("::ffff:203.0.113.9"));
        assert_ne!(tag("203.0.113.7"), tag("203.0.114.7"));
        assert_eq!(tag("2001:db8:1:2::1"), tag("2001:db8:1:9::1"));
        assert_ne!(tag("2001:db8:1::1"), tag("2001:db8:2::1"));
        let elsewhere = network_tag(&key, StoreId::fresh(), "203.0.113.7".parse().unwrap());
        assert_ne!(tag("203.0.113.7"), elsewhere);
    }
}
