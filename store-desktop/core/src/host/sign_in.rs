//! Signing in, claiming a store, signing out.

use serde::Deserialize;
use shared::Code;
use shared::id::StoreId;
use shared::wire::{ClaimRequest, SessionKind, SignInRequest, SignedIn};

use super::CounterHost;
use crate::HostError;
use crate::cloud::{Cloud, CloudError, read_address};
use crate::journal::Fate;
use crate::place::KeptSession;

/// `sign_in({server_url, login_id, password, take_over, kind, store_id, second_factor})`.
#[derive(Clone, Default, Deserialize)]
pub struct SignInForm {
    pub server_url: String,
    pub login_id: String,
    pub password: String,
    #[serde(default)]
    pub take_over: bool,
    #[serde(default)]
    pub kind: SessionKind,
    /// Which store, when `choose_store` listed several.
    #[serde(default)]
    pub store_id: Option<StoreId>,
    #[serde(default)]
    pub second_factor: Option<String>,
}

/// `claim({server_url, claim_code, login_id, password, name, existing_login})`.
#[derive(Clone, Default, Deserialize)]
pub struct ClaimForm {
    pub server_url: String,
    pub claim_code: String,
    pub login_id: String,
    pub password: String,
    /// What the store's people call the owner.
    #[serde(default)]
    pub name: Option<String>,
    /// The login exists and gets this store too.
    #[serde(default)]
    pub existing_login: bool,
}

impl CounterHost {
    /// Opens a session, in the place of one that may be open here. Code `counter_session_held` carries who holds it; try again with
    /// `take_over`. Code `device_unconfirmed`: the view's `pending_sign_in` says how the device is let in, and then it goes on by itself.
    pub async fn sign_in(&self, form: SignInForm) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        self.stop_waiting();
        if form.kind == SessionKind::Viewer {
            self.nothing_waits()?;
        }
        let mut cloud = self.cloud(&form.server_url)?;
        let mut request = SignInRequest {
            login_id: form.login_id,
            password: form.password,
            device_id: self.counter().state().device_id,
            device_name: self.device_name.clone(),
            take_over: form.take_over,
            device_key: cloud.device_key(),
            kind: form.kind,
            store_id: form.store_id,
            second_factor: form.second_factor,
        };
        let mut answer = cloud.sign_in(&request).await;
        if let Err(CloudError::Problem(problem)) = &answer {
            // The person who types the password decides that this copy of the data goes on, as a device's new life, or as a new device
            // when the key that the server knows is lost.
            let (copied, lost) = (problem.code == Code::DeviceCopied, problem.code == Code::DeviceKeyWrong);
            if copied {
                self.counter().begin_new_incarnation().await?;
            }
            if lost {
                self.counter().begin_new_device().await?;
            }
            if copied || lost {
                cloud = self.cloud(&form.server_url)?;
                request.device_id = self.counter().state().device_id;
                request.device_key = cloud.device_key();
                answer = cloud.sign_in(&request).await;
            }
        }
        match answer {
            Ok(signed_in) => self.begin(cloud, form.server_url, signed_in).await,
            Err(CloudError::Problem(problem)) => {
                let error = HostError::from(problem.as_ref());
                if let Some(confirmation) = problem.confirmation {
                    self.wait_for_confirmation(cloud, form.server_url, confirmation);
                }
                Err(error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the owner's account with the operator's code, and signs in.
    pub async fn claim(&self, form: ClaimForm) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        self.stop_waiting();
        let cloud = self.cloud(&form.server_url)?;
        let request = ClaimRequest {
            claim_code: form.claim_code,
            login_id: form.login_id,
            password: form.password,
            device_id: self.counter().state().device_id,
            device_name: self.device_name.clone(),
            device_key: cloud.device_key(),
            name: form.name,
            existing_login: form.existing_login,
        };
        let signed_in = cloud.claim(&request).await?;
        self.begin(cloud, form.server_url, signed_in).await
    }

    /// Ends the session. Refused while commands wait: only this sign-in may deliver them.
    pub async fn sign_out(&self) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        let session = self.counter().state().session.clone();
        if session.is_none() {
            return Ok(());
        }
        self.nothing_waits()?;
        match self.online()?.sign_out().await {
            // Over there it has ended already, or it will when nobody is heard from it.
            Ok(()) | Err(CloudError::Problem(_)) => {}
            Err(error @ (CloudError::Unreachable(_) | CloudError::Unexpected { .. })) => {
                tracing::warn!(%error, "the server was not told about the sign-out");
            }
        }
        self.replace_session(None);
        Ok(self.counter().end_session(None)?)
    }

    fn nothing_waits(&self) -> Result<(), HostError> {
        let state = self.counter().state();
        let waiting = state.waiting.iter().filter(|one| one.fate == Fate::Unanswered).count();
        if waiting > 0 { Err(HostError::outbox_not_empty(waiting)) } else { Ok(()) }
    }

    fn cloud(&self, server_url: &str) -> Result<Cloud, HostError> {
        let cloud = Cloud::new(read_address(server_url)?)?;
        Ok(cloud.with_boot(self.counter().boot()).with_signer(self.counter().signer()))
    }

    pub(super) async fn begin(
        &self,
        cloud: Cloud,
        server_url: String,
        signed_in: SignedIn,
    ) -> Result<(), HostError> {
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
