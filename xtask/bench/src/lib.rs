//! The numbers of Simple Order, each beside a peer or a limit.
