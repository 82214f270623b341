//! The one place that says what may happen to a business day.

use super::{BreakCause, Day, DayEvent, DayPhase, DayTotals, TransitionCause};
use crate::{Code, TimeMs};

/// Longest break that can be asked for.
pub const MAX_BREAK_MINUTES: u32 = 12 * 60;
/// Most minutes that busy mode adds to a promise.
pub const MAX_BUSY_MINUTES: u32 = 120;

/// What somebody wants to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayCommand {
    /// Begin the day: somebody is at the counter.
    Prepare,
    /// Take orders; begins the day if nobody did.
    Open,
    /// Stop taking orders for a while; asked again, it changes the end and the cause.
    StartBreak {
        until: Option<TimeMs>,
        cause: BreakCause,
    },
    EndBreak,
    /// Add minutes to every promise; zero ends it.
    SetBusy {
        extra_minutes: u32,
        until: Option<TimeMs>,
    },
    /// Take no more orders today.
    StartClosing,
    /// Take orders again after all.
    ResumeSales,
    /// Freeze the books: they end with event `upto_seq`.
    Cut {
        upto_seq: i64,
    },
    /// Everything was compared and is equal.
    Close {
        upto_seq: i64,
        head_hash: String,
        totals: DayTotals,
    },
}

/// When and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayContext {
    pub now: TimeMs,
    /// The counter's own clock, where a counter asks.
    pub made_at: Option<TimeMs>,
    pub cause: TransitionCause,
}

/// Why a command has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayRefusal {
    #[error("no day is running")]
    NotRunning,
    #[error("the day is not open")]
    NotOpen,
    #[error("the day is running already")]
    AlreadyRunning,
    #[error("the day is closing")]
    Closing,
    #[error("the day is not closing")]
    NotClosing,
    #[error("the books are not frozen at this event")]
    NotCut,
    #[error("the time is not possible")]
    TimeOutOfRange,
}

impl DayRefusal {
    /// The stable code.
    pub fn code(self) -> Code {
        match self {
            Self::NotRunning => Code::DayNotRunning,
            Self::NotOpen => Code::DayNotOpen,
            Self::AlreadyRunning => Code::DayAlreadyRunning,
            Self::Closing => Code::DayIsClosing,
            Self::NotClosing => Code::DayNotClosing,
            Self::NotCut => Code::DayNotCut,
            Self::TimeOutOfRange => Code::TimeOutOfRange,
        }
    }
}

/// Events that follow from a command; an empty list when what it asks for is already so. `day` is the store's latest day, running or not.
pub fn decide(
    day: Option<&Day>,
    command: &DayCommand,
    context: &DayContext,
) -> Result<Vec<DayEvent>, DayRefusal> {
    let running = day.filter(|day| day.state().is_running()).map(|day| &day.phase);
    match command {
        DayCommand::Prepare => match running {
            None => Ok(vec![prepared(context)]),
            Some(DayPhase::Preparing) => Ok(Vec::new()),
            Some(_) => Err(DayRefusal::AlreadyRunning),
        },
        DayCommand::Open => open(running, context),
        DayCommand::StartBreak { until, cause } => start_break(running, *until, *cause, context),
        DayCommand::EndBreak => match running {
            Some(DayPhase::OnBreak { .. }) => Ok(vec![break_ended(context)]),
            Some(DayPhase::Open { .. }) => Ok(Vec::new()),
            Some(DayPhase::Closing { .. }) => Err(DayRefusal::Closing),
            Some(DayPhase::Preparing | DayPhase::Closed { .. }) => Err(DayRefusal::NotOpen),
            None => Err(DayRefusal::NotRunning),
        },
        DayCommand::SetBusy { extra_minutes, until } => set_busy(running, *extra_minutes, *until, context),
        DayCommand::StartClosing => match running {
            Some(DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. }) => {
                Ok(vec![DayEvent::ClosingStarted {
                    closing_at: context.now,
                    cause: context.cause,
                    made_at: context.made_at,
                }])
            }
            Some(DayPhase::Closing { .. }) => Ok(Vec::new()),
            Some(DayPhase::Closed { .. }) | None => Err(DayRefusal::NotRunning),
        },
        DayCommand::ResumeSales => match running {
            Some(DayPhase::Closing { .. }) => {
                Ok(vec![DayEvent::ClosingResumed { resumed_at: context.now, made_at: context.made_at }])
            }
            Some(DayPhase::Open { .. }) => Ok(Vec::new()),
            Some(DayPhase::Preparing | DayPhase::OnBreak { .. }) => Err(DayRefusal::NotClosing),
            Some(DayPhase::Closed { .. }) | None => Err(DayRefusal::NotRunning),
        },
        DayCommand::Cut { upto_seq } => match running {
            Some(DayPhase::Closing { .. }) => {
                Ok(vec![DayEvent::DayCut { cut_at: context.now, upto_seq: *upto_seq }])
            }
            Some(_) => Err(DayRefusal::NotClosing),
            None => Err(DayRefusal::NotRunning),
        },
        DayCommand::Close { upto_seq, head_hash, totals } => match running {
            Some(DayPhase::Closing { cut: Some(cut), .. }) if cut == upto_seq => {
                Ok(vec![DayEvent::DayClosed {
                    closed_at: context.now,
                    cause: context.cause,
                    upto_seq: *upto_seq,
                    head_hash: head_hash.clone(),
                    totals: *totals,
                }])
            }
            Some(DayPhase::Closing { .. }) => Err(DayRefusal::NotCut),
            Some(_) => Err(DayRefusal::NotClosing),
            None => Err(DayRefusal::NotRunning),
        },
    }
}

