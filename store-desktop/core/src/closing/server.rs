//! The server, as closing a day meets it. The real one is [`crate::cloud::Cloud`].

use shared::certificate::SignedCertificate;
use shared::id::DayId;
use shared::wire::{
    CertificateKey, CheckReport, CheckRequest, CloseAnswer, CloseRequest, CloseStatus, CutAnswer,
    HashesAnswer, HashesRequest, LogPage, Repaired,
};

use crate::cloud::CloudError;

/// The addresses under `/v1/store/days/{day_id}/`, and what a day is read again from.
pub trait ClosingServer: Send + Sync {
    /// `GET …/status`.
    fn close_status(&self, day: DayId) -> impl Future<Output = Result<CloseStatus, CloudError>> + Send;
    /// `POST …/cut`.
    fn cut(&self, day: DayId) -> impl Future<Output = Result<CutAnswer, CloudError>> + Send;
    /// `POST …/hashes`.
    fn hashes(
        &self,
        day: DayId,
        request: &HashesRequest,
    ) -> impl Future<Output = Result<HashesAnswer, CloudError>> + Send;
    /// `POST …/check`.
    fn check(
        &self,
        day: DayId,
        request: &CheckRequest,
    ) -> impl Future<Output = Result<CheckReport, CloudError>> + Send;
    /// `POST …/repair`.
    fn repair(&self, day: DayId) -> impl Future<Output = Result<Repaired, CloudError>> + Send;
    /// `POST …/close`.
    fn close(
        &self,
        day: DayId,
        request: &CloseRequest,
    ) -> impl Future<Output = Result<CloseAnswer, CloudError>> + Send;
    /// `GET …/certificate`.
    fn certificate(&self, day: DayId) -> impl Future<Output = Result<SignedCertificate, CloudError>> + Send;
    /// `GET /v1/certificate-key`.
    fn certificate_key(&self) -> impl Future<Output = Result<CertificateKey, CloudError>> + Send;
    /// `GET log`: at most `limit` events after `seq`.
    fn log_page(&self, after: i64, limit: i64) -> impl Future<Output = Result<LogPage, CloudError>> + Send;
}
