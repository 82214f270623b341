//! What the window shows of the sounds: what rings and why, and whether anybody can hear it.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::TimeMs;
use shared::id::OrderId;

use crate::alarm::{AlarmOutput, Sound};

/// The alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AlarmView {
    pub sounding: bool,
    pub order_ids: Vec<OrderId>,
    pub output: AlarmOutput,
    pub problem: Option<String>,
    /// Everything that rings, with its reason, the loudest first.
    pub rings: Vec<RingView>,
}

/// One reason to ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RingView {
    pub sound: Sound,
    /// Absent with `trouble`.
    pub order_id: Option<OrderId>,
    pub since: TimeMs,
    /// It rang for a minute and nobody looked: louder and without a pause.
    pub urgent: bool,
    /// Why it rings and what to do.
    pub korean: String,
    pub english: String,
}

/// Whether the sounds can be heard.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SoundsView {
    /// The output device's name, where the system tells.
    pub device: Option<String>,
    /// Loudness of the computer from 0 to 100, where the system tells.
    pub level: Option<u8>,
    pub muted: bool,
    /// When a person last said that they heard it.
    #[cfg_attr(feature = "ts", ts(as = "std::collections::HashMap<Sound, TimeMs>"))]
    pub heard_at: BTreeMap<Sound, TimeMs>,
    /// When a person last said that they did not hear it, and nobody has heard it since.
    #[cfg_attr(feature = "ts", ts(as = "std::collections::HashMap<Sound, TimeMs>"))]
    pub unheard_at: BTreeMap<Sound, TimeMs>,
    /// What to do about it; empty when nothing is known to be wrong.
    pub korean: String,
    pub english: String,
}
