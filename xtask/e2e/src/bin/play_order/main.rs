//! `play-order`: plays one customer's order through the chat page and the counter's window, and says each step in plain words.
//!
//! Environment: `CHAT_URL` (the sandbox), `API_URL`, `STORE_LOGIN`, `STORE_PASSWORD`, `SCREENSHOT_DIR` (default
//! `target/screenshots`), `DESKTOP_BIN` (default: beside this program), `COUNTER_DATA` (default: a folder that is gone
//! afterwards). Exit code 0 when the order was handed over, 1 when not.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::display::Display;
use e2e::pictures::Pictures;
use e2e::playing::{Players, play_one_order};
use e2e::window::{Setup, Window};
use e2e::{process, sandbox};

#[tokio::main]
async fn main() -> ExitCode {
    let folder = match tempfile::Builder::new().prefix("play-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("실패: 임시 폴더를 만들 수 없어요 / no temporary folder: {error}");
            return ExitCode::FAILURE;
        }
    };
    match play(folder.path().to_owned()).await {
        Ok(()) => {
            println!("주문이 끝까지 잘 처리되었어요. / The order went all the way.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("실패 / failed: {error:#}");
            for log in ["window.log", "chromedriver.log"] {
                let log = folder.path().join(log);
                eprintln!("──── {}\n{}", log.display(), process::tail(&log));
            }
            ExitCode::FAILURE
        }
    }
}

async fn play(folder: PathBuf) -> Result<()> {
    let (chat_url, api_url) = (variable("CHAT_URL")?, variable("API_URL")?);
    let (login, password) = (variable("STORE_LOGIN")?, variable("STORE_PASSWORD")?);
    let data = std::env::var_os("COUNTER_DATA").map_or_else(|| folder.join("counter"), PathBuf::from);
    let pictures = Pictures::new("")?;
    println!("브라우저와 카운터 창을 열어요. / Opening the browser and the counter's window.");
    let browser = Browser::start(&folder.join("browser"), &folder.join("chromedriver.log")).await?;
    let setup = Setup { folder: &folder, data: &data, api: &api_url, logs: &folder };
    let display = Display::given_or_own(&folder, &folder.join("xvfb.log")).await?;
    let window = Window::open(&setup, display).await?;
    let (customer, phone) = sandbox::new_customer(&chat_url).await?;
    let players = Players {
        chat_url: &chat_url,
        customer: &customer,
        phone: &phone,
        api_url: &api_url,
        login: &login,
        password: &password,
        browser: &browser,
        window: &window,
    };
    let mut step = 0;
    play_one_order(&players, &pictures, &mut |korean, english, picture| {
        step += 1;
        let picture = picture.as_deref().and_then(|file| file.file_name()).unwrap_or_default();
        println!("{step:>2}. {korean} / {english} ({})", picture.display());
    })
    .await
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set; `cargo xtask demo --script` sets it"))
}
