//! Opening a store's one counter session.

use axum::http::StatusCode;
use shared::Code;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use shared::wire::{Boot, SignedIn};
use sqlx::PgConnection;

use super::boot;
use crate::app::App;
use crate::db;
use crate::db::incarnations::Judged;
use crate::db::sessions::{EndReason, NewSession};
use crate::problem::ApiError;
use crate::token;

/// A session ends after this long, whatever happens. There is no idle limit: a counter that only receives is at work.
const SESSION_DAYS: i64 = 30;
/// Longest name of a device.
const MAX_DEVICE_NAME: usize = 64;
/// The name of a device that has none.
const NAMELESS: &str = "카운터";

/// Who wants to open it, after the password was right.
pub(super) struct Opening<'a> {
    pub store_id: StoreId,
    pub staff_id: StaffId,
    pub login_id: &'a str,
    pub device_id: DeviceId,
    pub device_name: &'a str,
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
    let judged = match &opening.boot {
        Some(boot) => db::incarnations::judge(tx, store_id, opening.device_id, boot).await?,
        None => Judged::Known,
    };
    if let (Judged::Copied, Some(boot)) = (judged, &opening.boot) {
        boot::copied(store_id, opening.device_id, boot);
        return Err(ApiError::refused(StatusCode::CONFLICT, Code::DeviceCopied));
    }
    let fence = make_way(tx, opening, judged == Judged::New { after_another: true }, now).await?;
    if !db::devices::enrol(tx, store_id, opening.device_id, &clean_name(opening.device_name), now).await? {
        return Err(ApiError::refused(StatusCode::FORBIDDEN, Code::NotAllowed));
    }
    if let (Judged::Later | Judged::New { .. }, Some(boot)) = (judged, &opening.boot) {
        db::incarnations::note(tx, store_id, opening.device_id, boot, now).await?;
    }
    let (token, session_id) = (token::session_token(), SessionId::fresh());
    let new = NewSession {
        store_id,
        session_id,
        staff_id: opening.staff_id,
        device_id: opening.device_id,
        token_hash: &token::hash(&token),
        fence,
        expires_at: now.plus_ms(SESSION_DAYS * 24 * 60 * 60 * 1000),
    };
    db::sessions::open(tx, &new, now).await?;
    let card = db::snapshot::store_card(tx, store_id).await?;
    Ok(SignedIn {
        token,
        session_id,
        store_id,
        store_name: format!("{} {}", card.name, card.branch),
        staff_id: opening.staff_id,
        login_id: opening.login_id.to_owned(),
        fence,
    })
}

/// Ends the session that holds the counter if it may; the fence of the next one. A new life of the same device may be another computer
/// with a copy of its disk, so it has to take over like one.
async fn make_way(
    tx: &mut PgConnection,
    opening: &Opening<'_>,
    other_life: bool,
    now: shared::TimeMs,
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
        return Err(ApiError::Refused {
            status: StatusCode::CONFLICT,
            code: Code::CounterSessionHeld,
            holder: Some(held.holder),
            retry_after_s: None,
        });
    };
    db::sessions::end(&mut *tx, store_id, held.session_id, reason, now).await?;
    Ok(fence)
}

fn clean_name(typed: &str) -> String {
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
