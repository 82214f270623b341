//! Reviews: what customers said, and the owner's answer. Everything here asks the server; nothing of it is kept on this computer.

use serde::Deserialize;
use serde_json::Value;
use shared::id::OrderId;
use shared::wire::{ReviewCard, ReviewHiding, ReviewPage, ReviewReply};

use super::CounterHost;
use super::people::{said, with};
use crate::HostError;

/// `reviews({before})`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ReviewsForm {
    /// The last review of another page.
    #[serde(default)]
    pub before: Option<OrderId>,
}

/// `reply_to_review({order_id, text})`.
#[derive(Clone, Deserialize)]
pub struct ReplyForm {
    pub order_id: OrderId,
    #[serde(flatten)]
    pub reply: ReviewReply,
}

/// `hide_review({order_id, reason, why})`.
#[derive(Clone, Deserialize)]
pub struct HideForm {
    pub order_id: OrderId,
    #[serde(flatten)]
    pub hiding: ReviewHiding,
}

impl CounterHost {
    /// `reviews`: a page of them, newest first.
    pub async fn reviews(&self, form: ReviewsForm) -> Result<ReviewPage, HostError> {
        Ok(self.online()?.reviews(form.before).await?)
    }

    /// `reply_to_review`: in place of an earlier answer.
    pub async fn reply_to_review(&self, form: ReplyForm) -> Result<ReviewCard, HostError> {
        Ok(self.online()?.reply_to_review(form.order_id, &form.reply).await?)
    }

    /// `hide_review`: without a reason it is shown again.
    pub async fn hide_review(&self, form: HideForm) -> Result<ReviewCard, HostError> {
        Ok(self.online()?.hide_review(form.order_id, &form.hiding).await?)
    }

    /// The calls of this file by name; `None` when there is none such.
    pub(super) async fn review_call(
        &self,
        name: &str,
        arguments: &Value,
    ) -> Option<Result<Value, HostError>> {
        Some(match name {
            "reviews" => said(with(arguments, |form| self.reviews(form)).await),
            "reply_to_review" => said(with(arguments, |form| self.reply_to_review(form)).await),
            "hide_review" => said(with(arguments, |form| self.hide_review(form)).await),
            _ => return None,
        })
    }
}
