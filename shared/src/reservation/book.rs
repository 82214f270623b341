//! Which times can be reserved.

use std::collections::BTreeMap;

use super::{ReservationRules, Wish, fires_at};
use crate::TimeMs;
use crate::day::{Day, DayPhase};
use crate::schedule::{Hours, StoreSchedule};

/// The kitchen hears of a reservation no sooner than this after it was chosen: the customer has yet to pay.
const LEAD_MINUTES: u32 = 5;
/// A day that began so long before opening time belongs to those hours.
const EARLY_OPENING_MINUTES: u32 = 6 * 60;

/// A store's times at one moment.
#[derive(Debug, Clone)]
pub struct Book<'a> {
    pub schedule: &'a StoreSchedule,
    /// The running day, if any.
    pub day: Option<&'a Day>,
    pub rules: ReservationRules,
    /// The store's usual prep time.
    pub prep_minutes: u32,
    /// Orders that are to be picked up, by the time.
    pub taken: &'a BTreeMap<TimeMs, u32>,
    pub now: TimeMs,
}

/// Why a time cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReservation {
    NotOffered,
    /// No business day runs that the order could belong to, or it takes no more.
    NoDay,
    /// The store rests and nobody knows until when.
    Resting,
    Past,
    /// The kitchen could not be ready by then.
    TooNear,
    /// The store is closed then; its hours of the day, where it has some.
    OutsideHours {
        open: TimeMs,
        close: TimeMs,
    },
    NoHours,
    InBreak {
        from: TimeMs,
        to: TimeMs,
    },
    /// It is open then, but would have to begin while it is not.
    BeforeKitchen {
        opens: TimeMs,
    },
    Full,
    /// Not a time that the store's slots begin at.
    BetweenSlots,
}

impl NoReservation {
    /// One sentence for the customer.
    pub fn customer_text(self) -> String {
        match self {
            Self::NotOffered => "이 매장은 예약 주문을 받지 않아요.".to_owned(),
            Self::NoDay => "지금은 오늘 예약을 받지 않아요.".to_owned(),
            Self::Resting => "매장이 쉬고 있어 지금은 예약할 수 없어요.".to_owned(),
            Self::Past => "이미 지난 시각이에요.".to_owned(),
            Self::TooNear => "그 시각까지는 준비할 수 없어요.".to_owned(),
            Self::OutsideHours { open, close } => {
                format!(
                    "영업시간({}~{}) 밖이에요. 오늘 영업 안에서만 예약할 수 있어요.",
                    open.kst_clock(),
                    close.kst_clock()
                )
            }
            Self::NoHours => "오늘은 남은 영업시간이 없어 예약할 수 없어요.".to_owned(),
            Self::InBreak { from, to } => {
                format!("매장이 쉬는 시간({}~{})이에요.", from.kst_clock(), to.kst_clock())
            }
            Self::BeforeKitchen { opens } => {
                format!("매장이 {}부터 만들기 시작해서 그때까지는 준비할 수 없어요.", opens.kst_clock())
            }
            Self::Full => "그 시각은 예약이 다 찼어요.".to_owned(),
            Self::BetweenSlots => "예약할 수 없는 시각이에요.".to_owned(),
        }
    }
}

