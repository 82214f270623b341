//! People and devices of the store as the server told last, and a sign-in that waits to be confirmed.

use std::sync::Arc;

use shared::TimeMs;
use shared::wire::{Beat, Desk, Renewed};

use super::Counter;
use crate::cloud::DeviceSigner;
use crate::journal::JournalError;
use crate::place::KeptSession;
use crate::view::PendingSignIn;

/// A number that is larger by no more than this is the same process's.
const SAME_PROCESS: i64 = 1_000;

/// What is known of people and devices.
#[derive(Debug, Default)]
pub struct People {
    pub desk: Option<Desk>,
    /// The number of the last beat; another one says that something changed.
    pub number: Option<i64>,
    pub pending: Option<PendingSignIn>,
    /// Renewals in a row that failed.
    pub failed_renewals: u32,
}

impl People {
    /// What was known when the program ended.
    pub fn kept(desk: Option<Desk>) -> Self {
        Self { desk, ..Self::default() }
    }
}

impl Counter {
    /// Signs for this device; `None` when the disk takes or gives no key, and then the server decides whether that is enough.
    pub fn signer(&self) -> Option<Arc<DeviceSigner>> {
        let seed = self.place().device_seed().inspect_err(|error| {
            tracing::error!(%error, "the device's key cannot be read");
        });
        DeviceSigner::from_seed(&seed.ok()?).map(Arc::new)
    }

    /// The key that the server knows for this device is lost: the person who signs in here goes on as another device.
    pub(crate) async fn begin_new_device(&self) -> Result<(), JournalError> {
        let device_id = self.place().begin_new_device()?;
        self.state().device_id = device_id;
        self.begin_new_incarnation().await
    }

    /// The server counts people and devices differently than before: they are asked for, at once when something changed, and in a while when
    /// another process counts, because then thousands of counters hear of it together.
    pub(crate) fn beat_of_people(&self, beat: &Beat) {
        let Some(number) = beat.desk else { return };
        let before = self.state().people.number.replace(number);
        match before {
            Some(before) if before == number => {}
            Some(before) if (0..=SAME_PROCESS).contains(&(number - before)) => {
                self.people_changed.notify_one()
            }
            Some(_) | None => self.people_elsewhere.notify_one(),
        }
    }

    pub(crate) async fn people_elsewhere(&self) {
        self.people_elsewhere.notified().await;
    }

    pub(crate) async fn people_changed(&self) {
        self.people_changed.notified().await;
    }

    /// People and devices should be asked for now.
    pub(crate) fn ask_for_people(&self) {
        self.people_changed.notify_one();
    }

    /// Keeps what the server told of people and devices.
    pub(crate) fn keep_people(&self, desk: Desk) {
        if self.state().people.desk.as_ref() == Some(&desk) {
            return;
        }
        if let Err(error) = self.place().keep_people(&desk) {
            tracing::warn!(%error, "people and devices could not be kept");
        }
        self.state().people.desk = Some(desk);
        self.changed();
    }

    pub(crate) fn set_pending(&self, pending: Option<PendingSignIn>) {
        self.state().people.pending = pending;
        self.changed();
    }

    /// The open session goes on with another token: on the disk first.
    pub(crate) fn keep_renewed(&self, renewed: &Renewed) -> Result<(), JournalError> {
        let Some(mut kept) = self.state().session.clone() else { return Ok(()) };
        kept.signed_in.token.clone_from(&renewed.token);
        kept.signed_in.terms = Some(renewed.terms.clone());
        self.place().keep_session(&kept)?;
        self.replace_session(kept);
        Ok(())
    }

    fn replace_session(&self, kept: KeptSession) {
        {
            let mut state = self.state();
            state.session = Some(kept);
            state.people.failed_renewals = 0;
        }
        self.changed();
    }

    pub(crate) fn renewal_failed(&self) {
        self.state().people.failed_renewals += 1;
        self.changed();
    }

    /// Now, as far as this computer knows the server's clock.
    pub(crate) fn server_now(&self) -> TimeMs {
        crate::clock::now().plus_ms(self.state().link.offset_ms())
    }
}
