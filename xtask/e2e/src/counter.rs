//! The counter without a window: the `counter` program, worked through the same calls that the window makes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::PgPool;

use crate::http;
use crate::port::free_port;
use crate::process::{self, Process};
use crate::programs::program;
use crate::wait::{PATIENCE, wait_for, wait_for_within, wait_until};
use crate::world::{LOGIN, PASSWORD};

/// Signing in, looking at the journal.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

pub struct Counter {
    data: PathBuf,
    url: String,
    log: PathBuf,
    /// What the store's people call the device.
    name: Option<&'static str>,
    process: Option<Process>,
}

impl Counter {
    /// Signs in at `server` and starts the counter. `data` is its own folder, `log` its log.
    pub async fn sign_in(server: &str, data: &Path, log: &Path) -> Result<Self> {
        login(server, data).await?;
        let mut counter = Self::on(data, log, None)?;
        counter.start().await?;
        counter.wait_until_connected().await?;
        Ok(counter)
    }

    /// Starts a counter that shows its sign-in form.
    pub async fn open(name: &'static str, data: &Path, log: &Path) -> Result<Self> {
        let mut counter = Self::on(data, log, Some(name))?;
        counter.serve("sign_in").await?;
        Ok(counter)
    }

    fn on(data: &Path, log: &Path, name: Option<&'static str>) -> Result<Self> {
        let url = format!("http://127.0.0.1:{}", free_port()?);
        Ok(Self { data: data.to_owned(), url, log: log.to_owned(), name, process: None })
    }

    /// Starts it again after [`Counter::kill`]; it is still signed in. It need not be connected yet.
    pub async fn start(&mut self) -> Result<()> {
        self.serve("counter").await
    }

