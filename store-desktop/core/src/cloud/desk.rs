//! The addresses about people, devices, reviews and the session itself. Each is asked once more when the server says that our clock is off.

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use shared::Code;
use shared::id::{ConfirmationId, DeviceId, OrderId, SessionId, StaffId};
use shared::wire::{
    AlertPhoneChange, ClaimRequest, ConfirmRequest, Desk, DeviceDecision, LeaseRequest, NewStaff,
    PasswordChange, RecoveryCodes, RenewRequest, Renewed, ReviewCard, ReviewHiding, ReviewPage, ReviewReply,
    SecondFactorBegin, SecondFactorConfirm, SecondFactorRemove, SecondFactorSetup, SettingsChange,
    SignInRequest, SignedIn, StaffCard, StaffChange,
};

use super::{Cloud, CloudError, read, send};

/// Tries of one request: the second goes by the server's time.
const TRIES: u32 = 2;

impl Cloud {
    /// `POST claim`: the owner's first sign-up.
    pub async fn claim(&self, request: &ClaimRequest) -> Result<SignedIn, CloudError> {
        self.ask_as(&request.device_id.to_string(), "claim", request).await
    }

    /// `POST sessions`: opens a session.
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<SignedIn, CloudError> {
        self.ask_as(&request.device_id.to_string(), "sessions", request).await
    }

    /// `POST sessions/confirm`: whether the device was let in, or a code.
    pub async fn confirm(&self, request: &ConfirmRequest) -> Result<SignedIn, CloudError> {
        self.ask_as(&request.token, "sessions/confirm", request).await
    }

    /// `POST sessions/lease`: one more day for a session whose token is refused although nobody ended it.
    pub async fn go_on(&self, lease: String) -> Result<Renewed, CloudError> {
        self.ask_as(&lease.clone(), "sessions/lease", &LeaseRequest { lease }).await
    }

    /// `POST sessions/renew`.
    pub async fn renew(&self) -> Result<Renewed, CloudError> {
        self.ask("sessions/renew", &RenewRequest { device_key: self.device_key() }).await
    }

    /// `GET desk`.
    pub async fn desk(&self) -> Result<Desk, CloudError> {
        read(self.request(Method::GET, "desk")?).await
    }

    /// `POST devices/requests/{id}`.
    pub async fn decide_device(
        &self,
        id: ConfirmationId,
        decision: &DeviceDecision,
    ) -> Result<(), CloudError> {
        self.tell(&format!("devices/requests/{id}"), decision).await
    }

    /// `POST devices/{id}`.
    pub async fn revoke_device(&self, id: DeviceId, revoked: bool) -> Result<(), CloudError> {
        self.tell(&format!("devices/{id}"), &json!({ "revoked": revoked })).await
    }

    /// `DELETE sessions/{id}`.
    pub async fn end_viewer(&self, id: SessionId) -> Result<(), CloudError> {
        send(self.request(Method::DELETE, &format!("sessions/{id}"))?).await.map(drop)
    }

    /// `POST staff`.
    pub async fn add_staff(&self, new: &NewStaff) -> Result<StaffCard, CloudError> {
        self.ask("staff", new).await
    }

    /// `POST staff/{id}`.
    pub async fn change_staff(&self, id: StaffId, change: &StaffChange) -> Result<StaffCard, CloudError> {
        self.ask(&format!("staff/{id}"), change).await
    }

    /// `POST password`.
    pub async fn change_password(&self, change: &PasswordChange) -> Result<(), CloudError> {
        self.tell("password", change).await
    }

    /// `POST settings`.
    pub async fn change_settings(&self, change: &SettingsChange) -> Result<(), CloudError> {
        self.tell("settings", change).await
    }

    /// `POST alert-phone`.
    pub async fn change_alert_phone(&self, change: &AlertPhoneChange) -> Result<(), CloudError> {
        self.tell("alert-phone", change).await
    }

    /// `POST second-factor`.
    pub async fn begin_second_factor(
        &self,
        begin: &SecondFactorBegin,
    ) -> Result<SecondFactorSetup, CloudError> {
        self.ask("second-factor", begin).await
    }

    /// `POST second-factor/confirm`.
    pub async fn confirm_second_factor(
        &self,
        confirm: &SecondFactorConfirm,
    ) -> Result<RecoveryCodes, CloudError> {
        self.ask("second-factor/confirm", confirm).await
    }

    /// `POST second-factor/remove`.
    pub async fn remove_second_factor(&self, remove: &SecondFactorRemove) -> Result<(), CloudError> {
        self.tell("second-factor/remove", remove).await
    }

    /// `GET reviews`: a page of them, after the last one of another page.
    pub async fn reviews(&self, before: Option<OrderId>) -> Result<ReviewPage, CloudError> {
        let before = before.map(|order| ("before", order.to_string()));
        read(self.request(Method::GET, "reviews")?.query(before.as_slice())).await
    }

    /// `POST reviews/{order_id}/reply`.
    pub async fn reply_to_review(
        &self,
        order: OrderId,
        reply: &ReviewReply,
    ) -> Result<ReviewCard, CloudError> {
        self.ask(&format!("reviews/{order}/reply"), reply).await
    }

    /// `POST reviews/{order_id}/hiding`.
    pub async fn hide_review(&self, order: OrderId, hiding: &ReviewHiding) -> Result<ReviewCard, CloudError> {
        self.ask(&format!("reviews/{order}/hiding"), hiding).await
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, CloudError> {
        let mut tried = 1;
        loop {
            match read(self.request(Method::POST, path)?.json(body)).await {
                Err(error) if tried < TRIES && is_clock_off(&error) => tried += 1,
                answer => return answer,
            }
        }
    }

    async fn ask_as<T: DeserializeOwned>(
        &self,
        subject: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CloudError> {
        let mut tried = 1;
        loop {
            match read(self.request_as(Method::POST, path, subject)?.json(body)).await {
                Err(error) if tried < TRIES && is_clock_off(&error) => tried += 1,
                answer => return answer,
            }
        }
    }

    async fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), CloudError> {
        let mut tried = 1;
        loop {
            match send(self.request(Method::POST, path)?.json(body)).await {
                Err(error) if tried < TRIES && is_clock_off(&error) => tried += 1,
                answer => return answer.map(drop),
            }
        }
    }
}

fn is_clock_off(error: &CloudError) -> bool {
    matches!(error, CloudError::Problem(problem) if problem.code == Code::ClockOff)
}
