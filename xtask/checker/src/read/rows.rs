//! Rows as they are in the database, with a few words for what is asked of them often.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

pub type Time = DateTime<Utc>;

#[derive(Debug, FromRow)]
pub struct Store {
    pub store_id: Uuid,
    pub menu_version: i64,
    #[sqlx(default)]
    pub schedule_version: Option<i64>,
    #[sqlx(default)]
    pub fee_basis_points: Option<i32>,
}

#[derive(Debug, FromRow)]
pub struct MenuDocument {
    pub store_id: Uuid,
    pub menu_version: i64,
    pub document: Value,
    pub created_at: Time,
}

#[derive(Debug, FromRow)]
pub struct ItemStock {
    pub store_id: Uuid,
    pub item_key: String,
    pub remaining: i32,
    pub held: i32,
}

#[derive(Debug, FromRow)]
pub struct Day {
    pub store_id: Uuid,
    pub day_id: Uuid,
    pub state: String,
    pub opened_at: Time,
    pub closed_at: Option<Time>,
    pub next_number: i32,
    pub first_seq: i64,
    pub stream_gen: i32,
    /// The day with its data; absent in days of before.
    #[sqlx(default)]
    pub day: Option<Value>,
}

#[derive(Debug, FromRow)]
pub struct Cursor {
    pub store_id: Uuid,
    pub epoch: i32,
    pub last_seq: i64,
    pub last_hash: Vec<u8>,
}

#[derive(Debug, FromRow)]
pub struct EventRow {
    pub store_id: Uuid,
    pub seq: i64,
    pub epoch: i32,
    pub day_id: Uuid,
    pub kind: String,
    pub v: i16,
    pub order_id: Option<Uuid>,
    pub body: Vec<u8>,
    pub hash: Vec<u8>,
    pub created_at: Time,
}

#[derive(Debug, FromRow)]
pub struct Customer {
    pub customer_id: Uuid,
    pub user_key: String,
}

#[derive(Debug, FromRow)]
pub struct Order {
    pub store_id: Uuid,
    pub order_id: Uuid,
    pub customer_id: Uuid,
    pub day_id: Option<Uuid>,
    pub version: i32,
    pub phase: String,
    pub state: Value,
    pub number: Option<i32>,
    pub call_name: Option<String>,
    pub mode: String,
    pub total: i64,
    pub tax_free: i64,
    pub vat: i64,
    #[sqlx(default)]
    pub points: i64,
    pub refunded: i64,
    #[sqlx(default)]
    pub refund_promised: i64,
    pub conflict: Option<String>,
    pub has_request: bool,
    pub stock_reserved: bool,
    pub menu_version: i64,
    pub created_at: Time,
    pub placed_at: Option<Time>,
    #[sqlx(default)]
    pub pick_up_at: Option<Time>,
    pub updated_at: Time,
}

impl Order {
    pub fn was_placed(&self) -> bool {
        self.number.is_some() || self.placed_at.is_some()
    }
}

#[derive(Debug, FromRow)]
pub struct Item {
    pub store_id: Uuid,
    pub order_id: Uuid,
    pub line_no: i32,
    pub item_key: String,
    pub name: String,
    pub quantity: i32,
    pub unit_price: i64,
    pub amount: i64,
    pub tax_free: bool,
    pub options: Value,
}

#[derive(Debug, FromRow)]
pub struct CustomerOrder {
    pub customer_id: Uuid,
    pub order_id: Uuid,
    pub store_id: Uuid,
    pub created_at: Time,
}

#[derive(Debug, FromRow)]
pub struct PayLink {
    pub store_id: Uuid,
    pub order_id: Uuid,
    pub attempt_id: Option<Uuid>,
}

#[derive(Debug, FromRow)]
pub struct Attempt {
    pub store_id: Uuid,
    pub attempt_id: Uuid,
    pub order_id: Uuid,
    pub state: String,
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub tid: Option<String>,
    pub redirect_pc: Option<String>,
    pub redirect_mobile: Option<String>,
    pub redirect_app: Option<String>,
    pub pg_token_sealed: Option<Vec<u8>>,
    pub aid: Option<String>,
    pub method: Option<String>,
    pub card_approval_no: Option<String>,
    pub approved_at: Option<Time>,
    pub ready_at: Time,
    pub expires_at: Time,
    pub requested_at: Option<Time>,
    pub lease_until: Option<Time>,
    pub fence: i64,
    pub tries: i32,
    pub next_check_at: Option<Time>,
    pub failure_code: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Debug, FromRow)]
