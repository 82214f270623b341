//! What the counter holds in memory. All of it comes from the journal, the folder or the connection, and can be lost.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use shared::id::{DeviceId, OrderId};
use shared::log::Position;
use shared::wire::Problem;

use crate::alarm::AlarmOutput;
use crate::commands::Desk;
use crate::fold::Ledger;
use crate::journal::{SoundAbout, Waiting};
use crate::place::KeptSession;
use crate::sync::link::LinkState;

/// Minutes promised when the store's own default is not known yet.
const DEFAULT_PREP_MINUTES: u32 = 15;

/// The language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Ko,
    En,
}

impl Language {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ko" => Some(Self::Ko),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// The counter at this moment.
pub struct State {
    pub ledger: Ledger,
    pub branch: Option<i64>,
    pub head: Option<Position>,
    /// Events on the disk, of every branch.
    pub events: i64,
    /// Events since the last checkpoint of the fold.
    pub unsaved: u64,
    pub waiting: Vec<Waiting>,
    pub silenced: HashSet<(OrderId, SoundAbout)>,
    pub session: Option<KeptSession>,
    pub sign_in_problem: Option<Problem>,
    pub server_url: String,
    pub link: LinkState,
    pub journal_problem: Option<String>,
    pub alarm_output: AlarmOutput,
    pub calling: Vec<OrderId>,
    pub language: Language,
    pub device_id: DeviceId,
}

impl State {
    /// Who gives commands here; `None` while nobody is signed in.
    pub fn desk(&self) -> Option<Desk> {
        let session = self.session.as_ref()?;
        Some(Desk {
            device_id: self.device_id,
            staff_id: session.signed_in.staff_id,
            default_prep_minutes: self
                .ledger
                .store
                .as_ref()
                .map_or(DEFAULT_PREP_MINUTES, |store| store.prep_minutes_default),
            server_offset_ms: self.link.offset_ms(),
        })
    }
}
