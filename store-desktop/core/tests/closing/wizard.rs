//! The wizard of a real counter against a server with a real log.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use shared::day::DayState;
use shared::order::OrderCommand;
use shared::wire::*;
use store_desktop_core::alarm::{AlarmSink, Sound};
use store_desktop_core::closing::{CloseAction, CloseStep, CloseView, StepState};
use store_desktop_core::counter::Options;
use store_desktop_core::host::{CloseForm, SignInForm};
use store_desktop_core::sync::Timing;
use store_desktop_core::{CounterHost, HostError, journal};

use super::journal::settled;
use super::server::{BOUND, Served};
use super::store::{Store, blocker, counter, difference, now};

struct Mute;

impl AlarmSink for Mute {
    fn ready(&mut self) -> bool {
        false
    }
    fn play(&mut self, _: Sound) {}
    fn stop(&mut self) {}
}

fn quick() -> Options {
    let timing = Timing {
        silence: Duration::from_millis(800),
        behind: Duration::from_millis(200),
        backoff_base: Duration::from_millis(10),
        backoff_limit: Duration::from_millis(100),
        ..Timing::default()
    };
    Options { timing, ballast_bytes: 0, ..Options::default() }
}

/// Opens the counter; one that was just dropped may take a moment to let go of the folder.
pub async fn start(folder: &Path) -> Arc<CounterHost> {
    let began = std::time::Instant::now();
    loop {
        match CounterHost::start(folder, quick(), Some("test".to_owned()), Box::new(Mute)).await {
            Ok(host) => return host,
            Err(error) if began.elapsed() > BOUND => panic!("the counter does not start: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

pub async fn signed_in(folder: &Path, server: &Served) -> Arc<CounterHost> {
    let host = start(folder).await;
    let form: SignInForm = serde_json::from_value(serde_json::json!({
        "server_url": server.url, "login_id": "owner", "password": "long enough",
    }))
    .unwrap();
    host.sign_in(form).await.unwrap();
    until(&host, "the journal begins", |host| host.counter().head().is_some()).await;
    host
}

pub async fn until(host: &Arc<CounterHost>, what: &str, wanted: impl Fn(&CounterHost) -> bool) {
    let began = std::time::Instant::now();
    while !wanted(host) {
        assert!(began.elapsed() < BOUND, "{what} did not happen: {:#?}", host.close_view());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub async fn at_step(host: &Arc<CounterHost>, step: CloseStep) -> CloseView {
    until(host, &format!("{step:?}"), |host| host.close_view().is_some_and(|view| view.step == step)).await;
    host.close_view().unwrap()
}

fn state_of(view: &CloseView) -> StepState {
    view.steps.iter().find(|line| line.step == view.step).unwrap().state
}

async fn begin(host: &CounterHost) -> CloseView {
    host.close_start(CloseForm::default()).await.unwrap()
}

/// From the totals to the certificate.
async fn finish(host: &Arc<CounterHost>, server: &Served) {
    let view = at_step(host, CloseStep::Totals).await;
    assert_eq!(state_of(&view), StepState::NeedsPerson);
    assert_eq!(view.totals, Some(server.with(|store| store.totals())));
    assert!(view.equalities.iter().all(|line| line.verdict == Verdict::Equal), "{:?}", view.equalities);
    let view = host.close_finish().await.unwrap().unwrap();
    assert_eq!(view.step, CloseStep::Closed, "{view:#?}");
    assert!(view.certified);
    let kept = host.certificate(view.day_id).await.unwrap();
    assert!(kept.verified && kept.problem.is_none());
    assert_eq!(Some(kept.signed), server.with(|store| store.certificate.clone()));
    assert_eq!(server.with(|store| (store.closed, store.day.state())), (1, DayState::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_closed_step_by_step_and_the_certificate_is_kept() {
    let server = Served::start(Store::busy(5)).await;
    let open = server.with(Store::place);
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    begin(&host).await;
    let view = at_step(&host, CloseStep::OpenOrders).await;
    assert_eq!((view.open_orders.len(), state_of(&view)), (1, StepState::NeedsPerson));
    assert_eq!(view.open_orders[0].order_id, open);
    assert_eq!(host.close_finish().await.unwrap_err().code, "closing_not_ready");
    assert!(server.with(|store| store.cut.is_none()), "nothing is frozen before every order has its end");
    server.with(|store| store.finish(open));
    finish(&host, &server).await;
    let cards = host.certificates().await.unwrap();
    assert_eq!(cards.len(), 1);
    assert!(cards[0].verified);
    assert_eq!(host.close_finish().await.unwrap(), None, "the wizard is put away");
    assert_eq!(host.close_view(), None);
    // It is the disk that has it.
    drop(host);
    let host = start(folder.path()).await;
    assert_eq!(host.certificates().await.unwrap(), cards);
    assert!(journal::verify(folder.path()).unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_under_way_are_waited_for_and_what_needs_an_operator_is_said() {
    let server = Served::start(Store::busy(2)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    server.with(|store| store.faults.blockers = vec![blocker(BlockerCode::PaymentUnknown, &[])]);
    begin(&host).await;
    let view = at_step(&host, CloseStep::Payments).await;
    until(&host, "the server was asked", |host| !host.close_view().unwrap().blockers.is_empty()).await;
    assert!(view.problem.is_none());
    let view = host.close_step().await.unwrap();
    assert_eq!(state_of(&view), StepState::Waiting, "{view:#?}");
    server.with(|store| store.faults.blockers = vec![blocker(BlockerCode::RefundNeedsReview, &[])]);
    let view = host.close_step().await.unwrap();
    assert_eq!(state_of(&view), StepState::NeedsPerson);
    assert!(view.problem.unwrap().korean.contains("운영자"));
    server.with(|store| store.faults.blockers.clear());
    finish(&host, &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_has_one_repair_and_only_copies_are_repaired() {
    let server = Served::start(Store::busy(4)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    server.with(|store| {
        store.faults.differences = vec![difference(Equality::Stream, Blamed::Stream, Repair::RebuildStream)];
    });
    begin(&host).await;
    let view = at_step(&host, CloseStep::Books).await;
    until(&host, "the difference", |host| !host.close_view().unwrap().differences.is_empty()).await;
    assert!(!view.actions.contains(&CloseAction::CloseFinish));
    let view = host.close_view().unwrap();
    assert!(view.actions.contains(&CloseAction::CloseRepair));
    assert!(view.differences[0].korean.contains("다시 만들"), "{:?}", view.differences);
    host.close_repair().await.unwrap();
    assert_eq!(server.with(|store| store.repaired), 1);
    at_step(&host, CloseStep::Totals).await;
    // One that only a person can settle offers no repair, and nothing is closed.
    host.close_cancel().await.unwrap();
    until(&host, "the store sells", |_| server.with(|store| store.day.state()) == DayState::Open).await;
    server.with(|store| {
        store.faults.differences = vec![difference(Equality::Orders, Blamed::Database, Repair::AskOperator)];
    });
    begin(&host).await;
    at_step(&host, CloseStep::Books).await;
    until(&host, "the difference", |host| !host.close_view().unwrap().differences.is_empty()).await;
    let view = host.close_view().unwrap();
    assert!(!view.actions.contains(&CloseAction::CloseRepair), "{:?}", view.actions);
    assert!(host.close_finish().await.is_err());
    assert_eq!(server.with(|store| store.closed), 0);
    server.with(|store| store.faults.differences.clear());
    host.close_step().await.unwrap();
    finish(&host, &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_journal_is_found_read_again_and_verified_again() {
    let server = Served::start(Store::busy(8)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    let ids: Vec<_> = (0..3).map(|_| server.with(Store::place)).collect();
    until(&host, "the orders", |host| host.counter().head() == Some(server.with(|store| store.head()))).await;
    ids.iter().for_each(|id| server.with(|store| store.finish(*id)));
    until(&host, "the log", |host| host.counter().head() == Some(server.with(|store| store.head()))).await;
    let changed = host.counter().head().unwrap().seq - 4;
    let file = rusqlite::Connection::open(folder.path().join(journal::FILE_NAME)).unwrap();
    let sql =
        "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'order', 'odrer') AS BLOB) WHERE seq = ?";
    assert_eq!(file.execute(sql, [changed]).unwrap(), 1);
    drop(file);
    begin(&host).await;
    // The counter came in the middle of the day: its beginning is read too, and the changed row with it.
    let view = at_step(&host, CloseStep::Totals).await;
    assert_eq!(view.totals, Some(server.with(|store| store.totals())));
    let aside = std::fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with("journal.mended-"));
    let aside = std::fs::read_to_string(aside.expect("what was there is kept aside").path()).unwrap();
    assert!(aside.contains("odrer") && aside.lines().count() == 1, "{aside}");
    // Changed once more: now the journal has the whole day, and a person is asked.
    host.close_cancel().await.unwrap();
    until(&host, "the store sells", |_| server.with(|store| store.day.state()) == DayState::Open).await;
    let file = rusqlite::Connection::open(folder.path().join(journal::FILE_NAME)).unwrap();
    assert_eq!(file.execute(sql, [7]).unwrap(), 1);
    drop(file);
    begin(&host).await;
    let view = at_step(&host, CloseStep::Journal).await;
    until(&host, "the difference", |host| !host.close_view().unwrap().differences.is_empty()).await;
    assert!(!view.certified);
    let view = host.close_view().unwrap();
    assert_eq!(view.differences[0].blamed, Blamed::Journal);
    assert_eq!(view.differences[0].difference.seq, Some(7));
    assert!(view.differences[0].english.contains("Event 7"), "{:?}", view.differences);
    host.close_repair().await.unwrap();
    finish(&host, &server).await;
    assert!(journal::verify(folder.path()).unwrap().is_ok(), "what was mended is whole again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_table_sets_the_file_aside_and_the_day_is_read_again() {
    let server = Served::start(Store::busy(4)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    let path = folder.path().join(journal::FILE_NAME);
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute("UPDATE fact SET value = value || 'x' WHERE name = 'server_url'", []).unwrap();
    drop(file);
    begin(&host).await;
    let view = at_step(&host, CloseStep::Journal).await;
    until(&host, "the difference", |host| !host.close_view().unwrap().differences.is_empty()).await;
    assert!(!view.certified);
    assert_eq!(host.close_view().unwrap().differences[0].difference.field, "table");
    host.close_repair().await.unwrap();
    finish(&host, &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_line_it_says_what_it_waits_for_and_goes_on_later() {
    let server = Served::start(Store::busy(3)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    let open = server.with(Store::place);
    until(&host, "the order", |host| host.counter().head() == Some(server.with(|store| store.head()))).await;
    server.stop();
    begin(&host).await;
    let view = at_step(&host, CloseStep::StopOrders).await;
    assert_eq!(view.waiting.unwrap().code, "stop_under_way");
    assert_eq!(view.open_orders.len(), 1, "what has to be done is known without a line");
    server.start_again().await;
    at_step(&host, CloseStep::OpenOrders).await;
    server.with(|store| {
        store.finish(open);
        store.faults.blockers = vec![blocker(BlockerCode::PaymentUnderWay, &[])];
    });
    at_step(&host, CloseStep::Payments).await;
    server.stop();
    let view = host.close_step().await.unwrap();
    assert_eq!(view.waiting.unwrap().code, "server_unreachable");
    assert_eq!(state_of(&host.close_view().unwrap()), StepState::Waiting);
    server.with(|store| store.faults.blockers.clear());
    server.start_again().await;
    let view = at_step(&host, CloseStep::Totals).await;
    assert!(view.waiting.is_none());
    server.stop();
    let view = host.close_finish().await.unwrap().unwrap();
    assert_eq!(view.step, CloseStep::Certificate);
    assert_eq!(view.waiting.unwrap().code, "server_unreachable");
    assert_eq!(host.close_cancel().await.unwrap_err().code, "close_outcome_unknown");
    server.start_again().await;
    at_step(&host, CloseStep::Closed).await;
    assert_eq!(server.with(|store| store.closed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_given_up_at_every_step_before_the_close_and_planned_for_later() {
    let server = Served::start(Store::busy(3)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    let late = host.close_start(CloseForm { at: Some(now()) }).await.unwrap_err();
    assert_eq!(late.code, "time_out_of_range");
    let view = host.close_start(CloseForm { at: Some(now().plus_minutes(30)) }).await.unwrap();
    assert!(view.planned_at.is_some() && view.waiting.unwrap().code == "planned");
    assert_eq!(server.with(|store| store.day.state()), DayState::Open, "orders come until then");
    host.close_cancel().await.unwrap();
    assert_eq!(host.close_view(), None);
    host.close_start(CloseForm { at: Some(now().plus_ms(600)) }).await.unwrap();
    until(&host, "closing begins by itself", |_| server.with(|store| store.day.state()) != DayState::Open)
        .await;
    for step in [CloseStep::OpenOrders, CloseStep::Payments, CloseStep::Totals] {
        let open = server.with(|store| {
            store.faults.blockers.clear();
            match step {
                CloseStep::OpenOrders => Some(store.place()),
                CloseStep::Payments => {
                    store.faults.blockers = vec![blocker(BlockerCode::PaymentUnderWay, &[])];
                    None
                }
                CloseStep::StopOrders
                | CloseStep::Commands
                | CloseStep::Cut
                | CloseStep::Journal
                | CloseStep::Books
                | CloseStep::Totals
                | CloseStep::Certificate
                | CloseStep::Closed => None,
            }
        });
        begin(&host).await;
        at_step(&host, step).await;
        host.close_cancel().await.unwrap();
        until(&host, "the store sells again", |_| server.with(|store| store.day.state()) == DayState::Open)
            .await;
        until(&host, "the counter knows", |host| {
            host.counter().head() == Some(server.with(|store| store.head()))
        })
        .await;
        if let Some(open) = open {
            server.with(|store| store.finish(open));
        }
    }
    begin(&host).await;
    finish(&host, &server).await;
    assert_eq!(host.close_cancel().await.unwrap_err().code, "day_not_running", "what is closed stays closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_after_the_cut_makes_the_cut_old() {
    let server = Served::start(Store::busy(3)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    begin(&host).await;
    at_step(&host, CloseStep::Totals).await;
    let cut = server.with(|store| {
        let id = *store.orders.keys().next().unwrap();
        let amount = shared::Won::new(100).unwrap();
        store.act(id, &OrderCommand::RecordRefund { amount }, counter()).unwrap();
        store.cut.clone()
    });
    host.close_finish().await.unwrap();
    finish(&host, &server).await;
    assert_ne!(server.with(|store| store.cut.clone()), cut, "the books were frozen anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_ours_is_not_kept() {
    for fault in ["digit", "totals", "key"] {
        let server = Served::start(Store::busy(3)).await;
        let folder = tempfile::tempdir().unwrap();
        let host = signed_in(folder.path(), &server).await;
        begin(&host).await;
        at_step(&host, CloseStep::Totals).await;
        let mut pinned = None;
        while pinned.is_none() {
            // The key is pinned long before the close.
            pinned = host.counter().journal().certificate_key().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.with(|store| match fault {
            "digit" => store.faults.change_certificate = true,
            "totals" => store.faults.wrong_totals = true,
            _ => store.key = shared::certificate::SigningKey::from_seed(&[8; 32]),
        });
        let view = host.close_finish().await.unwrap().unwrap();
        assert_eq!(view.step, CloseStep::Certificate, "{fault}: {view:#?}");
        let code = view.problem.unwrap().code;
        let expected = if fault == "totals" { "certificate_differs" } else { "certificate_not_believed" };
        assert_eq!(code, expected, "{fault}");
        assert!(host.certificates().await.unwrap().is_empty(), "{fault}");
        // A digit that fell over on the way is asked for again.
        if fault == "digit" {
            server.with(|store| store.faults.change_certificate = false);
            assert_eq!(host.close_step().await.unwrap().step, CloseStep::Closed);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_has_to_be_read_first_and_lost_answers_are_waited_for() {
    let server = Served::start(Store::busy(2)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    let done = server.with(|store| *store.orders.keys().next().unwrap());
    server.with(|store| store.faults.lose_answers = 3);
    host.counter().give(done, None, CommandAction::Accept { prep_minutes: 5 }).await.unwrap();
    begin(&host).await;
    let view = at_step(&host, CloseStep::Commands).await;
    until(&host, "the refusal", |host| host.close_view().unwrap().refused == 1).await;
    assert!(view.totals.is_none());
    let waiting = host.counter().state().waiting.iter().map(|one| one.command.key).collect::<Vec<_>>();
    for key in waiting {
        host.dismiss_refusal(key).await.unwrap();
    }
    finish(&host, &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_somebody_else_closed_gives_its_certificate_too() {
    let server = Served::start(Store::busy(2)).await;
    let folder = tempfile::tempdir().unwrap();
    let host = signed_in(folder.path(), &server).await;
    server.with(|store| store.faults.blockers = vec![blocker(BlockerCode::PaymentUnderWay, &[])]);
    begin(&host).await;
    at_step(&host, CloseStep::Payments).await;
    server.with(|store| {
        store.faults.blockers.clear();
        let cut = store.make_cut().cut.unwrap();
        let proof = JournalProof {
            position: cut.upto.clone(),
            head_hash: cut.head_hash.clone(),
            count: cut.upto.seq - cut.first_seq + 1,
        };
        store.close(&CloseRequest { journal: proof });
    });
    let view = at_step(&host, CloseStep::Closed).await;
    assert!(host.certificate(view.day_id).await.unwrap().verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_closed_without_a_day_or_a_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).await;
    let code = |error: HostError| error.code;
    assert_eq!(host.close_start(CloseForm::default()).await.map_err(code).unwrap_err(), "not_signed_in");
    assert_eq!(host.close_step().await.map_err(code).unwrap_err(), "no_closing");
    assert_eq!(host.close_finish().await.map_err(code).unwrap_err(), "no_closing");
    assert_eq!(
        host.certificate(shared::id::DayId::fresh()).await.map_err(code).unwrap_err(),
        "no_certificate"
    );
    host.close_cancel().await.unwrap();
    drop(host);
    settled(folder.path());
}
