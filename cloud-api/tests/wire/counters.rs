//! Counters whose network went away without a word, who do not read, or whose stream is cut anywhere.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};

use cloud_api::log::append;
use fault_proxy::{Direction, Proxy, Weather};
use shared::log::{BODY_VERSION, LogBody, StoreEvent, Subject};
use shared::order::Actor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::assert_within;
use crate::store::follower::{Follower, Frame, head};
use crate::store::orders::place;
use crate::store::stream::day;
use crate::world::{Counter, World};

/// A beat, which comes every ten seconds, and then no sign of life for fifteen.
const NOTICED_WITHIN: Duration = Duration::from_secs(27);
/// What another counter waits for an event, whatever its neighbour does.
const EVENT_WITHIN: Duration = Duration::from_secs(2);
/// More than all buffers of a connection hold.
const MANY_EVENTS: usize = 12_000;
/// Small, so that a reader who does not read is noticed by the sender.
const SMALL_WINDOW: u32 = 4_096;

/// A stream as the machine's own socket: nothing reads it ahead.
async fn raw_stream(world: &World, counter: &Counter, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    socket.set_recv_buffer_size(SMALL_WINDOW).unwrap();
    let address = world.url("").trim_start_matches("http://").parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!(
        "GET /v1/store/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        counter.session.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

/// Waits until the server holds so many streams.
async fn until_seats(world: &World, seats: usize) {
    let started = Instant::now();
    while world.app().hub.seats() != seats && started.elapsed() < 2 * NOTICED_WITHIN {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.app().hub.seats(), seats);
}

/// Packets to this address vanish, as behind a cable that was pulled: no end, no reset, no acknowledgement.
struct Nowhere(Ipv4Addr);

impl Nowhere {
    /// `None` when this user may not change routes.
    fn at(address: Ipv4Addr) -> Option<Self> {
        let made = route("add", address);
        made.then_some(Self(address))
    }
}

impl Drop for Nowhere {
    fn drop(&mut self) {
        route("del", self.0);
    }
}

fn route(verb: &str, address: Ipv4Addr) -> bool {
    let arguments = ["route", verb, "blackhole", &format!("{address}/32"), "table", "local"];
    Command::new("ip").args(arguments).output().is_ok_and(|output| output.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_counters_that_vanished_or_do_not_read_are_noticed_and_others_do_not_suffer() {
    tokio::join!(vanished(), does_not_read());
}

/// Its network went away without a word.
async fn vanished() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    let mut healthy = Follower::open(&world, &counter, None).await;
    let [_, a, b] = rand_bytes();
    let address = Ipv4Addr::new(127, 77, a, b.max(1));
    let mut gone = raw_stream(&world, &counter, address).await;
    until_seats(&world, 2).await;
    let Some(nowhere) = Nowhere::at(address) else {
        eprintln!("not tried: this user may not change routes");
        return;
    };
    let cut = Instant::now();
    place(&world).await;
    healthy.catch_up(head(&world, world.coffee.store_id).await.seq).await;
    assert_within(EVENT_WITHIN, cut, "an event for the other counter");
    until_seats(&world, 1).await;
    assert_within(NOTICED_WITHIN, cut, "a half-open connection until it is noticed");
    drop(nowhere);
    // The machine itself never heard of the end; what it says now is refused.
    let _ = gone.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(EVENT_WITHIN, gone.read_to_end(&mut rest)).await;
    place(&world).await;
    healthy.catch_up(head(&world, world.coffee.store_id).await.seq).await;
}

fn rand_bytes() -> [u8; 3] {
    let id = uuid::Uuid::new_v4();
    let bytes = id.as_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

/// Its program hangs, its machine acknowledges.
async fn does_not_read() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    write_many_events(&world).await;
    let end = head(&world, world.coffee.store_id).await;
    let mut healthy = Follower::open(&world, &counter, Some(&end)).await;
    let stuck = raw_stream(&world, &counter, Ipv4Addr::LOCALHOST).await;
    until_seats(&world, 2).await;
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    while world.app().hub.seats() == 2 && began.elapsed() < NOTICED_WITHIN {
        let placed = Instant::now();
        place(&world).await;
        healthy.catch_up(head(&world, world.coffee.store_id).await.seq).await;
        slowest = slowest.max(placed.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("the slowest event beside a counter that does not read took {slowest:?}");
    assert!(slowest < EVENT_WITHIN, "{slowest:?}");
    until_seats(&world, 1).await;
    assert_within(NOTICED_WITHIN, began, "a counter that does not read until it is closed");
    drop(stuck);
}

async fn write_many_events(world: &World) {
    let day_id = day(world, &world.coffee).await.day_id;
    let body = |n: usize| LogBody {
        v: BODY_VERSION,
        at: world.clock.now_ms(),
        day_id,
        by: Actor::Operator,
        subject: Subject::Store(StoreEvent::MenuChanged { menu_version: i64::try_from(n).unwrap() }),
    };
    let bodies: Vec<LogBody> = (0..MANY_EVENTS).map(body).collect();
    for chunk in bodies.chunks(1_000) {
        let mut tx = world.db.begin().await.unwrap();
        append::append(&mut tx, world.coffee.store_id, chunk, world.clock.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_after_any_byte_goes_on_without_a_hole() {
    let world = World::start().await;
    let counter = world.claim(&world.coffee).await;
    for _ in 0..10 {
        place(&world).await;
    }
    let end = head(&world, world.coffee.store_id).await;
    let api: SocketAddr = world.url("").trim_start_matches("http://").parse().unwrap();
    let proxy = Proxy::start(api.into()).unwrap();
    // A beat and an event together have some 1,200 bytes; they must pass, or no connection brings anything.
    for bytes in (1_800..6_000_u64).step_by(413) {
        proxy.mend();
        let mut follower = Follower::open_at(&world, &counter, None, &proxy.url()).await;
        let mut opened = 1;
        while follower.at != end {
            proxy.set(Weather::cut_after(Direction::ToClient, bytes));
            if matches!(follower.next().await, Frame::End) {
                proxy.mend();
                let at = follower.at.clone();
                follower = Follower::open_at(&world, &counter, Some(&at), &proxy.url()).await;
                opened += 1;
            }
        }
        assert!(opened < 200, "each connection brings something: {opened} for {bytes} bytes");
    }
    proxy.mend();
}
