//! The real `counter` and what it prints.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use shared::id::OrderId;
use store_desktop_core::journal::FILE_NAME;

const SIGABRT: i32 = 6;

fn counter(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counter"));
    command.arg("--data").arg(folder).env("COUNTER_PASSWORD", "long enough").env("NO_COLOR", "1");
    command.env_remove("FAILPOINTS").env_remove("RUST_LOG").env_remove("HTTP_PROXY").env_remove("http_proxy");
    command
}

/// Signs in.
pub fn login(folder: &Path, server: &str) {
    let done = counter(folder)
        .args(["login", "--server", server, "--login-id", "owner", "--device-name", "test"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Somebody presses 접수; what becomes of it is seen at the server.
pub fn press(folder: &Path, order: OrderId) {
    let order = order.to_string();
    counter(folder).args(["send", "accept", "--order", &order, "--wait", "0"]).output().unwrap();
}

/// Somebody presses something about the store.
pub fn press_store(folder: &Path, arguments: &[&str]) {
    counter(folder).arg("send").args(arguments).args(["--wait", "0"]).output().unwrap();
}

/// The kinds of all commands on the disk, in order.
pub fn kept_kinds(folder: &Path) -> Vec<String> {
    let file = folder.join(FILE_NAME);
    let journal = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = journal.prepare("SELECT json ->> 'kind' FROM command ORDER BY device_seq").unwrap();
    let kinds = statement.query_map([], |row| row.get(0)).unwrap();
    kinds.collect::<Result<_, _>>().unwrap()
}

/// The orders of all commands on the disk, looked at from outside.
pub fn kept_commands(folder: &Path) -> Vec<String> {
    let file = folder.join(FILE_NAME);
    let journal = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = journal.prepare("SELECT order_id FROM command ORDER BY device_seq").unwrap();
    let orders = statement.query_map([], |row| row.get(0)).unwrap();
    orders.collect::<Result<_, _>>().unwrap()
}

/// `counter run`; killed when dropped.
pub struct Running {
    process: Mutex<Child>,
    shown: Arc<Mutex<Vec<Value>>>,
    logged: Arc<Mutex<Vec<String>>>,
}

impl Running {
    pub fn start(folder: &Path, failpoints: &str) -> Self {
        let mut process = counter(folder)
            .arg("run")
            .env("FAILPOINTS", failpoints)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (shown, logged) = (Arc::default(), Arc::default());
        let (out, err) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        keep(out, Arc::clone(&shown), |line| serde_json::from_str(line).ok());
        keep(err, Arc::clone(&logged), |line| Some(line.to_owned()));
        Self { process: Mutex::new(process), shown, logged }
    }

    fn ended(&self) -> Option<ExitStatus> {
        self.process.lock().unwrap().try_wait().unwrap()
    }

    pub fn has_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// As the failpoint ends it.
    pub fn was_aborted(&self) -> bool {
        self.ended().is_some_and(|status| {
            assert_eq!(status.signal(), Some(SIGABRT), "{:#?}", self.logged.lock().unwrap());
            true
        })
    }

    /// The program says that it came there.
    pub fn has_failed_at(&self, failpoint: &str) -> bool {
        let logged = self.logged.lock().unwrap();
        logged.iter().any(|line| line.contains("failpoint") && line.contains(&format!("\"{failpoint}\"")))
    }

    /// The first snapshot is in the journal: told by itself, or before anybody listened.
    pub fn has_begun(&self) -> bool {
        let shown = self.shown.lock().unwrap();
        shown.iter().any(|line| line["type"] == "baseline" || line["position"].is_string())
    }

    /// Lines of this kind so far.
    pub fn shown(&self, kind: &str) -> usize {
        self.shown.lock().unwrap().iter().filter(|line| line["type"] == kind).count()
    }

    pub fn everything_shown(&self) -> Vec<Value> {
        self.shown.lock().unwrap().clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap();
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// Reads lines to the end on a thread of their own.
fn keep<T: Send + 'static>(
    from: impl std::io::Read + Send + 'static,
    to: Arc<Mutex<Vec<T>>>,
    read: impl Fn(&str) -> Option<T> + Send + 'static,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            to.lock().unwrap().extend(read(&line));
        }
    });
}
