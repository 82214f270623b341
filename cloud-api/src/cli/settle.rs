//! `cloud-api payments settle`: a person decides what became of a payment or refund that the program could not explain. KakaoPay is asked
//! first and shown; a decision that contradicts it is refused, unless the person insists. Who, why and what KakaoPay said are kept.

use anyhow::{Context, bail};
use clap::{Args as ClapArgs, ValueEnum};
use serde::Serialize;
use shared::id::{AttemptId, RefundId, StoreId};

use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::config::Config;
use crate::pay::settle::{self, Word};

pub use crate::pay::settle::{Settle, Settled};

/// Longest reason.
const MAX_REASON: usize = 500;
/// Longest name of a person.
const MAX_NAME: usize = 100;

/// What the person says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The money was taken; it goes back to the customer.
    Captured,
    /// No money was taken.
    NotCaptured,
    /// The refund reached the customer.
    Refunded,
    /// It did not; it is sent again.
    NotRefunded,
}

/// The command line.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The store's id.
    #[arg(long)]
    store: String,
    /// The payment attempt's id.
    #[arg(long)]
    attempt: String,
    /// The refund's id, with `refunded` and `not-refunded`.
    #[arg(long)]
    refund: Option<String>,
    /// What happened.
    #[arg(long = "as")]
    decision: Decision,
    /// Why, for the record.
    #[arg(long)]
    reason: String,
    /// Who decides, for the record.
    #[arg(long, env = "USER")]
    by: String,
    /// Against what KakaoPay says, or without its word.
    #[arg(long)]
    force: bool,
}

/// Settles and prints the result as JSON.
pub async fn settle(args: Args) -> anyhow::Result<()> {
    let app = AppState::connect(Config::from_env()?, Clock::system()).await?;
    let store_id: StoreId =
        args.store.parse().with_context(|| format!("--store: {:?} is not a store's id", args.store))?;
    let attempt_id: AttemptId = args
        .attempt
        .parse()
        .with_context(|| format!("--attempt: {:?} is not an attempt's id", args.attempt))?;
    let refund_id: Option<RefundId> = args
        .refund
        .as_deref()
        .map(|text| text.parse().with_context(|| format!("--refund: {text:?} is not a refund's id")))
        .transpose()?;
    let settle = Settle { store_id, attempt_id, by: &args.by, reason: &args.reason, force: args.force };
    let settled = match (args.decision, refund_id) {
        (Decision::Captured, None) => settle_attempt(&app, &settle, true).await?,
        (Decision::NotCaptured, None) => settle_attempt(&app, &settle, false).await?,
        (Decision::Refunded, Some(refund)) => settle_refund(&app, &settle, refund, true).await?,
        (Decision::NotRefunded, Some(refund)) => settle_refund(&app, &settle, refund, false).await?,
        (Decision::Captured | Decision::NotCaptured, Some(_)) => {
            bail!("--refund goes with --as refunded or not-refunded")
        }
        (Decision::Refunded | Decision::NotRefunded, None) => bail!("--refund: say which refund"),
    };
    println!("{}", serde_json::to_string_pretty(&settled)?);
    Ok(())
}

/// Decides about a payment.
pub async fn settle_attempt(app: &App, settle: &Settle<'_>, captured: bool) -> anyhow::Result<Settled> {
    check(settle)?;
    let word = settle::ask(app, settle).await?;
    agree(settle, &word, word.says_captured(), captured)?;
    settle::attempt(app, settle, captured, &word).await
}

/// Decides about a refund.
pub async fn settle_refund(
    app: &App,
    settle: &Settle<'_>,
    refund_id: RefundId,
    refunded: bool,
) -> anyhow::Result<Settled> {
    check(settle)?;
    let word = settle::ask(app, settle).await?;
    let says = settle::says_refunded(app, settle, refund_id, &word).await?;
    agree(settle, &word, says, refunded)?;
    settle::refund(app, settle, refund_id, refunded, &word).await
}

fn check(settle: &Settle<'_>) -> anyhow::Result<()> {
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    if !fits(settle.reason, MAX_REASON) {
        bail!("--reason: say in 1 to {MAX_REASON} characters why");
    }
    if !fits(settle.by, MAX_NAME) {
        bail!("--by: say in 1 to {MAX_NAME} characters who decides");
    }
    Ok(())
}

/// KakaoPay's word and the person's, before anything is written.
fn agree(settle: &Settle<'_>, word: &Word, says: Option<bool>, decided: bool) -> anyhow::Result<()> {
    eprintln!("KakaoPay says: {word}");
    match says {
        Some(says) if says == decided => Ok(()),
        _ if settle.force => Ok(()),
        Some(_) => bail!("KakaoPay says the opposite; --force decides against it"),
        None => bail!("KakaoPay does not say; ask again later, or --force decides without it"),
    }
}
