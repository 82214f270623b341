//! What the counter's window takes, all its processes together, with 200 orders on the screen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::counter_page::CounterPage;
use e2e::display::Display;
use e2e::wait::wait_until_within;
use e2e::window::{Setup as WindowSetup, Window};
use e2e::{http, programs};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::measure::{Limit, Measure, Unit};
use crate::process_time::proportional_memory;
use crate::row::{Outcome, Row, Running, Setup};
use crate::shop::Shop;

pub const ROW: Row = Row {
    name: "memory",
    what: "the counter's window with 200 orders on the screen, all its processes",
    run,
};

const ORDERS: u32 = 200;
const STORE: u32 = 1;
/// For 200 cards to be drawn.
const DRAWN: Duration = Duration::from_secs(60);
/// Payers who return at once.
const AT_ONCE: usize = 8;
const NEEDED: [&str; 3] = ["WebKitWebDriver", "Xvfb", "dbus-daemon"];
/// WebDriver's own process, which no restaurant runs.
const DRIVER: &str = "WebKitWebDriver";

fn run(setup: &Setup) -> Running<'_> {
    Box::pin(measure(setup))
}

async fn measure(setup: &Setup) -> Result<Outcome> {
    if let Some(missing) = NEEDED.iter().find(|program| !is_installed(program)) {
        return Ok(Outcome::Skipped(format!("{missing} is not installed")));
    }
    if let Err(error) = programs::desktop().and_then(|program| Ok(std::fs::metadata(program)?)) {
        return Ok(Outcome::Skipped(format!("the window's program is not built: {error:#}")));
    }
    let logs = setup.logs("memory")?;
    let shop = Shop::open(&logs).await?;
    let (_, order) = shop.order_in_chat().await?;
    shop.copy_stores(STORE).await?;
    let folder = tempfile::Builder::new().prefix("bench-").tempdir()?;
    let data = folder.path().join("data");
    shop.claim_copy(STORE, &data).await?;
    shop.copy_orders(order, 1..1 + ORDERS, STORE).await?;
    let payments = shop.prepare_payments(1..1 + ORDERS).await?;
    pay_all(&payments).await?;
    let mut taken = Vec::new();
    for _ in 0..setup.repeats() {
        taken.push(of_a_window(&shop, folder.path(), &data, &logs).await?);
    }
    Ok(Outcome::Measured(vec![
        Measure::new("memory", Unit::Bytes, &taken)
            .floor(Limit::AtMost(350.0 * 1_024.0 * 1_024.0))
            .goal(Limit::AtMost(200.0 * 1_024.0 * 1_024.0))
            .note("proportional set size; shared libraries count once"),
    ]))
}

async fn pay_all(payments: &Arc<Vec<crate::shop::Payment>>) -> Result<()> {
    let returns = payments
        .iter()
        .map(|payment| async move { http::client().get(&payment.returns_to).send().await.map(drop) });
    Ok(stream::iter(returns).buffer_unordered(AT_ONCE).try_collect().await?)
}

async fn of_a_window(shop: &Shop, folder: &Path, data: &Path, logs: &Path) -> Result<f64> {
    let setup = WindowSetup { folder, data, api: &shop.api.url, logs };
    let display = Display::given_or_own(folder, &logs.join("xvfb.log")).await?;
    let window = Window::open(&setup, display).await?;
    let page = CounterPage::new(window.client());
    wait_until_within(DRAWN, "200 orders are on the screen", async || {
        let lanes = page.lanes().await?;
        let shown = lanes.fresh.len() + lanes.cooking.len() + lanes.ready.len() + lanes.done.len();
        ensure!(shown == ORDERS as usize, "{shown} are shown");
        Ok(true)
    })
    .await?;
    let bytes: u64 = processes_of(data)?.into_iter().map(|id| proportional_memory(id).unwrap_or(0)).sum();
    ensure!(bytes > 0, "the window's processes were not found");
    Ok(bytes as f64)
}

/// The window and WebKit's helpers: they have inherited its data folder.
fn processes_of(data: &Path) -> Result<Vec<u32>> {
    let wanted = format!("COUNTER_DATA={}", data.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end between the two looks.
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        let ours = environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
        if ours && !DRIVER.starts_with(name.trim()) {
            found.push(id);
        }
    }
    Ok(found)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
