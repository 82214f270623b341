//! `journal-verify EXPORT [--certificate FILE --key KEY]`: exit code 0 when everything holds, 1 when something is wrong.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use journal_verify::{Fault, VerifyError, read_certificate, read_key, verify};
use shared::certificate::Certificate;

/// 내보낸 기록과 마감 증명서를 검증합니다. Verifies an exported journal of a counter, and a closing certificate against it. It asks nobody.
#[derive(Parser)]
#[command(name = "journal-verify", version)]
struct Arguments {
    /// The exported journal, a file of JSON lines.
    export: PathBuf,
    /// The closing certificate of one day.
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    /// The server's public key: 64 hex digits, or a file with them or with the answer of its /v1/certificate-key.
    #[arg(long)]
    key: Option<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(line) => {
            println!("{line}");
            eprintln!("모두 맞아요. / Everything holds.");
            ExitCode::SUCCESS
        }
        Err(VerifyError::Fault(fault)) => {
            println!("{}", serde_json::json!({ "type": "wrong", "fault": fault.to_string() }));
            eprintln!("{} / {fault}", fault.korean());
            ExitCode::FAILURE
        }
        Err(VerifyError::File(error)) => {
            eprintln!("journal-verify: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<serde_json::Value, VerifyError> {
    let certificate = match &arguments.certificate {
        Some(file) => Some(believed(file, arguments.key.as_deref().unwrap_or_default())?),
        None => None,
    };
    let verified = verify(BufReader::new(File::open(&arguments.export)?), certificate.as_ref())?;
    Ok(serde_json::json!({
        "type": "verified",
        "store_id": verified.store_id,
        "branches": verified.branches,
        "events": verified.events,
        "head": verified.head,
        "certificate": certificate,
        "day_events": verified.day.map(|day| day.events),
        "totals": verified.day.map(|day| day.totals),
    }))
}

fn believed(file: &Path, key: &str) -> Result<Certificate, VerifyError> {
    let signed = read_certificate(&std::fs::read_to_string(file)?)?;
    let key = match read_key(key) {
        Ok(key) => key,
        Err(_) => read_key(&std::fs::read_to_string(key)?)?,
    };
    Ok(signed.verify(&key).map_err(Fault::from)?)
}
