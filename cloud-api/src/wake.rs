//! Wake-ups inside the process. A wake-up only shortens a wait: every waiter also polls, so a lost one costs time only.

use tokio::sync::Notify;

/// The places where work waits.
#[derive(Debug, Default)]
pub struct Wake {
    /// The relay has events to copy.
    pub relay: Notify,
    /// An attempt waits to be approved, or an unknown outcome to be looked up.
    pub payments: Notify,
    /// A refund waits to be sent.
    pub refunds: Notify,
    /// A message waits to be sent.
    pub notifications: Notify,
}

/// What a committed transaction left to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    pub relay: bool,
    pub payments: bool,
    pub refunds: bool,
    pub notifications: bool,
}

impl Wake {
    /// Tells the workers, after the commit.
    pub fn up(&self, work: Work) {
        for (wanted, notify) in [
            (work.relay, &self.relay),
            (work.payments, &self.payments),
            (work.refunds, &self.refunds),
            (work.notifications, &self.notifications),
        ] {
            if wanted {
                notify.notify_one();
            }
        }
    }
}

impl Work {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self {
            relay: self.relay || other.relay,
            payments: self.payments || other.payments,
            refunds: self.refunds || other.refunds,
            notifications: self.notifications || other.notifications,
        }
    }
}
