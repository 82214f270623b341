//! People and devices: who works here, which devices are let in, the second factor. Everything here asks the server; without it there is
//! nothing to decide.

use std::fmt::Write;

use qrcode::{Color, QrCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::id::{ConfirmationId, DeviceId, SessionId, StaffId};
use shared::wire::{
    AlertPhoneChange, DeviceDecision, NewStaff, PasswordChange, RecoveryCodes, SecondFactorBegin,
    SecondFactorConfirm, SecondFactorRemove, SettingsChange, StaffCard, StaffChange,
};

use super::CounterHost;
use super::call::read;
use crate::HostError;
use crate::cloud::Cloud;

/// Light modules around a QR code, as the standard wants.
const QUIET_ZONE: usize = 4;

/// `decide_device({confirmation_id, allow, number})`.
#[derive(Debug, Clone, Deserialize)]
pub struct DecideDeviceForm {
    pub confirmation_id: ConfirmationId,
    #[serde(flatten)]
    pub decision: DeviceDecision,
}

/// `revoke_device({device_id, revoked})`.
#[derive(Debug, Clone, Deserialize)]
pub struct RevokeDeviceForm {
    pub device_id: DeviceId,
    #[serde(default = "yes")]
    pub revoked: bool,
}

fn yes() -> bool {
    true
}

/// `change_staff({staff_id, own_password, name, role, disabled, password})`.
#[derive(Debug, Clone, Deserialize)]
pub struct ChangeStaffForm {
    pub staff_id: StaffId,
    #[serde(flatten)]
    pub change: StaffChange,
}

/// `end_viewer({session_id})`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct EndViewerForm {
    pub session_id: SessionId,
}

/// Answer of `begin_second_factor({own_password})`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SecondFactorShown {
    /// For typing.
    pub secret: String,
    pub uri: String,
    /// The same as a picture: an SVG document.
    pub qr_svg: String,
}

impl std::fmt::Debug for SecondFactorShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactorShown").finish_non_exhaustive()
    }
}

impl CounterHost {
    /// `decide_device`: lets a device in that waits, or sends it away.
    pub async fn decide_device(&self, form: DecideDeviceForm) -> Result<(), HostError> {
        self.online()?.decide_device(form.confirmation_id, &form.decision).await?;
        self.look_at_people();
        Ok(())
    }

    /// `revoke_device`: its sessions end at once.
    pub async fn revoke_device(&self, form: RevokeDeviceForm) -> Result<(), HostError> {
        self.online()?.revoke_device(form.device_id, form.revoked).await?;
        self.look_at_people();
        Ok(())
    }

    /// `end_viewer`.
    pub async fn end_viewer(&self, form: EndViewerForm) -> Result<(), HostError> {
        self.online()?.end_viewer(form.session_id).await?;
        self.look_at_people();
        Ok(())
    }

    /// `add_staff(NewStaff)`.
    pub async fn add_staff(&self, form: NewStaff) -> Result<StaffCard, HostError> {
        let card = self.online()?.add_staff(&form).await?;
        self.look_at_people();
        Ok(card)
    }

    /// `change_staff`.
    pub async fn change_staff(&self, form: ChangeStaffForm) -> Result<StaffCard, HostError> {
        let card = self.online()?.change_staff(form.staff_id, &form.change).await?;
        self.look_at_people();
        Ok(card)
    }

    /// `change_password(PasswordChange)`: one's own.
    pub async fn change_password(&self, form: PasswordChange) -> Result<(), HostError> {
        Ok(self.online()?.change_password(&form).await?)
    }

    /// `change_settings(SettingsChange)`.
    pub async fn change_settings(&self, form: SettingsChange) -> Result<(), HostError> {
        self.online()?.change_settings(&form).await?;
        self.look_at_people();
        Ok(())
    }

    /// `change_alert_phone(AlertPhoneChange)`.
    pub async fn change_alert_phone(&self, form: AlertPhoneChange) -> Result<(), HostError> {
        self.online()?.change_alert_phone(&form).await?;
        self.look_at_people();
        Ok(())
    }

