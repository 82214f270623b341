//! Each weather with real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use fault_proxy::{Address, Direction, Proxy, Weather};

/// Far above what is needed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Long enough to say that nothing comes.
const QUIET: Duration = Duration::from_millis(150);

/// A client and the server's end of the same connection.
struct Wire {
    proxy: Proxy,
    listener: TcpListener,
}

impl Wire {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::start(listener.local_addr().unwrap().into()).unwrap();
        Self { proxy, listener }
    }

    fn connect(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(self.proxy.address()).unwrap();
        let (server, _) = self.listener.accept().unwrap();
        for end in [&client, &server] {
            end.set_read_timeout(Some(PATIENCE)).unwrap();
            end.set_nodelay(true).unwrap();
        }
        (client, server)
    }
}

fn arrives(from: &mut TcpStream, to: &mut TcpStream, text: &str) {
    from.write_all(text.as_bytes()).unwrap();
    let mut buffer = vec![0; text.len()];
    to.read_exact(&mut buffer).unwrap();
    assert_eq!(buffer, text.as_bytes());
}

/// Everything until the stream ends, whether well or not.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return all,
            Ok(read) => all.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("the stream did not end: {all:?}"),
            Err(_) => return all,
        }
    }
}

fn is_quiet(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(QUIET)).unwrap();
    let read = stream.read(&mut [0; 1]);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn fair_weather_carries_bytes_and_ends_both_ways() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    arrives(&mut client, &mut server, "there");
    arrives(&mut server, &mut client, "and back");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(rest(&mut server), b"");
    arrives(&mut server, &mut client, "still talking");
    drop(server);
    assert_eq!(rest(&mut client), b"");
    until("the connection leaves the count", || wire.proxy.live() == 0);
    assert_eq!(wire.proxy.accepted(), 1);
}

#[test]
fn megabytes_arrive_whole_and_in_order_through_latency_and_jitter() {
    let wire = Wire::new();
    wire.proxy.set(Weather { jitter: Duration::from_millis(3), ..Weather::slow(Duration::from_millis(2)) });
    let (mut client, mut server) = wire.connect();
    let sent: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
    let bytes = sent.clone();
    let writer = std::thread::spawn(move || client.write_all(&bytes));
    assert!(rest(&mut server) == sent);
    writer.join().unwrap().unwrap();
}

#[test]
fn latency_delays_each_direction_and_does_not_add_up_over_messages() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    wire.proxy.set(Weather::slow(Duration::from_millis(100)));
    let started = Instant::now();
    arrives(&mut client, &mut server, "a");
    let one_way = started.elapsed();
    arrives(&mut server, &mut client, "b");
    assert!(one_way >= Duration::from_millis(100), "{one_way:?}");
    assert!(started.elapsed() >= Duration::from_millis(200));
    // Many are under way at once: a long line, not a slow one.
    let started = Instant::now();
    for _ in 0..20 {
        client.write_all(b"x").unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    server.read_exact(&mut [0; 20]).unwrap();
    assert!(started.elapsed() < Duration::from_millis(1_000), "{:?}", started.elapsed());
}

#[test]
fn a_connection_is_cut_after_exactly_so_many_bytes_of_a_direction() {
    for (direction, bytes) in [
        (Direction::ToServer, 0),
        (Direction::ToServer, 7),
        (Direction::ToClient, 1),
        (Direction::ToClient, 9),
    ] {
        let wire = Wire::new();
        let (mut client, mut server) = wire.connect();
        // Bytes of before do not count.
        arrives(&mut client, &mut server, "before");
        arrives(&mut server, &mut client, "before");
        wire.proxy.set(Weather::cut_after(direction, bytes));
        let (from, to) = match direction {
            Direction::ToServer => (&mut client, &mut server),
            Direction::ToClient => (&mut server, &mut client),
        };
        // The other direction goes on until then.
        arrives(to, from, "a long answer the other way");
        from.write_all(b"0123456789").unwrap();
        assert_eq!(rest(to), &b"0123456789"[..usize::try_from(bytes).unwrap()], "{direction:?} {bytes}");
        assert_eq!(rest(from), b"", "both ends are gone");
        assert_eq!(wire.proxy.cuts(), 1);
    }
}

