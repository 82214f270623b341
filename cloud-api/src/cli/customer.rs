//! `cloud-api customer`: who is at a limit, lifting it, and erasing what is known of a person.

use std::num::NonZeroU32;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::id::CustomerId;

use crate::chat::limits::{MOST_NUMBERS, MOST_UNPAID_ORDERS, NUMBERS_WINDOW_MS, ORDERS_WINDOW_MS};
use crate::clock::{Clock, to_utc};
use crate::config;
use crate::db::{Db, customer_limits, personal};

/// Lines of one list.
const MOST_LISTED: i64 = 100;
/// Longest reason, and longest name of a person.
const MAX_REASON: usize = 500;
const MAX_NAME: usize = 100;

#[derive(Debug, Subcommand)]
pub enum CustomerCommand {
    /// Prints customers who are at a limit now, a JSON line each.
    Limited {
        /// Orders that one customer may make in an hour without paying.
        #[arg(long, env = "CHAT_UNPAID_ORDERS_PER_HOUR", default_value_t = MOST_UNPAID_ORDERS)]
        unpaid_orders: NonZeroU32,
    },
    /// Lifts a customer's limits: what they did until now does not count.
    Lift(Lift),
    /// Erases what is known of a person: their number, what they asked of their orders, what they wrote in reviews.
    Erase {
        /// The customer's id.
        #[arg(long)]
        customer: String,
    },
}

#[derive(Debug, Args)]
pub struct Lift {
    /// The customer's id, as the log and `customer limited` say it.
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
pub async fn run(command: CustomerCommand) -> anyhow::Result<()> {
    let db = Db::connect(config::database_url_from_env()?.expose()).await?;
    let clock = Clock::system();
    match command {
        CustomerCommand::Limited { unpaid_orders } => {
            let most = i64::from(unpaid_orders.get());
            let now = clock.now_ms();
            let orders = (most, to_utc(now.plus_ms(-ORDERS_WINDOW_MS)));
            let numbers = (MOST_NUMBERS, to_utc(now.plus_ms(-NUMBERS_WINDOW_MS)));
            for customer in customer_limits::at_limit(&db, orders, numbers, MOST_LISTED).await? {
                println!("{}", serde_json::to_string(&customer)?);
            }
            Ok(())
        }
        CustomerCommand::Lift(lift) => {
            lift_limits(&db, &clock, id(&lift.customer)?, &lift.by, &lift.reason).await
        }
        CustomerCommand::Erase { customer } => {
            // Orders, stars and money stay, without a person.
            let erased = personal::erase_customer(&*db, id(&customer)?).await?;
            println!("{}", json!({"erased": erased}));
            Ok(())
        }
    }
}

fn id(customer: &str) -> anyhow::Result<CustomerId> {
    customer.parse().with_context(|| format!("--customer: {customer:?} is not a customer's id"))
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
