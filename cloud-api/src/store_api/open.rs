//! Opening a session: a store's one counter session, or a viewer's beside it.

use axum::http::StatusCode;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::{Boot, ConfirmedBy, DeviceKey, SessionKind, SignedIn, StaffRole};
use shared::{Code, TimeMs};
use sqlx::PgConnection;

use super::boot;
use super::lease::{self, Lease};
use super::session::counter_gone;
use crate::app::App;
use crate::db;
use crate::db::incarnations::Judged;
use crate::db::sessions::{EndReason, NewSession};
use crate::problem::ApiError;
use crate::token;

/// Longest name of a device.
const MAX_DEVICE_NAME: usize = 64;
/// The name of a device that has none.
pub(super) const NAMELESS: &str = "카운터";
/// Most viewers of a store.
const MAX_VIEWERS: i64 = 20;

/// Who wants to open it, after the password was right.
pub(super) struct Opening<'a> {
    pub kind: SessionKind,
    pub store_id: StoreId,
    pub staff_id: StaffId,
    pub role: StaffRole,
    pub login_id: &'a str,
    pub device_id: DeviceId,
    pub device_name: &'a str,
    /// The key that the device has proved.
    pub key: Option<DeviceKey>,
    pub network_tag: &'a [u8],
    /// What let the device in; absent when the password was enough.
    pub confirmed_by: Option<ConfirmedBy>,
    pub take_over: bool,
    /// Which start of its program the device says this is.
    pub boot: Option<Boot>,
}

/// Ends what stands in the way, or says who does, and opens the session. The caller commits, then says so in the hub.
pub(super) async fn open(
    tx: &mut PgConnection,
    app: &App,
    opening: &Opening<'_>,
) -> Result<SignedIn, ApiError> {
    let (store_id, now) = (opening.store_id, app.clock.now_ms());
    db::sessions::queue_up(tx, store_id).await?;
    let judged = judge(tx, opening).await?;
    let viewers = db::sessions::clear_viewers(tx, store_id, opening.device_id, now).await?;
    let fence = match opening.kind {
        SessionKind::Counter => {
            make_way(tx, opening, judged == Judged::New { after_another: true }, now).await?
        }
        SessionKind::Viewer => {
            look_on(tx, opening, viewers, now).await?;
            VIEWERS_FENCE
        }
    };
    enrol(tx, opening, judged, now).await?;
    let (token, session_id) = (token::session_token(), SessionId::fresh());
    let new = NewSession {
        store_id,
        session_id,
        kind: opening.kind,
        staff_id: opening.staff_id,
        device_id: opening.device_id,
        token_hash: &token::hash(&token),
        fence,
        expires_at: lease::expiry(now),
    };
    db::sessions::open(tx, &new, now).await?;
    let card = db::snapshot::store_card(tx, store_id).await?;
    let known = db::devices::known(tx, store_id, opening.device_id).await?;
    let lease = opening.kind.is_counter().then_some(Lease {
        store_id,
        session_id,
        staff_id: opening.staff_id,
        device_id: opening.device_id,
        fence,
        until: now,
        key: known.and_then(|known| known.key),
    });
    Ok(SignedIn {
        token,
        session_id,
        store_id,
        store_name: format!("{} {}", card.name, card.branch),
        staff_id: opening.staff_id,
        login_id: opening.login_id.to_owned(),
        fence,
        kind: opening.kind,
        role: Some(opening.role),
        terms: Some(lease::terms(&app.config.signing_key, lease, now)),
    })
}

/// Viewers hold nothing.
const VIEWERS_FENCE: i64 = 0;

async fn judge(tx: &mut PgConnection, opening: &Opening<'_>) -> Result<Judged, ApiError> {
    let judged = match &opening.boot {
        Some(boot) => db::incarnations::judge(tx, opening.store_id, opening.device_id, boot).await?,
        None => Judged::Known,
    };
    if let (Judged::Copied, Some(boot)) = (judged, &opening.boot) {
        boot::copied(opening.store_id, opening.device_id, boot);
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::DeviceCopied));
    }
    Ok(judged)
}

async fn enrol(
    tx: &mut PgConnection,
    opening: &Opening<'_>,
    judged: Judged,
    now: TimeMs,
) -> Result<(), ApiError> {
    let (store_id, device_id) = (opening.store_id, opening.device_id);
    let name = clean_name(opening.device_name);
    let device = db::devices::Enrolment {
        store_id,
        device_id,
        name: &name,
        key: opening.key,
        network_tag: Some(opening.network_tag),
        confirmed_by: opening.confirmed_by,
    };
    if !db::devices::enrol(tx, &device, now).await? {
        return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::DeviceRevoked));
    }
    if let (Judged::Later | Judged::New { .. }, Some(boot)) = (judged, &opening.boot) {
        db::incarnations::note(tx, store_id, device_id, boot, now).await?;
    }
    Ok(())
}

/// Viewers look on beside a counter: one of another device has to be connected.
async fn look_on(
    tx: &mut PgConnection,
    opening: &Opening<'_>,
    viewers: i64,
    now: TimeMs,
) -> Result<(), ApiError> {
    let held = db::sessions::held(tx, opening.store_id).await?;
    let elsewhere = held.is_some_and(|held| held.device_id != opening.device_id);
    if !elsewhere || !db::sessions::counter_is_connected(&mut *tx, opening.store_id, now).await? {
        return Err(counter_gone());
    }
    if viewers >= MAX_VIEWERS {
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::TooManyViewers));
    }
    Ok(())
}

/// Ends the session that holds the counter if it may; the fence of the next one. A new life of the same device may be another computer
/// with a copy of its disk, so it has to take over like one.
async fn make_way(
    tx: &mut PgConnection,
    opening: &Opening<'_>,
    other_life: bool,
    now: TimeMs,
) -> Result<i64, ApiError> {
    let store_id = opening.store_id;
    let Some(held) = db::sessions::held(tx, store_id).await? else {
        return Ok(db::sessions::last_fence(tx, store_id).await? + 1);
    };
    let (reason, fence) = if held.expires_at <= now {
        (EndReason::Expired, held.fence + 1)
    } else if held.device_id == opening.device_id && !other_life {
        (EndReason::Renewed, held.fence)
    } else if opening.take_over {
        (EndReason::TakenOver, held.fence + 1)
    } else {
        return Err(
            ApiError::refused(StatusCode::CONFLICT, Code::CounterSessionHeld).held_by(Some(held.holder))
        );
    };
    db::sessions::end(&mut *tx, store_id, held.session_id, reason, now).await?;
    Ok(fence)
}

pub(super) fn clean_name(typed: &str) -> String {
    let name: String = typed.trim().chars().filter(|c| !c.is_control()).take(MAX_DEVICE_NAME).collect();
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_a_short_and_printable_name() {
        assert_eq!(clean_name("  카운터 1 \n"), "카운터 1");
        assert_eq!(clean_name("\u{7} \t"), NAMELESS);
        assert_eq!(clean_name(&"가".repeat(100)).chars().count(), MAX_DEVICE_NAME);
    }
}