#[test]
fn a_silent_direction_swallows_everything_while_both_sockets_stay_open() {
    for direction in [Direction::ToServer, Direction::ToClient] {
        let wire = Wire::new();
        let (mut client, mut server) = wire.connect();
        wire.proxy.set(Weather::silent(direction));
        let (mut from, mut to) = match direction {
            Direction::ToServer => (client, server),
            Direction::ToClient => (server, client),
        };
        from.write_all(b"lost").unwrap();
        assert!(is_quiet(&mut to));
        arrives(&mut to, &mut from, "the other way works");
        // A stream never goes on after a hole.
        wire.proxy.mend();
        from.write_all(b"more").unwrap();
        assert!(is_quiet(&mut to));
        // Not even the end is heard.
        from.shutdown(Shutdown::Write).unwrap();
        assert!(is_quiet(&mut to));
        assert_eq!(wire.proxy.live(), 1);
        (client, server) = wire.connect();
        arrives(&mut client, &mut server, "a new connection works");
        wire.proxy.drop_connections();
        assert_eq!(rest(&mut to), b"");
    }
}

#[test]
fn a_silent_connection_that_lost_nothing_works_again_after_mending() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    wire.proxy.set(Weather::silent(Direction::ToServer));
    wire.proxy.mend();
    arrives(&mut client, &mut server, "nothing was lost");
}

#[test]
fn a_half_closed_direction_ends_and_the_other_goes_on() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    wire.proxy.set(Weather::half_closed(Direction::ToServer));
    assert_eq!(rest(&mut server), b"", "the server sees the end though the client said nothing");
    client.write_all(b"into the void").unwrap();
    arrives(&mut server, &mut client, "goes on");
    wire.proxy.set(Weather::half_closed(Direction::ToClient));
    assert_eq!(rest(&mut client), b"");
}

#[test]
fn a_cut_ends_live_connections_and_refuses_new_ones_until_mended() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    wire.proxy.cut();
    assert_eq!((rest(&mut client), rest(&mut server)), (vec![], vec![]));
    let refused = TcpStream::connect(wire.proxy.address()).and_then(|mut stream| stream.read(&mut [0; 1]));
    assert!(!matches!(refused, Ok(1..)), "{refused:?}");
    wire.listener.set_nonblocking(true).unwrap();
    assert!(wire.listener.accept().is_err(), "the server hears nothing of it");
    wire.listener.set_nonblocking(false).unwrap();
    wire.proxy.mend();
    let (mut client, mut server) = wire.connect();
    arrives(&mut client, &mut server, "mended");
}

#[test]
fn dropping_and_refusing_are_two_things() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    wire.proxy.set(Weather { refuse: true, ..Weather::default() });
    arrives(&mut client, &mut server, "live ones stay");
    wire.proxy.mend();
    wire.proxy.drop_connections();
    assert_eq!((rest(&mut client), rest(&mut server)), (vec![], vec![]));
    let (mut client, mut server) = wire.connect();
    arrives(&mut client, &mut server, "new ones are served");
}

#[test]
fn ends_with_all_its_connections_when_dropped() {
    let wire = Wire::new();
    let (mut client, mut server) = wire.connect();
    let address = wire.proxy.address();
    drop(wire.proxy);
    assert_eq!((rest(&mut client), rest(&mut server)), (vec![], vec![]));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn reaches_a_unix_socket() {
    let folder = std::env::temp_dir().join(format!("fault-proxy-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let proxy = Proxy::start(Address::Unix(path)).unwrap();
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(b"over").unwrap();
    let mut buffer = [0; 4];
    server.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"over");
    std::fs::remove_dir_all(folder).unwrap();
}
