//! "다시 되면 알려 주세요": a customer who could not pay wants to hear when KakaoPay works again.

use shared::Won;
use shared::phone::PhoneNumber;
use shared::session::SessionVersion;
use uuid::Uuid;

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::session_store::{self, Found};
use super::turn::{Reply, Turn};
use super::{phone, session};
use crate::app::App;
use crate::db::pay_wishes::{self, PayWish};

/// Keeps the wish as long as the order session lives, which begins its life anew.
pub async fn ask(turn: &Turn<'_>, version: SessionVersion, seen: Won) -> anyhow::Result<Reply> {
    let app = turn.app;
    let (found, kept) = session_store::change_version(app, turn.customer.id, version, |_| ()).await?;
    let Found::Current(kept) = (match kept {
        Some(()) => found,
        None => return session::other_version(turn, found).await,
    }) else {
        return session::show(turn).await;
    };
    if app.kakaopay.is_available() {
        let card = TextCard::new("이제 결제할 수 있어요")
            .description("카카오페이가 다시 응답해요. 주문서는 그대로예요.")
            .button(Button::new("주문하기", Action::Place { version, seen }));
        return Ok(Answer::card(card).quick("주문서 보기", Action::Session).into());
    }
    let Some(number) = phone::bound(turn).await?.as_deref().and_then(PhoneNumber::parse) else {
        return Ok(phone::ask(Some((version, seen))));
    };
    let now = app.clock.now_ms();
    let wish = PayWish {
        wish_id: Uuid::now_v7(),
        customer_id: turn.customer.id,
        store_id: kept.session.store_id,
        session_created: kept.session.version.created,
        asked_at: now,
        expires_at: session_store::expires_at(now),
    };
    pay_wishes::put(&app.db, &wish).await?;
    pay_wishes::saw_trouble(&app.db, now).await?;
    metrics::counter!("pay_wishes", "fate" => "asked").increment(1);
    let text = format!(
        "카카오페이가 다시 되면 끝자리 {} 번호로 알림톡을 한 번 보내 드릴게요.\n\
        주문서는 {}까지 그대로 둘게요. 그때까지 안 되면 따로 알리지 않아요.",
        number.last4(),
        wish.expires_at.kst_clock()
    );
    Ok(Answer::text(text)
        .quick("주문서 보기", Action::Session)
        .quick("다시 주문하기", Action::Place { version, seen })
        .into())
}

/// Writes down, beside the answer, that KakaoPay was seen in trouble; other processes may not know it.
pub fn note_trouble(app: &App) {
    let worker = app.clone();
    app.spawn(async move {
        if let Err(error) = pay_wishes::saw_trouble(&worker.db, worker.clock.now_ms()).await {
            tracing::debug!(%error, "KakaoPay's trouble could not be written down");
        }
    });
}
