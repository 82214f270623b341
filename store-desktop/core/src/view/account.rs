//! Who is signed in, and a sign-in that waits to be confirmed.

use serde::Serialize;
use shared::TimeMs;
use shared::id::{DeviceId, StaffId};
use shared::wire::{Desk, SessionKind, StaffRole};

use crate::HostError;
use crate::counter::State;

/// Who is signed in here, and how long that lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AccountView {
    pub kind: SessionKind,
    pub staff_id: StaffId,
    /// What the others call them; absent until the server has told.
    pub name: Option<String>,
    pub role: Option<StaffRole>,
    pub device_id: DeviceId,
    /// When a person has to sign in again, if nothing renews it before. It is renewed by itself.
    pub expires_at: Option<TimeMs>,
    /// The token was refused although nobody ended the session: orders go on until `expires_at`, a person should sign in.
    pub leased: bool,
    /// The last renewals failed, so often in a row; nothing stops by it.
    pub failed_renewals: u32,
}

/// A sign-in on this device that waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PendingSignIn {
    /// The counter shows the same.
    pub number: String,
    pub expires_at: TimeMs,
    /// A counter is connected and was asked.
    pub by_counter: bool,
    /// A code of an authenticator app, or a recovery code, lets it in: `confirm_sign_in`.
    pub by_second_factor: bool,
    /// It was let in and something else is in the way, such as `counter_session_held`: `confirm_sign_in` with `take_over`.
    pub problem: Option<HostError>,
}

/// Who is signed in, as far as this computer knows.
pub fn account(state: &State) -> Option<AccountView> {
    let signed_in = &state.session.as_ref()?.signed_in;
    let me = state.people.desk.as_ref().map(|desk| &desk.me).filter(|me| me.staff_id == signed_in.staff_id);
    let terms = signed_in.terms.as_ref();
    Some(AccountView {
        kind: signed_in.kind,
        staff_id: signed_in.staff_id,
        name: me.map(|me| me.name.clone()),
        role: me.map(|me| me.role).or(signed_in.role),
        device_id: state.device_id,
        expires_at: terms.map(|terms| terms.expires_at),
        leased: terms.is_some_and(|terms| terms.leased),
        failed_renewals: state.people.failed_renewals,
    })
}

/// People, devices and requests, for those who signed in. A request whose time is over waits no more, whether the server said so or not.
pub fn desk(state: &State, server_now: TimeMs) -> Option<Desk> {
    state.session.as_ref()?;
    let mut desk = state.people.desk.clone()?;
    desk.requests.retain(|request| request.expires_at > server_now);
    Some(desk)
}
