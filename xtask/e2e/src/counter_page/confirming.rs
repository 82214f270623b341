//! A device that nobody knows yet, at its own sign-in and at the counter that lets it in.

use anyhow::{Result, bail};

use super::CounterPage;
use crate::authenticator::Authenticator;
use crate::wait::{wait_for, wait_until};

impl CounterPage<'_> {
    /// Sets up the second factor on the open page of the people, as far as the question for the first code.
    pub async fn begin_second_factor(&self, password: &str) -> Result<Authenticator> {
        self.press_when_there("people-security").await?;
        self.press_when_there("second-factor-begin").await?;
        self.write("own-password-field", password).await?;
        self.press_when_there("own-password-send").await?;
        Ok(Authenticator::new(&self.read("second-factor-secret").await?))
    }

    /// Types the first code; the recovery codes are on the page afterwards.
    pub async fn finish_second_factor(&self, app: &Authenticator) -> Result<()> {
        self.write("second-factor-code", &app.code(0)?).await?;
        self.press_when_there("second-factor-confirm").await?;
        self.wait_for("recovery-codes").await.map(drop)
    }

    /// Sends the form off; the number with which this device waits to be let in.
    pub async fn sign_in_and_wait(&self, server: &str, login: &str, password: &str) -> Result<String> {
        self.fill_in(server, login, password).await?;
        self.press("sign-in-submit").await?;
        wait_for("the device has to be let in", async || {
            if let Ok(problem) = self.find("sign-in-problem").await {
                bail!("the sign-in says: {}", problem.text().await?);
            }
            Ok(Some(self.find("sign-in-number").await?.text().await?))
        })
        .await
    }

    /// At the counter: lets the device with this number in.
    pub async fn let_in(&self, number: &str) -> Result<()> {
        self.press_twice(&format!("request-{number}-allow")).await
    }

    /// At the device that was let in while another has the counter: takes it over.
    pub async fn take_over(&self) -> Result<()> {
        self.press_twice("sign-in-take-over").await?;
        self.wait_for("link-light").await?;
        self.wait_until_connected().await
    }

    /// Answers the question for a code; whether it was right.
    pub async fn send_code(&self, code: &str) -> Result<bool> {
        self.write("sign-in-second-factor", code).await?;
        self.press_when_there("sign-in-second-factor-send").await?;
        wait_for("the code is answered", async || {
            if self.find("link-light").await.is_ok() {
                return Ok(Some(true));
            }
            // A wrong code is taken out of the field; what was said about the code before may still stand there.
            let left = self.find("sign-in-second-factor").await?.prop("value").await?;
            let refused = self.find("sign-in-problem").await.is_ok() && left.as_deref() == Some("");
            Ok(refused.then_some(false))
        })
        .await
    }

    /// Waits until the page says why it is signed out.
    pub async fn wait_until_signed_out(&self) -> Result<String> {
        self.read("signed-out-reason").await
    }

    /// Writes into a field, in the place of what is there.
    pub async fn write(&self, id: &str, text: &str) -> Result<()> {
        wait_until(&format!("{text:?} was written into {id}"), async || {
            let field = self.find(id).await?;
            field.clear().await?;
            field.send_keys(text).await?;
            Ok(true)
        })
        .await
    }
}
