//! The owner's authenticator app.

use anyhow::{Context, Result};
use totp_rs::{Builder, Secret};

/// How long a code counts, in seconds.
const STEP_S: u64 = 30;

pub struct Authenticator {
    secret: String,
}

impl Authenticator {
    /// An app that keeps this secret: base32, in groups or not.
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.split_whitespace().collect() }
    }

    /// The code of this moment, or of so many steps after it: a code works once, and the server takes a neighbour too.
    pub fn code(&self, steps_on: u64) -> Result<String> {
        let secret = Secret::try_from_base32(&self.secret).context("the secret is not base32")?;
        let app = Builder::new().with_secret(secret).with_account_name("app").build();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
        Ok(app.context("no code comes of the secret")?.generate(now + steps_on * STEP_S).to_string())
    }
}
