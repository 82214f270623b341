//! The cloud side as its own process, on a port that stays the same when it is killed and started again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::http;
use crate::keys::{BLOCK_ID, BOT_ID, CID, Keys, SMS_SENDER};
use crate::process::{self, Process};
use crate::programs::{program, repository};
use crate::wait::wait_until;

/// Migrating and importing.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

pub struct Api {
    pub url: String,
    environment: Vec<(&'static str, String)>,
    process: Option<Process>,
    log: PathBuf,
}

/// What the API is told of the rest of the world.
pub struct Surroundings<'a> {
    pub port: u16,
    pub database: &'a str,
    pub redis: &'a str,
    pub sandbox: &'a str,
}

/// A store that was imported.
#[derive(Debug, Clone)]
pub struct Imported {
    pub store_id: String,
    pub claim_code: String,
}

/// What `cloud-api` reads from its environment.
pub fn environment(around: &Surroundings<'_>, keys: &Keys) -> Vec<(&'static str, String)> {
    vec![
        ("BIND_ADDR", format!("127.0.0.1:{}", around.port)),
        ("PUBLIC_URL", format!("http://127.0.0.1:{}", around.port)),
        ("DATABASE_URL", around.database.to_owned()),
        ("REDIS_URL", around.redis.to_owned()),
        ("KAKAO_SKILL_SECRET", keys.skill_secret.clone()),
        ("KAKAO_BOT_IDS", BOT_ID.to_owned()),
        ("KAKAO_BLOCK_ID", BLOCK_ID.to_owned()),
        // A program taps faster than a person.
        ("CHAT_TURNS_PER_MINUTE", "1000000".to_owned()),
        ("CHAT_UNPAID_ORDERS_PER_HOUR", "1000000".to_owned()),
        ("KAKAOPAY_URL", around.sandbox.to_owned()),
        ("KAKAOPAY_SECRET_KEY", keys.payment_secret.clone()),
        ("KAKAOPAY_CID", CID.to_owned()),
        ("ALIMTALK_URL", around.sandbox.to_owned()),
        ("ALIMTALK_APP_KEY", keys.alimtalk_app.clone()),
        ("ALIMTALK_SECRET_KEY", keys.alimtalk_secret.clone()),
        ("ALIMTALK_SENDER_KEY", keys.alimtalk_sender.clone()),
        ("ALIMTALK_SMS_SENDER", SMS_SENDER.to_owned()),
        ("ADMIN_TOKEN", keys.admin_token.clone()),
        ("DATA_KEY", keys.data_key.clone()),
        ("SIGNING_KEY", keys.signing_key.clone()),
    ]
}

impl Api {
    pub fn new(around: &Surroundings<'_>, keys: &Keys, log: &Path) -> Self {
        let url = format!("http://127.0.0.1:{}", around.port);
        let environment = environment(around, keys);
        Self { url, environment, process: None, log: log.to_owned() }
    }

    pub async fn migrate(&self) -> Result<()> {
        let mut command = self.command()?;
        command.arg("migrate");
        process::run(command, COMMAND_LIMIT).await.map(drop)
    }

    pub async fn import(&self, store_file: &Path) -> Result<Imported> {
        let mut command = self.command()?;
        command.args(["store", "import"]).arg(store_file);
        let printed = process::run(command, COMMAND_LIMIT).await?;
        let answer: Value = serde_json::from_str(printed.trim()).with_context(|| {
            format!("`cloud-api store import` printed something else than JSON: {printed}")
        })?;
        let text = |key: &str| {
            let value = answer[key].as_str().map(str::to_owned);
            value.with_context(|| format!("`cloud-api store import` named no {key}: {printed}"))
        };
        Ok(Imported { store_id: text("store_id")?, claim_code: text("claim_code")? })
    }

    /// Starts serving, workers included; returns when it is ready.
    pub async fn serve(&mut self) -> Result<()> {
        let mut command = self.command()?;
        command.arg("serve");
        let mut process = Process::start("cloud-api", command, &self.log)?;
        let ready = format!("{}/health/ready", self.url);
        wait_until("the API is ready", async || {
            process.check_alive()?;
            http::success(http::client().get(&ready)).await.map(|_| true)
        })
        .await?;
        self.process = Some(process);
        Ok(())
    }

    /// `None` while it does not serve.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// SIGTERM, as a deployment does it.
    pub async fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.stop().await.map(drop),
            None => Ok(()),
        }
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(program("cloud-api")?);
        command.current_dir(repository()).env_remove("REDIS_CACHE_URL");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}
