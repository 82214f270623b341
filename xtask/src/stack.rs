//! PostgreSQL and Redis for one command: started in a folder, reachable through Unix sockets only, stopped afterwards.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

pub use servers::place::make_folder;
use servers::place::reachable;
pub use servers::postgres::is_installed as postgres_is_installed;
use servers::{Account, Place, Postgres, Redis, account};

use crate::{interrupt, process};

pub struct Stack {
    postgres: Postgres,
    redis: Redis,
    /// Held as long as the servers run: one stack per folder.
    _lock: File,
}

impl Stack {
    /// Starts both servers in `dir` (created when missing, its data kept) and returns when both answer. `durable` keeps
    /// fsync on, for whoever tests what survives a crash.
    pub fn start(dir: &Path, durable: bool) -> Result<Self> {
        let dir = prepare(dir)?;
        let lock = lock(&dir)?;
        let (place, account) = find_place(&dir)?;
        place.create(account)?;
        let redis = Redis::start(place.redis_files(), durable)?;
        let postgres = Postgres::start(place.postgres_files(), account, durable)?;
        Ok(Self { postgres, redis, _lock: lock })
    }

    /// Like `start`, with empty servers whatever was in `dir` before.
    pub fn start_fresh(dir: &Path) -> Result<Self> {
        let lock = lock(&prepare(dir)?)?;
        let (place, _) = find_place(&prepare(dir)?)?;
        place.remove()?;
        drop(lock);
        Self::start(dir, false)
    }

    pub fn create_database(&self, name: &str) -> Result<()> {
        self.psql("postgres", |psql| {
            psql.args([
                "-c",
                &format!("drop database if exists {name}"),
                "-c",
                &format!("create database {name}"),
            ]);
            Ok(())
        })
        .map(drop)
    }

    /// Runs psql quietly in `database`; `arguments` says what.
    pub fn psql(&self, database: &str, arguments: impl FnOnce(&mut Command) -> Result<()>) -> Result<String> {
        self.postgres.psql(database, arguments)
    }

    pub fn url_of(&self, database: &str) -> String {
        self.postgres.url_of(database)
    }

    /// What a child needs to find the servers.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("DATABASE_URL", self.postgres.url()),
            ("PG_ADMIN_URL", self.postgres.admin_url()),
            ("REDIS_URL", self.redis.url()),
        ]
    }

    pub fn check_alive(&mut self) -> Result<()> {
        self.postgres.check_alive()?;
        self.redis.check_alive()
    }
}

/// `cargo xtask stack`: runs `command` with the servers and passes its exit code on.
pub fn run(dir: &Path, command: &[String], durable: bool) -> Result<i32> {
    let mut stack = Stack::start(dir, durable)?;
    let (program, arguments) = command.split_first().context("name the command to run")?;
    let mut child = Command::new(program)
        .args(arguments)
        .envs(stack.environment())
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let status = process::wait_foreground(&mut child, || stack.check_alive())?;
    Ok(process::exit_code(status))
}

/// `cargo xtask stack --keep`: serves until Ctrl-C.
pub fn keep(dir: &Path, durable: bool) -> Result<i32> {
    let mut stack = Stack::start(dir, durable)?;
    println!("PostgreSQL and Redis are running. Ctrl-C stops them; the data stays in {}.\n", dir.display());
    for (name, value) in stack.environment() {
        println!("export {name}='{value}'");
    }
    while !interrupt::asked_to_stop() {
        stack.check_alive()?;
        std::thread::sleep(process::POLL);
    }
    println!("\nstopping …");
    Ok(0)
}

fn prepare(dir: &Path) -> Result<PathBuf> {
    make_folder(dir, 0o755)?;
    dir.canonicalize().with_context(|| format!("cannot find {}", dir.display()))
}

fn find_place(dir: &Path) -> Result<(Place, Option<Account>)> {
    let account = account::for_servers()?;
    Ok((Place::choose(dir, reachable(dir, account)?, &std::env::temp_dir()), account))
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("stack.lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    file.try_lock().map_err(|_| {
        anyhow!("another stack is running in {}; stop it, or choose another folder with --dir", dir.display())
    })?;
    Ok(file)
}
