//! The steps of `cargo xtask test`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::World;
use crate::cargo::{self, TestProgram};
use crate::display::Display;
use crate::install::{self, Purpose};
use crate::process::Log;
use crate::{front_end, generate};

pub struct Step {
    pub name: &'static str,
    pub about: &'static str,
    /// When it fails, the later ones could only fail too or would hide it.
    pub others_need_it: bool,
    pub run: fn(&mut World, &mut Log) -> Result<()>,
}

pub const STEPS: &[Step] = &[
    Step {
        name: "tools",
        about: "install what this machine lacks",
        others_need_it: true,
        run: |world, _| install::ensure(&world.repository, Purpose::Test, world.consent),
    },
    Step { name: "format", about: "rustfmt, and Cargo.lock is complete", others_need_it: true, run: format },
    Step {
        name: "front-end",
        about: "npm ci, type check, component tests, build",
        others_need_it: true,
        run: |world, log| front_end::check(&world.repository, log),
    },
    Step { name: "lint", about: "clippy, warnings are errors", others_need_it: true, run: lint },
    Step {
        name: "build",
        about: "all programs and tests of the workspace",
        others_need_it: true,
        run: build,
    },
    Step {
        name: "generated",
        about: "checked queries and TypeScript types are up to date",
        others_need_it: false,
        run: generated,
    },
    Step {
        name: "unit+integration",
        about: "all tests that need no window, with a private PostgreSQL and Redis",
        others_need_it: false,
        run: without_a_window,
    },
    Step {
        name: "chaos",
        about: "a storm of faults against the built programs, two minutes at most",
        others_need_it: false,
        run: storm,
    },
    Step {
        name: "window",
        about: "the real window and the real chat page on a virtual display",
        others_need_it: false,
        run: with_a_window,
    },
];

const STORM_SEED: &str = "7";

/// Tests wait for a poll, a process or a disk more than they compute: while one waits another works.
const TEST_THREADS_PER_CORE: usize = 2;
/// More threads than this would open more connections than the private PostgreSQL allows.
const MOST_TEST_THREADS: usize = 8;

fn format(world: &mut World, log: &mut Log) -> Result<()> {
    log.run(cargo::command(&world.repository, &["fmt", "--all", "--check"]))
        .context("some files are not formatted, `cargo fmt --all` repairs them")?;
    log.run_for_output(cargo::command(&world.repository, &["metadata", "--locked", "--format-version", "1"]))
        .map(drop)
        .context("Cargo.lock does not match the manifests; commit the one that `cargo check` writes")
}

fn lint(world: &mut World, log: &mut Log) -> Result<()> {
    front_end::build_if_missing(&world.repository, log)?;
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    log.run(cargo::command(&world.repository, &arguments))
}

fn build(world: &mut World, log: &mut Log) -> Result<()> {
    cargo::build_everything(&world.repository, log).map(drop)
}

fn generated(world: &mut World, log: &mut Log) -> Result<()> {
    front_end::build_if_missing(&world.repository, log)?;
    world.stack()?;
    let World { repository, stack: Some(stack), .. } = world else { bail!("the servers were not started") };
    generate::check(repository, stack, log)
}

fn without_a_window(world: &mut World, log: &mut Log) -> Result<()> {
    let programs = tests(world, log, false)?;
    let mut failed = run_each(world, log, programs, |program| Ok(program.command()))?;
    let mut examples = cargo::command(&world.repository, &["test", "--workspace", "--doc", "--locked"]);
    give_servers(world, &mut examples)?;
    if log.run(examples).is_err() {
        failed.push("documentation examples".to_owned());
    }
    all_passed(&failed)
}

fn storm(world: &mut World, log: &mut Log) -> Result<()> {
    // With all targets: the programs then have the failpoints that their own tests ask for.
    cargo::build_everything(&world.repository, log)?;
    let mut storm = crate::chaos::command(&world.repository.target.join("debug"), "quick");
    // The same storm each time; `cargo xtask chaos` looks for others.
    storm.args(["--seed", STORM_SEED]);
    log.run(storm)
}

fn with_a_window(world: &mut World, log: &mut Log) -> Result<()> {
    let programs = tests(world, log, true)?;
    let scratch = world.repository.scratch("window");
    let pictures = world.repository.target.join("screenshots");
    for folder in [&scratch, &pictures] {
        fs::create_dir_all(folder)?;
    }
    let display = Display::start_virtual(&scratch.join("xvfb.log"))?;
    let desktop = world.repository.program("store-desktop");
    let binaries = world.repository.target.join("debug");
    let failed = run_each(world, log, programs, |program| {
        let mut command = Command::new("dbus-run-session");
        command.arg("--").arg(&program.executable);
        program.prepare(&mut command);
        display.prepare(&mut command, &scratch.join("runtime"))?;
        command.env("SCREENSHOT_DIR", &pictures).env("DESKTOP_BIN", &desktop).env("BIN_DIR", &binaries);
        Ok(command)
    })?;
    log.say(&format!("pictures of what was on the screen: {}", world.repository.short(&pictures).display()))?;
    all_passed(&failed)
}

fn tests(world: &mut World, log: &mut Log, window: bool) -> Result<Vec<TestProgram>> {
    let mut programs = cargo::build_everything(&world.repository, log)?;
    programs.retain(|program| program.needs_a_window(&world.repository) == window);
    Ok(programs)
}

/// Runs them all, also after a failure; the names of those that failed.
fn run_each(
    world: &mut World,
    log: &mut Log,
    programs: Vec<TestProgram>,
    command: impl Fn(&TestProgram) -> Result<Command>,
) -> Result<Vec<String>> {
    let mut failed = Vec::new();
    for program in programs {
        log.say(&format!("\n{} · {}", world.repository.short(&program.package).display(), program.target))?;
        let mut command = command(&program)?;
        give_servers(world, &mut command)?;
        if let Err(error) = log.run(command) {
            log.say(&format!("{error:#}"))?;
            failed.push(program.target);
        }
        if crate::interrupt::asked_to_stop() {
            bail!("stopped as you asked");
        }
    }
    Ok(failed)
}

fn give_servers(world: &mut World, command: &mut Command) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (cores * TEST_THREADS_PER_CORE).min(MOST_TEST_THREADS);
    command.env("RUST_TEST_THREADS", threads.to_string());
    command.envs(world.stack()?.environment());
    Ok(())
}

fn all_passed(failed: &[String]) -> Result<()> {
    if !failed.is_empty() {
        bail!("tests failed in: {}", failed.join(", "));
    }
    Ok(())
}
