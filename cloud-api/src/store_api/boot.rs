//! Whether the counter that talks is the one that it says it is: not an older copy of its disk, and not a second computer with one.

use axum::http::HeaderMap;
use shared::Code;
use shared::id::{DeviceId, StoreId};
use shared::wire::{BOOT_HEADER, Boot};

use crate::app::App;
use crate::db;
use crate::db::incarnations::Judged;
use crate::problem::ApiError;

/// The start of its program that a counter names. Programs that know none are not compared, and neither is nonsense.
pub(super) fn named(headers: &HeaderMap) -> Option<Boot> {
    headers.get(BOOT_HEADER)?.to_str().ok()?.parse().ok()
}

/// Lets a counter's request through, or ends its sign-in with `device_copied`.
pub(super) async fn check(
    app: &App,
    store_id: StoreId,
    device_id: DeviceId,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    let Some(boot) = named(headers) else { return Ok(()) };
    if db::incarnations::current(&app.db, store_id, device_id).await? == Some(boot) {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    match db::incarnations::judge(&mut tx, store_id, device_id, &boot).await? {
        Judged::Known => {}
        Judged::Copied => {
            copied(store_id, device_id, &boot);
            return Err(ApiError::unauthorized(Code::DeviceCopied));
        }
        Judged::Later | Judged::New { .. } => {
            db::incarnations::note(&mut tx, store_id, device_id, &boot, app.clock.now_ms()).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Loud: two computers with one disk, or a disk that went back in time.
pub(super) fn copied(store_id: StoreId, device_id: DeviceId, boot: &Boot) {
    metrics::counter!("devices_copied").increment(1);
    tracing::error!(%store_id, %device_id, %boot, "a counter's disk is an older copy, or a copy on another computer");
}