fn prepared(context: &DayContext) -> DayEvent {
    DayEvent::DayPrepared { prepared_at: context.now, cause: context.cause, made_at: context.made_at }
}

fn break_ended(context: &DayContext) -> DayEvent {
    DayEvent::BreakEnded { ended_at: context.now, cause: context.cause, made_at: context.made_at }
}

fn open(running: Option<&DayPhase>, context: &DayContext) -> Result<Vec<DayEvent>, DayRefusal> {
    let opened =
        DayEvent::DayOpened { opened_at: context.now, cause: context.cause, made_at: context.made_at };
    match running {
        None => Ok(vec![prepared(context), opened]),
        Some(DayPhase::Preparing) => Ok(vec![opened]),
        Some(DayPhase::Open { .. }) => Ok(Vec::new()),
        // Whoever says "open" on a break means that it is over.
        Some(DayPhase::OnBreak { .. }) => Ok(vec![break_ended(context)]),
        Some(DayPhase::Closing { .. }) => Err(DayRefusal::Closing),
        Some(DayPhase::Closed { .. }) => Err(DayRefusal::NotRunning),
    }
}

fn start_break(
    running: Option<&DayPhase>,
    until: Option<TimeMs>,
    cause: BreakCause,
    context: &DayContext,
) -> Result<Vec<DayEvent>, DayRefusal> {
    refuse_time(until, MAX_BREAK_MINUTES, context)?;
    match running {
        Some(DayPhase::Open { .. } | DayPhase::OnBreak { .. }) => Ok(vec![DayEvent::BreakStarted {
            started_at: context.now,
            until,
            cause,
            made_at: context.made_at,
        }]),
        Some(DayPhase::Closing { .. }) => Err(DayRefusal::Closing),
        Some(DayPhase::Preparing | DayPhase::Closed { .. }) => Err(DayRefusal::NotOpen),
        None => Err(DayRefusal::NotRunning),
    }
}

fn set_busy(
    running: Option<&DayPhase>,
    extra_minutes: u32,
    until: Option<TimeMs>,
    context: &DayContext,
) -> Result<Vec<DayEvent>, DayRefusal> {
    if extra_minutes > MAX_BUSY_MINUTES {
        return Err(DayRefusal::TimeOutOfRange);
    }
    refuse_time(until, MAX_BREAK_MINUTES, context)?;
    match running {
        Some(DayPhase::Preparing | DayPhase::Open { .. } | DayPhase::OnBreak { .. }) => {
            Ok(vec![DayEvent::BusySet {
                set_at: context.now,
                extra_minutes,
                until,
                made_at: context.made_at,
            }])
        }
        Some(DayPhase::Closing { .. }) => Err(DayRefusal::Closing),
        Some(DayPhase::Closed { .. }) | None => Err(DayRefusal::NotRunning),
    }
}

/// An end lies ahead, and not further than `most` minutes.
fn refuse_time(until: Option<TimeMs>, most: u32, context: &DayContext) -> Result<(), DayRefusal> {
    match until {
        Some(until) if until <= context.now || until > context.now.plus_minutes(most) => {
            Err(DayRefusal::TimeOutOfRange)
        }
        Some(_) | None => Ok(()),
    }
}
