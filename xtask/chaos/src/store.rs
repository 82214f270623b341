//! A store of the storm: one item without options, a counter that works by itself or a person who turns everybody away.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use e2e::api::{Api, Imported};
use e2e::{process, programs};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::customer::Shelf;
use crate::fault::Victim;
use crate::supervisor::Program;
use crate::tally::Tally;

const TEMPLATE: &str = "cloud-api/fixtures/stores/hongdae-coffee.json";
const ITEM: &str = "americano";
/// Won.
const PRICE: i64 = 4_500;
/// Nobody who works waits so long; whoever is turned away by nobody gets the money back.
const ACCEPT_DEADLINE_MINUTES: u32 = 3;
const PASSWORD: &str = "counter-of-a-storm";
const COMMAND_LIMIT: Duration = Duration::from_secs(60);
/// How often the person at the counter looks up.
const LOOK: Duration = Duration::from_millis(400);

/// How a store treats its orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Works,
    Rejects,
}

#[derive(Debug, Clone)]
pub struct Store {
    pub number: usize,
    pub id: String,
    pub manner: Manner,
    pub data: PathBuf,
    pub log: PathBuf,
}

impl Store {
    /// Imports it and signs its counter in at `server`.
    pub async fn open(number: usize, manner: Manner, api: &Api, server: &str, folder: &Path) -> Result<Self> {
        let Imported { store_id, claim_code } = api.import(&file(number, folder)?).await?;
        let data = folder.join(format!("counter-{number}"));
        let mut claim = Command::new(programs::program("counter")?);
        claim.arg("--data").arg(&data).args(["claim", "--server", server, "--claim-code", &claim_code]);
        claim.args(["--login-id", &format!("storm{number}"), "--device-name", "counter of a storm"]);
        claim.env("COUNTER_PASSWORD", PASSWORD);
        process::run(claim, COMMAND_LIMIT).await?;
        let log = folder.join(format!("counter-{number}.log"));
        Ok(Self { number, id: store_id, manner, data, log })
    }

    pub fn shelf(&self) -> Shelf {
        Shelf { store_id: self.id.clone(), item: ITEM }
    }

    pub fn journal(&self) -> PathBuf {
        self.data.join("journal.db")
    }

    /// Its counter.
    pub fn program(&self) -> Program {
        let (data, manner) = (self.data.clone(), self.manner);
        let command = move || {
            let mut command = Command::new(programs::program("counter")?);
            command.arg("--data").arg(&data).args(["run", "--prep-minutes", "15"]);
            if manner == Manner::Works {
                command.args(["--auto", "accept,cooking,ready,handed_over"]);
            }
            Ok(command)
        };
        Program {
            victim: Victim::Counter(self.number),
            name: "counter",
            command: Box::new(command),
            log: self.log.clone(),
        }
    }

    /// Turns every order away, until dropped.
    pub async fn reject_all(self, db: PgPool, tally: Tally) {
        loop {
            tokio::time::sleep(LOOK).await;
            let waiting = sqlx::query_scalar(
                "select order_id::text from orders where store_id = $1::uuid and phase = 'placed'",
            );
            let found: Result<Vec<String>, sqlx::Error> = waiting.bind(&self.id).fetch_all(&db).await;
            let Ok(orders) = found else { continue };
            for order in orders {
                if self.reject(&order).await.is_ok() {
                    tally.count("staff: rejected");
                }
            }
        }
    }

    async fn reject(&self, order: &str) -> Result<()> {
        let mut send = Command::new(programs::program("counter")?);
        send.arg("--data").arg(&self.data).args(["send", "reject", "--order", order, "--reason", "sold_out"]);
        send.args(["--wait", "1"]);
        process::run(send, COMMAND_LIMIT).await.map(drop)
    }
}

fn file(number: usize, folder: &Path) -> Result<PathBuf> {
    let text = std::fs::read_to_string(programs::repository().join(TEMPLATE))?;
    let mut file: Value = serde_json::from_str(&text)?;
    file["store"]["key"] = json!(format!("storm-{number}"));
    file["store"]["name"] = json!(format!("폭풍분식 {number}"));
    file["store"]["accept_deadline_minutes"] = json!(ACCEPT_DEADLINE_MINUTES);
    let item =
        json!({ "key": ITEM, "name": "아메리카노", "price": PRICE, "is_main": true, "option_groups": [] });
    file["menu"] =
        json!({ "option_groups": [], "categories": [{ "key": "coffee", "name": "커피", "items": [item] }] });
    let path = folder.join(format!("store-{number}.json"));
    std::fs::write(&path, file.to_string())?;
    Ok(path)
}
