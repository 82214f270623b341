//! Every test that needs the whole server: one program, so that it is linked once.

mod chat;
mod close;
mod day;
mod failpoints;
mod imports;
mod money;
mod notify;
mod ops;
mod order_page;
mod pay;
mod points;
mod read_models;
mod reservations;
mod reviews;
mod store;
mod wire;
mod world;
