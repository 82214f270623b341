//! Closing a day: the calls of the wizard, and the task that goes on with it by itself.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use shared::TimeMs;
use shared::id::DayId;

use super::CounterHost;
use super::call::read;
use crate::HostError;
use crate::closing::{
    CertificateCard, CertificateView, CloseView, Closing, Exported, Wizard, Work, certificates,
};
use crate::cloud::{Cloud, read_address};
use crate::counter::Counter;

/// The wizard looks this often whether something changed; it asks the server less often.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// `close_start({at})`: at once without a time.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct CloseForm {
    #[serde(default)]
    pub at: Option<TimeMs>,
}

#[derive(Deserialize)]
struct OneDay {
    day_id: DayId,
}

/// The server with the sign-in that is open.
fn cloud_of(counter: &Counter) -> Option<Cloud> {
    let kept = counter.state().session.clone()?;
    let cloud = read_address(&kept.server_url).ok().and_then(|url| Cloud::new(url).ok());
    Some(cloud?.with_boot(counter.boot()).with_signer(counter.signer()).with_token(kept.signed_in.token))
}

/// Goes on with the wizard for as long as the counter runs.
pub(super) async fn drive(counter: Arc<Counter>, closing: Arc<Closing>) {
    let mut cloud: Option<(String, Cloud)> = None;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let token = {
            let state = counter.state();
            state.session.as_ref().filter(|_| !state.is_viewer()).map(|kept| kept.signed_in.token.clone())
        };
        // A sign-in's client is made once.
        if cloud.as_ref().map(|(of, _)| of) != token.as_ref() {
            cloud = token.and_then(|token| Some((token, cloud_of(&counter)?)));
        }
        let server = cloud.as_ref().map(|(_, cloud)| cloud);
        let wizard = Wizard { counter: &counter, closing: &closing, server };
        wizard.pin_key().await;
        if let Err(error) = wizard.work(Work::ByItself).await {
            tracing::warn!(%error, "the closing wizard cannot go on");
        }
    }
}

impl CounterHost {
    /// Begins closing the running day, now or at a time.
    pub async fn close_start(&self, form: CloseForm) -> Result<CloseView, HostError> {
        let cloud = cloud_of(self.counter());
        self.wizard(cloud.as_ref())?.start(form.at).await
    }

    /// Looks again now; what failed is tried again.
    pub async fn close_step(&self) -> Result<CloseView, HostError> {
        let cloud = cloud_of(self.counter());
        self.wizard(cloud.as_ref())?.refresh().await
    }

    /// Does the suggested repair of a copy.
    pub async fn close_repair(&self) -> Result<CloseView, HostError> {
        let cloud = cloud_of(self.counter());
        self.wizard(cloud.as_ref())?.repair().await
    }

    /// The totals are right: closes the day. Afterwards it puts the wizard away.
    pub async fn close_finish(&self) -> Result<Option<CloseView>, HostError> {
        let cloud = cloud_of(self.counter());
        self.wizard(cloud.as_ref())?.finish().await
    }

    /// Goes on selling.
    pub async fn close_cancel(&self) -> Result<(), HostError> {
        let cloud = cloud_of(self.counter());
        self.wizard(cloud.as_ref())?.cancel().await
    }

    /// The wizard as it stands.
    pub fn close_view(&self) -> Option<CloseView> {
        self.closing.view(self.counter())
    }

    /// The certificates that this counter keeps.
    pub async fn certificates(&self) -> Result<Vec<CertificateCard>, HostError> {
        certificates::list(self.counter().journal()).await
    }

    /// One certificate, verified again, and as it is printed.
    pub async fn certificate(&self, day_id: DayId) -> Result<CertificateView, HostError> {
        certificates::show(self.counter().journal(), day_id).await
    }

    /// Writes a folder with everything that somebody else needs to verify the day.
    pub async fn certificate_export(&self, day_id: DayId) -> Result<Exported, HostError> {
        let folder = self.counter().place().folder().to_owned();
        certificates::export_kept(self.counter().journal(), folder, day_id).await
    }

    fn wizard<'a>(&'a self, server: Option<&'a Cloud>) -> Result<Wizard<'a, Cloud>, HostError> {
        if self.counter().state().is_viewer() {
            return Err(shared::Code::ReadOnlySession.into());
        }
        Ok(Wizard { counter: self.counter(), closing: &self.closing, server })
    }

    /// The calls of this file by name; `None` when there is none such.
    pub(super) async fn close_call(&self, name: &str, arguments: &Value) -> Option<Result<Value, HostError>> {
        let answered = match name {
            "close_start" => match read(arguments.clone()) {
                Ok(form) => json(self.close_start(form).await),
                Err(error) => Err(error),
            },
            "close_step" => json(self.close_step().await),
            "close_repair" => json(self.close_repair().await),
            "close_finish" => json(self.close_finish().await),
            "close_cancel" => json(self.close_cancel().await),
            "close_view" => json(Ok(self.close_view())),
            "certificates" => json(self.certificates().await),
            "certificate" => match read::<OneDay>(arguments.clone()) {
                Ok(day) => json(self.certificate(day.day_id).await),
                Err(error) => Err(error),
            },
            "certificate_export" => match read::<OneDay>(arguments.clone()) {
                Ok(day) => json(self.certificate_export(day.day_id).await),
                Err(error) => Err(error),
            },
            _ => return None,
        };
        Some(answered)
    }
}

fn json(answer: Result<impl serde::Serialize, HostError>) -> Result<Value, HostError> {
    serde_json::to_value(answer?).map_err(HostError::bad_call)
}
