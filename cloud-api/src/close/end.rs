//! The end of a day: everything is compared, and in one transaction the day is closed, the certificate signed and the accounting batch
//! given its work.

use serde_json::json;
use shared::TimeMs;
use shared::certificate::{CERTIFICATE_VERSION, Certificate, SignedCertificate};
use shared::day::{DayCommand, DayTotals, TransitionCause};
use shared::id::{DayId, DeviceId, StoreId};
use shared::order::Actor;
use shared::wire::{CheckReport, CloseAnswer, JournalProof, Verdict};
use sqlx::PgConnection;

use super::check::{Asking, Checked, check};
use super::{NotDone, accounting, blockers, cut, day, key, status, totals};
use crate::app::App;
use crate::clock::to_ms;
use crate::db::closing::{self, DayCut, Signed};
use crate::db::{self, in_time};
use crate::failpoint;
use crate::orders::Template;
use crate::vault::Vault;
use crate::wake::Work;

/// Who closes a day, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Closer<'a> {
    pub by: Actor,
    pub cause: TransitionCause,
    /// The counter and what it says of its journal; absent for a day that the server ends.
    pub counter: Option<(DeviceId, &'a JournalProof)>,
}

/// Closes a day if everything is equal. Asked again, it answers the same certificate.
pub async fn close(
    app: &App,
    store_id: StoreId,
    day_id: DayId,
    closer: Closer<'_>,
) -> Result<CloseAnswer, NotDone> {
    if let Some(certificate) = status::certificate(app, store_id, day_id).await? {
        return Ok(CloseAnswer::Closed { certificate });
    }
    if let Some(not_yet) = ready(app, store_id, day_id).await? {
        return Ok(not_yet);
    }
    let proof = closer.counter.map(|(_, proof)| proof);
    let checked = check(app, store_id, day_id, proof, Asking::WhatIsOpen).await?;
    let checked = checked.ok_or(NotDone::NoSuchDay)?;
    let Some(cut) = checked.books.cut else {
        return Ok(CloseAnswer::NotYet { blockers: vec![cut::not_cut()] });
    };
    if !holds(&checked.report, proof.is_some()) {
        return Ok(CloseAnswer::Different { report: checked.report });
    }
    let (answer, work) = in_time(end(app, store_id, day_id, &checked, cut, closer)).await?;
    app.wake.up(work);
    if work.relay {
        tell_by_hand(store_id, day_id, &checked);
        accounting::publish(app, store_id, day_id).await;
    }
    Ok(answer)
}

/// A day that was closed although KakaoPay's books are other than ours says so, with whoever decided it.
fn tell_by_hand(store_id: StoreId, day_id: DayId, checked: &Checked) {
    if checked.by_hand.is_empty() {
        return;
    }
    metrics::counter!("days_closed_by_hand").increment(1);
    tracing::warn!(%store_id, %day_id, by_hand = ?checked.by_hand, "a day was closed with money that was settled by hand");
}

/// Without a counter the journal is not known, and everything else has to be equal.
fn holds(report: &CheckReport, with_journal: bool) -> bool {
    match with_journal {
        true => report.holds(),
        false => CheckReport { journal: Verdict::Equal, ..report.clone() }.holds(),
    }
}

/// What stands in the way before anything is compared.
async fn ready(app: &App, store_id: StoreId, day_id: DayId) -> Result<Option<CloseAnswer>, NotDone> {
    let now = app.clock.now_ms();
    in_time(async {
        let mut tx = app.db.begin().await?;
        let latest = db::days::latest(&mut *tx, store_id).await?;
        let stored = latest.filter(|stored| stored.day.id == day_id).ok_or(NotDone::NoSuchDay)?;
        let mut blockers = blockers::blockers(&mut tx, store_id, &stored.day, now).await?;
        if blockers.is_empty() && cut::standing(&mut tx, store_id, &stored.day).await?.is_none() {
            blockers.push(cut::not_cut());
        }
        tx.rollback().await?;
        Ok((!blockers.is_empty()).then_some(CloseAnswer::NotYet { blockers }))
    })
    .await
}