    async fn serve(&mut self, screen: &str) -> Result<()> {
        let mut serve = command(&self.data)?;
        serve.args(["ui", "--silent", "--bind", self.url.trim_start_matches("http://")]);
        if let Some(name) = self.name {
            serve.args(["--device-name", name]);
        }
        let mut process = Process::start("counter", serve, &self.log)?;
        wait_until("the counter has opened its journal", async || {
            process.check_alive()?;
            Ok(self.view().await?["screen"] == screen)
        })
        .await?;
        self.process = Some(process);
        Ok(())
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// What the window would show.
    pub async fn view(&self) -> Result<Value> {
        self.call("view", json!({})).await
    }

    /// Presses a button of an order: `action` as the wire has it, such as `{"kind": "accept", "prep_minutes": 15}`.
    pub async fn act(&self, order: &str, action: Value) -> Result<()> {
        let card =
            self.card(order).await?.with_context(|| format!("the counter does not show order {order}"))?;
        let version = &card["order"]["version"];
        let arguments = json!({ "order_id": order, "expected_version": version, "action": action });
        self.call("act", arguments).await.map(drop)
    }

    /// Waits until the link is green: a number went through the server and came back.
    pub async fn wait_until_connected(&self) -> Result<()> {
        wait_until("the counter is connected", async || {
            let link = self.view().await?["link"].clone();
            ensure!(link["light"] == "green", "the link is {link}");
            Ok(true)
        })
        .await
    }

    /// Waits until the counter knows that nobody answers.
    pub async fn wait_until_offline(&self) -> Result<()> {
        wait_until("the counter is offline", async || {
            Ok(self.view().await?["link"]["cause"] == "server_unreachable")
        })
        .await
    }

    /// Waits until every command was answered.
    pub async fn wait_until_all_sent(&self) -> Result<()> {
        wait_until("all commands of the counter are answered", async || {
            let outbox = self.view().await?["outbox"].clone();
            ensure!(outbox["waiting"] == 0, "the outbox is {outbox}");
            Ok(true)
        })
        .await
    }

    /// Waits for an order to answer; its id.
    pub async fn wait_for_fresh(&self) -> Result<String> {
        self.wait_for_fresh_within(PATIENCE).await
    }

    pub async fn wait_for_fresh_within(&self, limit: Duration) -> Result<String> {
        wait_for_within(limit, "a new order is at the counter", async || {
            let fresh = self.view().await?["lanes"]["fresh"][0]["order"]["id"].clone();
            Ok(fresh.as_str().map(str::to_owned))
        })
        .await
    }

    /// Waits until the server's log says so at the counter.
    pub async fn wait_for_state(&self, order: &str, state: &str) -> Result<Value> {
        wait_for(&format!("order {order} is {state} at the counter, confirmed by the server"), async || {
            let card = self.card(order).await?.context("it is not shown")?;
            ensure!(card["order"]["state"] == state, "it is {}", card["order"]["state"]);
            Ok((card["provisional"] == false).then_some(card))
        })
        .await
    }

    /// Waits until the counter predicts so, whatever the server will say.
    pub async fn wait_for_prediction(&self, order: &str, state: &str) -> Result<()> {
        wait_until(&format!("the counter shows order {order} as {state}"), async || {
            let card = self.card(order).await?.context("it is not shown")?;
            Ok(card["order"]["state"] == state && card["provisional"] == true)
        })
        .await
    }

    async fn card(&self, order: &str) -> Result<Option<Value>> {
        Ok(cards(&self.view().await?).into_iter().find(|card| card["order"]["id"] == order))
    }

    /// Any call of the host by its name.
    pub async fn call(&self, name: &str, arguments: Value) -> Result<Value> {
        http::post(&format!("{}/host/{name}", self.url), &arguments).await
    }

    /// What a call is refused with.
    pub async fn refusal(&self, name: &str, arguments: Value) -> Result<Value> {
        let request = http::client().post(format!("{}/host/{name}", self.url)).json(&arguments);
        let answer = request.send().await?;
        ensure!(answer.status() == StatusCode::UNPROCESSABLE_ENTITY, "{name} answered {}", answer.status());
        Ok(answer.json().await?)
    }

    /// Its folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Orders on the screen, in whatever lane, with the state that it shows.
    pub async fn shown(&self) -> Result<BTreeMap<String, String>> {
        let cards = cards(&self.view().await?);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(cards.iter().map(|card| (text(&card["order"]["id"]), text(&card["order"]["state"]))).collect())
    }

    /// The journal is whole, and says byte for byte what the store's log in the database says.
    pub async fn journal_equals_log(&self, store: &str, db: &PgPool) -> Result<()> {
        journal_equals_log(&self.data, store, db).await
    }

    /// The journal is whole and says what the log says, but ends somewhere before the log does.
    pub async fn journal_stopped_within_log(&self, store: &str, db: &PgPool) -> Result<()> {
        verify(&self.data).await?;
        let (journal, log) = (export(&self.data).await?, log_of(store, db).await?);
        let log = common(&journal, &log)?;
        ensure!(journal.len() < log.len(), "the journal holds everything: {} events", journal.len());
        Ok(())
    }
}

/// Every order of a view.
pub fn cards(view: &Value) -> Vec<Value> {
    let lanes = ["fresh", "cooking", "ready", "done"].iter();
    lanes.flat_map(|lane| view["lanes"][lane].as_array()).flatten().cloned().collect()
}

/// `counter run --auto`: works every order by itself.
pub struct Working {
    process: Process,
    lines: PathBuf,
}

impl Working {
    pub async fn sign_in(server: &str, data: &Path, log: &Path) -> Result<Self> {
        login(server, data).await?;
        let mut run = command(data)?;
        run.args(["run", "--auto", "accept,cooking,ready,handed_over", "--prep-minutes", "15"]);
        let lines = log.with_extension("jsonl");
        let process = Process::start_with_data("counter run", run, &lines, log)?;
        Ok(Self { process, lines })
    }

