//! `cloud-api customers`: who is at a limit, and lifting it.

use std::num::NonZeroU32;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use shared::id::CustomerId;

use crate::chat::limits::{MOST_NUMBERS, MOST_UNPAID_ORDERS, NUMBERS_WINDOW_MS, ORDERS_WINDOW_MS};
use crate::clock::{Clock, to_utc};
use crate::config;
use crate::db::Db;
use crate::db::customer_limits;

/// Lines of one list.
const MOST_LISTED: i64 = 100;
/// Longest reason, and longest name of a person.
const MAX_REASON: usize = 500;
const MAX_NAME: usize = 100;

#[derive(Debug, Subcommand)]
pub enum CustomersCommand {
    /// Prints customers who are at a limit now, a JSON line each.
    Limited {
        /// Orders that one customer may make in an hour without paying.
        #[arg(long, env = "CHAT_UNPAID_ORDERS_PER_HOUR", default_value_t = MOST_UNPAID_ORDERS)]
        unpaid_orders: NonZeroU32,
    },
    /// Lifts a customer's limits: what they did until now does not count.
    Lift(Lift),
}

#[derive(Debug, Args)]
pub struct Lift {
    /// The customer's id, as the log and `customers limited` say it.
    #[arg(long)]
    customer: String,
    /// Why, for the record.
    #[arg(long)]
    reason: String,
    /// Who decides, for the record.
    #[arg(long, env = "USER")]
    by: String,
}

/// Runs one of them.
pub async fn run(command: CustomersCommand) -> anyhow::Result<()> {
    let db = Db::connect(config::database_url_from_env()?.expose()).await?;
    let clock = Clock::system();
    match command {
        CustomersCommand::Limited { unpaid_orders } => {
            let most = i64::from(unpaid_orders.get());
            let now = clock.now_ms();
            let orders = (most, to_utc(now.plus_ms(-ORDERS_WINDOW_MS)));
            let numbers = (MOST_NUMBERS, to_utc(now.plus_ms(-NUMBERS_WINDOW_MS)));
            for customer in customer_limits::at_limit(&db, orders, numbers, MOST_LISTED).await? {
                println!("{}", serde_json::to_string(&customer)?);
            }
            Ok(())
        }
        CustomersCommand::Lift(lift) => {
            let customer: CustomerId = lift
                .customer
                .parse()
                .with_context(|| format!("--customer: {:?} is not a customer's id", lift.customer))?;
            lift_limits(&db, &clock, customer, &lift.by, &lift.reason).await
        }
    }
}

/// Lifts a customer's limits.
pub async fn lift_limits(
    db: &Db,
    clock: &Clock,
    customer: CustomerId,
    by: &str,
    reason: &str,
) -> anyhow::Result<()> {
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    if !fits(reason, MAX_REASON) || !fits(by, MAX_NAME) {
        bail!("--reason: say in 1 to {MAX_REASON} characters why; --by: in 1 to {MAX_NAME} who decides");
    }
    if !customer_limits::lift(db, customer, by, reason, clock.now()).await? {
        bail!("--customer: there is no customer {customer}");
    }
    Ok(())
}
