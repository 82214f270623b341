//! How sessions end, and why.

use shared::TimeMs;
use shared::id::{DeviceId, SessionId, StaffId, StoreId};
use sqlx::PgConnection;

use crate::clock::to_utc;

/// Why a session ended, as the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Another device took the counter.
    TakenOver,
    /// The person signed out.
    SignedOut,
    /// The same device signed in again.
    Renewed,
    /// Its time was over when the next one began.
    Expired,
    /// Its device was removed from the store, its person disabled, or the counter sent the viewer away.
    Revoked,
}

impl EndReason {
    const ALL: [Self; 5] = [Self::TakenOver, Self::SignedOut, Self::Renewed, Self::Expired, Self::Revoked];

    fn as_str(self) -> &'static str {
        match self {
            Self::TakenOver => "taken_over",
            Self::SignedOut => "signed_out",
            Self::Renewed => "renewed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name).unwrap_or(Self::SignedOut)
    }

    /// Why a session is of no use; `None` while it is. `barred`: its device is revoked or its person disabled.
    pub(in crate::db) fn read(ended: bool, name: Option<&str>, expired: bool, barred: bool) -> Option<Self> {
        match (ended, barred, expired) {
            (true, _, _) => Some(Self::from_name(name.unwrap_or_default())),
            (false, true, _) => Some(Self::Revoked),
            (false, false, true) => Some(Self::Expired),
            (false, false, false) => None,
        }
    }
}

/// Ends a session; `false` when it was over already.
pub async fn end(
    db: impl sqlx::PgExecutor<'_>,
    store_id: StoreId,
    session_id: SessionId,
    reason: EndReason,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update store_session set ended_at = $4, end_reason = $3
         where store_id = $1 and session_id = $2 and ended_at is null",
        store_id.0,
        session_id.0,
        reason.as_str(),
        to_utc(now)
    )
    .execute(db)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends the open sessions of a device.
pub async fn end_of_device(
    tx: &mut PgConnection,
    store_id: StoreId,
    device_id: DeviceId,
    reason: EndReason,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update store_session set ended_at = $4, end_reason = $3
         where store_id = $1 and device_id = $2 and ended_at is null",
        store_id.0,
        device_id.0,
        reason.as_str(),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the open sessions of a person, except for one.
pub async fn end_of_staff(
    tx: &mut PgConnection,
    store_id: StoreId,
    staff_id: StaffId,
    except: Option<SessionId>,
    now: TimeMs,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update store_session set ended_at = $4, end_reason = 'revoked'
         where store_id = $1 and staff_id = $2 and ended_at is null and session_id is distinct from $3",
        store_id.0,
        staff_id.0,
        except.map(|session| session.0),
        to_utc(now)
    )
    .execute(tx)
    .await?;
    Ok(())
}
