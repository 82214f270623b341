//! What the counter holds in memory. All of it comes from the journal, the folder or the connection, and can be lost.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use shared::id::{CommandKey, DeviceId, OrderId};
use shared::log::Position;
use shared::wire::{Boot, Command, CommandAnswer, Problem, SessionKind};

use super::disk::{DiskSpace, Trust};
use super::people::People;
use super::write_through::fate;
use crate::alarm::{AlarmOutput, Caller, Heard, Loudspeaker, Sound, Trouble};
use crate::commands::{Desk, Recent};
use crate::documents::Documents;
use crate::fold::Ledger;
use crate::journal::{Fate, SetAside, SoundAbout, Waiting};
use crate::place::KeptSession;
use crate::print::PrintState;
use crate::sync::link::LinkState;
use crate::view::OpeningResult;

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
    /// People and devices of the store, and a sign-in that waits.
    pub people: People,
    /// This run of the program, as the server is told; absent when the disk took no note of it.
    pub boot: Option<Boot>,
    /// The data is an older copy of what the program had written, or a copy of another computer's.
    pub restored: bool,
    pub set_aside: Option<SetAside>,
    pub space: DiskSpace,
    pub trust: Trust,
    /// Commands that the disk did not take, still to be delivered; gone when the program ends.
    pub unkept: Vec<Command>,
    /// Commands that are not shown as done before the server has answered.
    pub unproven: HashSet<CommandKey>,
    /// Answers that the disk did not take.
    pub unwritten: Vec<CommandAnswer>,
    /// Commands that leave this computer a moment later, so that a wrong press can be taken back; after a restart nothing is held.
    pub held: HashMap<CommandKey, Held>,
    /// Presses about the store that the opposite press takes back.
    pub recent: VecDeque<Recent>,
    pub documents: Documents,
    /// Grows whenever the menu or an edit of it changed.
    pub menu_revision: u64,
    /// Everything that rings.
    pub rings: Vec<Caller>,
    /// What is wrong, with sound, and what a person has silenced of it.
    pub troubles: Vec<Trouble>,
    pub heard: BTreeMap<Sound, Heard>,
    pub loudspeaker: Loudspeaker,
    /// The last opening check that was finished.
    pub opening: Option<OpeningResult>,
    pub print: PrintState,
}

/// A command that waits for its press to be meant.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub until: tokio::time::Instant,
    /// The same by the counter's clock, for the screen.
    pub shown_until: shared::TimeMs,
}

impl State {
    /// The waiting commands that are on the disk or known to the server: those that may be shown as done.
    pub fn proven(&self) -> Cow<'_, [Waiting]> {
        if self.unproven.is_empty() {
            return Cow::Borrowed(&self.waiting);
        }
        // Once the disk is believed again, what is on it may be shown.
        let through = self.writes_through();
        let is_unkept = |key| self.unkept.iter().any(|command| command.key == key);
        let hidden = |key| self.unproven.contains(&key) && (through || is_unkept(key));
        Cow::Owned(self.waiting.iter().filter(|one| !hidden(one.command.key)).cloned().collect())
    }

    /// What the journal says that waits, and what the disk did not take.
    pub(super) fn set_waiting(&mut self, journaled: Vec<Waiting>) {
        self.waiting = journaled;
        // What the disk took although nobody was told is on the disk.
        self.unkept.retain(|command| self.waiting.iter().all(|one| one.command.key != command.key));
        for command in &self.unkept {
            self.waiting.push(Waiting { command: command.clone(), fate: Fate::Unanswered });
        }
        for answer in &self.unwritten {
            let one = self.waiting.iter_mut().find(|one| Some(one.command.key) == answer.key);
            if let Some(one) = one {
                one.fate = fate(answer, crate::clock::now());
            }
        }
        let is_open =
            |key| self.waiting.iter().any(|one| one.command.key == key && one.fate == Fate::Unanswered);
        self.unproven.retain(|key| is_open(*key));
    }

    /// Whether a command counts only once the server has answered it.
    pub fn writes_through(&self) -> bool {
        self.trust.writes_through(Instant::now())
    }

    /// Whether whoever is signed in only looks on.
    pub fn is_viewer(&self) -> bool {
        self.session.as_ref().is_some_and(|kept| kept.signed_in.kind == SessionKind::Viewer)
    }

    /// Whether whoever is signed in only looks on, and the role there.
    pub fn who(&self) -> (bool, Option<shared::wire::StaffRole>) {
        (self.is_viewer(), self.session.as_ref().and_then(|kept| kept.signed_in.role))
    }

    /// The commands whose presses may still be taken back.
    pub fn held_now(&self) -> Vec<CommandKey> {
        let now = tokio::time::Instant::now();
        self.held.iter().filter(|(_, held)| held.until > now).map(|(key, _)| *key).collect()
    }

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
