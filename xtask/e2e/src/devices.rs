//! Counters and screens that come to a store on devices of their own, as people do it in the window.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::counter::Counter;
use crate::wait::{wait_for, wait_until};
use crate::world::{LOGIN, PASSWORD};

impl Counter {
    /// The owner sets an authenticator app up: from now on new devices need the counter's word.
    pub async fn set_up_an_app(&self) -> Result<()> {
        let setup = self.call("begin_second_factor", json!({ "own_password": PASSWORD })).await?;
        let secret = setup["secret"].as_str().context("the app gets no secret")?;
        let code = Authenticator::new(secret).code(0)?;
        self.call("confirm_second_factor", json!({ "code": code })).await.map(drop)
    }

    /// Types the owner's password at a device: `kind` is `counter` or `viewer`.
    pub async fn sign_in_as(&self, server: &str, kind: &str, take_over: bool) -> Result<()> {
        self.call("sign_in", form(server, kind, take_over)).await.map(drop)
    }

    /// The same where it has to be refused; what the window is told.
    pub async fn sign_in_refused(&self, server: &str, kind: &str, code: &str) -> Result<Value> {
        self.refused("sign_in", form(server, kind, false), code).await
    }

    /// A device that nobody knows asks to be let in, and `counter` allows it by the number that both screens show.
    pub async fn let_in_by(&self, counter: &Self, server: &str, kind: &str) -> Result<()> {
        self.sign_in_refused(server, kind, "device_unconfirmed").await?;
        let pending = self.view().await?["pending_sign_in"].clone();
        let number = pending["number"].as_str().context("the device shows no number")?;
        let request = wait_for("the counter sees the device that asks", async || {
            let requests = counter.view().await?["desk"]["requests"].clone();
            let of_it = requests.as_array().and_then(|all| all.iter().find(|one| one["number"] == number));
            Ok(of_it.cloned())
        })
        .await?;
        let decision =
            json!({ "confirmation_id": request["confirmation_id"], "allow": true, "number": number });
        counter.call("decide_device", decision).await.map(drop)
    }

    /// Waits until the device was let in and works.
    pub async fn wait_until_let_in(&self) -> Result<()> {
        wait_until("the device is let in", async || Ok(self.view().await?["screen"] == "counter")).await?;
        self.wait_until_connected().await
    }

    /// Waits until this device knows that its session is over, why, and who has the counter.
    pub async fn wait_until_signed_out(&self, code: &str, holder: Option<&str>) -> Result<()> {
        wait_until(&format!("the device is signed out with {code}"), async || {
            let view = self.view().await?;
            let problem = &view["sign_in_problem"];
            ensure!(view["screen"] == "sign_in" && problem["code"] == code, "its problem is {problem}");
            let named = problem["holder"]["device_name"].as_str();
            ensure!(named == holder, "the holder is {named:?}");
            Ok(true)
        })
        .await
    }

    /// The id that the server knows this device by.
    pub fn device_id(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.data().join("device_id"))?.trim().to_owned())
    }

    /// Makes a call that has to be refused with `code`; what the window is told.
    pub async fn refused(&self, name: &str, arguments: Value, code: &str) -> Result<Value> {
        let said = self.refusal(name, arguments).await?;
        ensure!(said["code"] == code, "{name} was answered with {said}, not refused with {code}");
        Ok(said)
    }
}

fn form(server: &str, kind: &str, take_over: bool) -> Value {
    json!({
        "server_url": server, "login_id": LOGIN, "password": PASSWORD, "kind": kind, "take_over": take_over,
    })
}
