//! The four comparisons together.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use redis::RedisResult;
use shared::id::{AttemptId, DayId, StoreId};
use shared::wire::{Blamed, CheckReport, Difference, Equality, JournalProof, MAX_LISTED, Repair, Verdict};
use uuid::Uuid;

use super::books::Books;
use super::compare::{self, Findings, KakaoPay, Place, StreamEntry, Told};
use super::{inquire, read_stream};
use crate::app::App;
use crate::db::{attempts, closing};
use crate::failpoint;
use crate::log::stream::DayStream;

/// How long an answer of KakaoPay after the cut is good for.
const PROOF_HOLDS_MS: i64 = 10 * 60 * 1_000;

/// Whether KakaoPay is asked about payments that it has spoken of since the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Only about those that it has not.
    WhatIsOpen,
    /// About all.
    Everything,
}

/// What came of it.
pub struct Checked {
    pub report: CheckReport,
    pub books: Arc<Books>,
    pub folded: Arc<compare::Own>,
    /// Everything, also what the report does not list.
    pub differences: Vec<Difference>,
    /// Where KakaoPay's books are other than ours because a person decided so. They count as equal, and are shown.
    pub by_hand: Vec<Difference>,
}

/// Compares a day's books; `None` when the store has no such day. Without a proof of the journal the first equality is not known.
pub async fn check(
    app: &App,
    store_id: StoreId,
    day_id: DayId,
    journal: Option<&JournalProof>,
    asking: Asking,
) -> anyhow::Result<Option<Checked>> {
    let Some(books) = Books::read(&app.db, store_id, day_id).await? else { return Ok(None) };
    let books = Arc::new(books);
    let since = proven_since(app, &books, asking);
    let own = own(books.clone());
    let (own, stream, told) = tokio::join!(own, stream_of(app, &books), inquire::inquire(app, &books, since));
    let (own, told) = (own?, told?);
    let mut found = Findings(own.found.0.clone());
    if let (Some(cut), Some(proof)) = (&books.cut, journal) {
        compare::journal(&books, &own.chain, cut, proof, &mut found);
    }
    failpoint::reach("close.after_pc_digest").await?;
    let is_stream_known = match stream {
        Ok(None) => true,
        Ok(Some(entries)) => {
            compare::stream(&books, &own.chain, &entries, &mut found);
            true
        }
        Err(error) => {
            found.silent(Equality::Stream, Blamed::Stream, Place::default(), "redis", &error.to_string());
            false
        }
    };
    failpoint::reach("close.after_stream_digest").await?;
    let aside = compare::kakaopay(&books, &told, &mut found);
    look_at_late(app, &books, &aside.late).await?;
    keep_proofs(app, &books, &told, &found).await?;
    let differences = found.0;
    let journal = match (journal, books.cut) {
        (Some(_), Some(_)) => verdict(&differences, Equality::Journal),
        _ => Verdict::NotKnown,
    };
    let report = CheckReport {
        day_id,
        checked_at: app.clock.now_ms(),
        journal,
        orders: verdict(&differences, Equality::Orders),
        stream: if is_stream_known { verdict(&differences, Equality::Stream) } else { Verdict::NotKnown },
        money: verdict(&differences, Equality::Money),
        differences: differences.iter().take(MAX_LISTED).cloned().collect(),
        more: count(differences.len().saturating_sub(MAX_LISTED)),
        order_count: count(books.orders.len()),
        event_count: count(books.rows.books.len()),
        payment_count: count(books.attempts.len()),
    };
    for verdict in [report.orders, report.stream, report.money] {
        metrics::counter!("day_checks", "verdict" => format!("{verdict:?}")).increment(1);
    }
    Ok(Some(Checked { report, books, folded: Arc::new(own), differences, by_hand: aside.by_hand.0 }))
}

/// Thousands of bodies are read and hashed: not on a thread that others wait for.
async fn own(books: Arc<Books>) -> anyhow::Result<compare::Own> {
    tokio::task::spawn_blocking(move || compare::own(&books)).await.context("comparing the books failed")
}

/// The stream's entries; `None` when the day's stream was removed for good.
async fn stream_of(app: &App, books: &Books) -> RedisResult<Option<Vec<StreamEntry>>> {
    if books.day.is_archived {
        return Ok(None);
    }
    let stream =
        DayStream { day_id: books.day_id, first_seq: books.day.first_seq, generation: books.day.stream_gen };
    read_stream::entries(&app.redis, books.store_id, &stream, books.upto).await.map(Some)
}

/// From when on KakaoPay's word counts: after the cut no money moves by us.
fn proven_since(app: &App, books: &Books, asking: Asking) -> Option<DateTime<Utc>> {
    let cut = books.cut.filter(|_| asking == Asking::WhatIsOpen)?;
    let fresh = app.clock.now() - chrono::Duration::milliseconds(PROOF_HOLDS_MS);
    Some(cut.cut_at.max(fresh))
}

/// Money that came late is given back by whoever looks at its attempt, which else would happen up to a day later.
async fn look_at_late(app: &App, books: &Books, late: &[AttemptId]) -> Result<(), sqlx::Error> {
    if late.is_empty() {
        return Ok(());
    }
    tracing::warn!(store_id = %books.store_id, attempts = ?late, "KakaoPay took money that we had given up; it goes back");
    attempts::look_at_late(&app.db, books.store_id, late, app.clock.now_ms()).await
}

/// Payments about which everything is equal need not be asked about again in this closing.
async fn keep_proofs(app: &App, books: &Books, told: &KakaoPay, found: &Findings) -> Result<(), sqlx::Error> {
    if books.cut.is_none() {
        return Ok(());
    }
    let wrong: BTreeSet<Uuid> = found.0.iter().filter_map(|d| d.attempt_id).map(|AttemptId(id)| id).collect();
    let proofs = told.iter().filter(|(id, _)| !wrong.contains(id)).filter_map(|(id, told)| match told {
        Told::Of(body) => {
            compare::money(body).map(|(captured, refunded)| (AttemptId(*id), captured, refunded))
        }
        Told::NoSuchPayment | Told::Nothing(_) | Told::Before { .. } => None,
    });
    let proofs: Vec<_> = proofs.collect();
    if proofs.is_empty() {
        return Ok(());
    }
    closing::put_proofs(&app.db, books.store_id, &proofs, app.clock.now()).await
}

fn verdict(differences: &[Difference], equality: Equality) -> Verdict {
    let of_it: Vec<&Difference> = differences.iter().filter(|one| one.equality == equality).collect();
    match of_it.iter().all(|difference| difference.repair == Repair::CheckAgain) {
        _ if of_it.is_empty() => Verdict::Equal,
        true => Verdict::NotKnown,
        false => Verdict::Different,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
