//! The host (화면의 상대): what a window, a browser or a command line may ask of the counter. One struct, three doors.

mod act;
mod call;
mod check;
mod close;
mod confirm;
pub mod door;
mod give;
pub mod http;
mod keep;
mod past;
mod people;
mod print;
mod reviews;
mod sign_in;
mod store;
mod views;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::task::JoinHandle;

use crate::alarm::{Alarm, AlarmSink};
use crate::closing::Closing;
use crate::cloud::{Cloud, read_address};
use crate::counter::{Counter, Language, Options};
use crate::journal::JournalError;
use crate::sync::link::Connection;
use crate::view::{View, project};
use crate::{HostError, clock};

pub use act::ActForm;
pub use close::CloseForm;
pub use confirm::ConfirmForm;
pub use give::{GiveForm, Given};
pub use past::{DayRow, HistoryPage, HistoryRow, Story, TableOf};
pub use people::{ChangeStaffForm, DecideDeviceForm, EndViewerForm, RevokeDeviceForm, SecondFactorShown};
pub use reviews::{HideForm, ReplyForm, ReviewsForm};
pub use sign_in::{ClaimForm, SignInForm};

/// A running counter. Dropping it stops the sync and the alarm; the journal is on the disk.
pub struct CounterHost {
    counter: Arc<Counter>,
    closing: Arc<Closing>,
    device_name: String,
    alarm: Alarm,
    session: Mutex<Option<Running>>,
    /// A sign-in that waits to be confirmed.
    confirming: Mutex<Option<confirm::Waiting>>,
    /// Work that goes on for as long as the counter: ages on the screen, the disk's room, the whole journal.
    upkeep: Vec<JoinHandle<()>>,
    /// One sign-in or sign-out at a time.
    signing: tokio::sync::Mutex<()>,
    me: Weak<Self>,
}

/// An open session at work.
struct Running {
    cloud: Cloud,
    task: JoinHandle<()>,
}

impl CounterHost {
    /// Opens the counter in `folder` and, when a sign-in is open, begins to sync. Works without any network.
    pub async fn start(
        folder: &Path,
        options: Options,
        device_name: Option<String>,
        sink: Box<dyn AlarmSink>,
    ) -> Result<Arc<Self>, JournalError> {
        let counter = Arc::new(Counter::open(folder, options).await?);
        let alarm = Alarm::start(Arc::downgrade(&counter), sink)?;
        let (disk, journal) = (Arc::clone(&counter), Arc::clone(&counter));
        let (loudness, troubles, past) = (Arc::clone(&counter), Arc::clone(&counter), Arc::clone(&counter));
        let closing = Arc::new(Closing::default());
        let upkeep = vec![
            tokio::spawn(views::tick(Arc::clone(&counter))),
            tokio::spawn(async move { disk.watch_disk().await }),
            tokio::spawn(async move { journal.watch_journal().await }),
            tokio::spawn(async move { loudness.watch_loudness().await }),
            tokio::spawn(async move { troubles.watch_for_troubles().await }),
            tokio::spawn(async move { past.watch_history().await }),
            tokio::spawn(crate::print::run(Arc::clone(&counter))),
            tokio::spawn(close::drive(Arc::clone(&counter), Arc::clone(&closing))),
        ];
        let host = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            counter,
            closing,
            device_name: device_name.unwrap_or_else(computer_name),
            alarm,
            session: Mutex::new(None),
            confirming: Mutex::new(None),
            upkeep,
            signing: tokio::sync::Mutex::new(()),
        });
        host.resume();
        Ok(host)
    }

    /// The counter behind it.
    pub fn counter(&self) -> &Arc<Counter> {
        &self.counter
    }

    /// `view()`.
    pub fn view(&self) -> View {
        let link = self.counter.link();
        let closing = self.close_view();
        View { closing, ..project(&self.counter.state(), link, clock::now()) }
    }

    /// `set_language({language})`.
    pub async fn set_language(&self, language: Language) -> Result<(), HostError> {
        Ok(self.counter.set_language(language).await?)
    }

    /// Goes on with the sign-in that the folder holds.
    fn resume(&self) {
        let kept = self.counter.state().session.clone();
        let Some(kept) = kept else { return };
        let cloud =
            read_address(&kept.server_url).map_err(HostError::from).and_then(|url| Ok(Cloud::new(url)?));
        match cloud {
            Ok(cloud) => {
                self.counter.connection(Connection::Connecting);
                let cloud = cloud.with_boot(self.counter.boot()).with_signer(self.counter.signer());
                self.sync_with(cloud.with_token(kept.signed_in.token));
            }
            Err(error) => tracing::error!(%error, "the kept sign-in cannot be used"),
        }
    }

    fn sync_with(&self, cloud: Cloud) {
        let counter = Arc::clone(&self.counter);
        let session_id = counter.state().session.as_ref().map(|kept| kept.signed_in.session_id);
        let running = cloud.clone();
        let task = tokio::spawn(async move {
            let problem = keep::keep(Arc::clone(&counter), cloud).await;
            tracing::warn!(code = problem.code.as_str(), "the sign-in has ended");
            // A newer sign-in of this device must not end with the older one.
            if counter.state().session.as_ref().map(|kept| kept.signed_in.session_id) != session_id {
                return;
            }
            if let Err(error) = counter.end_session(Some(problem)) {
                tracing::error!(%error, "the sign-in's file could not be removed");
            }
        });
        self.replace_session(Some(Running { cloud: running, task }));
    }

    fn replace_session(&self, running: Option<Running>) {
        let old = {
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *session, running)
        };
        if let Some(old) = old {
            old.task.abort();
        }
    }

    /// The server with the open session.
    fn open_cloud(&self) -> Option<Cloud> {
        self.counter.state().session.as_ref()?;
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.as_ref().map(|running| running.cloud.clone())
    }
}

impl Drop for CounterHost {
    fn drop(&mut self) {
        self.replace_session(None);
        self.upkeep.iter().for_each(JoinHandle::abort);
    }
}

/// What the server calls this device when nobody named it.
fn computer_name() -> String {
    let name = std::fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    name.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "counter".to_owned())
}
