//! Documents beside the log (메뉴, 영업시간): the log says which version holds, the server has the words, and the journal keeps a copy, so
//! that both are there without a line.

use serde::{Deserialize, Serialize};
use shared::menu::Menu;
use shared::reservation::ReservationRules;
use shared::schedule::{KstDate, SchedulePolicy, StoreSchedule, WeekSchedule};

use shared::wire::{StoreHours, StoreMenu};

use crate::fold::Edited;

/// Where the copies are kept in the journal.
pub const FACT_MENU: &str = "menu";
pub const FACT_SCHEDULE: &str = "schedule";

/// The menu as the server has it, without what is sold out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MenuDocument {
    pub version: i64,
    pub menu: Menu,
}

/// The hours of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ScheduleDocument {
    pub version: i64,
    pub schedule: WeekSchedule,
    #[serde(default)]
    pub holidays: Vec<KstDate>,
    #[serde(default)]
    pub policy: SchedulePolicy,
    /// What may be ordered for later.
    pub reservations: ReservationRules,
}

impl ScheduleDocument {
    /// The hours as the domain asks about them.
    pub fn hours(&self) -> StoreSchedule {
        StoreSchedule { week: self.schedule.clone(), holidays: self.holidays.clone(), policy: self.policy }
    }
}

impl From<StoreMenu> for MenuDocument {
    fn from(told: StoreMenu) -> Self {
        Self { version: told.menu_version, menu: told.menu }
    }
}

impl From<StoreHours> for ScheduleDocument {
    fn from(told: StoreHours) -> Self {
        let StoreSchedule { week, holidays, policy } = told.schedule;
        let (version, reservations) = (told.schedule_version, told.reservations);
        Self { version, schedule: week, holidays, policy, reservations }
    }
}

/// What this computer has of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    pub menu: Option<MenuDocument>,
    pub schedule: Option<ScheduleDocument>,
}

impl Documents {
    /// Whether the log names a newer menu than the one that is here.
    pub fn menu_is_old(&self, named: Option<i64>) -> bool {
        self.menu.as_ref().map(|menu| menu.version) < named
    }

    /// Whether the log names newer hours than those that are here.
    pub fn schedule_is_old(&self, named: Option<i64>) -> bool {
        self.schedule.as_ref().map(|kept| kept.version) < named
    }

    /// Follows an edit that the log says; `false` when the menu here is not the one that was edited.
    pub fn follow(&mut self, edited: &Edited) -> bool {
        let Some(kept) = &mut self.menu else { return false };
        if kept.version + 1 != edited.menu_version {
            return kept.version >= edited.menu_version;
        }
        match kept.menu.edited(&edited.edit) {
            Ok(menu) => {
                *kept = MenuDocument { version: edited.menu_version, menu };
                true
            }
            // The server made something else of it: its document is asked for.
            Err(_) => false,
        }
    }
}
