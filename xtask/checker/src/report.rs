//! What was found, and how much was looked at.

use std::fmt;

use serde::Serialize;

/// What always has to hold; the numbers are the ones that people use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Invariant {
    /// Each capture belongs to exactly one order, and the money adds up.
    I1,
    /// Paid means exactly one capture that was not given back.
    I2,
    /// The log is gapless, chained, and the same bytes everywhere.
    I3,
    /// The orders are what the log says.
    I4,
    /// A command has one effect and one answer, and none is lost.
    I5,
    /// Money, messages and names agree with the log.
    I6,
    /// No work is left.
    I7,
    /// Personal data is where it belongs and nowhere else.
    I8,
}

impl Invariant {
    pub const ALL: [Self; 8] =
        [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6, Self::I7, Self::I8];

    /// What it promises, for people.
    pub fn promise(self) -> &'static str {
        match self {
            Self::I1 => "each capture belongs to one order, and the money adds up",
            Self::I2 => "paid = exactly one capture, not given back",
            Self::I3 => "the log is gapless, chained, the same bytes everywhere",
            Self::I4 => "the orders are what the log says",
            Self::I5 => "a command has one effect and one answer; none is lost",
            Self::I6 => "refunds, messages and names agree with the log",
            Self::I7 => "no work is left",
            Self::I8 => "personal data is nowhere but in its table",
        }
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    pub invariant: Invariant,
    pub store: Option<String>,
    pub order: Option<String>,
    /// In words: where, what was expected, what is there.
    pub what: String,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub stores: usize,
    pub orders: usize,
    pub events: usize,
    pub attempts: usize,
    pub refunds: usize,
    pub captures: usize,
    pub commands: usize,
    pub messages: usize,
    pub stream_entries: usize,
    pub journals: usize,
    pub journal_events: usize,
    pub journal_commands: usize,
    /// Phone numbers, names and requests that were searched for.
    pub canaries: usize,
    /// What was searched for them, in bytes.
    pub bytes_searched: usize,
}

/// Findings that are printed per invariant; the rest is counted.
const MOST_PRINTED: usize = 20;

/// The result of a check.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub findings: Vec<Finding>,
    pub counted: Counted,
    pub seconds: f64,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many findings there are under one invariant.
    pub fn count(&self, invariant: Invariant) -> usize {
        self.of(invariant).count()
    }

    pub fn of(&self, invariant: Invariant) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.invariant == invariant)
    }

    /// What was looked at for an invariant.
    fn extent(&self, invariant: Invariant) -> String {
        let c = &self.counted;
        match invariant {
            Invariant::I1 => format!("{} captures, {} refunds", c.captures, c.refunds),
            Invariant::I2 => format!("{} orders, {} attempts", c.orders, c.attempts),
            Invariant::I3 => format!(
                "{} events, {} in streams, {} in {} journals",
                c.events, c.stream_entries, c.journal_events, c.journals
            ),
            Invariant::I4 => format!("{} orders of {} stores", c.orders, c.stores),
            Invariant::I5 => format!("{} commands, {} journaled", c.commands, c.journal_commands),
            Invariant::I6 => format!("{} messages, {} orders", c.messages, c.orders),
            Invariant::I7 => "everything above, at rest".to_owned(),
            Invariant::I8 => format!("{} canaries in {} KB", c.canaries, c.bytes_searched / 1024),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for invariant in Invariant::ALL {
            let verdict = match self.count(invariant) {
                0 => "holds".to_owned(),
                1 => "1 finding".to_owned(),
                many => format!("{many} findings"),
            };
            let name = format!("{invariant:?}");
            writeln!(f, "{name:<3} {:<58} {:<44} {verdict}", invariant.promise(), self.extent(invariant))?;
        }
        for invariant in Invariant::ALL {
            for finding in self.of(invariant).take(MOST_PRINTED) {
                writeln!(f, "  {finding}")?;
            }
            let rest = self.count(invariant).saturating_sub(MOST_PRINTED);
            if rest > 0 {
                writeln!(f, "  {invariant:?} … and {rest} more")?;
            }
        }
        write!(f, "checked in {:.1} s", self.seconds)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.invariant)?;
        if let Some(store) = &self.store {
            write!(f, " store {store}")?;
        }
        if let Some(order) = &self.order {
            write!(f, " order {order}")?;
        }
        write!(f, ": {}", self.what)
    }
}
