//! The sandbox that stands in for Kakao, and what a test asks of it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::keys::{BLOCK_ID, BOT_ID, CID, Keys};
use crate::port::free_port;
use crate::process::Process;
use crate::programs::{program, repository};
use crate::wait::wait_until;
use crate::{http, programs};

pub struct Sandbox {
    pub url: String,
    process: Process,
}

impl Sandbox {
    /// `api` is where the shop will listen; nobody needs to be there yet.
    pub async fn start(api: &str, keys: &Keys, log: &Path) -> Result<Self> {
        let bind = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(program("kakao-sandbox")?);
        command.current_dir(repository()).args(["serve", "--bind", &bind]);
        command.args(["--skill-url", &format!("{api}/kakao/skill")]);
        command.args(["--bot-id", BOT_ID, "--block-id", BLOCK_ID, "--payment-cid", CID]);
        command.args(["--payment-site-domain", api]);
        command.arg("--alimtalk-templates");
        command.arg(programs::repository().join("cloud-api/alimtalk-templates.json"));
        command
            .env("SANDBOX_SKILL_SECRET", &keys.skill_secret)
            .env("SANDBOX_PAYMENT_SECRET_KEY", &keys.payment_secret)
            .env("SANDBOX_ALIMTALK_APP_KEY", &keys.alimtalk_app)
            .env("SANDBOX_ALIMTALK_SECRET_KEY", &keys.alimtalk_secret);
        let process = Process::start("kakao-sandbox", command, log)?;
        let mut sandbox = Self { url: format!("http://{bind}"), process };
        let url = sandbox.url.clone();
        wait_until("the sandbox answers", async || {
            sandbox.process.check_alive()?;
            http::get(&format!("{url}/control/customers")).await.map(|_| true)
        })
        .await?;
        Ok(sandbox)
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// What `/control/{what}` knows.
    pub async fn read(&self, what: &str) -> Result<Value> {
        http::get(&format!("{}/control/{what}", self.url)).await
    }

    /// Something goes wrong from now on; see the sandbox's faults.
    pub async fn fault(&self, fault: Value) -> Result<()> {
        http::post(&format!("{}/control/faults", self.url), &fault).await.map(drop)
    }

    /// Payments as Kakao's books have them.
    pub async fn payments(&self) -> Result<Vec<Payment>> {
        let ledger = self.read("ledger").await?;
        let lines = ledger["payments"].as_array().context("the ledger lists no payments")?;
        Ok(lines.iter().map(Payment::from).collect())
    }

    /// AlimTalk texts that one customer received, oldest first.
    pub async fn alimtalk_of(&self, customer: &str) -> Result<Vec<Alimtalk>> {
        let all = self.read("messages").await?;
        let sent = all["messages"].as_array().context("the sandbox lists no messages")?;
        let to_customer = sent.iter().filter(|message| message["customer"] == customer);
        Ok(to_customer.map(Alimtalk::from).collect())
    }
}

/// Another customer with a chat of their own, whom nobody has seen before: the id that the page's address carries, and their phone.
pub async fn new_customer(sandbox: &str) -> Result<(String, String)> {
    // 66 hexadecimal digits, as Kakao's own keys are.
    let digits: String = (0..3).map(|_| Uuid::new_v4().simple().to_string()).collect();
    let body = json!({ "bot_user_key": &digits[..66] });
    let answer = http::post(&format!("{sandbox}/control/customers"), &body).await?;
    let text = |key: &str| Some(answer[key].as_str()?.to_owned());
    text("customer").zip(text("phone")).context("the sandbox named no customer")
}

/// A line of Kakao's books, in won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub tid: String,
    pub partner_order_id: String,
    pub status: String,
    pub captured: i64,
    pub refunded: i64,
}

impl From<&Value> for Payment {
    fn from(line: &Value) -> Self {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let won = |key: &str| line[key].as_i64().unwrap_or_default();
        Self {
            tid: text("tid"),
            partner_order_id: text("partner_order_id"),
            status: text("status"),
            captured: won("captured"),
            refunded: won("refunded"),
        }
    }
}

/// A message that reached the customer's KakaoTalk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alimtalk {
    pub template: String,
    pub text: String,
}

impl From<&Value> for Alimtalk {
    fn from(sent: &Value) -> Self {
        let text = |key: &str| sent[key].as_str().unwrap_or_default().to_owned();
        Self { template: text("template"), text: text("text") }
    }
}
