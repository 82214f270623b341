//! What the customer asks the store for (요청사항).

use shared::session::{MAX_REQUEST_CHARS, SessionVersion};

use super::action::Action;
use super::answer::Answer;
use super::expecting::Expecting;
use super::session;
use super::session_store::{self, Found};
use super::turn::{Reply, Turn};

/// Asks for the text.
pub async fn ask(turn: &Turn<'_>, version: SessionVersion) -> anyhow::Result<Reply> {
    let kept = match session_store::find(turn.app, turn.customer.id, version).await? {
        Found::Current(kept) => kept,
        found @ (Found::Stale(_) | Found::Gone(_)) => return session::other_version(turn, found).await,
    };
    let text = format!(
        "매장에 전할 말을 보내 주세요. {MAX_REQUEST_CHARS}자까지 쓸 수 있어요.\n예: 덜 맵게 해 주세요."
    );
    let clear = kept.session.request.is_some().then_some(Action::ClearRequest { version });
    let answer = Answer::text(text).quick_if("요청사항 지우기", clear).quick("주문서 보기", Action::Session);
    Ok(Reply::asking(answer, Expecting::Request { version }))
}

/// Sets the text; an empty one clears it. One that is too long is asked for again.
pub async fn set(turn: &Turn<'_>, version: SessionVersion, text: &str) -> anyhow::Result<Reply> {
    let changed = session_store::change_version(turn.app, turn.customer.id, version, |session| {
        session.set_request(text)
    });
    match changed.await? {
        (Found::Current(kept), Some(Ok(()))) => {
            let note = if kept.session.request.is_some() {
                "요청사항을 적었어요."
            } else {
                "요청사항을 지웠어요."
            };
            session::present(turn, &kept, Some(note.to_owned())).await
        }
        (Found::Current(_), Some(Err(error))) => {
            let text = format!("{error}. 조금 줄여서 다시 보내 주세요.");
            let answer = Answer::text(text).quick("주문서 보기", Action::Session);
            Ok(Reply::asking(answer, Expecting::Request { version }))
        }
        (found, _) => session::other_version(turn, found).await,
    }
}
