//! The power goes while the real program works: what is left is what was synced.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::RngExt;
use shared::log::Position;
use store_desktop_core::journal::{Journal, verify};

use super::store::{cases, copy_journal, dice};
use super::world::{BOUND, FakeServer};

/// The library beside this test program, where cargo puts it.
fn disk_fault_library() -> PathBuf {
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let name = "libdisk_fault.so";
    let found = [beside.join(name), beside.join("..").join(name)].into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| panic!("cargo builds {name} with this test"))
}

fn counter(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counter"));
    command.arg("--data").arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    command
}

fn run(folder: &Path, synced: &Path) -> Child {
    counter(folder)
        .args(["run", "--auto", "accept,cooking,ready,handed_over"])
        .env("LD_PRELOAD", disk_fault_library())
        .env("DISK_FAULT_PATH", "journal.db")
        .env("DISK_FAULT_SYNCED", synced)
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_was_told_survives_a_power_cut() {
    let mut dice = dice("power cut");
    let server = FakeServer::start().await;
    let scratch = super::store::scratch();
    let (folder, synced) = (scratch.path().join("data"), scratch.path().join("synced"));
    std::fs::create_dir(&synced).unwrap();
    let login = ["login", "--server", &server.url, "--login-id", "owner", "--password", "long enough"];
    assert!(counter(&folder).args(login).args(["--device-name", "test"]).status().unwrap().success());
    copy_journal(&folder, &synced);
    for round in 0..cases(8) {
        let acks = server.with(|inner| inner.acks.len());
        let mut child = run(&folder, &synced);
        for _ in 0..5 {
            server.place();
        }
        // Let it get somewhere, then cut at any moment.
        until(|| server.with(|inner| inner.acks.len() > acks), "an acknowledgement").await;
        tokio::time::sleep(Duration::from_micros(dice.random_range(0..60_000))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("journal.db{suffix}")));
        }
        copy_journal(&synced, &folder);
        check(&server, &folder, round).await;
        // Looking has moved the log into the file.
        copy_journal(&folder, &synced);
    }
    // At last it works everything off.
    let mut child = run(&folder, &synced);
    let done = || {
        server.with(|inner| inner.orders.values().all(|order| order.phase.name().as_str() == "handed_over"))
    };
    until(done, "every order is handed over").await;
    child.kill().unwrap();
    child.wait().unwrap();
    let doubled = server.with(|inner| {
        let mut keys: Vec<_> =
            inner.received.iter().map(|command| (command.key, format!("{command:?}"))).collect();
        keys.sort();
        keys.dedup();
        keys.windows(2).any(|two| two[0].0 == two[1].0)
    });
    assert!(!doubled, "no key ever stood for two commands");
}

async fn check(server: &FakeServer, folder: &Path, round: usize) {
    let verified = verify(folder);
    let files: Vec<_> = ["", "-wal"]
        .map(|suffix| {
            std::fs::metadata(folder.join(format!("journal.db{suffix}"))).map(|file| file.len()).ok()
        })
        .into();
    assert!(matches!(verified, Ok(Ok(_))), "round {round}, files of {files:?} bytes: {verified:?}");
    let journal = Journal::open(folder).unwrap();
    assert_eq!(journal.set_aside(), None, "round {round}: a power cut is no damage");
    let head = journal.head().await.unwrap().map_or(0, |head| head.seq);
    let acked = server.with(|inner| inner.acks.iter().map(|ack: &Position| ack.seq).max()).unwrap_or(0);
    assert!(head >= acked, "round {round}: the server was told {acked}, the disk has {head}");
    for command in server.with(|inner| inner.received.clone()) {
        let kept = journal.command(command.key).await.unwrap();
        assert!(kept.is_some(), "round {round}: a command left before it was on the disk");
    }
    super::store::close(journal, folder).await;
}

async fn until(wanted: impl Fn() -> bool, what: &str) {
    let began = std::time::Instant::now();
    while !wanted() {
        assert!(began.elapsed() < BOUND, "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
