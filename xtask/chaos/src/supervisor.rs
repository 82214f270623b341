//! Starts our programs, starts them again at once whenever they end, and does to them what the storm says. One thread of its own owns all
//! of them: the kernel ties a child's life to the thread that started it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use servers::process::{Background, Start};
use servers::{Postgres, Redis};
use tokio::sync::oneshot;

use crate::diary::Diary;
use crate::fault::{Fault, Victim};

/// How often it looks whether something ended.
const TICK: Duration = Duration::from_millis(10);
/// A program that ends at once, because what it needs is down, is not started more often than this.
const LEAST_LIFE: Duration = Duration::from_millis(150);
/// Programs that were asked to stop and did not are killed after this.
const STOP_LIMIT: Duration = Duration::from_secs(25);
/// Older Redis files that are kept to go back to.
const KEPT_FILES: usize = 3;
/// Endings that nobody caused, told in full up to this many.
const MOST_ENDINGS: usize = 50;

/// One of our programs: how it is started.
pub struct Program {
    pub victim: Victim,
    pub name: &'static str,
    pub command: Box<dyn Fn() -> Result<Command> + Send>,
    pub log: PathBuf,
}

/// Memory and file descriptors of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vitals {
    pub rss_kb: u64,
    pub descriptors: u64,
}

enum Request {
    Strike(Fault, oneshot::Sender<()>),
    /// Thaws everything and forgets failpoints that were not reached.
    Calm(oneshot::Sender<()>),
    Vitals(oneshot::Sender<Vec<(Victim, Pid)>>),
    /// A copy of the running Postgres.
    CopyPostgres(PathBuf, oneshot::Sender<Result<()>>),
    RestorePostgres(PathBuf, oneshot::Sender<Result<()>>),
    /// Ends all programs, not the servers; what nobody caused to end before.
    StopPrograms(oneshot::Sender<Vec<String>>),
}

/// The thread; everything stops when this is dropped.
pub struct Supervisor {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Starts the servers by `servers`, which runs on the supervisor's thread; the programs come with [`Supervisor::run`].
    pub async fn start(
        scratch: &Path,
        diary: Diary,
        servers: impl FnOnce() -> Result<(Postgres, Redis)> + Send + 'static,
    ) -> Result<(Self, Sender<Program>)> {
        let (requests, inbox) = channel();
        let (programs, new_programs) = channel();
        let (started, ready) = oneshot::channel();
        let files = scratch.join("redis-files");
        std::fs::create_dir_all(&files)?;
        let thread = std::thread::Builder::new().name("supervisor".into()).spawn(move || {
            let (postgres, redis) = match servers() {
                Ok(servers) => servers,
                Err(error) => return drop(started.send(Err(error))),
            };
            let _ = started.send(Ok(()));
            let running = Vec::new();
            let kept = VecDeque::new();
            let mut all = All {
                running,
                redis,
                postgres,
                redis_asleep: None,
                files,
                kept,
                copies: 0,
                endings: Vec::new(),
                diary,
            };
            all.run(&inbox, &new_programs);
        })?;
        ready.await.context("the supervisor ended")??;
        Ok((Self { requests: Some(requests), thread: Some(thread) }, programs))
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let Some(requests) = &self.requests else { bail!("the supervisor has stopped") };
        requests.send(request(reply)).ok().context("the supervisor has stopped")?;
        answer.await.context("the supervisor has stopped")
    }

    /// Returns when it was done to the process.
    pub async fn strike(&self, fault: Fault) -> Result<()> {
        self.ask(|reply| Request::Strike(fault, reply)).await
    }

    pub async fn calm(&self) -> Result<()> {
        self.ask(Request::Calm).await
    }

    pub async fn vitals(&self) -> Result<Vec<(Victim, Vitals)>> {
        let processes = self.ask(Request::Vitals).await?;
        Ok(processes.into_iter().filter_map(|(victim, pid)| Some((victim, vitals(pid)?))).collect())
    }

    pub async fn copy_postgres(&self, to: PathBuf) -> Result<()> {
        self.ask(|reply| Request::CopyPostgres(to, reply)).await?
    }

    pub async fn restore_postgres(&self, from: PathBuf) -> Result<()> {
        self.ask(|reply| Request::RestorePostgres(from, reply)).await?
    }

