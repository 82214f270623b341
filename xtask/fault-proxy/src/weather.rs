//! What a proxy does to the connections through it.

use std::time::Duration;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server behind the proxy.
    ToServer,
    /// From the server back to the client.
    ToClient,
}

/// A connection dies when so many bytes went one way, counted on each connection from when the weather was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutAfter {
    pub direction: Direction,
    /// These still arrive; the next one does not. With 0 the first byte is already lost.
    pub bytes: u64,
}

/// On which side of a Postgres COMMIT the connection dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitCut {
    /// The server never gets it: the transaction is rolled back.
    Before,
    /// The server gets it and commits; the client never hears the answer.
    After,
}

/// How the way through the proxy is. The default is fair: everything arrives at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weather {
    /// Every byte arrives so much later, in each direction.
    pub latency: Duration,
    /// Up to so much later than that, never out of order.
    pub jitter: Duration,
    /// New connections are reset at once; live ones stay.
    pub refuse: bool,
    /// Bytes of this direction, and the end of the stream, vanish while both sockets stay open. A connection that lost bytes stays
    /// silent after mending, as a network that forgot it would be: a stream with a hole in it does not exist.
    pub silent: Option<Direction>,
    pub cut_after: Option<CutAfter>,
    /// The receiver of this direction sees the stream end; the other direction goes on.
    pub half_close: Option<Direction>,
    /// Postgres without TLS only (`sslmode=disable`).
    pub cut_at_commit: Option<CommitCut>,
    /// Only transactions with a statement that contains this text are cut at COMMIT; all without it.
    pub commit_of: Option<String>,
}

impl Weather {
    /// Every byte this much later.
    pub fn slow(latency: Duration) -> Self {
        Self { latency, ..Self::default() }
    }

    /// One direction silent.
    pub fn silent(direction: Direction) -> Self {
        Self { silent: Some(direction), ..Self::default() }
    }

    /// Cut after so many bytes one way.
    pub fn cut_after(direction: Direction, bytes: u64) -> Self {
        Self { cut_after: Some(CutAfter { direction, bytes }), ..Self::default() }
    }

    /// One direction ended.
    pub fn half_closed(direction: Direction) -> Self {
        Self { half_close: Some(direction), ..Self::default() }
    }

    /// Cut at the COMMIT of transactions with a statement that contains `of`.
    pub fn cut_at_commit(cut: CommitCut, of: &str) -> Self {
        Self { cut_at_commit: Some(cut), commit_of: Some(of.to_owned()), ..Self::default() }
    }
}
