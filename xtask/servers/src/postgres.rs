//! A PostgreSQL of our own: no port, one Unix socket, trust for whoever can reach that socket.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::account::Account;
use crate::copy::copy_folder;
use crate::place::{give_to, make_folder};
use crate::process::{self, Background, POLL, Start};

/// Also covers crash recovery of a large cluster.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// How long the server of a killed predecessor may take to leave the cluster.
const PREDECESSOR_LIMIT: Duration = Duration::from_secs(20);
const DATABASE: &str = "app";
const USER: &str = "app";
/// Every test has its own database and pool, and tests run side by side.
const CONNECTIONS: &str = "max_connections=300";

/// Where one cluster lives.
#[derive(Debug, Clone)]
pub struct Files {
    /// Must not exist before it is made.
    pub cluster: PathBuf,
    pub sockets: PathBuf,
    pub log: PathBuf,
}

pub struct Postgres {
    server: Background,
    files: Files,
    programs: PathBuf,
    account: Option<Account>,
    durable: bool,
}

impl Postgres {
    /// Creates the cluster and the database `app` when they do not exist yet; returns when the server answers. `durable` keeps
    /// fsync on, for whoever tests what survives a crash.
    pub fn start(files: Files, account: Option<Account>, durable: bool) -> Result<Self> {
        let programs = find_programs(&files.cluster)?;
        if !files.cluster.join("PG_VERSION").exists() {
            create_cluster(&programs, &files.cluster, account, durable)?;
        }
        wait_for_predecessor(&files.cluster)?;
        let server = spawn(&programs, &files, account, durable)?;
        let mut postgres = Self { server, files, programs, account, durable };
        postgres.wait_until_ready()?;
        postgres.create_database()?;
        Ok(postgres)
    }

    /// `kill -9` of the server. Its backends notice by themselves a moment later; the next start waits for them.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// A fast shutdown: sessions are cut, everything is written.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Starts it again on the same data, after it was stopped or killed; returns when it answers.
    pub fn restart(&mut self) -> Result<()> {
        wait_for_predecessor(&self.files.cluster)?;
        let started = Instant::now();
        loop {
            self.respawn()?;
            match self.wait_until_ready() {
                // Sessions of a killed server hold its memory for a moment longer, and the new one refuses to start meanwhile.
                Err(_) if self.has_exited()? && started.elapsed() < PREDECESSOR_LIMIT => {}
                done => return done,
            }
            std::thread::sleep(POLL);
        }
    }

    /// The same without any waiting: it ends at once while backends of a killed predecessor are still there.
    pub fn respawn(&mut self) -> Result<()> {
        self.server = spawn(&self.programs, &self.files, self.account, self.durable)?;
        Ok(())
    }

    /// Freezes or thaws the server (SIGSTOP, SIGCONT), not the sessions that it has.
    pub fn signal(&mut self, signal: Signal) {
        self.server.signal(signal);
    }

    pub fn check_alive(&mut self) -> Result<()> {
        self.server.check_alive()
    }

    pub fn has_exited(&mut self) -> Result<bool> {
        Ok(self.server.exited()?.is_some())
    }

    pub fn pid(&self) -> Pid {
        self.server.pid()
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.files.sockets.join(".s.PGSQL.5432")
    }

    /// A copy of the cluster in `to`, which must not exist: from a running server as of one moment, from a stopped one as it lies
    /// there.
    pub fn copy(&mut self, to: &Path) -> Result<()> {
        if self.has_exited()? {
            return copy_folder(&self.files.cluster, to);
        }
        make_folder(to, 0o700)?;
        let mut backup = Command::new(self.programs.join("pg_basebackup"));
        backup.arg("-D").arg(to).arg("-h").arg(&self.files.sockets).args(["-U", USER]);
        backup.args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"]).current_dir("/");
        if let Some(account) = self.account {
            give_to(to, account)?;
            backup.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
        process::run_quietly(&mut backup).map(drop).context("the cluster cannot be copied")
    }

    /// Stops the server, puts an older copy in the place of its data, and starts it again.
    pub fn restore(&mut self, copy: &Path) -> Result<()> {
        self.stop();
        wait_for_predecessor(&self.files.cluster)?;
        fs::remove_dir_all(&self.files.cluster)?;
        copy_folder(copy, &self.files.cluster)?;
        self.restart()
    }

    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The maintenance database, for whoever creates databases of his own.
    pub fn admin_url(&self) -> String {
        self.url_of("postgres")
    }

    pub fn url_of(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user={USER}", self.files.sockets.display())
    }

    /// Whether it takes connections now.
    pub fn is_ready(&self) -> Result<bool> {
        let mut probe = Command::new(self.programs.join("pg_isready"));
        probe.arg("-q").arg("-h").arg(&self.files.sockets).args(["-U", USER, "-d", "postgres"]);
        Ok(probe.status().context("cannot run pg_isready")?.success())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            self.server.check_alive()?;
            if self.is_ready()? {
                return Ok(());
            }
            if started.elapsed() > READY_LIMIT {
                bail!("PostgreSQL was not ready within {READY_LIMIT:?}; see {}", self.server.log.display());
            }
            std::thread::sleep(POLL);
        }
    }

