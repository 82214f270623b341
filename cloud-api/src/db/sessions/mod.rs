//! Sessions: one open counter session per store, and viewers beside it.

mod end;
mod going_on;
mod look;
mod open;

use shared::wire::{DeviceKey, SessionKind, StaffRole};

pub use end::{EndReason, end, end_of_device, end_of_staff};
pub use going_on::{OVERLAP_MS, go_on_leased, hold, renew, touch};
pub use look::{
    CONNECTED_MS, Found, Standing, by_token, counter_is_connected, ended, holder, kind, standing,
};
pub use open::{Held, NewSession, clear_viewers, held, last_fence, open, queue_up};

pub(super) fn kind_named(name: &str) -> SessionKind {
    if name == SessionKind::Viewer.as_str() { SessionKind::Viewer } else { SessionKind::Counter }
}

pub(super) fn role_named(name: &str) -> StaffRole {
    if name == "owner" { StaffRole::Owner } else { StaffRole::Staff }
}

/// Postgres keeps 32 bytes or nothing.
pub(super) fn key_of(bytes: Option<Vec<u8>>) -> Option<DeviceKey> {
    bytes?.try_into().ok().map(DeviceKey)
}
