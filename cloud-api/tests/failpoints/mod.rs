//! One whole order, from the chat to the refund, with one step going wrong: at every failpoint by death, by delay and by error.
//! However it went, afterwards the money agrees, every copy of the log is the same, and nothing was done twice or left undone.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod broken;
mod healed;
mod listener;
mod process;
#[path = "../../../shared/tests/failpoints/source.rs"]
mod source;
mod story;

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;
use shared::failpoint::Armed;

use crate::world::{Counter, World, until};
use listener::Listener;
use story::Story;

/// Longer than any lease: the work of a dead or failed step may be taken up again.
const LEASES: Duration = Duration::from_secs(46);
/// Short enough for every timeout of the server, long enough for everybody else to come first.
const DELAY: &str = "1*sleep(300)";

/// How the step goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Exit,
    Delay,
    Error,
}

impl Fault {
    const ALL: [Self; 3] = [Self::Exit, Self::Delay, Self::Error];

    fn actions(self) -> &'static str {
        match self {
            // One of two servers in this process: it stands still there until it is killed.
            Self::Exit => "return(stop)",
            Self::Delay => DELAY,
            Self::Error => "1*return(error)",
        }
    }
}

/// A test for each failpoint, and the list of them all.
macro_rules! walks {
    ($($group:ident { $($step:ident),* $(,)? })*) => {
        $(mod $group {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $step() {
                super::walk(concat!(stringify!($group), ".", stringify!($step))).await;
            })*
        })*
        /// The failpoints of one order.
        const OF_AN_ORDER: &[&str] = &[$($(concat!(stringify!($group), ".", stringify!($step)),)*)*];
    };
}

walks! {
    cmd { after_claim, before_commit, after_commit, before_reply }
    order { before_cursor, after_cursor, before_commit, after_commit }
    relay { after_read, before_xadd, after_xadd, before_cursor, after_cursor }
    sse { before_replay, mid_replay, after_write, before_flush }
    pay {
        before_ready_row, ready_inflight, before_tid_commit, callback_locked, approve_before_send, approve_inflight,
        after_approve_before_commit, after_commit, refund_before_row, refund_before_send, refund_inflight,
        after_refund_before_commit,
    }
    recon { claimed, after_inquiry, before_commit }
}

/// Every failpoint of the server.
static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    [
        OF_AN_ORDER,
        crate::close::crashes::NAMES,
        crate::reservations::NAMES,
        crate::chat::sessions::NAMES,
        crate::points::NAMES,
    ]
    .concat()
});

async fn walk(name: &'static str) {
    walk_in(World::start().await, name, &Fault::ALL).await;
}

async fn walk_in(mut world: World, name: &str, faults: &[Fault]) {
    let counter = world.sign_in_counter().await;
    let listener = Listener::start(&world, &counter);
    for (customer, fault) in (1..).zip(faults) {
        eprintln!("{name}: {fault:?}");
        let mut story = Story::begin(&world, customer).await;
        if name.starts_with("recon.") {
            // Only a payment whose outcome is unknown is inquired about.
            world.kakao.fault(json!({"target": "pay.approve", "kind": "drop_after_commit"})).await;
        }
        let armed = world.arm(name, fault.actions());
        match fault {
            Fault::Exit => {
                die(&mut world, &mut story, &counter, armed).await;
                story.tell(&world, &counter).await;
            }
            Fault::Delay | Fault::Error => {
                story.tell(&world, &counter).await;
                until("the failpoint is reached", async || armed.is_reached()).await;
            }
        }
        healed::check(&world, &counter, &listener, &story).await;
    }
}

/// Tells the story until the server stands at the failpoint, kills it there and starts it again.
async fn die(world: &mut World, story: &mut Story, counter: &Counter, armed: Armed) {
    {
        let standing = until("the server reaches the failpoint", async || armed.is_reached());
        tokio::pin!(standing);
        tokio::select! {
            () = &mut standing => {}
            // Its place may be in the background of an order that is over for everybody else.
            () = story.tell(world, counter) => standing.await,
        }
    }
    world.kill_api().await;
    drop(armed);
    world.restart_api().await;
    world.advance(LEASES).await;
}
