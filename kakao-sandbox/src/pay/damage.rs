//! Makes one of KakaoPay's own records wrong, for tests of whoever compares with them.

use serde::Deserialize;

use super::payment::{Action, ActionKind, Payment, Status};
use crate::lock;
use crate::problem::Problem;
use crate::world::World;

/// Body of `POST /control/damage`: one field of one payment, and what it becomes. Answered with what it was, for making it right again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    pub tid: String,
    pub field: Field,
    pub to: serde_json::Value,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Status,
    Total,
    TaxFree,
    Vat,
    CanceledTotal,
    CanceledTaxFree,
    CanceledVat,
    PartnerOrderId,
    PartnerUserId,
    CaptureAid,
    CaptureAmount,
    CancelAid,
    CancelAmount,
}

/// Changes it and says what was there.
pub fn damage(world: &World, damage: Damage) -> Result<serde_json::Value, Problem> {
    let wrong =
        || Problem::bad_request("damage_invalid", "the payment has no such field, or it cannot become this");
    let mut payments = lock(&world.payments);
    let payment = payments.by_tid(&damage.tid).ok_or_else(wrong)?;
    let number = damage.to.as_i64().ok_or_else(wrong);
    let text = damage.to.as_str().map(str::to_owned).ok_or_else(wrong);
    Ok(match damage.field {
        Field::Status => {
            let status: Status = serde_json::from_value(damage.to).map_err(|_| wrong())?;
            serde_json::json!(std::mem::replace(&mut payment.status, status))
        }
        Field::Total => std::mem::replace(&mut payment.amount.total, number?).into(),
        Field::TaxFree => std::mem::replace(&mut payment.amount.tax_free, number?).into(),
        Field::Vat => std::mem::replace(&mut payment.amount.vat, number?).into(),
        Field::CanceledTotal => std::mem::replace(&mut payment.canceled.total, number?).into(),
        Field::CanceledTaxFree => std::mem::replace(&mut payment.canceled.tax_free, number?).into(),
        Field::CanceledVat => std::mem::replace(&mut payment.canceled.vat, number?).into(),
        Field::PartnerOrderId => std::mem::replace(&mut payment.partner_order_id, text?).into(),
        Field::PartnerUserId => std::mem::replace(&mut payment.partner_user_id, text?).into(),
        Field::CaptureAid => {
            std::mem::replace(&mut action(payment, ActionKind::Payment).ok_or_else(wrong)?.aid, text?).into()
        }
        Field::CaptureAmount => {
            std::mem::replace(&mut action(payment, ActionKind::Payment).ok_or_else(wrong)?.amount, number?)
                .into()
        }
        Field::CancelAid => {
            std::mem::replace(&mut action(payment, ActionKind::Cancel).ok_or_else(wrong)?.aid, text?).into()
        }
        Field::CancelAmount => {
            std::mem::replace(&mut action(payment, ActionKind::Cancel).ok_or_else(wrong)?.amount, number?)
                .into()
        }
    })
}

fn action(payment: &mut Payment, kind: ActionKind) -> Option<&mut Action> {
    payment.actions.iter_mut().find(|action| action.kind == kind)
}