    /// Waits until as many commands were answered as were given, and none refused.
    pub async fn wait_until_all_sent(&mut self) -> Result<()> {
        wait_until("all commands of the counter are answered", async || {
            self.process.check_alive()?;
            let text = std::fs::read_to_string(&self.lines)?;
            let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let count = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
            let refused = lines.iter().find(|line| line["outcome"] == "refused");
            ensure!(refused.is_none(), "a command was refused: {refused:?}");
            Ok(count("command") > 0 && count("command") == count("answer"))
        })
        .await
    }
}

async fn login(server: &str, data: &Path) -> Result<()> {
    let mut login = command(data)?;
    login.args(["login", "--server", server, "--login-id", LOGIN, "--device-name", "counter of a test"]);
    login.env("COUNTER_PASSWORD", PASSWORD);
    process::run(login, COMMAND_LIMIT).await.map(drop)
}

/// Verifies a journal's own chain and compares it with the store's log. Waits until the journal has caught up.
pub async fn journal_equals_log(data: &Path, store: &str, db: &PgPool) -> Result<()> {
    wait_until("the journal equals the store's log", async || {
        let log = log_of(store, db).await?;
        let journal = export(data).await?;
        compare(&journal, &log).map(|()| true)
    })
    .await?;
    verify(data).await
}

/// The journal's own chain holds.
async fn verify(data: &Path) -> Result<()> {
    let mut verify = command(data)?;
    verify.args(["journal", "verify"]);
    process::run(verify, COMMAND_LIMIT).await.map(drop)
}

/// An event with its place in the chain.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    seq: i64,
    hash: String,
    body: String,
}

async fn log_of(store: &str, db: &PgPool) -> Result<Vec<Link>> {
    let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(
        "select seq, encode(hash, 'hex'), body from store_event where store_id = $1::uuid order by seq",
    )
    .bind(store)
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(seq, hash, body)| Link { seq, hash, body: String::from_utf8_lossy(&body).into_owned() })
        .collect())
}

async fn export(data: &Path) -> Result<Vec<Link>> {
    let mut export = command(data)?;
    export.args(["journal", "export"]);
    let text = process::run(export, COMMAND_LIMIT).await?;
    // The first line says what it is, the last one sums it up.
    text.lines().filter(|line| !line.starts_with(r#"{"type":"#)).map(link).collect()
}

fn link(line: &str) -> Result<Link> {
    let event: Value = serde_json::from_str(line)?;
    let text = |key: &str| event[key].as_str().with_context(|| format!("no {key} in the export: {line}"));
    ensure!(event["orphaned"] == false, "the journal has an orphaned branch: {line}");
    let position: shared::log::Position = text("position")?.parse()?;
    Ok(Link { seq: position.seq, hash: text("hash")?.to_owned(), body: text("body")?.to_owned() })
}

/// A journal may begin later than the log (it began with a snapshot); from there on it has to be the same.
fn compare(journal: &[Link], log: &[Link]) -> Result<()> {
    let log = common(journal, log)?;
    ensure!(journal.len() == log.len(), "the journal holds {} events, the log {}", journal.len(), log.len());
    Ok(())
}

/// The log from where the journal begins. As far as the journal goes, both say the same.
fn common<'a>(journal: &[Link], log: &'a [Link]) -> Result<&'a [Link]> {
    let Some(first) = journal.first() else { bail!("the journal holds no event") };
    let from = log.iter().position(|link| link.seq == first.seq).context("the log has no such event")?;
    let log = &log[from..];
    for (ours, theirs) in journal.iter().zip(log) {
        ensure!(ours == theirs, "the journal holds {ours:?}, the log {theirs:?}");
    }
    ensure!(journal.len() <= log.len(), "the journal holds {} events, the log {}", journal.len(), log.len());
    Ok(log)
}

/// `counter --data …`.
fn command(data: &Path) -> Result<Command> {
    let mut command = Command::new(program("counter")?);
    command.arg("--data").arg(data);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(bodies: &[&str]) -> Vec<Link> {
        let numbered = bodies.iter().zip(7..);
        numbered
            .map(|(body, seq)| Link { seq, hash: format!("hash of {body}"), body: (*body).to_owned() })
            .collect()
    }

    #[test]
    fn every_difference_between_journal_and_log_is_noticed() {
        let log = links(&["a", "b", "c"]);
        assert!(compare(&links(&["a", "b", "c"]), &log).is_ok());
        assert!(compare(&log[1..], &log).is_ok(), "a journal may begin with a snapshot");
        assert!(compare(&log[..2], &log).is_err(), "a missing end");
        assert!(compare(&links(&["a", "B", "c"]), &log).is_err(), "another event");
        assert!(compare(&links(&["a", "b", "c", "d"]), &log).is_err(), "an event too many");
        assert!(compare(&[], &log).is_err(), "nothing");
    }
}
