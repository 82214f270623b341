//! One statement for everybody who asks at the same moment. After a restart thousands of logs are read at once; a statement for each would
//! keep Postgres and this process busy with little else.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use shared::id::{OrderId, StoreId};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::hub::lock;
use crate::app::App;
use crate::db;
use crate::db::events::StoredEvent;
use crate::db::personal::OrderPrivate;
use crate::db::readings::Piece;

/// Questions that wait for a statement; more are refused.
const MAX_WAITING: usize = 32_768;
/// Questions of one statement.
const MAX_TOGETHER: usize = 256;
/// Rows of one statement, unless one question alone wants more.
const MAX_ROWS: usize = 4_096;
/// Statements of one kind at the same time, so that connections are left for orders.
const STATEMENTS: usize = 3;
/// Longest wait for an answer; the statement itself has a shorter bound.
const PATIENCE: Duration = Duration::from_secs(20);

/// A question that one statement can answer for many.
pub(super) trait Ask: Send + Sized + 'static {
    type Answer: Send + 'static;

    /// Where those wait who ask this.
    fn desk(app: &App) -> &Together<Self>;
    /// The most rows that the answer can have.
    fn rows(&self) -> usize;
    /// One answer for each of `asked`, in their order.
    fn answer(
        app: &App,
        asked: &[Self],
    ) -> impl Future<Output = Result<Vec<Result<Self::Answer, sqlx::Error>>, sqlx::Error>> + Send;
}

/// Where questions of one kind wait.
pub(super) struct Together<A: Ask>(Mutex<Queue<A>>);

struct Queue<A: Ask> {
    waiting: VecDeque<Waiting<A>>,
    /// Tasks that answer.
    running: usize,
}

struct Waiting<A: Ask> {
    asked: A,
    answer: oneshot::Sender<Result<A::Answer, sqlx::Error>>,
}

impl<A: Ask> Default for Together<A> {
    fn default() -> Self {
        Self(Mutex::new(Queue { waiting: VecDeque::new(), running: 0 }))
    }
}

impl<A: Ask> fmt::Debug for Together<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = lock(&self.0);
        write!(f, "{} wait, {} run", queue.waiting.len(), queue.running)
    }
}

/// Asks, together with whoever asks meanwhile.
pub(super) async fn ask<A: Ask>(app: &App, asked: A) -> Result<A::Answer, sqlx::Error> {
    let (answer, answered) = oneshot::channel();
    {
        let mut queue = lock(&A::desk(app).0);
        if queue.waiting.len() >= MAX_WAITING {
            return Err(sqlx::Error::PoolTimedOut);
        }
        queue.waiting.push_back(Waiting { asked, answer });
        if queue.running < STATEMENTS {
            queue.running += 1;
            app.spawn(work::<A>(app.clone()));
        }
    }
    match timeout(PATIENCE, answered).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err(sqlx::Error::WorkerCrashed),
    }
}

/// Answers until nobody waits.
async fn work<A: Ask>(app: App) {
    let mut turn = Turn { desk: A::desk(&app), over: false };
    while let Some(together) = turn.next() {
        let (asked, answers): (Vec<A>, Vec<_>) =
            together.into_iter().map(|waiting| (waiting.asked, waiting.answer)).unzip();
        match A::answer(&app, &asked).await {
            Ok(found) => {
                for (answer, found) in answers.into_iter().zip(found) {
                    // It hung up.
                    let _ = answer.send(found);
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(sqlx::Error::Protocol(format!("asked with others: {error}"))));
                }
            }
        }
    }
}

/// The right to answer; given back however the work ends.
struct Turn<'a, A: Ask> {
    desk: &'a Together<A>,
    over: bool,
}

impl<A: Ask> Turn<'_, A> {
    fn next(&mut self) -> Option<Vec<Waiting<A>>> {
        let mut queue = lock(&self.desk.0);
        let together = take(&mut queue.waiting);
        if together.is_empty() {
            // Under the lock: whoever comes next starts another task.
            queue.running -= 1;
            self.over = true;
            return None;
        }
        Some(together)
    }
}

