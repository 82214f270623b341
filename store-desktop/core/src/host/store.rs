//! What a person does with the store: its day, what is sold, the menu, the hours.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::availability::{Sellable, SoldOutUntil};
use shared::day::BreakCause;
use shared::id::{CommandKey, ItemKey};
use shared::menu::MenuEdit;
use shared::schedule::KstDate;
use shared::wire::{CommandAction, StaffRole};
use shared::{Code, TimeMs};

use super::CounterHost;
use super::call::read;
use crate::commands::expected_menu;
use crate::counter::State;
use crate::documents::{MenuDocument, ScheduleDocument};
use crate::{HostError, clock};

#[derive(Deserialize)]
struct OneAction {
    action: CommandAction,
}

#[derive(Deserialize)]
struct OneCommand {
    key: CommandKey,
}

#[derive(Deserialize)]
struct Break {
    #[serde(default)]
    until: Option<TimeMs>,
    cause: BreakCause,
}

#[derive(Deserialize)]
struct BusyTime {
    extra_minutes: u32,
    #[serde(default)]
    until: Option<TimeMs>,
}

#[derive(Deserialize)]
struct Mark {
    what: Sellable,
    until: SoldOutUntil,
}

#[derive(Deserialize)]
struct OneSellable {
    what: Sellable,
}

#[derive(Deserialize)]
struct Stock {
    item: ItemKey,
    #[serde(default)]
    pieces: Option<u32>,
}

#[derive(Deserialize)]
struct OneEdit {
    edit: MenuEdit,
}

impl CounterHost {
    /// The calls about the store by name; `None` when it is not one of them.
    pub(super) async fn store_call(&self, name: &str, arguments: &Value) -> Option<Result<Value, HostError>> {
        let answer = match name {
            "menu" => self.menu().and_then(as_json),
            "schedule" => self.schedule().and_then(as_json),
            "undo" => match read::<OneCommand>(arguments.clone()) {
                Ok(one) => self.undo(one.key).await.map(|()| Value::Null),
                Err(error) => Err(error),
            },
            _ => match store_action(name, arguments)? {
                Ok(action) => self.act_store(action).await.map(|()| Value::Null),
                Err(error) => Err(error),
            },
        };
        Some(answer)
    }

    /// Journals a command about the store and sends it. The view changes at once as a prediction.
    pub async fn act_store(&self, action: CommandAction) -> Result<(), HostError> {
        self.check_store(&action)?;
        self.counter().press_for_store(action).await?;
        Ok(())
    }

    fn check_store(&self, action: &CommandAction) -> Result<(), HostError> {
        let state = self.counter().state();
        let desk = state.desk().ok_or_else(HostError::not_signed_in)?;
        may_press(&state, action)?;
        let shown = desk.predict_store(&state.ledger, state.waiting.iter());
        let menu = state.documents.menu.as_ref().map(|kept| expected_menu(&kept.menu, state.waiting.iter()));
        desk.check_store(&shown, menu.as_ref(), action, clock::now()).map_err(HostError::from)
    }

    /// `menu()`: the menu as this computer knows it, waiting edits applied, nothing marked as sold out.
    pub fn menu(&self) -> Result<MenuDocument, HostError> {
        let state = self.counter().state();
        let kept = state.documents.menu.as_ref().ok_or_else(HostError::not_here_yet)?;
        Ok(MenuDocument { version: kept.version, menu: expected_menu(&kept.menu, state.waiting.iter()) })
    }

    /// `schedule()`: the hours as this computer knows them, with a change that waits.
    pub fn schedule(&self) -> Result<ScheduleDocument, HostError> {
        let state = self.counter().state();
        let mut kept = state.documents.schedule.clone().ok_or_else(HostError::not_here_yet)?;
        let waiting = state.waiting.iter().rev().filter(|one| !one.fate.is_refused());
        if let Some(asked) =
            waiting.map(|one| &one.command.action).find_map(|action| asked_hours(action, &kept))
        {
            kept = asked;
        }
        Ok(kept)
    }

    /// `undo({key})`: takes a press back, by not sending it or by its opposite.
    pub async fn undo(&self, key: CommandKey) -> Result<(), HostError> {
        if self.counter().withdraw(key).await? {
            return Ok(());
        }
        let opposite = self.counter().take_opposite(key).ok_or_else(HostError::too_late_to_undo)?;
        self.act_store(opposite).await
    }
}

/// Whether whoever is signed in may ask for it.
pub(super) fn may_press(state: &State, action: &CommandAction) -> Result<(), HostError> {
    let (viewer, role) = state.who();
    if viewer {
        return Err(Code::ReadOnlySession.into());
    }
    if action.needs_owner() && role == Some(StaffRole::Staff) {
        return Err(Code::OwnerOnly.into());
    }
    Ok(())
}

/// The hours that a waiting command asks for.
fn asked_hours(action: &CommandAction, kept: &ScheduleDocument) -> Option<ScheduleDocument> {
    let CommandAction::ScheduleSet { schedule, holidays, policy, reservations } = action else {
        return None;
    };
    Some(ScheduleDocument {
        version: kept.version,
        schedule: schedule.clone(),
        holidays: KstDate::all(holidays).ok()?,
        policy: policy.unwrap_or(kept.policy),
        reservations: reservations.unwrap_or(kept.reservations),
    })
}

fn as_json(answer: impl serde::Serialize) -> Result<Value, HostError> {
    serde_json::to_value(answer).map_err(HostError::bad_call)
}

/// The command that a call of this name gives.
fn store_action(name: &str, arguments: &Value) -> Option<Result<CommandAction, HostError>> {
    fn of<T: serde::de::DeserializeOwned>(
        arguments: &Value,
        make: impl FnOnce(T) -> CommandAction,
    ) -> Result<CommandAction, HostError> {
        read::<T>(arguments.clone()).map(make)
    }
    Some(match name {
        "act_store" => of(arguments, |one: OneAction| one.action),
        "day_prepare" => Ok(CommandAction::DayPrepare),
        "day_open" => Ok(CommandAction::DayOpen),
        "day_break_start" => {
            of(arguments, |Break { until, cause }| CommandAction::BreakStart { until, cause })
        }
        "day_break_end" => Ok(CommandAction::BreakEnd),
        "day_busy" => {
            of(arguments, |BusyTime { extra_minutes, until }| CommandAction::BusySet { extra_minutes, until })
        }
        "day_closing_start" => Ok(CommandAction::ClosingStart),
        "day_closing_resume" => Ok(CommandAction::ClosingResume),
        "sold_out" => of(arguments, |Mark { what, until }| CommandAction::SoldOut { what, until }),
        "back_on_sale" => of(arguments, |OneSellable { what }| CommandAction::BackOnSale { what }),
        "stock_set" => of(arguments, |Stock { item, pieces }| CommandAction::StockSet { item, pieces }),
        "menu_edit" => of(arguments, |OneEdit { edit }| CommandAction::MenuEdit { edit }),
        "schedule_set" | "set_schedule" => {
            let mut arguments = arguments.clone();
            arguments["kind"] = json!("schedule_set");
            read::<CommandAction>(arguments)
        }
        _ => return None,
    })
}