    pub fn psql(&self, database: &str, arguments: impl FnOnce(&mut Command) -> Result<()>) -> Result<String> {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-tA", "-U", USER, "-d", database]).arg("-h").arg(&self.files.sockets);
        // A warning about an object that does not exist yet says nothing.
        command.env("PGOPTIONS", "-c client_min_messages=warning");
        arguments(&mut command)?;
        process::run_quietly(&mut command)
    }

    fn create_database(&self) -> Result<()> {
        let run = |sql: String| {
            self.psql("postgres", |psql| {
                psql.args(["-c", &sql]);
                Ok(())
            })
        };
        let found = run(format!("select 1 from pg_database where datname = '{DATABASE}'"))?;
        if found.trim().is_empty() {
            run(format!("create database {DATABASE}"))?;
        }
        Ok(())
    }
}

fn spawn(programs: &Path, files: &Files, account: Option<Account>, durable: bool) -> Result<Background> {
    let mut command = Command::new(programs.join("postgres"));
    command.arg("-D").arg(&files.cluster);
    let sockets = format!("unix_socket_directories={}", files.sockets.display());
    for setting in ["listen_addresses=", &sockets, "unix_socket_permissions=0700", CONNECTIONS] {
        command.args(["-c", setting]);
    }
    if !durable {
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            command.args(["-c", setting]);
        }
    }
    command.current_dir("/");
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
    let start = Start { stop_with: Signal::SIGINT, account, ..Start::new("PostgreSQL", command, &files.log) };
    Background::start(start)
}

/// Made under another name first: a half-made cluster is never mistaken for a whole one.
fn create_cluster(programs: &Path, cluster: &Path, account: Option<Account>, durable: bool) -> Result<()> {
    let unfinished = cluster.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    make_folder(&unfinished, 0o700)?;
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.args(["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8"]).arg("-D").arg(&unfinished);
    if !durable {
        initdb.arg("--no-sync");
    }
    initdb.current_dir("/");
    if let Some(account) = account {
        give_to(&unfinished, account)?;
        initdb.uid(account.uid.as_raw()).gid(account.gid.as_raw());
    }
    process::run_quietly(&mut initdb).context("cannot create a PostgreSQL cluster")?;
    fs::rename(&unfinished, cluster)?;
    Ok(())
}

/// After a `kill -9` of its parent the old server is still shutting down for a moment.
fn wait_for_predecessor(cluster: &Path) -> Result<()> {
    let Ok(text) = fs::read_to_string(cluster.join("postmaster.pid")) else { return Ok(()) };
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse().ok()).map(Pid::from_raw) else {
        return Ok(());
    };
    let started = Instant::now();
    while cluster.join("postmaster.pid").exists() && kill(pid, None).is_ok() && is_postgres(pid) {
        if started.elapsed() > PREDECESSOR_LIMIT {
            bail!("another PostgreSQL (process {pid}) is still using {}", cluster.display());
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// A number from an old file may belong to any process by now.
fn is_postgres(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres")
}

/// The folder with `postgres`, `initdb` and `psql`: that of the cluster's own version when there is a cluster, else the newest.
fn find_programs(cluster: &Path) -> Result<PathBuf> {
    let found = installed();
    let Ok(version) = fs::read_to_string(cluster.join("PG_VERSION")) else {
        return found.into_iter().next_back().map(|(_, folder)| folder).context(
            "PostgreSQL is not installed (looked in /usr/lib/postgresql/*/bin and on PATH); \
             `cargo xtask test --only tools` installs it",
        );
    };
    let version = version.trim();
    let matching = found.into_iter().rev().find(|(number, _)| number.to_string() == version);
    matching.map(|(_, folder)| folder).with_context(|| {
        format!(
            "{} was made by PostgreSQL {version}, which is not installed any more; remove that folder to start afresh",
            cluster.display()
        )
    })
}

pub fn is_installed() -> bool {
    !installed().is_empty()
}

/// Every installed version with its folder, oldest first.
fn installed() -> Vec<(u32, PathBuf)> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("postgres").exists() && folder.join("initdb").exists())
        .collect();
    found.sort();
    if found.is_empty()
        && let Some(folder) = process::on_path("initdb").and_then(|file| file.parent().map(Path::to_path_buf))
        && let Some(version) = version_of(&folder)
    {
        found.push((version, folder));
    }
    found
}

fn version_of(folder: &Path) -> Option<u32> {
    let text = process::run_quietly(Command::new(folder.join("postgres")).arg("--version")).ok()?;
    major_version(&text)
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` is 15.
fn major_version(text: &str) -> Option<u32> {
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_prints() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 17devel"), Some(17));
        assert_eq!(major_version("not found"), None);
    }
}
