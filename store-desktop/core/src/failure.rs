//! What a call of the host answers when it cannot do what was asked: a stable code and a sentence for a person.

use serde::Serialize;
use shared::Code;
use shared::wire::{CounterHolder, Problem, StoreChoice};

use crate::cloud::CloudError;
use crate::journal::JournalError;
use crate::print::PrintCode;

/// An error that a window can show. `code` is either a [`Code`] of the server or one of the counter's own below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[error("{english} ({code})")]
pub struct HostError {
    pub code: String,
    pub korean: String,
    pub english: String,
    /// Who holds the counter session, with `counter_session_held`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub holder: Option<Box<CounterHolder>>,
    /// The stores of the login, with `choose_store`: sign in again with one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub stores: Option<Vec<StoreChoice>>,
}

impl HostError {
    fn own(code: &str, korean: impl Into<String>, english: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            korean: korean.into(),
            english: english.into(),
            holder: None,
            stores: None,
        }
    }

    /// Commands wait that only this session may send.
    pub fn outbox_not_empty(waiting: usize) -> Self {
        Self::own(
            "outbox_not_empty",
            format!("아직 보내지 못한 처리가 {waiting}건 있어요. 연결되어 모두 보낸 뒤에 로그아웃해 주세요."),
            format!("{waiting} commands wait to be sent. Sign out after they are delivered."),
        )
    }

    /// Nobody is signed in.
    pub fn not_signed_in() -> Self {
        Self::own("not_signed_in", "먼저 로그인해 주세요.", "Sign in first.")
    }

    /// The server's address is not one.
    pub fn server_url_invalid() -> Self {
        Self::own(
            "server_url_invalid",
            "서버 주소를 확인해 주세요. 예: https://order.example.com",
            "Check the server address, for example https://order.example.com.",
        )
    }

    /// A password must not travel in the clear.
    pub fn server_url_insecure() -> Self {
        Self::own(
            "server_url_insecure",
            "이 주소는 암호화되지 않아요. https:// 로 시작하는 주소를 써 주세요.",
            "This address is not encrypted. Use one that begins with https://.",
        )
    }

    /// The press has left this computer, or its time is over.
    pub fn too_late_to_undo() -> Self {
        Self::own(
            "too_late_to_undo",
            "이미 보낸 처리라 되돌릴 수 없어요. 필요하면 주문을 취소하거나 다음 단계로 바꿔 주세요.",
            "It has been sent and cannot be taken back. Cancel the order or go on with the next step if need be.",
        )
    }

    /// This computer has not got it from the server yet.
    pub fn not_here_yet() -> Self {
        Self::own(
            "not_here_yet",
            "아직 서버에서 받지 못했어요. 인터넷에 연결되면 자동으로 받아요.",
            "It has not come from the server yet. It comes by itself when there is a line.",
        )
    }

    /// This journal is another store's.
    pub fn other_store() -> Self {
        Self::own(
            "journal_of_other_store",
            "이 컴퓨터에는 다른 매장의 기록이 있어요. 다른 데이터 폴더(COUNTER_DATA)로 시작해 주세요.",
            "This computer holds another store's journal. Start with another data folder (COUNTER_DATA).",
        )
    }

    /// The printers cannot be set up like this.
    pub fn printer_settings(detail: impl std::fmt::Display) -> Self {
        Self::own(
            "printer_settings_invalid",
            "프린터 설정을 확인해 주세요. 이름과 주소는 비워 둘 수 없고, 매수는 1~5장이에요.",
            format!("Check the printer settings: {detail}."),
        )
    }

    /// The call or its arguments make no sense to this version.
    pub fn bad_call(detail: impl std::fmt::Display) -> Self {
        Self::own(
            "bad_call",
            "화면과 프로그램의 버전이 달라요. 프로그램을 다시 시작해 주세요.",
            format!("The call cannot be read: {detail}. Restart the program."),
        )
    }
}

impl From<Code> for HostError {
    fn from(code: Code) -> Self {
        Self::own(code.as_str(), code.korean(), code.english())
    }
}

impl From<PrintCode> for HostError {
    fn from(code: PrintCode) -> Self {
        Self::own(code.as_str(), code.korean(), code.english())
    }
}

impl From<&Problem> for HostError {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            korean: problem.code.korean().to_owned(),
            english: problem.code.english().to_owned(),
            holder: problem.holder.clone().map(Box::new),
            stores: problem.stores.clone(),
        }
    }
}

impl From<&CloudError> for HostError {
    fn from(error: &CloudError) -> Self {
        match error {
            CloudError::Problem(problem) => Self::from(problem.as_ref()),
            CloudError::Unreachable(reason) => Self::own(
                "server_unreachable",
                "서버에 연결할 수 없어요. 인터넷 연결과 서버 주소를 확인해 주세요.",
                format!("The server cannot be reached ({reason}). Check the network and the address."),
            ),
            CloudError::Unexpected { status, .. } => Self::own(
                "server_unexpected",
                "서버의 답을 읽을 수 없어요. 서버 주소가 맞는지 확인해 주세요.",
                format!("The server's answer (status {status}) cannot be read. Check the address."),
            ),
        }
    }
}

impl From<CloudError> for HostError {
    fn from(error: CloudError) -> Self {
        Self::from(&error)
    }
}

impl From<&JournalError> for HostError {
    fn from(error: &JournalError) -> Self {
        let (code, korean) = match error {
            JournalError::Busy { .. } => {
                ("journal_busy", "이 컴퓨터에서 카운터가 이미 실행되고 있어요. 먼저 그 창을 닫아 주세요.")
            }
            JournalError::TooNew { .. } => {
                ("journal_too_new", "더 새로운 프로그램이 만든 기록이에요. 프로그램을 최신으로 바꿔 주세요.")
            }
            JournalError::DiskFull => (
                "disk_full",
                "디스크가 가득 찼어요. 파일을 지워 자리를 만든 뒤 다시 눌러 주세요. 방금 누른 것은 저장되지 않았어요.",
            ),
            JournalError::Unkept => (
                "not_kept",
                "이 PC에도 서버에도 아직 기록되지 않았어요. 계속 보내고 있지만 프로그램을 끄면 사라져요. 주문 상태를 확인해 주세요.",
            ),
            JournalError::IndexDamaged => {
                ("try_again", "지난 주문의 색인을 다시 만들고 있어요. 잠시 뒤에 다시 찾아 주세요.")
            }
            JournalError::TooMuch => (
                "too_much",
                "보내지 못한 처리가 너무 많거나 내용이 너무 길어요. 인터넷 연결을 확인해 주세요.",
            ),
            JournalError::Damaged(_) => {
                ("journal_damaged", "기록 파일이 손상되었어요. 프로그램을 다시 시작해 주세요.")
            }
            JournalError::Disk(_) | JournalError::File(_) | JournalError::Stopped => (
                "journal_failed",
                "기록을 디스크에 쓰지 못했어요. 화면에 나타난 상태를 확인하고 다시 눌러 주세요.",
            ),
        };
        Self::own(code, korean, error.to_string())
    }
}

impl From<JournalError> for HostError {
    fn from(error: JournalError) -> Self {
        Self::from(&error)
    }
}
