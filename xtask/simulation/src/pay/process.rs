//! A process with its workers, which can be killed at any await.

use std::sync::Arc;
use std::time::Duration;

use cloud_api::pay::{approve, expiry, reconciler, refund};
use shared::id::{AttemptId, OrderId};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use super::desk::{Process, World};
use crate::note;

/// The workers' own pause between two looks.
const SWEEP: Duration = Duration::from_secs(1);
/// Attempts of one look.
const BATCH: i64 = 50;

/// A running process.
pub struct Running {
    name: &'static str,
    world: Arc<World>,
    tasks: Vec<JoinHandle<()>>,
    wake: mpsc::UnboundedSender<AttemptId>,
}

/// How long the workers rest; long rests let days pass.
#[derive(Debug, Clone, Copy)]
pub struct Pace(pub Duration);

impl Pace {
    /// As in the product.
    pub const REAL: Self = Self(SWEEP);
}

impl Running {
    /// Starts one.
    pub fn start(name: &'static str, world: &Arc<World>, pace: Pace) -> Self {
        let desk = Arc::new(Process::new(name, Arc::clone(world)));
        let (wake, woken) = mpsc::unbounded_channel();
        let tasks = vec![
            tokio::spawn(approvals(Arc::clone(&desk), woken, pace)),
            tokio::spawn(looks(Arc::clone(&desk), pace)),
            tokio::spawn(refunds(desk, pace)),
        ];
        Self { name, world: Arc::clone(world), tasks, wake }
    }

    /// The stream says that an attempt waits.
    pub fn wake(&self, attempt_id: AttemptId) {
        // A dead process hears nothing.
        let _ = self.wake.send(attempt_id);
    }

    /// Ends it where it stands; another begins with nothing but the books.
    pub fn restart(&mut self, pace: Pace) {
        note!(self.world.trace, "{} is killed", self.name);
        *self = Self::start(self.name, &Arc::clone(&self.world), pace);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn approvals(desk: Arc<Process>, mut woken: mpsc::UnboundedReceiver<AttemptId>, pace: Pace) {
    // Dropped with this task, and then ends them all.
    let mut running = JoinSet::new();
    loop {
        let waiting = match tokio::time::timeout(pace.0, woken.recv()).await {
            Ok(Some(attempt_id)) => vec![attempt_id],
            Ok(None) => return,
            Err(_) => {
                let waiting = cloud_api::pay::desk::Desk::to_approve(&*desk, BATCH).await.unwrap_or_default();
                waiting.into_iter().map(|(_, attempt_id)| attempt_id).collect()
            }
        };
        for attempt_id in waiting {
            let desk = Arc::clone(&desk);
            running.spawn(async move {
                // What failed is found by the next look.
                let _ = approve::approve(&*desk, desk.world.store_id, attempt_id).await;
            });
        }
        while running.try_join_next().is_some() {}
    }
}

async fn looks(desk: Arc<Process>, pace: Pace) {
    loop {
        let _ = reconciler::run_once(&*desk).await;
        sleep(pace.0).await;
    }
}

async fn refunds(desk: Arc<Process>, pace: Pace) {
    loop {
        let _ = refund::run_once(&*desk).await;
        sleep(pace.0).await;
    }
}

/// The timer of an unpaid order, until it has done its work.
pub async fn expire(world: Arc<World>, order_id: OrderId, after: Duration) {
    /// A minute's patience first; an order whose payment a person has to look at waits for days.
    const AGAIN: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(3_600)];
    let mut tries = 0;
    sleep(after).await;
    let desk = Process::new("timer", world);
    loop {
        tries += 1;
        match expiry::expire(&desk, desk.world.store_id, order_id).await {
            Ok(expiry::Expiry::Done) => return,
            Ok(expiry::Expiry::Later) | Err(_) => sleep(AGAIN[usize::from(tries > 20)]).await,
        }
    }
}
