//! One field of Kakao's books at a time.

use anyhow::{Context, Result};
use checker::Invariant::{self, I1, I6};
use checker::Sources;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::change;
use crate::healthy::Healthy;
use crate::tally::Tally;

/// Places of each kind.
const EACH: usize = 4;

/// A kind of place (`*` for any number), and where a change of it shows.
const RULES: &[(&str, &[Invariant])] = &[
    ("/ledger/payments/*/tid", &[I1]),
    ("/ledger/payments/*/partner_order_id", &[I1]),
    ("/ledger/payments/*/partner_user_id", &[I1]),
    ("/ledger/payments/*/total", &[I1]),
    ("/ledger/payments/*/captured", &[I1]),
    ("/ledger/payments/*/refunded", &[I1]),
    ("/ledger/payments/*/actions/*/aid", &[I1]),
    ("/ledger/payments/*/actions/*/type", &[I1]),
    ("/ledger/payments/*/actions/*/amount", &[I1]),
    ("/messages/messages/*/request_id", &[I6]),
    ("/messages/messages/*/template", &[I6]),
    ("/messages/messages/*/variables/매장명", &[I6]),
    ("/messages/messages/*/variables/주문번호", &[I6]),
    ("/messages/messages/*/idempotency_key", &[I6]),
];

pub async fn all(healthy: &Healthy, rng: &mut StdRng, tally: &mut Tally) -> Result<()> {
    let leaves = change::leaves(&healthy.books);
    for (kind, expected) in RULES {
        let places: Vec<&String> = leaves.iter().filter(|leaf| fits(kind, leaf)).collect();
        for _ in 0..EACH {
            let place =
                places.get(rng.random_range(0..places.len().max(1))).with_context(|| format!("no {kind}"))?;
            let mut books = healthy.books.clone();
            let value = books.pointer_mut(place).context("the place is there")?;
            *value = change::other(value, rng);
            judge(healthy, books, place, expected, tally).await?;
        }
    }
    movements(healthy, tally).await
}

/// Payments and messages as a whole: one too many, one missing, moved to another status.
async fn movements(healthy: &Healthy, tally: &mut Tally) -> Result<()> {
    let captured = |payment: &&Value| payment["captured"] != 0;
    let payments = healthy.books["ledger"]["payments"].as_array().context("no payments")?;
    let index = payments.iter().position(|payment| captured(&payment)).context("nothing was captured")?;
    let with = |change: &dyn Fn(&mut Vec<Value>, &mut Vec<Value>)| {
        let mut books = healthy.books.clone();
        let mut payments = books["ledger"]["payments"].as_array().cloned().unwrap_or_default();
        let mut messages = books["messages"]["messages"].as_array().cloned().unwrap_or_default();
        change(&mut payments, &mut messages);
        books["ledger"]["payments"] = Value::from(payments);
        books["messages"]["messages"] = Value::from(messages);
        books
    };
    let second = with(&|payments, _| {
        let mut again = payments[index].clone();
        again["tid"] = Value::from("T0000000000000000000");
        payments.push(again);
    });
    judge(healthy, second, "an order is paid twice", &[I1], tally).await?;
    let missing = with(&|payments, _| drop(payments.remove(index)));
    judge(healthy, missing, "a payment that Kakao forgot", &[I1], tally).await?;
    let twice = with(&|payments, _| {
        let again = payments[index]["actions"][0].clone();
        payments[index]["actions"].as_array_mut().unwrap().push(again);
    });
    judge(healthy, twice, "a capture that happened twice", &[I1], tally).await?;
    let status = with(&|payments, _| payments[index]["status"] = Value::from("READY"));
    judge(healthy, status, "a status that does not fit", &[I1], tally).await?;
    let method = with(&|payments, _| payments[index]["method"] = Value::from("OTHER"));
    judge(healthy, method, "another method", &[I1], tally).await?;
    let time = with(&|payments, _| payments[index]["actions"][0]["at"] = Value::from("2026-01-01T00:00:00"));
    judge(healthy, time, "another time", &[I1], tally).await?;
    let told = with(&|_, messages| messages.push(messages[0].clone()));
    judge(healthy, told, "a message that arrived twice", &[I6], tally).await?;
    let untold = with(&|_, messages| drop(messages.remove(0)));
    judge(healthy, untold, "a message that never arrived", &[I6], tally).await?;
    let stranger = with(&|_, messages| messages[0]["idempotency_key"] = Value::Null);
    judge(healthy, stranger, "a message that nobody wrote", &[I6], tally).await?;
    let wrong_room = with(&|_, messages| {
        let other = messages.iter().find(|other| other["customer"] != messages[0]["customer"]);
        messages[0]["customer"] = other.unwrap()["customer"].clone();
    });
    judge(healthy, wrong_room, "a message to somebody else", &[I6], tally).await
}

async fn judge(
    healthy: &Healthy,
    books: Value,
    what: &str,
    expected: &[Invariant],
    tally: &mut Tally,
) -> Result<()> {
    let sources = Sources { books: Some(books), ..healthy.sources.clone() };
    let report = checker::check(&sources).await.with_context(|| what.to_owned())?;
    tally.judge("books", what, expected, &report);
    Ok(())
}

fn fits(kind: &str, leaf: &str) -> bool {
    let (kind, leaf): (Vec<&str>, Vec<&str>) = (kind.split('/').collect(), leaf.split('/').collect());
    kind.len() == leaf.len() && kind.iter().zip(leaf).all(|(kind, leaf)| *kind == "*" || *kind == leaf)
}
