//! The programs of the demo and what they are told.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http;
use super::secrets::Secrets;
use crate::process::{Background, POLL};
use crate::repository::Repository;
use crate::{interrupt, stack};

const READY_LIMIT: Duration = Duration::from_secs(60);
/// Made up; Kakao's own are 24 hexadecimal digits too.
const BOT_ID: &str = "5f0000000000000000000001";
const BLOCK_ID: &str = "5f0000000000000000000002";
/// KakaoPay's public id for one-time test payments.
const CID: &str = "TC0ONETIME";

/// Of short messages; nobody's.
const SMS_SENDER: &str = "0200000000";

/// Where the services listen.
pub struct Addresses {
    pub chat: String,
    pub api: String,
    pub chat_port: u16,
    pub api_port: u16,
}

impl Addresses {
    /// A port that is given is taken as it is; else last time's, if it is free, so that links and the counter stay valid.
    pub fn choose(file: &Path, chat_port: u16, api_port: u16) -> Result<Self> {
        let last = std::fs::read_to_string(file).unwrap_or_default();
        let mut last = last.split_whitespace().map(|port| port.parse().unwrap_or(0));
        let chat_port = free_port(chat_port, last.next().unwrap_or(0))?;
        let mut api_port = free_port(api_port, last.next().unwrap_or(0))?;
        while api_port == chat_port {
            api_port = free_port(0, 0)?;
        }
        std::fs::write(file, format!("{chat_port} {api_port}\n"))?;
        let url = |port| format!("http://127.0.0.1:{port}");
        Ok(Self { chat: url(chat_port), api: url(api_port), chat_port, api_port })
    }
}

fn free_port(wanted: u16, last: u16) -> Result<u16> {
    if wanted != 0 {
        TcpListener::bind(("127.0.0.1", wanted))
            .with_context(|| format!("port {wanted} is in use; choose another or leave the choice to us"))?;
        return Ok(wanted);
    }
    let listener = TcpListener::bind(("127.0.0.1", last)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(listener.local_addr()?.port())
}

pub struct Programs<'a> {
    pub repository: &'a Repository,
    pub stack: &'a stack::Stack,
    pub secrets: &'a Secrets,
    pub addresses: &'a Addresses,
}

impl Programs<'_> {
    pub fn cloud_api(&self) -> Command {
        let mut command = Command::new(self.repository.program("cloud-api"));
        let bind = format!("127.0.0.1:{}", self.addresses.api_port);
        command
            .current_dir(&self.repository.root)
            .env_remove("REDIS_CACHE_URL")
            .envs(self.stack.environment())
            .envs(self.secrets.environment())
            .env("BIND_ADDR", bind)
            .env("PUBLIC_URL", &self.addresses.api)
            .env("KAKAO_BOT_IDS", BOT_ID)
            .env("KAKAO_BLOCK_ID", BLOCK_ID)
            .env("KAKAOPAY_URL", &self.addresses.chat)
            .env("KAKAOPAY_CID", CID)
            .env("ALIMTALK_URL", &self.addresses.chat)
            .env("ALIMTALK_SMS_SENDER", SMS_SENDER);
        command
    }

    pub fn sandbox(&self) -> Command {
        let mut command = Command::new(self.repository.program("kakao-sandbox"));
        command.current_dir(&self.repository.root).arg("serve");
        command.args(["--bind", &format!("127.0.0.1:{}", self.addresses.chat_port)]);
        command.args(["--skill-url", &format!("{}/kakao/skill", self.addresses.api)]);
        command.args(["--bot-id", BOT_ID, "--block-id", BLOCK_ID, "--payment-cid", CID]);
        command.args(["--payment-site-domain", &self.addresses.api]);
        command.arg("--alimtalk-templates").arg(self.alimtalk_templates());
        // Secrets travel in the environment: arguments are visible to every user of the machine.
        command
            .env("SANDBOX_SKILL_SECRET", self.secrets.get("KAKAO_SKILL_SECRET"))
            .env("SANDBOX_PAYMENT_SECRET_KEY", self.secrets.get("KAKAOPAY_SECRET_KEY"))
            .env("SANDBOX_ALIMTALK_APP_KEY", self.secrets.get("ALIMTALK_APP_KEY"))
            .env("SANDBOX_ALIMTALK_SECRET_KEY", self.secrets.get("ALIMTALK_SECRET_KEY"));
        command
    }

    fn alimtalk_templates(&self) -> PathBuf {
        self.repository.root.join("cloud-api/alimtalk-templates.json")
    }
}

/// Waits until `path` is answered with success.
pub fn wait_until_ready(service: &mut Background, port: u16, path: &str) -> Result<()> {
    let started = Instant::now();
    let mut last = String::from("nothing listens yet");
    while started.elapsed() < READY_LIMIT {
        service.check_alive()?;
        if interrupt::asked_to_stop() {
            bail!("stopped as you asked");
        }
        match http::get(port, path) {
            Ok(answer) if answer.status < 400 => return Ok(()),
            Ok(answer) => last = format!("{} {}", answer.status, answer.body),
            Err(error) => last = format!("{error:#}"),
        }
        std::thread::sleep(POLL);
    }
    bail!("{} was not ready within {READY_LIMIT:?} ({last}); see {}", service.name, service.log.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_times_port_is_kept_while_it_is_free() {
        let free = free_port(0, 0).unwrap();
        assert_eq!(free_port(0, free).unwrap(), free);
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_port(0, port).unwrap(), port);
        assert!(free_port(port, 0).unwrap_err().to_string().contains("in use"));
    }
}
