//! What waiting commands will probably do to the day and to what is sold.

use std::collections::VecDeque;

use shared::TimeMs;
use shared::availability::{Availability, MAX_PIECES, MAX_SOLD_OUT_MINUTES, Sellable, SoldOutUntil};
use shared::day::{Busy, Day, DayCommand, DayContext, DayEvent, DayPhase, TransitionCause};
use shared::id::CommandKey;
use shared::menu::Menu;
use shared::reservation::ReservationRules;
use shared::schedule::{KstDate, SchedulePolicy, StoreSchedule, WeekSchedule};
use shared::wire::{Command, CommandAction, Target};
use shared::{Code, day};

use super::Desk;
use crate::fold::Ledger;
use crate::journal::{Fate, Waiting};

/// Presses about the store that can be taken back: those of the last minutes, and not more than this many.
const MAX_RECENT: usize = 16;

/// The store as it will probably be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictedStore {
    pub day: Option<Day>,
    /// The day is not what the log says.
    pub day_is_expected: bool,
    pub availability: Availability,
    pub availability_is_expected: bool,
    /// What was asked for and has no answer yet.
    pub pending: Vec<CommandAction>,
}

impl Desk {
    /// Runs the waiting commands about the store, in order, on top of what the log says.
    pub fn predict_store<'a>(
        &self,
        ledger: &Ledger,
        waiting: impl Iterator<Item = &'a Waiting>,
    ) -> PredictedStore {
        let mut predicted = PredictedStore {
            day: ledger.day.clone(),
            day_is_expected: false,
            availability: ledger.availability.clone(),
            availability_is_expected: false,
            pending: Vec::new(),
        };
        for one in waiting.filter(|one| one.command.order_id.is_none()) {
            match one.fate {
                Fate::Refused { .. } => continue,
                Fate::Unanswered => predicted.pending.push(one.command.action.clone()),
                Fate::Applied { .. } => {}
            }
            self.run(&mut predicted, &one.command);
        }
        predicted
    }

    fn run(&self, predicted: &mut PredictedStore, command: &Command) {
        let now = self.server_time(command.made_at);
        match command.action.target() {
            Target::Order(_) => {}
            Target::Day(asked) => {
                let context = day_context(command.made_at, now);
                // A refusal means that the log is already further, or that the server will say no: nothing to show yet.
                let events = day::decide(predicted.day.as_ref(), &asked, &context).unwrap_or_default();
                predicted.day_is_expected |= !events.is_empty();
                predicted.day = expect(predicted.day.take(), command, &events);
            }
            Target::Store => {
                let before = predicted.availability.clone();
                mark(&mut predicted.availability, &command.action, now);
                predicted.availability_is_expected |= predicted.availability != before;
            }
        }
    }

    /// The server's clock when this counter's shows `at`.
    pub fn server_time(&self, at: TimeMs) -> TimeMs {
        at.plus_ms(self.server_offset_ms)
    }

    /// Whether it makes sense to give this command for a store that looks like this. The menu is the one with waiting edits, where there
    /// is one on this computer.
    pub fn check_store(
        &self,
        shown: &PredictedStore,
        menu: Option<&Menu>,
        action: &CommandAction,
        now: TimeMs,
    ) -> Result<(), Code> {
        let server_now = self.server_time(now);
        match action.target() {
            Target::Order(_) => return Err(Code::CommandMalformed),
            Target::Day(asked) => {
                let decided = day::decide(shown.day.as_ref(), &asked, &day_context(now, server_now));
                return decided.map(|_| ()).map_err(|refusal| refusal.code());
            }
            Target::Store => {}
        }
        match action {
            CommandAction::SoldOut { what, until } => {
                known(menu, what)?;
                match until {
                    SoldOutUntil::At(at)
                        if *at <= server_now || *at > server_now.plus_minutes(MAX_SOLD_OUT_MINUTES) =>
                    {
                        Err(Code::TimeOutOfRange)
                    }
                    SoldOutUntil::At(_) | SoldOutUntil::EndOfDay | SoldOutUntil::Manual => Ok(()),
                }
            }
            CommandAction::BackOnSale { what } => known(menu, what),
            CommandAction::StockSet { pieces: Some(pieces), .. } if *pieces > MAX_PIECES => {
                Err(Code::CommandMalformed)
            }
            CommandAction::StockSet { item, .. } => known(menu, &Sellable::Item(item.clone())),
            CommandAction::MenuEdit { edit } => match menu {
                Some(menu) => menu.edited(edit).map(|_| ()).map_err(|refusal| refusal.code()),
                None => Ok(()),
            },
            CommandAction::ScheduleSet { schedule, holidays, reservations, .. } => {
                hours(schedule, holidays, *reservations)
            }
            CommandAction::Accept { .. }
            | CommandAction::Reject { .. }
            | CommandAction::Cooking
            | CommandAction::Ready
            | CommandAction::HandedOver
            | CommandAction::Cancel { .. }
            | CommandAction::SettleConflict { .. }
            | CommandAction::RefundPart { .. }
            | CommandAction::DayPrepare
            | CommandAction::DayOpen
            | CommandAction::BreakStart { .. }
            | CommandAction::BreakEnd
            | CommandAction::BusySet { .. }
            | CommandAction::ClosingStart
            | CommandAction::ClosingResume => Err(Code::CommandMalformed),
        }
    }
}

fn day_context(made_at: TimeMs, now: TimeMs) -> DayContext {
    DayContext { now, made_at: Some(made_at), cause: TransitionCause::ByHand }
}

