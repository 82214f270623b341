//! `cargo xtask demo`: the whole of Simple Order on one machine, for a person to try, or played by a script.

mod http;
mod machine;
mod secrets;
mod services;
mod stores;
mod welcome;
mod window;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::display::{self, Display};
use crate::install::{self, Consent, Purpose};
use crate::process::{self, Log};
use crate::repository::Repository;
use crate::{cargo, front_end, interrupt};
use machine::Machine;
use welcome::Welcome;

pub struct Options {
    pub dir: PathBuf,
    /// Play one customer's order and leave.
    pub script: bool,
    pub consent: Consent,
    /// Zero: any free port, the same one as last time when it is still free.
    pub chat_port: u16,
    pub api_port: u16,
}

pub fn run(options: &Options) -> Result<i32> {
    let repository = Repository::find()?;
    let folder = Folder::open(&repository.root.join(&options.dir))?;
    let purpose = Purpose::Demo { display: display::is_here(), script: options.script };
    install::ensure(&repository, purpose, options.consent)?;
    build(&repository, &folder)?;
    let mut machine = Machine::start(&repository, &folder, options)?;
    let code = if options.script {
        play(&repository, &folder, &mut machine)?
    } else {
        show(&repository, &folder, &mut machine)?
    };
    println!("\nstopping …");
    Ok(code)
}

/// The demo's own folder: data, logs, secrets and pictures; one demo at a time.
pub struct Folder {
    pub path: PathBuf,
    _lock: File,
}

impl Folder {
    fn open(path: &Path) -> Result<Self> {
        // Others may pass through (PostgreSQL's account does); every secret inside is readable by its owner only.
        crate::stack::make_folder(path, 0o755)?;
        let path = path.canonicalize()?;
        let lock = File::create(path.join("demo.lock"))
            .with_context(|| format!("cannot write in {}", path.display()))?;
        lock.try_lock().map_err(|_| already_running(&path))?;
        // What a demo that was killed may have left.
        let _ = fs::remove_file(path.join(WELCOME));
        Ok(Self { path, _lock: lock })
    }

    /// A log to begin; the one of the last start stays beside it as `.log.1`.
    pub fn log(&self, name: &str) -> PathBuf {
        let log = self.path.join(format!("{name}.log"));
        let _ = fs::rename(&log, log.with_extension("log.1"));
        log
    }

    /// The window's data folder.
    pub fn counter(&self) -> PathBuf {
        self.path.join("counter")
    }

    pub fn pictures(&self) -> Result<PathBuf> {
        let pictures = self.path.join("screenshots");
        fs::create_dir_all(&pictures)?;
        Ok(pictures)
    }
}

/// What a running demo told its person, for whoever starts a second one.
const WELCOME: &str = "welcome.txt";

fn already_running(path: &Path) -> anyhow::Error {
    let told =
        fs::read_to_string(path.join(WELCOME)).unwrap_or_else(|_| String::from("(it is still starting)\n"));
    anyhow!(
        "a demo is already running in {}. 이미 실행 중입니다.\n{told}Use that one, stop it with Ctrl-C, \
         or start another beside it: cargo xtask demo --dir .run/demo-2",
        path.display()
    )
}

fn build(repository: &Repository, folder: &Folder) -> Result<()> {
    let mut log = Log::create(&folder.log("build"), |_| {})?;
    front_end::build_if_stale(repository, &mut log)?;
    log.run(cargo::command(repository, &["build", "--workspace", "--locked"]))
}

/// Waits for Ctrl-C with everything running.
fn show(repository: &Repository, folder: &Folder, machine: &mut Machine) -> Result<i32> {
    let mut display = Display::own_or_virtual(&folder.log("xvfb"))?;
    let mut window = window::open(repository, folder, &display, machine)?;
    let picture = window::picture_when_painted(folder, &display, &mut window)?;
    let welcome =
        Welcome { addresses: &machine.addresses, login: &machine.login, picture: picture.as_deref() };
    let text = welcome.to_string();
    fs::write(folder.path.join(WELCOME), &text)?;
    println!("\n{text}");
    let mut window_open = true;
    while !interrupt::asked_to_stop() {
        machine.check_alive()?;
        display.check_alive()?;
        if window_open && window.exited()?.is_some() {
            window_open = false;
            println!(
                "The counter's window was closed; the rest is still running. 창이 닫혔습니다. (Ctrl-C: 종료)"
            );
        }
        std::thread::sleep(process::POLL);
    }
    let _ = fs::remove_file(folder.path.join(WELCOME));
    Ok(0)
}

/// One customer's order through the real chat page and the real window.
fn play(repository: &Repository, folder: &Folder, machine: &mut Machine) -> Result<i32> {
    let display = Display::own_or_virtual(&folder.log("xvfb"))?;
    let pictures = folder.pictures()?;
    let player = repository.program("play-order");
    let mut command = match display {
        Display::Own => Command::new(player),
        Display::Virtual { .. } => {
            let mut bus = Command::new("dbus-run-session");
            bus.arg("--").arg(player);
            bus
        }
    };
    display.prepare(&mut command, &folder.path.join("runtime"))?;
    command
        .env("CHAT_URL", &machine.addresses.chat)
        .env("API_URL", &machine.addresses.api)
        .env("STORE_LOGIN", &machine.login.id)
        .env("STORE_PASSWORD", &machine.login.password)
        .env("SCREENSHOT_DIR", &pictures)
        .env("DESKTOP_BIN", repository.program("store-desktop"));
    let mut log = Log::create(&folder.log("play-order"), |_| {})?;
    let played = log.run(command);
    println!("\npictures: {}", pictures.display());
    match played {
        Ok(()) => Ok(0),
        Err(error) => {
            machine.check_alive()?;
            println!("error: {error:#}; the logs are in {}", folder.path.display());
            Ok(1)
        }
    }
}
