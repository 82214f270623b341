//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::id::OrderId;
use store_desktop_core::place::DATA_VARIABLE;

/// The counter of Simple Order (간편주문) without a window. Results go to standard output as JSON lines, logs to
/// standard error (`RUST_LOG` chooses which).
#[derive(Parser)]
#[command(name = "counter", version)]
pub struct Arguments {
    /// The data folder: journal, sign-in, device id. Default: the user's data folder.
    #[arg(long, global = true, env = DATA_VARIABLE)]
    pub data: Option<PathBuf>,
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Subcommand)]
pub enum Task {
    /// Make the owner's account with the operator's claim code, and sign in.
    Claim(Claim),
    /// Sign in on this device.
    Login(Login),
    /// Sign out; refused while commands wait.
    Logout,
    /// Follow the store's log and print a JSON line per event.
    Run(Run),
    /// Give one command for an order; it is delivered now or by the next `run`.
    Send(Send),
    /// Serve the window's calls, and its front end, on this computer over HTTP.
    Ui(Ui),
    /// Look at the journal; a counter may be running.
    Journal {
        #[command(subcommand)]
        task: JournalTask,
    },
}

#[derive(Args)]
pub struct Server {
    /// The server's address, such as https://order.example.com.
    #[arg(long, env = "COUNTER_SERVER")]
    pub server: String,
    #[arg(long)]
    pub login_id: String,
    /// Better from the environment: arguments can be seen by other users of the computer.
    #[arg(long, env = "COUNTER_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// What the store's people call this device. Default: the computer's name.
    #[arg(long)]
    pub device_name: Option<String>,
}

#[derive(Args)]
pub struct Claim {
    #[command(flatten)]
    pub server: Server,
    #[arg(long)]
    pub claim_code: String,
}

#[derive(Args)]
pub struct Login {
    #[command(flatten)]
    pub server: Server,
    /// Take the counter from the device that holds it.
    #[arg(long)]
    pub take_over: bool,
}

/// A step that `run --auto` takes by itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Step {
    Accept,
    Cooking,
    Ready,
    HandedOver,
}

#[derive(Args)]
pub struct Run {
    /// Steps to take by itself, such as `accept,cooking,ready,handed_over`.
    #[arg(long, value_delimiter = ',')]
    pub auto: Vec<Step>,
    /// Minutes promised by `--auto accept`. Default: the store's own.
    #[arg(long)]
    pub prep_minutes: Option<u32>,
    /// End after so many seconds in which nothing happened and no command waits.
    #[arg(long, value_name = "SECONDS")]
    pub exit_after_idle: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Kind {
    Accept,
    Reject,
    Cooking,
    Ready,
    HandedOver,
    Cancel,
}

#[derive(Args)]
pub struct Send {
    pub kind: Kind,
    #[arg(long)]
    pub order: OrderId,
    /// With `accept`. Default: 15.
    #[arg(long)]
    pub prep_minutes: Option<u32>,
    /// With `reject` and `cancel`, such as `sold_out`.
    #[arg(long)]
    pub reason: Option<String>,
    /// How many seconds to wait for the server's answer; afterwards the command stays in the journal.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub wait: u64,
}

#[derive(Args)]
pub struct Ui {
    /// Port 0 takes a free one; the chosen address is printed.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub bind: SocketAddr,
    /// The built front end.
    #[arg(long)]
    pub dist: Option<PathBuf>,
    /// Offered in the sign-in form.
    #[arg(long, env = "COUNTER_SERVER")]
    pub server: Option<String>,
    #[arg(long)]
    pub device_name: Option<String>,
    /// No sound, whatever device there is.
    #[arg(long)]
    pub silent: bool,
}

#[derive(Subcommand)]
pub enum JournalTask {
    /// Recompute the whole chain; exit code 1 and the place when it breaks.
    Verify,
    /// Write every event as a JSON line, without personal data.
    Export {
        /// Default: standard output.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}
