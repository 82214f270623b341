//! Past orders and days (지난 주문, 매출): what a person types, made into a search, and a day's events, made into numbers. Pure; the journal
//! finds and reads.

mod csv;
mod query;
mod sales;

pub use csv::{days_csv, items_csv, orders_csv, sales_csv};
pub use query::parse;
pub use sales::{AcceptTimes, EndedEarly, HourSales, ItemSales, Sales, SoldOrder, sales};
