//! Reviews, as the store reads and answers them.

use serde::{Deserialize, Serialize};

use crate::TimeMs;
use crate::id::OrderId;
use crate::review::{HideReason, Rating, ReviewStepKind, Stars};

/// `GET /v1/store/reviews?before=<order_id>`: reviews that their authors did not take back, newest first. `before` continues after the
/// last one of another page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewPage {
    pub reviews: Vec<ReviewCard>,
    /// Whether there are older ones.
    pub more: bool,
    /// Of all reviews, the hidden ones too.
    pub rating: Rating,
    /// Whether whoever asks may answer and hide.
    pub may_change: bool,
}

/// A review of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewCard {
    pub order_id: OrderId,
    /// What was bought, as the order called it.
    pub items: Vec<String>,
    pub stars: Stars,
    /// Absent when only stars were given, or the customer's data was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub text: Option<String>,
    pub written_at: TimeMs,
    /// The store's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub hidden: Option<HiddenReview>,
    /// Everything that happened to it, oldest first.
    pub steps: Vec<ReviewStep>,
}

/// That a review is hidden, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HiddenReview {
    pub reason: HideReason,
    /// With `other`: the reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub why: Option<String>,
    pub at: TimeMs,
}

/// One entry of a review's trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewStep {
    pub kind: ReviewStepKind,
    pub at: TimeMs,
    /// After the step.
    pub stars: Stars,
    /// With `hidden`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<HideReason>,
    /// Who of the store did it; absent for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub by: Option<String>,
}

/// `POST /v1/store/reviews/{order_id}/reply`, by an owner: the store's answer, in place of an earlier one. Answered with the
/// [`ReviewCard`]; 400 `review_text_missing` or `review_text_too_long`, 404 `review_gone`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewReply {
    pub text: String,
}

/// `POST /v1/store/reviews/{order_id}/hiding`, by an owner: hides a review, or shows it again without a reason. Answered with the
/// [`ReviewCard`]; 400 as for [`ReviewReply`] when the reason `other` is not said in words, 404 `review_gone`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReviewHiding {
    pub reason: Option<HideReason>,
    /// With `other`: the reason in words, which customers read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub why: Option<String>,
}
