//! What the wizard says, in both languages; each sentence says what to do next.

use shared::Code;
use shared::wire::{Blamed, Difference, Equality, Repair};

use super::compare::{CloseError, FIELD_TABLE};
use super::view::CloseNote;
use crate::HostError;

impl CloseNote {
    pub(super) fn new(code: &str, korean: impl Into<String>, english: impl Into<String>) -> Self {
        Self { code: code.to_owned(), korean: korean.into(), english: english.into() }
    }

    pub(super) fn of_code(code: Code) -> Self {
        Self::new(code.as_str(), code.korean(), code.english())
    }

    pub(super) fn planned() -> Self {
        Self::new(
            "planned",
            "정한 시각이 되면 주문을 멈추고 마감을 시작해요. 지금 바로 시작하려면 다시 눌러 주세요.",
            "Orders stop at the time you set, and closing begins. Press again to begin now.",
        )
    }

    pub(super) fn stop_under_way() -> Self {
        Self::new(
            "stop_under_way",
            "주문을 멈춘다고 서버에 알리고 있어요. 연결될 때까지는 새 주문이 올 수 있어요.",
            "The server is being told to stop orders. Until it is reached, new orders may come.",
        )
    }

    pub(super) fn commands_under_way(count: usize) -> Self {
        Self::new(
            "commands_under_way",
            format!("보내고 있는 처리가 {count}건 있어요. 모두 보낸 뒤에 이어 갈게요."),
            format!("{count} commands are being sent. It goes on when each has its answer."),
        )
    }

    pub(super) fn refusals(count: usize) -> Self {
        Self::new(
            "refusals",
            format!("서버가 받지 않은 처리가 {count}건 있어요. 내용을 보고 '확인'을 눌러 주세요."),
            format!("The server refused {count} commands. Read them and dismiss each."),
        )
    }

    pub(super) fn journal_behind() -> Self {
        Self::new(
            "journal_behind",
            "서버의 기록을 이 PC로 마저 받고 있어요. 조금 기다려 주세요.",
            "The rest of the server's records is on its way to this PC. Wait a moment.",
        )
    }

    pub(super) fn check_again() -> Self {
        Self::new(
            "check_again",
            "아직 대답하지 않은 곳이 있어요. 조금 뒤에 다시 확인할게요.",
            "Somebody has not answered yet. It checks again in a moment.",
        )
    }

    pub(super) fn resumed() -> Self {
        Self::new(
            "resumed",
            "영업이 재개되어 마감을 그만두었어요. 다시 마감하려면 처음부터 시작해 주세요.",
            "The store takes orders again, so closing was given up. Start it again to close.",
        )
    }

    /// What the server signed says something else than this counter's records.
    pub(super) fn not_our_certificate(field: &str) -> Self {
        Self::new(
            "certificate_differs",
            format!(
                "서버의 마감 증명서가 이 PC의 기록과 달라요({field}). 증명서를 보관하지 않았어요. 운영자에게 연락해 주세요."
            ),
            format!(
                "The server's certificate differs from this PC's records ({field}). It was not kept. Call the operator."
            ),
        )
    }

    /// The signature or the key is wrong.
    pub(super) fn not_believed(why: &str) -> Self {
        Self::new(
            "certificate_not_believed",
            "마감 증명서의 서명이 맞지 않아요. 증명서를 보관하지 않았어요. 운영자에게 연락해 주세요.",
            format!("The certificate is not believed: {why}. It was not kept. Call the operator."),
        )
    }

    pub(super) fn of_error(error: &CloseError) -> Self {
        match error {
            CloseError::Cloud(error) => Self::of_host(&HostError::from(error)),
            CloseError::Journal(error) => Self::of_host(&HostError::from(error)),
            CloseError::Server(why) => Self::new(
                "server_contradicts",
                "서버의 대답이 서로 맞지 않아요. 조금 뒤에 다시 확인하고, 계속되면 운영자에게 연락해 주세요.",
                format!(
                    "The server contradicts itself ({why}). Check again; if it goes on, call the operator."
                ),
            ),
        }
    }

    fn of_host(error: &HostError) -> Self {
        Self::new(&error.code, error.korean.clone(), error.english.clone())
    }
}

