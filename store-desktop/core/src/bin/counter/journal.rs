//! `counter journal verify` and `export`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;
use store_desktop_core::HostError;
use store_desktop_core::journal;

use crate::arguments::JournalTask;

pub fn journal(data: &Path, task: JournalTask) -> Result<ExitCode> {
    match task {
        JournalTask::Verify => verify(data),
        JournalTask::Export { out } => export(data, out.as_deref()),
    }
}

fn verify(data: &Path) -> Result<ExitCode> {
    match journal::verify(data).map_err(HostError::from)? {
        Ok(whole) => {
            let line = json!({
                "type": "verified", "events": whole.events, "branches": whole.branches, "head": whole.head,
            });
            println!("{line}");
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            println!("{}", json!({ "type": "broken", "fault": fault.to_string() }));
            eprintln!("{fault}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn export(data: &Path, out: Option<&Path>) -> Result<ExitCode> {
    let mut out: Box<dyn Write> = match out {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let events = journal::export(data, &mut *out).map_err(HostError::from)?;
    eprintln!("{events} events");
    Ok(ExitCode::SUCCESS)
}
