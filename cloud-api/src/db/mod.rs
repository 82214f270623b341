//! All SQL. Every function takes a connection or a pool and one meaning; queries are checked at compile time.

pub mod attempts;
pub mod customer_orders;
pub mod customers;
pub mod days;
pub mod dead_letters;
pub mod events;
pub mod menus;
pub mod notifications;
pub mod orders;
pub mod pay_links;
pub mod personal;
pub mod refunds;
pub mod stock;
pub mod store_list;
pub mod stores;
pub mod timers;
