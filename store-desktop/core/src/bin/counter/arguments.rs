//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::id::{OrderId, StoreId};
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
    /// Close the running business day with proof; prints a JSON line per step. Exit code 0 only with a certificate.
    Close(Close),
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
    /// Only look on, beside a counter.
    #[arg(long)]
    pub viewer: bool,
    /// Which store, when the login belongs to several.
    #[arg(long)]
    pub store: Option<StoreId>,
    /// A code of the authenticator app, or a recovery code, when the device is new.
    #[arg(long, env = "COUNTER_SECOND_FACTOR", hide_env_values = true)]
    pub second_factor: Option<String>,
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Kind {
    Accept,
    Reject,
    Cooking,
    Ready,
    HandedOver,
    Cancel,
    SettleConflict,
    RefundPart,
    DayPrepare,
    DayOpen,
    BreakStart,
    BreakEnd,
    BusySet,
    ClosingStart,
    ClosingResume,
    SoldOut,
    BackOnSale,
    StockSet,
    MenuEdit,
    ScheduleSet,
}

#[derive(Args)]
pub struct Send {
    pub kind: Kind,
    /// With commands about an order.
    #[arg(long)]
    pub order: Option<OrderId>,
    /// With `accept`. Default: 15.
    #[arg(long)]
    pub prep_minutes: Option<u32>,
    /// With `reject`, `cancel` and `refund_part`, such as `sold_out`.
    #[arg(long)]
    pub reason: Option<String>,
    /// With `settle_conflict`, such as `discarded`.
    #[arg(long)]
    pub settlement: Option<String>,
    /// Won, with `refund_part`.
    #[arg(long)]
    pub amount: Option<i64>,
    /// With `break_start`. Default: `rest`.
    #[arg(long)]
    pub cause: Option<String>,
    /// Ends by itself so many minutes from now, with `break_start`, `busy_set` and `sold_out`.
    #[arg(long)]
    pub minutes: Option<u32>,
    /// With `busy_set`; 0 ends it.
    #[arg(long)]
    pub extra_minutes: Option<u32>,
    /// The item's key, with `sold_out`, `back_on_sale` and `stock_set`.
    #[arg(long)]
    pub item: Option<String>,
    /// The option's key as `<group>/<option>`, with `sold_out` and `back_on_sale`.
    #[arg(long, conflicts_with = "item")]
    pub option: Option<String>,
    /// With `sold_out` without `--minutes`: until somebody says so, not only until the day ends.
    #[arg(long)]
    pub until_told: bool,
    /// With `stock_set`; without it no count is kept.
    #[arg(long)]
    pub pieces: Option<u32>,
    /// The fields of `menu_edit` and `schedule_set` as a JSON object, such as `{"edit": {…}}`; `@FILE` reads a file.
    #[arg(long)]
    pub json: Option<String>,
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

#[derive(Args)]
pub struct Close {
    /// Do the suggested repairs of copies: this journal is read again from the server, the server builds its stream again.
    #[arg(long)]
    pub repair: bool,
    /// Go on selling instead: a closing that was begun is given up.
    #[arg(long, conflicts_with = "repair")]
    pub cancel: bool,
    /// How many seconds to wait for orders, payments and the server. What was done stays done; the next `close` goes on.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub wait: u64,
    /// Write the certificate, its key and the journal into a folder inside the data folder.
    #[arg(long)]
    pub export: bool,
}

#[derive(Args)]
pub struct Verify {
    /// An exported journal instead of this counter's own; then no data folder is needed.
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
    /// A closing certificate to hold against the journal.
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// The server's public key: 64 hex digits, or a file with them. Default: the one that this counter has pinned.
    #[arg(long, requires = "certificate")]
    pub key: Option<String>,
}

#[derive(Subcommand)]
pub enum JournalTask {
    /// Recompute the whole chain; exit code 1 and the place when it breaks.
    Verify(Verify),
    /// Write a header, every event as a JSON line with its exact body and hash, and an end with a checksum; no personal data.
    Export {
        /// Default: standard output.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}
