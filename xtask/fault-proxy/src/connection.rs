//! One connection through the proxy.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::address::Address;
use crate::pump::Pump;
use crate::sky::{Seen, Sky};
use crate::weather::Direction;

/// Forwards both directions until both ended, the weather cuts the connection, or all are dropped.
pub(crate) async fn serve(
    client: TcpStream,
    target: Arc<Address>,
    mut sky: watch::Receiver<Sky>,
    seen: Arc<Seen>,
) {
    let dropped = sky.borrow_and_update().dropped;
    let up_sky = sky.clone();
    let down_sky = sky.clone();
    let both = async {
        let _ = client.set_nodelay(true);
        let Ok((server_reader, server_writer)) = target.connect().await else { return };
        let (client_reader, client_writer) = client.into_split();
        let committed = Arc::new(AtomicBool::new(false));
        let up = Pump::new(Direction::ToServer, up_sky, Arc::clone(&seen), Arc::clone(&committed));
        let down = Pump::new(Direction::ToClient, down_sky, Arc::clone(&seen), committed);
        // The first to be cut ends both: the sockets close when the pumps are dropped.
        let _ = tokio::try_join!(
            up.run(Box::new(client_reader), server_writer),
            down.run(server_reader, Box::new(client_writer)),
        );
    };
    tokio::select! {
        () = both => {}
        // Also when the proxy itself is dropped.
        _ = sky.wait_for(|sky| sky.dropped != dropped) => {}
    }
}