    pub async fn stop_programs(&self) -> Result<Vec<String>> {
        self.ask(Request::StopPrograms).await
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Running {
    program: Program,
    process: Option<Background>,
    started: Instant,
    asleep_until: Option<Instant>,
    /// Where the next start ends itself.
    failpoint: Option<&'static str>,
    /// It runs with a failpoint, or we killed it: its end surprises nobody.
    end_expected: bool,
}

struct All {
    running: Vec<Running>,
    redis: Redis,
    redis_asleep: Option<Instant>,
    postgres: Postgres,
    files: PathBuf,
    kept: VecDeque<PathBuf>,
    copies: u64,
    endings: Vec<String>,
    diary: Diary,
}

impl All {
    fn run(&mut self, inbox: &Receiver<Request>, programs: &Receiver<Program>) {
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(request) => self.answer(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(program) = programs.try_recv() {
                let started = Instant::now().checked_sub(LEAST_LIFE).unwrap_or_else(Instant::now);
                self.running.push(Running {
                    program,
                    process: None,
                    started,
                    asleep_until: None,
                    failpoint: None,
                    end_expected: true,
                });
            }
            self.tick();
        }
        self.stop_programs();
        self.redis.kill();
        self.postgres.stop();
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Strike(fault, reply) => {
                self.strike(&fault);
                let _ = reply.send(());
            }
            Request::Calm(reply) => {
                for running in &mut self.running {
                    running.calm();
                }
                if self.redis_asleep.take().is_some() {
                    self.redis.signal(Signal::SIGCONT);
                }
                let _ = reply.send(());
            }
            Request::Vitals(reply) => {
                let of_ours =
                    |running: &Running| Some((running.program.victim, running.process.as_ref()?.pid()));
                let mut all: Vec<(Victim, Pid)> = self.running.iter().filter_map(of_ours).collect();
                all.extend([(Victim::Redis, self.redis.pid()), (Victim::Postgres, self.postgres.pid())]);
                let _ = reply.send(all);
            }
            Request::CopyPostgres(to, reply) => drop(reply.send(self.postgres.copy(&to))),
            Request::RestorePostgres(from, reply) => drop(reply.send(self.postgres.restore(&from))),
            Request::StopPrograms(reply) => {
                self.stop_programs();
                let _ = reply.send(std::mem::take(&mut self.endings));
            }
        }
    }

    fn strike(&mut self, fault: &Fault) {
        let now = Instant::now();
        match fault {
            Fault::Kill(Victim::Postgres) => self.postgres.kill(),
            Fault::Kill(Victim::Redis) => self.redis.kill(),
            Fault::Kill(victim) => self.each(*victim, Running::kill),
            Fault::Pause(Victim::Redis, time) => {
                self.redis.signal(Signal::SIGSTOP);
                self.redis_asleep = Some(now + *time);
            }
            // Its sessions would go on: there is nothing to see.
            Fault::Pause(Victim::Postgres, _) => {}
            Fault::Pause(victim, time) => self.each(*victim, |running| running.pause(now + *time)),
            Fault::Failpoint(victim, place) => self.each(*victim, |running| {
                running.failpoint = Some(place);
                running.kill();
            }),
            Fault::EmptyRedis => {
                self.keep_file();
                // It may be down at this moment; then there is nothing to empty.
                let _ = self.redis.empty();
            }
            Fault::RollBackRedis => self.roll_back(),
            Fault::Cut(_) | Fault::Weather(..) => {}
        }
    }

    fn each(&mut self, victim: Victim, act: impl Fn(&mut Running)) {
        self.running.iter_mut().filter(|running| running.program.victim == victim).for_each(act);
    }

    fn keep_file(&mut self) {
        self.copies += 1;
        let to = self.files.join(self.copies.to_string());
        // A file that changes while it is copied may be gone when its turn comes; the next one will do.
        if self.redis.copy(&to).is_err() {
            let _ = std::fs::remove_dir_all(&to);
            return;
        }
        self.kept.push_back(to);
        if self.kept.len() > KEPT_FILES
            && let Some(oldest) = self.kept.pop_front()
        {
            let _ = std::fs::remove_dir_all(oldest);
        }
    }

    fn roll_back(&mut self) {
        self.keep_file();
        let Some(oldest) = self.kept.front() else { return };
        if let Err(error) = self.redis.replace_data(oldest) {
            self.diary.say(&format!("redis could not be rolled back: {error:#}"));
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        if self.redis_asleep.is_some_and(|until| until <= now) {
            self.redis_asleep = None;
            self.redis.signal(Signal::SIGCONT);
        }
        let redis_ended = self.redis.has_exited().unwrap_or(false);
        if redis_ended && let Err(error) = self.redis.respawn() {
            self.diary.say(&format!("redis does not start: {error:#}"));
        }
        let postgres_ended = self.postgres.has_exited().unwrap_or(false);
        if postgres_ended && let Err(error) = self.postgres.respawn() {
            self.diary.say(&format!("postgres does not start: {error:#}"));
        }
        for running in &mut self.running {
            if let Some(ending) = running.tick(now, &self.diary)
                && self.endings.len() < MOST_ENDINGS
            {
                self.endings.push(ending);
            }
        }
    }

    /// All are asked at once, so that they end side by side.
    fn stop_programs(&mut self) {
        for running in &mut self.running {
            running.calm();
            if let Some(process) = &mut running.process {
                process.signal(Signal::SIGTERM);
            }
        }
        let asked = Instant::now();
        for mut running in self.running.drain(..) {
            let Some(process) = &mut running.process else { continue };
            while matches!(process.exited(), Ok(None)) && asked.elapsed() < STOP_LIMIT {
                std::thread::sleep(TICK);
            }
            process.kill();
        }
    }
}

impl Running {
    fn kill(&mut self) {
        self.end_expected = true;
        self.asleep_until = None;
        if let Some(process) = &mut self.process {
            process.kill();
        }
    }

    fn pause(&mut self, until: Instant) {
        if let Some(process) = &mut self.process {
            process.signal(Signal::SIGSTOP);
            self.asleep_until = Some(until);
        }
    }

    fn calm(&mut self) {
        self.failpoint = None;
        if self.asleep_until.take().is_some()
            && let Some(process) = &mut self.process
        {
            process.signal(Signal::SIGCONT);
        }
    }

    /// Starts it when it does not run. What to tell when it ended without a reason of ours.
    fn tick(&mut self, now: Instant, diary: &Diary) -> Option<String> {
        if self.asleep_until.is_some_and(|until| until <= now) {
            self.asleep_until = None;
            if let Some(process) = &mut self.process {
                process.signal(Signal::SIGCONT);
            }
        }
        let mut told = None;
        if let Some(process) = &mut self.process {
            let status = process.exited().ok().flatten()?;
            // While it starts it may find its database down, and says so by ending.
            if !self.end_expected && status.code() != Some(1) {
                let ending = format!("{} ended by itself: {status}", self.program.victim);
                diary.say(&ending);
                told = Some(ending);
            }
            self.process = None;
        }
        if now.duration_since(self.started) >= LEAST_LIFE {
            self.begin(now, diary);
        }
        told
    }

    fn begin(&mut self, now: Instant, diary: &Diary) {
        self.started = now;
        let failpoint = self.failpoint.take();
        self.end_expected = failpoint.is_some();
        let begun = (self.program.command)().and_then(|mut command| {
            command.env_remove("FAILPOINTS");
            if let Some(place) = failpoint {
                command.env("FAILPOINTS", format!("{place}=1*return(exit)"));
            }
            Background::start(Start::new(self.program.name, command, &self.program.log))
        });
        match begun {
            Ok(process) => self.process = Some(process),
            Err(error) => diary.say(&format!("{} does not start: {error:#}", self.program.victim)),
        }
    }
}

fn vitals(pid: Pid) -> Option<Vitals> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some(Vitals { rss_kb: resident(&status)?, descriptors: u64::try_from(descriptors).ok()? })
}

/// `VmRSS:     12345 kB` of `/proc/…/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_what_linux_writes() {
        assert_eq!(resident("Name:\tapi\nVmRSS:\t   51320 kB\nThreads:\t4\n"), Some(51_320));
        assert_eq!(resident("Name:\tgone\n"), None);
        assert!(vitals(Pid::this()).is_some_and(|own| own.rss_kb > 0 && own.descriptors > 2));
    }
}
