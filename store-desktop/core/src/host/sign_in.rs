//! Signing in, claiming a store, signing out.

use serde::Deserialize;
use shared::Code;
use shared::wire::{ClaimRequest, SignInRequest, SignedIn};

use super::CounterHost;
use crate::HostError;
use crate::cloud::{Cloud, CloudError, read_address};
use crate::journal::Fate;
use crate::place::KeptSession;

/// `sign_in({server_url, login_id, password, take_over})`.
#[derive(Clone, Deserialize)]
pub struct SignInForm {
    pub server_url: String,
    pub login_id: String,
    pub password: String,
    #[serde(default)]
    pub take_over: bool,
}

/// `claim({server_url, claim_code, login_id, password})`.
#[derive(Clone, Deserialize)]
pub struct ClaimForm {
    pub server_url: String,
    pub claim_code: String,
    pub login_id: String,
    pub password: String,
}

impl CounterHost {
    /// Opens the counter session, in the place of one that may be open here. Code `counter_session_held` carries who holds it; try again with `take_over`.
    pub async fn sign_in(&self, form: SignInForm) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        let mut cloud = self.cloud(&form.server_url)?;
        let request = SignInRequest {
            login_id: form.login_id,
            password: form.password,
            device_id: self.counter().state().device_id,
            device_name: self.device_name.clone(),
            take_over: form.take_over,
        };
        let signed_in = match cloud.sign_in(&request).await {
            // The person who types the password decides that this copy of the data goes on, as a device's new life.
            Err(CloudError::Problem(problem)) if problem.code == Code::DeviceCopied => {
                self.counter().begin_new_incarnation().await?;
                cloud = cloud.with_boot(self.counter().boot());
                cloud.sign_in(&request).await?
            }
            signed_in => signed_in?,
        };
        self.begin(cloud, form.server_url, signed_in).await
    }

    /// Makes the owner's account with the operator's code, and signs in.
    pub async fn claim(&self, form: ClaimForm) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        let cloud = self.cloud(&form.server_url)?;
        let request = ClaimRequest {
            claim_code: form.claim_code,
            login_id: form.login_id,
            password: form.password,
            device_id: self.counter().state().device_id,
            device_name: self.device_name.clone(),
        };
        let signed_in = cloud.claim(&request).await?;
        self.begin(cloud, form.server_url, signed_in).await
    }

    /// Ends the counter session. Refused while commands wait: only this sign-in may deliver them.
    pub async fn sign_out(&self) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        let session = {
            let state = self.counter().state();
            let waiting = state.waiting.iter().filter(|one| one.fate == Fate::Unanswered).count();
            if state.session.is_some() && waiting > 0 {
                return Err(HostError::outbox_not_empty(waiting));
            }
            state.session.clone()
        };
        let Some(session) = session else { return Ok(()) };
        let cloud = self.cloud(&session.server_url)?.with_token(session.signed_in.token);
        match cloud.sign_out().await {
            // Over there it has ended already, or it will when nobody is heard from it.
            Ok(()) | Err(CloudError::Problem(_)) => {}
            Err(error @ (CloudError::Unreachable(_) | CloudError::Unexpected { .. })) => {
                tracing::warn!(%error, "the server was not told about the sign-out");
            }
        }
        self.replace_session(None);
        Ok(self.counter().end_session(None)?)
    }

    fn cloud(&self, server_url: &str) -> Result<Cloud, HostError> {
        Ok(Cloud::new(read_address(server_url)?)?.with_boot(self.counter().boot()))
    }

    async fn begin(&self, cloud: Cloud, server_url: String, signed_in: SignedIn) -> Result<(), HostError> {
        let cloud = cloud.with_token(signed_in.token.clone());
        let kept = KeptSession { server_url: server_url.trim().to_owned(), signed_in };
        if let Err(error) = self.counter().begin_session(kept).await {
            // The server must not believe that this device serves the store.
            if let Err(also) = cloud.sign_out().await {
                tracing::warn!(%also, "the server was not told that the sign-in is not used");
            }
            return Err(error);
        }
        self.sync_with(cloud);
        Ok(())
    }
}
