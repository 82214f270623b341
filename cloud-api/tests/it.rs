//! Every test that needs the whole server: one program, so that it is linked once.

mod chat;
mod failpoints;
mod imports;
mod notify;
mod ops;
mod pay;
mod store;
mod wire;
mod world;
