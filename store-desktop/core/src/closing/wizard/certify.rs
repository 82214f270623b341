//! The last steps: the close, the certificate, and whether it is believed.

use shared::certificate::{Certificate, SignedCertificate};
use shared::wire::{CloseAnswer, CloseRequest};

use super::{Moved, Wizard};
use crate::closing::certificates::{KeptCertificate, KeptKey};
use crate::closing::compare::CloseError;
use crate::closing::progress::Progress;
use crate::closing::view::CloseNote;
use crate::closing::{ClosingServer, certificates};
use crate::{clock, failpoint};

impl<S: ClosingServer> Wizard<'_, S> {
    /// Asks for the close, again and again if need be: the certificate is the same for ever.
    pub(super) async fn certify(&self, progress: Progress) -> Result<Moved, CloseError> {
        let server = self.server()?;
        let key = self.key(server).await?;
        let Some(proof) = progress.proof.clone() else {
            // Somebody else closed the day: what was signed can still be had.
            let signed = server.certificate(progress.day_id).await?;
            return self.accept(progress, signed, &key).await;
        };
        if !progress.close_sent {
            // On the disk before it leaves: what is under way may have happened.
            self.change(|progress| progress.close_sent = true).await?;
        }
        failpoint::reach("close.before_close").await?;
        let answer = server.close(progress.day_id, &CloseRequest { journal: proof }).await?;
        failpoint::reach("close.after_close").await?;
        match answer {
            CloseAnswer::Closed { certificate } => self.accept(progress, certificate, &key).await,
            CloseAnswer::NotYet { blockers } => {
                self.change(|progress| {
                    progress.close_sent = false;
                    progress.forget_cut();
                })
                .await?;
                self.later();
                self.closing.memory().blockers = Some(blockers);
                Ok(Moved::Waits)
            }
            CloseAnswer::Different { report } => {
                self.change(|progress| {
                    progress.close_sent = false;
                    progress.forget_report();
                    progress.report = Some(report);
                })
                .await?;
                Ok(Moved::Waits)
            }
        }
    }

    /// The pinned key; the server's own at the first use.
    async fn key(&self, server: &S) -> Result<KeptKey, CloseError> {
        certificates::key(self.counter.journal(), server).await
    }

    async fn accept(
        &self,
        mut progress: Progress,
        signed: SignedCertificate,
        key: &KeptKey,
    ) -> Result<Moved, CloseError> {
        let certificate = match key.verify(&signed) {
            Ok(certificate) => certificate,
            Err(why) => {
                tracing::error!(%why, text = signed.text, "the certificate is not believed");
                self.later();
                return Ok(self.refuse(CloseNote::not_believed(&why.to_string())));
            }
        };
        if let Some(field) = self.differs(&progress, &certificate) {
            tracing::error!(field, text = signed.text, "the certificate is not of this journal");
            self.later();
            return Ok(self.refuse(CloseNote::not_our_certificate(field)));
        }
        progress.certified = true;
        progress.totals = Some(certificate.totals);
        let kept = KeptCertificate {
            signed,
            public_key: key.public_key.clone(),
            received_at: clock::now(),
            compared: progress.proof.is_some(),
        };
        let (kept, text) = (json(&kept), json(&progress));
        self.counter.journal().keep_certificate(progress.day_id, kept, text).await?;
        failpoint::reach("close.after_certificate").await?;
        self.closing.memory().progress = Some(progress);
        Ok(Moved::On)
    }

    /// What the certificate says otherwise than this counter's own records.
    fn differs(&self, progress: &Progress, certificate: &Certificate) -> Option<&'static str> {
        let store = self.counter.state().session.as_ref().map(|kept| kept.signed_in.store_id);
        if store.is_some_and(|store| store != certificate.store_id) {
            return Some("store_id");
        }
        if certificate.day_id != progress.day_id {
            return Some("day_id");
        }
        let (Some(_), Some(cut)) = (&progress.proof, &progress.cut) else { return None };
        let rows = [
            ("epoch", certificate.epoch == cut.upto.epoch),
            ("first_seq", certificate.first_seq == cut.first_seq),
            ("upto_seq", certificate.upto_seq == cut.upto.seq),
            ("head_hash", certificate.head_hash == cut.head_hash),
            ("totals", progress.totals.is_none_or(|totals| totals == certificate.totals)),
        ];
        rows.into_iter().find(|(_, same)| !same).map(|(field, _)| field)
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("certificates and progress hold only texts, numbers and lists")
}