pub struct Refund {
    pub store_id: Uuid,
    pub refund_id: Uuid,
    pub attempt_id: Uuid,
    pub order_id: Uuid,
    pub reason: String,
    pub amount: i64,
    pub tax_free: i64,
    pub vat: i64,
    pub expected_remaining: i64,
    pub state: String,
    pub aid: Option<String>,
    pub lease_until: Option<Time>,
    pub fence: i64,
    pub tries: i32,
    pub next_try_at: Option<Time>,
    pub failure_code: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Debug, FromRow)]
pub struct Command {
    pub store_id: Uuid,
    pub key: Uuid,
    pub device_id: Uuid,
    pub device_seq: i64,
    pub body_hash: Vec<u8>,
    pub kind: String,
    pub order_id: Option<Uuid>,
    pub answer: Value,
    pub created_at: Time,
    /// Which life of the device's journal numbered it; null where that is not kept.
    pub incarnation: Option<String>,
}

#[derive(Debug, FromRow)]
pub struct Timer {
    pub store_id: Uuid,
    pub kind: String,
    pub order_id: Uuid,
    pub due_at: Time,
    pub done_at: Option<Time>,
    pub tries: i32,
    pub created_at: Time,
}

#[derive(Debug, FromRow)]
pub struct Notification {
    pub store_id: Uuid,
    pub notification_id: Uuid,
    /// Absent in a message about a day.
    pub order_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    #[sqlx(default)]
    pub day_id: Option<Uuid>,
    /// Only in a message about a customer's wish.
    #[sqlx(default)]
    pub wish_id: Option<Uuid>,
    /// Empty where all messages went to customers.
    #[sqlx(default)]
    pub recipient: String,
    pub template: String,
    pub order_version: i32,
    pub variables: Value,
    pub state: String,
    pub tries: i32,
    pub next_try_at: Option<Time>,
    pub lease_until: Option<Time>,
    pub fence: i64,
    pub request_id: Option<String>,
    pub result: Option<String>,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

#[derive(Debug, FromRow)]
pub struct PersonalData {
    pub subject: String,
    pub subject_id: Uuid,
    pub store_id: Option<Uuid>,
}

#[derive(Debug, FromRow)]
pub struct Device {
    pub store_id: Uuid,
    pub device_id: Uuid,
    pub ack_epoch: Option<i32>,
    pub ack_seq: Option<i64>,
    pub ack_hash8: Option<String>,
}

#[derive(Debug, FromRow)]
pub struct DeadLetter {
    pub store_id: Option<Uuid>,
    pub source: String,
    pub reference: Uuid,
    pub error: String,
    pub settled_at: Option<Time>,
}

#[derive(Debug, FromRow)]
pub struct LedgerEntry {
    pub store_id: Uuid,
    pub source: String,
    pub source_id: Uuid,
    pub order_id: Uuid,
    pub attempt_id: Uuid,
    pub fee_basis_points: Option<i32>,
    pub payout_date: Option<NaiveDate>,
    pub tid: Option<String>,
    pub aid: Option<String>,
    pub created_at: Time,
}

#[derive(Debug, FromRow)]
pub struct LedgerLine {
    pub store_id: Uuid,
    pub source: String,
    pub source_id: Uuid,
    pub account: String,
    pub amount: i64,
}

/// A movement of a customer's points.
#[derive(Debug, FromRow)]
pub struct PointsEntry {
    pub store_id: Uuid,
    pub entry_id: Uuid,
    pub order_id: Uuid,
    pub customer_id: Uuid,
    pub kind: String,
    pub order_version: i32,
    pub amount: i64,
    pub permille: Option<i32>,
    pub created_at: Time,
}

#[derive(Debug, FromRow)]
pub struct PointsAccount {
    pub customer_id: Uuid,
    pub available: i64,
    pub held: i64,
}

#[derive(Debug, FromRow)]
pub struct PaymentProof {
    pub store_id: Uuid,
    pub attempt_id: Uuid,
    pub captured: i64,
    pub refunded: i64,
    pub asked_at: Time,
}

#[derive(Debug, FromRow)]
pub struct DayCut {
    pub store_id: Uuid,
    pub day_id: Uuid,
    pub epoch: i32,
    pub upto_seq: i64,
    pub head_hash: Vec<u8>,
    pub cut_at: Time,
}

#[derive(Debug, FromRow)]
pub struct DayClose {
    pub store_id: Uuid,
    pub day_id: Uuid,
    pub upto_seq: i64,
    pub certificate: String,
    pub key_id: String,
    pub signature: String,
    pub closed_at: Time,
    pub removed_at: Option<Time>,
}

#[derive(Debug, FromRow)]
pub struct SoldOut {
    pub store_id: Uuid,
    pub group_key: String,
    pub key: String,
    pub ends: String,
    pub until_at: Option<Time>,
    pub since: Time,
}

#[derive(Debug, FromRow)]
pub struct Staff {
    pub store_id: Uuid,
    pub staff_id: Uuid,
}
