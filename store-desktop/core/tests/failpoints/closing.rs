//! `counter close` dies, waits or fails at every step of the wizard, and is started again. In the end the day was closed once, the counter has
//! the certificate, and the exported day proves itself.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::closing_server::Served;
use super::program::login;
use super::store::Store;
use super::{EXIT, FAULTS};

const SIGABRT: i32 = 6;
/// Starts of `counter close` until it has to be done.
const STARTS: usize = 5;

/// A test for each failpoint of the wizard, and the list of them all.
macro_rules! walks {
    ($($step:ident),* $(,)?) => {
        mod close {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $step() {
                super::walk(concat!("close.", stringify!($step))).await;
            })*
        }
        pub const NAMES: &[&str] = &[$(concat!("close.", stringify!($step)),)*];
    };
}

walks! {
    before_progress, after_progress, before_stop, after_cut, after_pc_digest, before_repair, after_repair, before_mend_commit,
    after_mend_commit, after_check, before_close, after_close, after_certificate,
}

async fn walk(name: &str) {
    for fault in FAULTS {
        eprintln!("{name}: {fault}");
        one(name, fault).await;
    }
}

async fn one(name: &str, fault: &str) {
    let server = Served::start(Store::busy(4)).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    login(folder, &server.url);
    // The counter came in the middle of the day, so its journal has to read the beginning.
    let first = close(folder, &format!("{name}={fault}")).await;
    let told = || String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(told().contains(&format!("\"{name}\"")), "the failpoint is not reached: {}", told());
    if fault == EXIT {
        assert_eq!(first.status.signal(), Some(SIGABRT), "{}", told());
    }
    let mut last = first;
    for _ in 0..STARTS {
        if last.status.success() {
            break;
        }
        last = close(folder, "").await;
    }
    let said = String::from_utf8_lossy(&last.stdout).into_owned();
    assert!(last.status.success(), "{said}{}", String::from_utf8_lossy(&last.stderr));
    assert_eq!(server.with(|store| store.closed), 1, "the day was closed once");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let certificate = lines.iter().find(|line| line["type"] == "certificate").unwrap();
    let kept = server.with(|store| store.certificate.clone().unwrap());
    assert_eq!(certificate["signed"]["text"], kept.text);
    let exported = lines.iter().find(|line| line["type"] == "exported").unwrap();
    proves_itself(Path::new(exported["folder"].as_str().unwrap()));
}

/// The folder alone is enough.
fn proves_itself(folder: &Path) {
    let at = |name: &str| folder.join(name).into_os_string();
    let done = Command::new(env!("CARGO_BIN_EXE_counter"))
        .args(["--data", "/nowhere", "journal", "verify", "--export"])
        .arg(at("journal.jsonl"))
        .arg("--certificate")
        .arg(at("certificate.json"))
        .arg("--key")
        .arg(at("key.txt"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

async fn close(folder: &Path, failpoints: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counter"));
    command.arg("--data").arg(folder).args(["close", "--export", "--wait", "60"]);
    command.env("FAILPOINTS", failpoints).env("NO_COLOR", "1");
    command.env_remove("RUST_LOG").env_remove("HTTP_PROXY").env_remove("http_proxy");
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
