//! The addresses of closing a day.

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::certificate::SignedCertificate;
use shared::id::DayId;
use shared::wire::{
    CertificateKey, CheckReport, CheckRequest, CloseAnswer, CloseRequest, CloseStatus, CutAnswer,
    HashesAnswer, HashesRequest, LogPage, Repaired,
};

use super::{Cloud, CloudError, read};
use crate::closing::ClosingServer;
use crate::sync::Server;

impl Cloud {
    async fn of_day<T: DeserializeOwned>(
        &self,
        method: Method,
        day: DayId,
        what: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, CloudError> {
        let request = self.request(method.clone(), &format!("days/{day}/{what}"))?;
        let request = if method == Method::POST { request.json(body) } else { request };
        read(request).await
    }
}

/// Nothing to say beside the address.
#[derive(Serialize)]
struct Nothing {}

impl ClosingServer for Cloud {
    async fn close_status(&self, day: DayId) -> Result<CloseStatus, CloudError> {
        self.of_day(Method::GET, day, "status", &Nothing {}).await
    }

    async fn cut(&self, day: DayId) -> Result<CutAnswer, CloudError> {
        self.of_day(Method::POST, day, "cut", &Nothing {}).await
    }

    async fn hashes(&self, day: DayId, request: &HashesRequest) -> Result<HashesAnswer, CloudError> {
        self.of_day(Method::POST, day, "hashes", request).await
    }

    async fn check(&self, day: DayId, request: &CheckRequest) -> Result<CheckReport, CloudError> {
        self.of_day(Method::POST, day, "check", request).await
    }

    async fn repair(&self, day: DayId) -> Result<Repaired, CloudError> {
        self.of_day(Method::POST, day, "repair", &Nothing {}).await
    }

    async fn close(&self, day: DayId, request: &CloseRequest) -> Result<CloseAnswer, CloudError> {
        self.of_day(Method::POST, day, "close", request).await
    }

    async fn certificate(&self, day: DayId) -> Result<SignedCertificate, CloudError> {
        self.of_day(Method::GET, day, "certificate", &Nothing {}).await
    }

    async fn certificate_key(&self) -> Result<CertificateKey, CloudError> {
        // Beside the store's addresses: anybody may ask.
        read(self.request(Method::GET, "../certificate-key")?).await
    }

    async fn log_page(&self, after: i64, limit: i64) -> Result<LogPage, CloudError> {
        self.log(after, limit).await
    }
}