impl HostError {
    /// Nothing is being closed.
    pub(super) fn no_closing() -> Self {
        Self {
            code: "no_closing".to_owned(),
            korean: "마감하고 있지 않아요. 먼저 마감을 시작해 주세요.".to_owned(),
            english: "Nothing is being closed. Start closing first.".to_owned(),
            ..Self::from(Code::DayNotClosing)
        }
    }

    /// Something has to be done first.
    pub(super) fn closing_not_ready() -> Self {
        Self {
            code: "closing_not_ready".to_owned(),
            korean: "아직 마감할 수 없어요. 화면에 남은 일을 먼저 끝내 주세요.".to_owned(),
            english: "The day cannot be closed yet. Finish what the screen shows first.".to_owned(),
            ..Self::from(Code::DayNotClosing)
        }
    }

    /// Whether the day was closed is not known.
    pub(super) fn close_outcome_unknown() -> Self {
        Self {
            code: "close_outcome_unknown".to_owned(),
            korean: "마감이 이미 끝났는지 서버에 확인해야 해요. 연결된 뒤에 다시 눌러 주세요.".to_owned(),
            english:
                "The server has to say whether the day is closed already. Try again when it can be reached."
                    .to_owned(),
            ..Self::from(Code::DayNotClosing)
        }
    }

    /// This counter has no such certificate.
    pub(super) fn no_certificate() -> Self {
        Self {
            code: "no_certificate".to_owned(),
            korean: "이 PC에 그날의 마감 증명서가 없어요. 마감한 날을 골라 주세요.".to_owned(),
            english: "This PC has no certificate of that day. Choose a day that was closed.".to_owned(),
            ..Self::from(Code::NotFound)
        }
    }
}

/// What differs and where, then what to do.
pub(super) fn words(difference: &Difference, number: Option<u32>) -> (String, String) {
    let (korean, english) = told(difference, number);
    (format!("{korean} {}", difference.repair.korean()), format!("{english} {}", difference.repair.english()))
}

fn told(difference: &Difference, number: Option<u32>) -> (String, String) {
    let Difference { equality, blamed, field, expected, found, .. } = difference;
    if *equality == Equality::Journal {
        return told_of_journal(difference);
    }
    if difference.repair == Repair::CheckAgain {
        return ("비교하지 못한 것이 있어요.".to_owned(), "Something could not be compared.".to_owned());
    }
    let (who_ko, who_en) = match blamed {
        Blamed::Journal => ("이 PC의 기록", "this PC's records"),
        Blamed::Stream => ("서버의 사본", "the server's copy"),
        Blamed::Database => ("서버의 장부", "the server's books"),
        Blamed::Payments => ("카카오페이의 장부", "KakaoPay's books"),
    };
    let (place_ko, place_en) = match (number, difference.order_id, difference.seq) {
        (Some(number), ..) => (format!("주문 {number}번의 "), format!(" of order {number}")),
        (None, Some(order), _) => (format!("주문 {order}의 "), format!(" of order {order}")),
        (None, None, Some(seq)) => (format!("기록 {seq}번의 "), format!(" of event {seq}")),
        (None, None, None) => (String::new(), String::new()),
    };
    (
        format!("{who_ko}에서 {place_ko}{field} 값이 {found}인데 {expected}이어야 해요."),
        format!("In {who_en}, {field}{place_en} is {found} and should be {expected}."),
    )
}

fn told_of_journal(difference: &Difference) -> (String, String) {
    let Difference { blamed, field, seq, .. } = difference;
    let seq = seq.map_or_else(|| "-".to_owned(), |seq| seq.to_string());
    match (blamed, field.as_str()) {
        (Blamed::Journal, FIELD_TABLE) => (
            "이 PC의 기록 파일에 쓰였던 그대로가 아닌 곳이 있어요.".to_owned(),
            "Something in this PC's journal is not as it was written.".to_owned(),
        ),
        (Blamed::Journal, "missing") => (
            format!("이 PC의 기록에 {seq}번이 없어요."),
            format!("Event {seq} is missing in this PC's journal."),
        ),
        (Blamed::Journal, field) => (
            format!("이 PC의 기록 {seq}번이 바뀌었어요({field})."),
            format!("Event {seq} of this PC's journal was changed ({field})."),
        ),
        (Blamed::Stream | Blamed::Database | Blamed::Payments, _) => (
            format!("서버의 기록이 {seq}번부터 이 PC가 받았던 것과 달라요."),
            format!("From event {seq} on the server's log is not what this PC received."),
        ),
    }
}