    /// `begin_second_factor(SecondFactorBegin)`.
    pub async fn begin_second_factor(&self, form: SecondFactorBegin) -> Result<SecondFactorShown, HostError> {
        let setup = self.online()?.begin_second_factor(&form).await?;
        let qr_svg = svg(&setup.uri).map_err(HostError::bad_call)?;
        Ok(SecondFactorShown { secret: setup.secret, uri: setup.uri, qr_svg })
    }

    /// `confirm_second_factor({code})`: answers the recovery codes, once.
    pub async fn confirm_second_factor(&self, form: SecondFactorConfirm) -> Result<RecoveryCodes, HostError> {
        let codes = self.online()?.confirm_second_factor(&form).await?;
        self.look_at_people();
        Ok(codes)
    }

    /// `remove_second_factor(SecondFactorRemove)`.
    pub async fn remove_second_factor(&self, form: SecondFactorRemove) -> Result<(), HostError> {
        self.online()?.remove_second_factor(&form).await?;
        self.look_at_people();
        Ok(())
    }

    fn look_at_people(&self) {
        self.counter().ask_for_people();
    }

    /// The server with the open sign-in.
    pub(super) fn online(&self) -> Result<Cloud, HostError> {
        self.open_cloud().ok_or_else(HostError::not_signed_in)
    }

    /// The calls of this file by name; `None` when there is none such.
    pub(super) async fn people_call(
        &self,
        name: &str,
        arguments: &Value,
    ) -> Option<Result<Value, HostError>> {
        Some(match name {
            "decide_device" => said(with(arguments, |form| self.decide_device(form)).await),
            "revoke_device" => said(with(arguments, |form| self.revoke_device(form)).await),
            "end_viewer" => said(with(arguments, |form| self.end_viewer(form)).await),
            "add_staff" => said(with(arguments, |form| self.add_staff(form)).await),
            "change_staff" => said(with(arguments, |form| self.change_staff(form)).await),
            "change_password" => said(with(arguments, |form| self.change_password(form)).await),
            "change_settings" => said(with(arguments, |form| self.change_settings(form)).await),
            "change_alert_phone" => said(with(arguments, |form| self.change_alert_phone(form)).await),
            "begin_second_factor" => said(with(arguments, |form| self.begin_second_factor(form)).await),
            "confirm_second_factor" => said(with(arguments, |form| self.confirm_second_factor(form)).await),
            "remove_second_factor" => said(with(arguments, |form| self.remove_second_factor(form)).await),
            "confirm_sign_in" => said(with(arguments, |form| self.confirm_sign_in(form)).await),
            "cancel_sign_in" => {
                self.cancel_sign_in().await;
                Ok(Value::Null)
            }
            _ => return None,
        })
    }
}

pub(super) async fn with<F, T, W>(arguments: &Value, work: impl FnOnce(F) -> W) -> Result<T, HostError>
where
    F: serde::de::DeserializeOwned,
    W: Future<Output = Result<T, HostError>>,
{
    work(read(arguments.clone())?).await
}

pub(super) fn said<T: Serialize>(answer: Result<T, HostError>) -> Result<Value, HostError> {
    serde_json::to_value(answer?).map_err(HostError::bad_call)
}

/// A text as a QR code: one path of dark modules on white.
fn svg(text: &str) -> Result<String, qrcode::types::QrError> {
    let code = QrCode::new(text)?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (at, _) in colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let (x, y) = (at % width + QUIET_ZONE, at / width + QUIET_ZONE);
        // Writing to a string does not fail.
        let _ = write!(path, "M{x} {y}h1v1h-1z");
    }
    let side = width + 2 * QUIET_ZONE;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_a_quiet_zone_and_dark_corners() {
        let svg = svg("otpauth://totp/Simple%20Order:owner1?secret=GEZDGNBVGY3TQOJQ&issuer=Simple%20Order")
            .unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(svg.contains("M4 4h1v1h-1z"), "the corner of the finder pattern is dark");
        assert!(!svg.contains("M3 ") && !svg.contains("M0 "), "nothing is dark in the quiet zone");
    }
}