/// The day after these events. A day that begins has the id that the server will give it.
fn expect(mut day: Option<Day>, command: &Command, events: &[DayEvent]) -> Option<Day> {
    for event in events {
        let id = match (&day, event) {
            (Some(day), event) if !matches!(event, DayEvent::DayPrepared { .. }) => day.id,
            (Some(_) | None, _) => command.day_id(),
        };
        day = Some(Day::fold(day, id, event));
    }
    day
}

fn mark(availability: &mut Availability, action: &CommandAction, now: TimeMs) {
    if let CommandAction::SoldOut { what, until } = action {
        availability.sold_out(what, *until, now);
    } else if let CommandAction::BackOnSale { what } = action {
        availability.back_on_sale(what);
    } else if let CommandAction::StockSet { item, pieces } = action {
        availability.set_stock(item, *pieces);
    }
}

fn hours(
    week: &WeekSchedule,
    holidays: &[String],
    reservations: Option<ReservationRules>,
) -> Result<(), Code> {
    let holidays = KstDate::all(holidays).map_err(|_| Code::ScheduleSenseless)?;
    let schedule = StoreSchedule { week: week.clone(), holidays, policy: SchedulePolicy::default() };
    let sensible = reservations.is_none_or(ReservationRules::is_sensible);
    if schedule.problems().is_empty() && sensible { Ok(()) } else { Err(Code::ScheduleSenseless) }
}

/// A menu that this computer does not have decides nothing.
fn known(menu: Option<&Menu>, what: &Sellable) -> Result<(), Code> {
    let is_there = menu.is_none_or(|menu| what.is_on(menu));
    if is_there { Ok(()) } else { Err(Code::MenuEntryUnknown) }
}

/// The menu with the edits that wait.
pub fn expected_menu<'a>(menu: &Menu, waiting: impl Iterator<Item = &'a Waiting>) -> Menu {
    let mut expected = menu.clone();
    for one in waiting {
        if let (CommandAction::MenuEdit { edit }, Fate::Unanswered | Fate::Applied { .. }) =
            (&one.command.action, &one.fate)
            && let Ok(edited) = expected.edited(edit)
        {
            expected = edited;
        }
    }
    expected
}

/// The command that takes another one back, given the store as it was before it; `None` when nothing does.
pub fn opposite(before: &PredictedStore, action: &CommandAction, now: TimeMs) -> Option<CommandAction> {
    let phase = before.day.as_ref().map(|day| &day.phase);
    let opposite = match action {
        CommandAction::BreakStart { .. } => {
            matches!(phase, Some(DayPhase::Open { .. })).then_some(CommandAction::BreakEnd)
        }
        CommandAction::BreakEnd => match phase {
            Some(DayPhase::OnBreak { until, cause, .. }) if until.is_none_or(|until| until > now) => {
                Some(CommandAction::BreakStart { until: *until, cause: *cause })
            }
            Some(_) | None => None,
        },
        CommandAction::BusySet { .. } => {
            let busy = before.day.as_ref().and_then(|day| day.busy);
            let busy = busy.filter(|busy| busy.until.is_none_or(|until| until > now));
            let Busy { extra_minutes, until } = busy.unwrap_or(Busy { extra_minutes: 0, until: None });
            Some(CommandAction::BusySet { extra_minutes, until })
        }
        // Resuming opens the store, so it takes back only what had closed an open one.
        CommandAction::ClosingStart => {
            matches!(phase, Some(DayPhase::Open { .. })).then_some(CommandAction::ClosingResume)
        }
        CommandAction::ClosingResume => Some(CommandAction::ClosingStart),
        CommandAction::SoldOut { what, .. } | CommandAction::BackOnSale { what } => {
            let mark = before.availability.sold_out.iter().find(|one| one.what == *what && one.holds(now));
            Some(match mark {
                Some(mark) => CommandAction::SoldOut { what: what.clone(), until: mark.until },
                None => CommandAction::BackOnSale { what: what.clone() },
            })
        }
        CommandAction::StockSet { item, .. } => {
            let pieces = before.availability.stock.get(item).copied();
            Some(CommandAction::StockSet { item: item.clone(), pieces })
        }
        CommandAction::DayPrepare
        | CommandAction::DayOpen
        | CommandAction::MenuEdit { .. }
        | CommandAction::ScheduleSet { .. }
        | CommandAction::Accept { .. }
        | CommandAction::Reject { .. }
        | CommandAction::Cooking
        | CommandAction::Ready
        | CommandAction::HandedOver
        | CommandAction::Cancel { .. }
        | CommandAction::SettleConflict { .. }
        | CommandAction::RefundPart { .. } => None,
    };
    opposite.filter(|opposite| opposite != action)
}

/// What may be pressed of the day, as the domain says it.
pub fn may(day: Option<&Day>, asked: &DayCommand, now: TimeMs) -> bool {
    let context = DayContext { now, made_at: None, cause: TransitionCause::ByHand };
    // What is so already needs no button.
    day::decide(day, asked, &context).is_ok_and(|events| !events.is_empty())
}

/// A press about the store, and what takes it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    pub key: CommandKey,
    pub action: CommandAction,
    pub opposite: CommandAction,
    pub at: TimeMs,
}

/// Keeps the newest presses.
pub fn remember(recent: &mut VecDeque<Recent>, one: Recent) {
    while recent.len() >= MAX_RECENT {
        recent.pop_front();
    }
    recent.push_back(one);
}
