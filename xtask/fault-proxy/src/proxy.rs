//! A proxy: a port, a thread, and its weather.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::address::Address;
use crate::connection;
use crate::sky::{Seen, Sky};
use crate::weather::Weather;

/// How long a listener rests after it could not accept, for instance because there are no file descriptors left.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// Forwards a port of its own on 127.0.0.1; ends, with all its connections, when dropped.
pub struct Proxy {
    address: SocketAddr,
    sky: Option<watch::Sender<Sky>>,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1, in fair weather. The target need not listen yet.
    pub fn start(target: Address) -> io::Result<Self> {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), target)
    }

    /// Listens on this address.
    pub fn listen(address: SocketAddr, target: Address) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (sender, watcher) = watch::channel(Sky::default());
        let seen = Arc::new(Seen::default());
        let counts = Arc::clone(&seen);
        let thread = std::thread::Builder::new().name("fault-proxy".to_owned()).spawn(move || {
            // Dropping the runtime ends every connection.
            runtime.block_on(accept_all(listener, target, watcher, counts));
        })?;
        Ok(Self { address, sky: Some(sender), seen, thread: Some(thread) })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for HTTP clients, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the weather for live and new connections.
    pub fn set(&self, weather: Weather) {
        self.change(|sky| {
            sky.weather = Arc::new(weather);
            sky.version += 1;
        });
    }

    /// Fair weather from here on. What was broken stays broken; new connections work.
    pub fn mend(&self) {
        self.set(Weather::default());
    }

    /// Drops every connection and refuses new ones until [`Proxy::mend`].
    pub fn cut(&self) {
        self.change(|sky| {
            sky.weather = Arc::new(Weather { refuse: true, ..Weather::default() });
            sky.version += 1;
            sky.dropped += 1;
        });
    }

    /// Drops the live connections; new ones are served.
    pub fn drop_connections(&self) {
        self.change(|sky| sky.dropped += 1);
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.seen.accepted.load(Ordering::Relaxed)
    }

    /// How many connections are held open.
    pub fn live(&self) -> usize {
        self.seen.live.load(Ordering::Relaxed)
    }

    /// How many connections [`Weather::cut_after`] ended.
    pub fn cuts(&self) -> u64 {
        self.seen.cuts.load(Ordering::Relaxed)
    }

    /// How many connections [`Weather::cut_at_commit`] ended.
    pub fn commits_cut(&self) -> u64 {
        self.seen.commits_cut.load(Ordering::Relaxed)
    }

    fn change(&self, change: impl FnOnce(&mut Sky)) {
        if let Some(sky) = &self.sky {
            sky.send_modify(change);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Closing the channel ends the thread.
        self.sky = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves until the proxy is dropped.
async fn accept_all(
    listener: std::net::TcpListener,
    target: Address,
    mut sky: watch::Receiver<Sky>,
    seen: Arc<Seen>,
) {
    let listener = TcpListener::from_std(listener).expect("a runtime with I/O runs here");
    let target = Arc::new(target);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            changed = sky.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        match accepted {
            Ok((client, _)) if sky.borrow().weather.refuse => reset(client),
            Ok((client, _)) => {
                let visit = seen.arrive();
                let serving = connection::serve(client, Arc::clone(&target), sky.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    serving.await;
                    drop(visit);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_REST).await,
        }
    }
}

/// Ends a connection without a good-bye: the client sees a reset.
fn reset(client: TcpStream) {
    let _ = socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO));
}
