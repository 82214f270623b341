//! The mobile number that messages about orders go to. Asked for once, when the first order is made.

use shared::Won;
use shared::phone::PhoneNumber;
use shared::session::SessionVersion;

use super::action::Action;
use super::answer::Answer;
use super::expecting::Expecting;
use super::turn::{Reply, Turn};
use super::{limits, placement};
use crate::db::personal::{self, CustomerPrivate, Subject};

/// Asks for the number; afterwards the order that waits for it is made.
pub fn ask(then: Option<(SessionVersion, Won)>) -> Reply {
    let text = "주문 알림톡을 받을 휴대전화 번호를 보내 주세요.\n\
        예: 010-0000-0000\n번호는 주문 알림에만 쓰고, 주문한 매장에는 끝 네 자리만 보여요.";
    let answer = Answer::text(text).quick("주문서 보기", Action::Session);
    Reply::asking(answer, Expecting::Phone { then })
}

/// The number that this customer gave, if any.
pub async fn bound(turn: &Turn<'_>) -> Result<Option<String>, sqlx::Error> {
    let private: Option<CustomerPrivate> =
        personal::get(&turn.app.db, &turn.app.vault, Subject::Customer(turn.customer.id)).await?;
    Ok(private.and_then(|private| private.phone))
}

/// Keeps the number and goes on where the customer was.
pub async fn bind(
    turn: &Turn<'_>,
    phone: &PhoneNumber,
    then: Option<(SessionVersion, Won)>,
) -> anyhow::Result<Reply> {
    let known = bound(turn).await?;
    if known.as_deref() != Some(phone.digits()) && !keep(turn, phone).await? {
        return Ok(limits::too_many_numbers(known.is_some()).into());
    }
    let saved = format!("끝자리 {} 번호로 알림톡을 보내 드릴게요.", phone.last4());
    match then {
        Some((version, seen)) => {
            let reply = placement::place(turn, version, seen).await?;
            Ok(reply.map(|answer| answer.before(saved)))
        }
        None => Ok(Answer::text(saved)
            .quick("주문서 보기", Action::Session)
            .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
            .into()),
    }
}

/// Seals another number; `false` when the customer gave too many of late.
async fn keep(turn: &Turn<'_>, phone: &PhoneNumber) -> anyhow::Result<bool> {
    let app = turn.app;
    let mut tx = app.db.begin().await?;
    if !limits::count_number(turn, &mut tx).await? {
        return Ok(false);
    }
    let private = CustomerPrivate { phone: Some(phone.digits().to_owned()) };
    let subject = Subject::Customer(turn.customer.id);
    personal::put(&mut *tx, &app.vault, subject, &private, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(true)
}

/// What was typed is not a mobile number.
pub fn not_a_number(then: Option<(SessionVersion, Won)>) -> Reply {
    ask(then).map(|answer| answer.before("휴대전화 번호가 아니에요. 010으로 시작하는 번호를 확인해 주세요."))
}
