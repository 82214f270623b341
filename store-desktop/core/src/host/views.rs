//! Pushing views: soon after a change, but not too often, and regularly without one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::CounterHost;
use crate::counter::Counter;
use crate::view::View;

/// Views come no closer together than this.
const SHORTEST: Duration = Duration::from_millis(100);
/// Without a change one still comes this often, so that ages on the screen stay true.
const LONGEST: Duration = Duration::from_secs(1);

/// An endless series of views.
pub struct Views {
    host: Arc<CounterHost>,
    changes: watch::Receiver<u64>,
    first: bool,
}

impl CounterHost {
    /// Views from now on, beginning with the present one.
    pub fn views(self: &Arc<Self>) -> Views {
        Views { changes: self.counter().changes(), host: Arc::clone(self), first: true }
    }
}

impl Views {
    /// The next view; waits until there is something new or a second has passed.
    pub async fn next(&mut self) -> View {
        if !std::mem::take(&mut self.first) {
            tokio::time::sleep(SHORTEST).await;
            let patience = LONGEST.saturating_sub(SHORTEST);
            // Either outcome calls for a view; the counter lives as long as the host.
            let _ = tokio::time::timeout(patience, self.changes.changed()).await;
        }
        self.changes.mark_unchanged();
        self.host.view()
    }
}

/// Lets the light fade when nothing comes at all.
pub(super) async fn tick(counter: Arc<Counter>) {
    loop {
        tokio::time::sleep(LONGEST).await;
        counter.link();
    }
}
