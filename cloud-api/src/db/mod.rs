//! All SQL. Every function takes a connection or a pool and one meaning; queries are checked at compile time.

pub mod attempts;
pub mod availability;
pub mod canary;
pub mod closing;
pub mod commands;
pub mod customer_orders;
pub mod customers;
pub mod day_watches;
pub mod days;
pub mod dead_letters;
pub mod device_requests;
pub mod devices;
pub mod epochs;
pub mod events;
pub mod feeds;
pub mod incarnations;
pub mod ledger;
pub mod menus;
pub mod notifications;
pub mod orders;
pub mod pay_links;
pub mod personal;
pub mod pool;
pub mod readings;
pub mod refunds;
pub mod resumes;
pub mod second_factors;
pub mod sessions;
pub mod settlements;
pub mod snapshot;
pub mod staff;
pub mod stock;
pub mod store_list;
pub mod stores;
pub mod timers;

pub use pool::{Db, in_time};
