//! Whoever waits for a change goes away in the middle of it, as when a sign-in ends or a browser hangs up: the journal's thread commits all the
//! same, and what it committed is shown.

use std::future::{Future, poll_fn};
use std::path::Path;
use std::task::Poll;

use shared::Code;
use shared::wire::{CommandAnswer, Outcome};
use store_desktop_core::Counter;
use store_desktop_core::counter::Options;
use store_desktop_core::journal::{Fate, SoundAbout};

use super::store::{Log, action};

/// Changes that are cut off; the journal's thread may be quicker than one of them.
const CUTS: usize = 20;

async fn open(folder: &Path, log: &Log) -> Counter {
    let counter = Counter::open(folder, Options { ballast_bytes: 0, ..Options::default() }).await.unwrap();
    counter.start_over(log.snapshot(), "first").await.unwrap();
    counter
}

/// Drops a change where it waits for the first time: for the journal. Whether it waited.
async fn cut_off(change: impl Future) -> bool {
    let mut change = std::pin::pin!(change);
    poll_fn(|context| Poll::Ready(change.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn an_event_whose_append_was_cut_off_is_shown_with_the_next_change() {
    let scratch = super::store::scratch();
    let mut log = Log::new(0);
    let counter = open(&scratch.path().join("data"), &log).await;
    let mut cuts = 0;
    for round in 0..CUTS {
        let entry = log.grow();
        cuts += usize::from(cut_off(counter.append(vec![entry.clone()])).await);
        // The server sends on, or it sends again what was not acknowledged.
        let next = if round % 2 == 0 { log.grow() } else { entry };
        assert_eq!(counter.append(vec![next]).await.unwrap().stopped, None);
        let state = counter.state();
        assert_eq!(state.head, log.entries.last().map(|entry| entry.position.clone()), "round {round}");
        let missing = log.orders.iter().filter(|id| !state.ledger.orders.contains_key(id)).count();
        assert_eq!(missing, 0, "round {round}: orders that are on the disk and not shown");
        assert_eq!(state.events, log.entries.len() as i64);
    }
    assert!(cuts > CUTS / 2, "only {cuts} were cut off");
}

#[tokio::test]
async fn an_answer_or_a_press_that_was_cut_off_is_shown_with_the_next_change() {
    let scratch = super::store::scratch();
    let log = Log::new(2);
    let counter = open(&scratch.path().join("data"), &log).await;
    counter.append(log.entries.clone()).await.unwrap();
    let given = counter.give(log.orders[0], None, action(0)).await.unwrap();
    let refused = CommandAnswer {
        key: Some(given.key),
        outcome: Outcome::Refused,
        code: Some(Code::OrderTooLate),
        position: None,
    };
    assert!(cut_off(counter.keep_answers(vec![refused])).await);
    counter.acknowledge(log.orders[0], SoundAbout::Fresh).await.unwrap();
    assert!(cut_off(counter.give(log.orders[1], None, action(1))).await);
    counter.acknowledge(log.orders[1], SoundAbout::Fresh).await.unwrap();
    let waiting = counter.state().waiting.clone();
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    assert!(matches!(waiting[0].fate, Fate::Refused { code: Code::OrderTooLate, .. }), "{waiting:?}");
    assert_eq!((waiting[1].command.order_id, &waiting[1].fate), (Some(log.orders[1]), &Fate::Unanswered));
    assert_eq!(counter.journal().waiting().await.unwrap(), waiting, "memory shows what the disk has");
}
