//! `counter journal verify` and `export`.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Seek, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use journal_verify::{Fault, VerifyError, read_certificate, read_key};
use serde_json::json;
use shared::certificate::{Certificate, PublicKey};
use store_desktop_core::{HostError, closing, journal};

use crate::arguments::{JournalTask, Verify};

pub fn journal(data: &Path, task: JournalTask) -> Result<ExitCode> {
    match task {
        JournalTask::Verify(task) => verify(data, &task),
        JournalTask::Export { out } => export(data, out.as_deref()),
    }
}

fn verify(data: &Path, task: &Verify) -> Result<ExitCode> {
    match verified(data, task) {
        Ok(line) => {
            println!("{line}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => match error.downcast::<Broken>() {
            Ok(broken) => {
                println!("{}", json!({ "type": "broken", "fault": broken.english }));
                eprintln!("{} / {}", broken.korean, broken.english);
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error),
        },
    }
}

/// Something is not what it was.
#[derive(Debug, thiserror::Error)]
#[error("{english}")]
struct Broken {
    korean: String,
    english: String,
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self { korean: fault.korean(), english: fault.to_string() }
    }
}

fn verified(data: &Path, task: &Verify) -> Result<serde_json::Value> {
    let mut line = json!({ "type": "verified" });
    if task.export.is_none() {
        let whole = journal::verify(data).map_err(HostError::from)?.map_err(|fault| Broken {
            korean: format!("기록이 손상되었어요: {fault}"),
            english: fault.to_string(),
        })?;
        let sums = journal::verify_sums(data);
        sums.map_err(|error| Broken { korean: HostError::from(&error).korean, english: error.to_string() })?;
        line["events"] = json!(whole.events);
        line["branches"] = json!(whole.branches);
        line["head"] = json!(whole.head);
    }
    let certificate = match &task.certificate {
        Some(file) => Some(believed(data, file, task.key.as_deref())?),
        None => None,
    };
    let file = match &task.export {
        Some(path) => File::open(path).with_context(|| format!("cannot read {}", path.display()))?,
        None if certificate.is_none() => return Ok(line),
        None => exported(data)?,
    };
    let proved = match journal_verify::verify(BufReader::new(file), certificate.as_ref()) {
        Ok(proved) => proved,
        Err(VerifyError::Fault(fault)) => return Err(Broken::from(fault).into()),
        Err(VerifyError::File(error)) => return Err(error.into()),
    };
    line["events"] = json!(proved.events);
    line["branches"] = json!(proved.branches);
    line["head"] = json!(proved.head);
    line["store_id"] = json!(proved.store_id);
    if let (Some(certificate), Some(day)) = (certificate, proved.day) {
        line["certificate"] = json!(certificate);
        line["day_events"] = json!(day.events);
        line["totals"] = json!(day.totals);
    }
    Ok(line)
}

/// This counter's own journal as a file that is gone when it is closed.
fn exported(data: &Path) -> Result<File> {
    let path = data.join(format!("export-{}.jsonl", std::process::id()));
    let mut file = File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
    let written = journal::export(data, &mut BufWriter::new(&mut file));
    fs::remove_file(&path)?;
    written.map_err(HostError::from)?;
    file.rewind()?;
    Ok(file)
}

fn believed(data: &Path, file: &Path, key: Option<&str>) -> Result<Certificate> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let signed = read_certificate(&text).map_err(Broken::from)?;
    let key = key_of(data, key)?;
    Ok(signed.verify(&key).map_err(|why| Broken::from(Fault::from(why)))?)
}

/// What was given, a file with it, or what this counter has pinned.
fn key_of(data: &Path, key: Option<&str>) -> Result<PublicKey> {
    let Some(key) = key else {
        let pinned = closing::pinned_key(data).map_err(HostError::from)?;
        return pinned.context("this counter has pinned no key yet: say which with --key");
    };
    if let Ok(key) = read_key(key) {
        return Ok(key);
    }
    let text = fs::read_to_string(key).with_context(|| format!("{key} is neither a key nor a file"))?;
    Ok(read_key(&text).map_err(Broken::from)?)
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
