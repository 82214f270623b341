//! Everything that runs without being seen: servers, sandbox and API, with stores and one login.

use anyhow::Result;

use super::secrets::Secrets;
use super::services::{Addresses, Programs, wait_until_ready};
use super::stores::{self, Login};
use super::{Folder, Options};
use crate::process::{self, Background, Start};
use crate::repository::Repository;
use crate::stack::Stack;

/// The fields stop in this order.
pub struct Machine {
    api: Background,
    sandbox: Background,
    stack: Stack,
    pub addresses: Addresses,
    pub login: Login,
}

impl Machine {
    pub fn start(repository: &Repository, folder: &Folder, options: &Options) -> Result<Self> {
        println!("starting PostgreSQL and Redis …");
        let stack = Stack::start(&folder.path.join("stack"), false)?;
        let secrets = Secrets::load_or_make(&folder.path.join("secrets.env"))?;
        let addresses = Addresses::choose(&folder.path.join("ports"), options.chat_port, options.api_port)?;
        let programs = Programs { repository, stack: &stack, secrets: &secrets, addresses: &addresses };
        println!("preparing the database …");
        process::run_quietly(programs.cloud_api().arg("migrate"))?;
        println!("starting the chat page …");
        let log = folder.log("kakao-sandbox");
        let mut sandbox = Background::start(Start::new("kakao-sandbox", programs.sandbox(), &log))?;
        wait_until_ready(&mut sandbox, addresses.chat_port, "/")?;
        println!("starting the API …");
        let log = folder.log("cloud-api");
        let mut serve = programs.cloud_api();
        serve.arg("serve");
        let mut api = Background::start(Start::new("cloud-api", serve, &log))?;
        wait_until_ready(&mut api, addresses.api_port, "/health/ready")?;
        let login = stores::open(&programs, folder, options)?;
        Ok(Self { api, sandbox, stack, addresses, login })
    }

    /// An error with the last words of whatever has died.
    pub fn check_alive(&mut self) -> Result<()> {
        self.api.check_alive()?;
        self.sandbox.check_alive()?;
        self.stack.check_alive()
    }
}
