//! What is wrong with the counter itself, so that it has to be told aloud. Each has a cause that the screen names: a bell without a reason is
//! taken for an order.

use serde::Serialize;
use shared::TimeMs;

use crate::counter::State;
use crate::sync::link::{Light, Link, LinkCause};

/// Something that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    pub cause: Cause,
    pub since: TimeMs,
    /// A person knows of it.
    pub silenced: bool,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing was heard from the server for so long that new orders cannot be seen.
    Link,
    /// The journal does not take what is pressed.
    Journal,
    DiskFull,
    /// A ticket did not come out.
    Printer,
}

impl Trouble {
    /// Everything that is wrong now, while somebody relies on the counter: signed in, with a day that runs.
    pub fn all(state: &State, link: &Link) -> Vec<Cause> {
        let relied_on =
            state.session.is_some() && state.ledger.day.as_ref().is_some_and(|day| day.state().is_running());
        if !relied_on {
            return Vec::new();
        }
        let unreachable = link.light == Light::Red
            && matches!(
                link.cause,
                LinkCause::ServerUnreachable
                    | LinkCause::Connecting
                    | LinkCause::CatchingUp
                    | LinkCause::Degraded
            );
        let full = state.trust.is_full();
        let candidates = [
            full.then_some(Cause::DiskFull),
            (!full && state.journal_problem.is_some()).then_some(Cause::Journal),
            unreachable.then_some(Cause::Link),
            state.print.needs_a_person().then_some(Cause::Printer),
        ];
        candidates.into_iter().flatten().collect()
    }
}

impl Cause {
    /// For a person, in Korean.
    pub fn korean(self) -> &'static str {
        match self {
            Self::Link => {
                "서버와 연결이 끊겨 새 주문을 볼 수 없어요. 인터넷을 확인해 주세요. 받은 주문은 계속 처리할 수 있어요."
            }
            Self::Journal => "기록을 디스크에 쓰지 못하고 있어요. 화면의 안내를 확인해 주세요.",
            Self::Printer => "전표가 인쇄되지 않았어요. 화면에서 프린터와 전표를 확인해 주세요.",
            Self::DiskFull => "디스크가 가득 찼어요. 파일을 지워 자리를 만들어 주세요.",
        }
    }

    /// For a person, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Link => {
                "No line to the server, so new orders cannot be seen. Check the internet. Orders that are here can be worked."
            }
            Self::Journal => "Nothing can be written to the disk. Look at what the screen says.",
            Self::Printer => {
                "A ticket did not come out. Look at the printer and at the tickets on the screen."
            }
            Self::DiskFull => "The disk is full. Delete some files to make room.",
        }
    }
}