impl Book<'_> {
    /// Whether an order can be picked up at `at`.
    pub fn check(&self, at: TimeMs) -> Result<(), NoReservation> {
        self.check_time(at, self.now.plus_minutes(LEAD_MINUTES))?;
        let slot_ms = self.slot_ms();
        if at.0.rem_euclid(slot_ms) != 0 {
            return Err(NoReservation::BetweenSlots);
        }
        if self.taken.get(&at).copied().unwrap_or(0) >= self.rules.capacity {
            return Err(NoReservation::Full);
        }
        Ok(())
    }

    /// Whether what was chosen before can still be kept, whoever else has chosen since.
    pub fn check_chosen(&self, at: TimeMs) -> Result<(), NoReservation> {
        self.check_time(at, self.now)
    }

    fn check_time(&self, at: TimeMs, earliest_fire: TimeMs) -> Result<(), NoReservation> {
        let hours = self.hours()?;
        if at <= self.now {
            return Err(NoReservation::Past);
        }
        if !hours.contains(at) {
            return Err(NoReservation::OutsideHours { open: hours.open, close: hours.close });
        }
        let fires = fires_at(at, self.prep_minutes);
        for (from, to) in hours.breaks.iter().copied().chain(self.own_break()) {
            if from <= at && at < to {
                return Err(NoReservation::InBreak { from, to });
            }
            if from <= fires && fires < to {
                return Err(NoReservation::BeforeKitchen { opens: to });
            }
        }
        if fires < earliest_fire {
            return Err(NoReservation::TooNear);
        }
        if fires < hours.open && !self.is_open() {
            return Err(NoReservation::BeforeKitchen { opens: hours.open });
        }
        Ok(())
    }

    /// Every time that can be had, in order; never none.
    pub fn available(&self) -> Result<Vec<TimeMs>, NoReservation> {
        self.hours()?;
        let times = self.times();
        if times.is_empty() { Err(NoReservation::NoHours) } else { Ok(times) }
    }

    /// Every time that can be had, in order.
    pub fn times(&self) -> Vec<TimeMs> {
        let Ok(hours) = self.hours() else { return Vec::new() };
        let slot_ms = self.slot_ms();
        let first = self.on_slot(self.now.max(hours.open));
        let count = hours.close.ms_since(first).max(0) / slot_ms;
        let all = (0..=count).map(|n| first.plus_ms(n * slot_ms));
        all.filter(|at| self.check(*at).is_ok()).collect()
    }

    /// The first `count` times from `wanted` on; those before it where none is left after it.
    pub fn nearest(&self, wanted: TimeMs, count: usize) -> Vec<TimeMs> {
        let times = self.times();
        let after: Vec<TimeMs> = times.iter().copied().filter(|at| *at >= wanted).take(count).collect();
        if after.is_empty() { times[times.len().saturating_sub(count)..].to_vec() } else { after }
    }

    /// The time that a wish means here: the first of its readings that can be had, on the store's slots. Otherwise why not, with the
    /// reading that was refused.
    pub fn choose(&self, wish: &Wish) -> Result<TimeMs, (TimeMs, NoReservation)> {
        let readings: Vec<TimeMs> = wish
            .readings(self.now)
            .into_iter()
            .map(|at| if at <= self.now { at } else { self.on_slot(at) })
            .collect();
        let mut refused = None;
        for at in readings {
            match self.check(at) {
                Ok(()) => return Ok(at),
                // The nearest reading is the likelier one, but one in the store's hours says more.
                Err(why @ NoReservation::OutsideHours { .. }) => {
                    refused.get_or_insert((at, why));
                }
                Err(why) => match refused {
                    None | Some((_, NoReservation::OutsideHours { .. })) => refused = Some((at, why)),
                    Some(_) => {}
                },
            }
        }
        Err(refused.unwrap_or((self.now, NoReservation::Past)))
    }

    /// The hours that an order of the running day can be picked up in.
    fn hours(&self) -> Result<Hours, NoReservation> {
        if !self.rules.enabled {
            return Err(NoReservation::NotOffered);
        }
        let day = self.day.filter(|day| day.state().takes_reservations()).ok_or(NoReservation::NoDay)?;
        if let DayPhase::OnBreak { until: None, .. } = day.phase {
            return Err(NoReservation::Resting);
        }
        let latest_opening = day.prepared_at.plus_minutes(EARLY_OPENING_MINUTES);
        let next = || self.schedule.next_hours(self.now).filter(|hours| hours.open <= latest_opening);
        self.schedule.hours_at(self.now).or_else(next).ok_or(NoReservation::NoHours)
    }

    fn is_open(&self) -> bool {
        self.day.is_some_and(|day| day.state().takes_placements())
    }

    /// The break that the store takes now.
    fn own_break(&self) -> Option<(TimeMs, TimeMs)> {
        match self.day?.phase {
            DayPhase::OnBreak { since, until: Some(until), .. } => Some((since, until)),
            DayPhase::OnBreak { until: None, .. }
            | DayPhase::Preparing
            | DayPhase::Open { .. }
            | DayPhase::Closing { .. }
            | DayPhase::Closed { .. } => None,
        }
    }

    /// Korean midnight is a whole number of slots from the epoch, so slots lie as on a Korean clock.
    fn slot_ms(&self) -> i64 {
        i64::from(self.rules.slot_minutes.max(1)) * 60_000
    }

    fn on_slot(&self, at: TimeMs) -> TimeMs {
        let slot_ms = self.slot_ms();
        TimeMs(at.0.saturating_add(slot_ms - 1).div_euclid(slot_ms) * slot_ms)
    }
}
