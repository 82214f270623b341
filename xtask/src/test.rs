//! `cargo xtask test`: everything that CI runs, step by step, cheap failures first.

mod report;
mod steps;
mod tally;

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::install::Consent;
use crate::interrupt;
use crate::process::Log;
use crate::repository::Repository;
use crate::stack::Stack;
use report::{Outcome, StepReport};
use steps::{STEPS, Step};
use tally::Tally;

pub fn list() {
    for step in STEPS {
        println!("{:<18} {}", step.name, step.about);
    }
}

/// Runs the steps named, or all; the exit code.
pub fn run(only: &[String], consent: Consent) -> Result<i32> {
    let chosen = choose(only)?;
    let repository = Repository::find()?;
    fs::create_dir_all(repository.scratch("logs"))?;
    let mut world = World { repository, consent, stack: None };
    let started = Instant::now();
    let mut reports: Vec<StepReport> = Vec::new();
    let mut blocked = false;
    for (index, step) in chosen.iter().enumerate() {
        if blocked || interrupt::asked_to_stop() {
            reports.push(not_run(step, &world));
            continue;
        }
        println!("\n── {}/{} {} ── {}", index + 1, chosen.len(), step.name, step.about);
        let report = run_one(step, &mut world)?;
        let failed = matches!(report.outcome, Outcome::Failed(_));
        println!(
            "── {} {} after {}",
            step.name,
            if failed { "FAILED" } else { "ok" },
            report::clock(report.took)
        );
        blocked = failed && step.others_need_it;
        reports.push(report);
    }
    // The servers' last words come before the summary, which ends the output.
    drop(world);
    print!("{}", report::render(&reports, started.elapsed()));
    Ok(if reports.iter().all(|report| matches!(report.outcome, Outcome::Passed)) { 0 } else { 1 })
}

/// What the steps share.
pub struct World {
    pub repository: Repository,
    pub consent: Consent,
    stack: Option<Stack>,
}

impl World {
    /// Started, empty, when the first step asks for it.
    pub fn stack(&mut self) -> Result<&mut Stack> {
        if self.stack.is_none() {
            self.stack = Some(Stack::start_fresh(&self.repository.scratch("stack"))?);
        }
        match &mut self.stack {
            Some(stack) => {
                stack.check_alive()?;
                Ok(stack)
            }
            None => bail!("the servers were not started"),
        }
    }
}

/// What the test runners of one step reported.
#[derive(Default)]
struct Seen {
    tally: Tally,
    failed_tests: Vec<String>,
}

fn run_one(step: &Step, world: &mut World) -> Result<StepReport> {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let watching = Rc::clone(&seen);
    let path = world.repository.scratch("logs").join(format!("{}.log", step.name));
    let mut log = Log::create(&path, move |line| {
        let mut seen = watching.borrow_mut();
        if let Some(tally) = Tally::of_line(line) {
            seen.tally += tally;
        }
        if let Some(test) = tally::failed_test(line).map(str::to_owned)
            && !seen.failed_tests.contains(&test)
        {
            seen.failed_tests.push(test);
        }
    })?;
    let started = Instant::now();
    let outcome = match (step.run)(world, &mut log) {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            log.say(&format!("error: {error:#}"))?;
            Outcome::Failed(format!("{error:#}"))
        }
    };
    let took = started.elapsed();
    drop(log);
    let Seen { tally, failed_tests } = seen.take();
    let log = world.repository.short(&path).to_path_buf();
    Ok(StepReport { name: step.name, outcome, took, tally, failed_tests, log })
}

fn not_run(step: &Step, world: &World) -> StepReport {
    StepReport {
        name: step.name,
        outcome: Outcome::NotRun,
        took: Duration::ZERO,
        tally: Tally::default(),
        failed_tests: Vec::new(),
        log: world.repository.scratch("logs"),
    }
}

fn choose(only: &[String]) -> Result<Vec<&'static Step>> {
    for name in only {
        if !STEPS.iter().any(|step| step.name == name) {
            let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            bail!("there is no step `{name}`; the steps are: {}", names.join(", "));
        }
    }
    Ok(STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_their_own_order_whatever_order_they_are_named_in() {
        let chosen = choose(&["lint".into(), "format".into()]).unwrap();
        assert_eq!(chosen.iter().map(|step| step.name).collect::<Vec<_>>(), ["format", "lint"]);
        assert_eq!(choose(&[]).unwrap().len(), STEPS.len());
    }

    #[test]
    fn an_unknown_step_is_answered_with_the_known_ones() {
        let error = choose(&["fromat".into()]).err().unwrap().to_string();
        assert!(error.contains("fromat") && error.contains("format"), "{error}");
    }
}
