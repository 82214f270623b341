//! `counter`: the counter PC without a window.

mod arguments;
mod close;
mod give;
mod journal;
mod run;
mod sign_in;
mod ui;

use std::process::ExitCode;

use clap::Parser;
use store_desktop_core::HostError;
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Task};

#[tokio::main]
async fn main() -> ExitCode {
    store_desktop_core::install_tls();
    let arguments = Arguments::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,store_desktop_core=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match perform(arguments).await {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

async fn perform(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let data = arguments.data.unwrap_or_else(store_desktop_core::place::default_folder);
    match arguments.task {
        Task::Claim(claim) => sign_in::claim(&data, claim).await,
        Task::Login(login) => sign_in::login(&data, login).await,
        Task::Logout => sign_in::logout(&data).await,
        Task::Run(run) => run::run(&data, run).await,
        Task::Send(send) => give::send(&data, send).await,
        Task::Ui(ui) => ui::serve(&data, ui).await,
        Task::Close(close) => close::close(&data, close).await,
        Task::Journal { task } => journal::journal(&data, task),
    }
}

/// One JSON object for programs, one line for people.
fn report(error: &anyhow::Error) {
    match error.downcast_ref::<HostError>() {
        Some(error) => {
            let json = serde_json::json!({ "type": "error", "error": error });
            println!("{json}");
            eprintln!("{} / {}", error.korean, error);
        }
        None => eprintln!("counter: {error:#}"),
    }
}
