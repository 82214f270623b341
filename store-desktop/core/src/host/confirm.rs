//! A sign-in that waits to be confirmed (기기 확인): asks every moment whether the counter let this device in, or brings a code.

use std::sync::{PoisonError, Weak};
use std::time::Duration;

use serde::Deserialize;
use shared::Code;
use shared::wire::{ConfirmRequest, Confirmation, Problem};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::CounterHost;
use crate::HostError;
use crate::cloud::{Cloud, CloudError};
use crate::view::PendingSignIn;

/// Between two questions whether the device was let in.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Refusals that change nothing about the wait.
const PASSING: [Code; 5] =
    [Code::SecondFactorWrong, Code::TooManyRequests, Code::ClockOff, Code::Unavailable, Code::Internal];
/// Refusals of a device that was let in.
const DECIDED_BY_A_PERSON: [Code; 3] =
    [Code::CounterSessionHeld, Code::CounterNotConnected, Code::TooManyViewers];

/// `confirm_sign_in({second_factor, take_over})`.
#[derive(Clone, Default, Deserialize)]
pub struct ConfirmForm {
    #[serde(default)]
    pub second_factor: Option<String>,
    #[serde(default)]
    pub take_over: bool,
}

/// What is needed to go on.
pub(super) struct Waiting {
    cloud: Cloud,
    server_url: String,
    token: String,
    task: JoinHandle<()>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What became of a question.
enum Asked {
    /// Nobody has decided, or nobody answered.
    Later,
    /// It was let in; something else is in the way, and a person decides about it.
    InTheWay,
    /// It is signed in, or will not be; nothing waits any more.
    Over,
}

impl CounterHost {
    pub(super) fn wait_for_confirmation(&self, cloud: Cloud, server_url: String, confirmation: Confirmation) {
        self.counter().set_pending(Some(pending(&confirmation)));
        let task = tokio::spawn(ask_on(self.me.clone()));
        let waiting = Waiting { cloud, server_url, token: confirmation.token, task };
        *self.confirming.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
    }

    /// Forgets a sign-in that waits, and ends the task that asks for it at its next pause. While signing only: another may begin to wait.
    pub(super) fn stop_waiting(&self) {
        let waiting = self.confirming.lock().unwrap_or_else(PoisonError::into_inner).take();
        if waiting.is_some() {
            self.counter().set_pending(None);
        }
    }

    /// `cancel_sign_in()`.
    pub async fn cancel_sign_in(&self) {
        let _signing = self.signing.lock().await;
        self.stop_waiting();
    }

    /// `confirm_sign_in`: a code of an authenticator app, a recovery code, or the word to take the counter over.
    pub async fn confirm_sign_in(&self, form: ConfirmForm) -> Result<(), HostError> {
        let _signing = self.signing.lock().await;
        let (cloud, server_url, token) = self.waiting().ok_or(Code::ConfirmationExpired)?;
        let request = ConfirmRequest { token, second_factor: form.second_factor, take_over: form.take_over };
        match cloud.confirm(&request).await {
            Ok(signed_in) => {
                self.begin(cloud, server_url, signed_in).await?;
                self.stop_waiting();
                Ok(())
            }
            Err(CloudError::Problem(problem)) => {
                let error = HostError::from(problem.as_ref());
                self.refused(*problem);
                Err(error)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn waiting(&self) -> Option<(Cloud, String, String)> {
        let waiting = self.confirming.lock().unwrap_or_else(PoisonError::into_inner);
        waiting
            .as_ref()
            .map(|waiting| (waiting.cloud.clone(), waiting.server_url.clone(), waiting.token.clone()))
    }

    async fn ask_once(&self) -> Asked {
        let _signing = self.signing.lock().await;
        let Some((cloud, server_url, token)) = self.waiting() else { return Asked::Over };
        match cloud.confirm(&ConfirmRequest { token, second_factor: None, take_over: false }).await {
            Ok(signed_in) => {
                if let Err(error) = self.begin(cloud, server_url, signed_in).await {
                    tracing::error!(%error, "a confirmed sign-in could not begin");
                }
                self.stop_waiting();
                Asked::Over
            }
            Err(CloudError::Problem(problem)) => self.refused(*problem),
            Err(_) => Asked::Later,
        }
    }

    /// What a refusal means for the sign-in that waits.
    fn refused(&self, problem: Problem) -> Asked {
        if problem.code == Code::DeviceUnconfirmed {
            if let Some(confirmation) = &problem.confirmation {
                self.counter().set_pending(Some(pending(confirmation)));
            }
            return Asked::Later;
        }
        if PASSING.contains(&problem.code) {
            return Asked::Later;
        }
        if DECIDED_BY_A_PERSON.contains(&problem.code) {
            let now = self.counter().state().people.pending.clone();
            let error = Some(HostError::from(&problem));
            self.counter().set_pending(now.map(|now| PendingSignIn { problem: error, ..now }));
            return Asked::InTheWay;
        }
        self.counter().sign_in_failed(problem);
        self.stop_waiting();
        Asked::Over
    }
}

/// Asks until there is an end. Holds the host only while it asks.
async fn ask_on(host: Weak<CounterHost>) {
    loop {
        sleep(ASK_EVERY).await;
        let Some(host) = host.upgrade() else { return };
        match host.ask_once().await {
            Asked::Later => {}
            Asked::InTheWay | Asked::Over => return,
        }
    }
}

fn pending(confirmation: &Confirmation) -> PendingSignIn {
    PendingSignIn {
        number: confirmation.number.clone(),
        expires_at: confirmation.expires_at,
        by_counter: confirmation.by_counter,
        by_second_factor: confirmation.by_second_factor,
        problem: None,
    }
}