impl<A: Ask> Drop for Turn<'_, A> {
    fn drop(&mut self) {
        if !self.over {
            lock(&self.desk.0).running -= 1;
        }
    }
}

/// The oldest questions, as many as one statement takes. Who hung up meanwhile needs no answer.
fn take<A: Ask>(waiting: &mut VecDeque<Waiting<A>>) -> Vec<Waiting<A>> {
    let (mut together, mut rows) = (Vec::new(), 0);
    while together.len() < MAX_TOGETHER {
        let Some(next) = waiting.pop_front() else { break };
        if next.answer.is_closed() {
            continue;
        }
        rows += next.asked.rows();
        if rows > MAX_ROWS && !together.is_empty() {
            waiting.push_front(next);
            break;
        }
        together.push(next);
    }
    together
}

impl Ask for Piece {
    type Answer = Vec<StoredEvent>;

    fn desk(app: &App) -> &Together<Self> {
        &app.hub.pieces
    }

    fn rows(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(0)
    }

    async fn answer(
        app: &App,
        asked: &[Self],
    ) -> Result<Vec<Result<Self::Answer, sqlx::Error>>, sqlx::Error> {
        db::readings::pieces(&app.db, asked).await
    }
}

/// Orders of one store whose personal data is wanted.
#[derive(Debug, Clone)]
pub(super) struct Private {
    pub store_id: StoreId,
    pub orders: Vec<OrderId>,
}

impl Ask for Private {
    type Answer = HashMap<OrderId, OrderPrivate>;

    fn desk(app: &App) -> &Together<Self> {
        &app.hub.private
    }

    fn rows(&self) -> usize {
        self.orders.len()
    }

    async fn answer(
        app: &App,
        asked: &[Self],
    ) -> Result<Vec<Result<Self::Answer, sqlx::Error>>, sqlx::Error> {
        let each =
            |asked: &Self| asked.orders.iter().map(|order| (asked.store_id, *order)).collect::<Vec<_>>();
        let orders: Vec<_> = asked.iter().flat_map(each).collect();
        let found = db::personal::get_each(&app.db, &app.vault, &orders).await?;
        // Asked for by store and order: nobody is given what another store's customer wrote.
        let of = |(store_id, order_id)| Some((order_id, found.get(&(store_id, order_id))?.clone()));
        Ok(asked.iter().map(|asked| Ok(each(asked).into_iter().filter_map(of).collect())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answers = Vec<oneshot::Receiver<Result<Vec<StoredEvent>, sqlx::Error>>>;

    fn waiting(limits: &[i64]) -> (VecDeque<Waiting<Piece>>, Answers) {
        let ask = |(after, limit): (i64, &i64)| {
            let (answer, answered) = oneshot::channel();
            let asked = Piece { store_id: StoreId::fresh(), after, limit: *limit };
            (Waiting { asked, answer }, answered)
        };
        (0..).zip(limits).map(ask).unzip()
    }

    fn taken(waiting: &mut VecDeque<Waiting<Piece>>) -> Vec<i64> {
        take(waiting).iter().map(|waiting| waiting.asked.after).collect()
    }

    #[test]
    fn a_statement_takes_the_oldest_and_only_so_many() {
        let (mut all, _answers) = waiting(&[2; MAX_TOGETHER + 3]);
        let first: Vec<i64> = (0..256).collect();
        assert_eq!(taken(&mut all), first);
        assert_eq!(taken(&mut all), [256, 257, 258]);
        assert_eq!(taken(&mut all), [0_i64; 0]);
    }

    #[test]
    fn a_statement_has_a_bounded_number_of_rows() {
        let (mut all, _answers) = waiting(&[4_000, 96, 1, 50_000, 1]);
        assert_eq!(taken(&mut all), [0, 1]);
        assert_eq!(taken(&mut all), [2]);
        assert_eq!(taken(&mut all), [3], "alone, whatever it wants");
        assert_eq!(taken(&mut all), [4]);
    }

    #[test]
    fn who_hung_up_is_left_out() {
        let (mut all, mut answers) = waiting(&[1, 1, 1]);
        drop(answers.remove(1));
        assert_eq!(taken(&mut all), [0, 2]);
    }
}