/// Under the day's lock once more: nothing stands in the way, the cut is the one that was compared, and nothing happened since.
async fn end(
    app: &App,
    store_id: StoreId,
    day_id: DayId,
    checked: &Checked,
    compared: DayCut,
    closer: Closer<'_>,
) -> Result<(CloseAnswer, Work), NotDone> {
    let now = app.clock.now_ms();
    let mut tx = app.db.begin().await?;
    let stored = day::lock(&mut tx, store_id, day_id).await?;
    if let Some(signed) = closing::certificate_of(&mut *tx, store_id, day_id).await? {
        let certificate = SignedCertificate {
            text: signed.certificate,
            key_id: signed.key_id,
            signature: signed.signature,
        };
        return Ok((CloseAnswer::Closed { certificate }, Work::default()));
    }
    let mut blockers = blockers::blockers(&mut tx, store_id, &stored.day, now).await?;
    if cut::standing(&mut tx, store_id, &stored.day).await? != Some(compared) {
        blockers.push(cut::not_cut());
    }
    if !blockers.is_empty() {
        return Ok((CloseAnswer::NotYet { blockers }, Work::default()));
    }
    let totals = totals::totals(&checked.books, &checked.folded.folded)?;
    let command =
        DayCommand::Close { upto_seq: compared.upto_seq, head_hash: compared.head_hash.hex(), totals };
    let made = day::change(&mut tx, &app.clock, store_id, command, closer.by, closer.cause).await?;
    let closed_at = match made.day.phase {
        shared::day::DayPhase::Closed { at } => at,
        shared::day::DayPhase::Preparing
        | shared::day::DayPhase::Open { .. }
        | shared::day::DayPhase::OnBreak { .. }
        | shared::day::DayPhase::Closing { .. } => now,
    };
    let card = db::snapshot::store_card(&mut tx, store_id).await?;
    let certificate = Certificate {
        v: CERTIFICATE_VERSION,
        store_id,
        store_name: format!("{} {}", card.name, card.branch),
        day_id,
        prepared_at: checked.books.day.began_at.map_or(made.day.prepared_at, to_ms),
        closed_at,
        epoch: compared.epoch,
        first_seq: checked.books.day.first_seq,
        upto_seq: compared.upto_seq,
        head_hash: compared.head_hash.hex(),
        device_id: closer.counter.map(|(device_id, _)| device_id),
        totals,
        lost: 0,
        doubled: 0,
        payment_difference: 0,
    };
    let signed = key::signing_key(&app.config.signing_key).sign(&certificate);
    keep(&mut tx, &certificate, &signed).await?;
    let told = tell_owner(&mut tx, &app.vault, &certificate, &totals, now).await?;
    failpoint::reach("close.before_close_commit").await?;
    tx.commit().await?;
    metrics::counter!("days_closed").increment(1);
    let work = made.work.and(Work { relay: true, notifications: told, ..Work::default() });
    Ok((CloseAnswer::Closed { certificate: signed }, work))
}

async fn keep(
    tx: &mut PgConnection,
    certificate: &Certificate,
    signed: &SignedCertificate,
) -> Result<(), sqlx::Error> {
    let closed_at = certificate.closed_at;
    let row = Signed {
        certificate: signed.text.clone(),
        key_id: signed.key_id.clone(),
        signature: signed.signature.clone(),
    };
    let (store_id, day_id, upto) = (certificate.store_id, certificate.day_id, certificate.upto_seq);
    closing::insert(tx, store_id, day_id, upto, &row, accounting::first_look(closed_at), closed_at).await
}

/// The owner reads what the day came to; nothing when the store has no number that can get messages.
async fn tell_owner(
    tx: &mut PgConnection,
    vault: &Vault,
    certificate: &Certificate,
    totals: &DayTotals,
    now: TimeMs,
) -> Result<bool, sqlx::Error> {
    let callee = db::owner_numbers::callee(&mut *tx, vault, certificate.store_id).await?;
    if !crate::notify::can_call(&callee.phone) {
        return Ok(false);
    }
    let ended = totals.rejected + totals.cancelled;
    let variables = json!({
        "매장명": certificate.store_name,
        "주문수": totals.orders.to_string(),
        "취소수": ended.to_string(),
        "매출": totals.captured.checked_sub(totals.refunded).unwrap_or_default().to_string(),
        "확인값": &certificate.head_hash[..16],
    });
    let (store_id, day_id) = (certificate.store_id, certificate.day_id);
    db::notifications::create_for_owner(tx, store_id, day_id, Template::DayClosed, &variables, now).await
}

/// Ends a day that nobody closed: without a counter's journal, but with everything else equal. `false` when something stands in the way;
/// asked again later it may work.
pub async fn close_without_counter(app: &App, store_id: StoreId, day_id: DayId) -> Result<bool, NotDone> {
    let by = Actor::Operator;
    let frozen = cut::cut(app, store_id, day_id, by).await?;
    if frozen.cut.is_none() {
        return Ok(false);
    }
    let closer = Closer { by, cause: TransitionCause::Forgotten, counter: None };
    match close(app, store_id, day_id, closer).await? {
        CloseAnswer::Closed { .. } => Ok(true),
        CloseAnswer::NotYet { .. } => Ok(false),
        CloseAnswer::Different { report } => {
            tracing::error!(%store_id, %day_id, differences = ?report.differences, "a day that nobody closed is not equal");
            Ok(false)
        }
    }
}
