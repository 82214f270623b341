//! Why something is not believed, in both languages.

use shared::certificate::Forged;

/// The first thing that is wrong. Each says where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("this file is not an exported journal")]
    NotAnExport,
    #[error("this export has the format version {0}; use a newer verifier")]
    TooNew(u16),
    #[error("line {line} cannot be read: something was changed in it")]
    Unreadable { line: u64 },
    #[error("the file ends early: its last line is missing")]
    CutShort,
    #[error("lines follow after the end of the export (line {line})")]
    AfterTheEnd { line: u64 },
    #[error("line {line} belongs to the branch {branch}, which the first line does not name")]
    UnknownBranch { line: u64, branch: i64 },
    #[error("event {expected} is missing; {found} follows")]
    Missing { expected: i64, found: i64 },
    #[error("the chain breaks at event {seq}: it is not what was written")]
    ChainBroken { seq: i64 },
    #[error("event {seq} names a position that is not its own")]
    OtherPosition { seq: i64 },
    #[error("the first line promises {promised} events of branch {branch}, the file has {found}")]
    OtherCount { branch: i64, promised: i64, found: i64 },
    #[error("branch {branch} does not end with the hash that the first line names")]
    OtherEnd { branch: i64 },
    #[error("the file is not as it was exported: its checksum differs")]
    Checksum,
    #[error("this file is not a closing certificate")]
    NotACertificate,
    #[error("the key is not 64 hex digits")]
    NotAKey,
    #[error("the certificate is not believed: {0}")]
    Forged(#[from] Forged),
    #[error(
        "this journal belongs to another store: the certificate is of {certified}, the journal of {journal}"
    )]
    OtherStore { certified: String, journal: String },
    #[error(
        "this journal has not all events of the day: the certificate's are {first_seq} to {upto_seq} of epoch {epoch}"
    )]
    NotCovered { epoch: i32, first_seq: i64, upto_seq: i64 },
    #[error("event {upto_seq} of this journal is not the one that the certificate names: the records differ")]
    OtherHead { upto_seq: i64 },
    #[error("the events make {field} {computed}, the certificate says {certified}")]
    OtherTotals { field: &'static str, computed: i64, certified: i64 },
    #[error("{open} orders of the day have no end")]
    OpenOrders { open: u32 },
    #[error("the journal's own word of the closing differs from the certificate: {field}")]
    OtherClosing { field: &'static str },
}

impl Fault {
    /// The same in Korean.
    pub fn korean(&self) -> String {
        match self {
            Self::NotAnExport => "내보낸 기록 파일이 아니에요.".to_owned(),
            Self::TooNew(v) => format!("형식 버전 {v}의 기록이에요. 새 검증 프로그램을 써 주세요."),
            Self::Unreadable { line } => format!("{line}번째 줄을 읽을 수 없어요. 내용이 바뀌었어요."),
            Self::CutShort => "파일이 중간에 끝났어요. 마지막 줄이 없어요.".to_owned(),
            Self::AfterTheEnd { line } => format!("기록이 끝난 뒤에 다른 줄이 있어요({line}번째 줄)."),
            Self::UnknownBranch { line, branch } => {
                format!("{line}번째 줄의 갈래 {branch}은(는) 첫 줄에 없어요.")
            }
            Self::Missing { expected, found } => {
                format!("{expected}번 기록이 없어요. 바로 {found}번이 나와요.")
            }
            Self::ChainBroken { seq } => {
                format!("{seq}번 기록에서 사슬이 끊겼어요. 쓰였던 그대로가 아니에요.")
            }
            Self::OtherPosition { seq } => format!("{seq}번 기록의 위치 표시가 달라요."),
            Self::OtherCount { branch, promised, found } => {
                format!("갈래 {branch}의 기록은 {promised}건이어야 하는데 {found}건이에요.")
            }
            Self::OtherEnd { branch } => format!("갈래 {branch}의 마지막 해시가 첫 줄과 달라요."),
            Self::Checksum => "내보냈을 때의 파일이 아니에요. 검사값이 달라요.".to_owned(),
            Self::NotACertificate => "마감 증명서 파일이 아니에요.".to_owned(),
            Self::NotAKey => "열쇠는 16진수 64자리여야 해요.".to_owned(),
            Self::Forged(why) => format!("증명서를 믿을 수 없어요: {}", forged(*why)),
            Self::OtherStore { certified, journal } => {
                format!("다른 매장의 기록이에요. 증명서는 {certified}, 기록은 {journal}의 것이에요.")
            }
            Self::NotCovered { first_seq, upto_seq, .. } => {
                format!("그날의 기록이 다 들어 있지 않아요. {first_seq}번부터 {upto_seq}번까지 있어야 해요.")
            }
            Self::OtherHead { upto_seq } => {
                format!("{upto_seq}번 기록이 증명서가 가리키는 것과 달라요. 기록이 서로 달라요.")
            }
            Self::OtherTotals { field, computed, certified } => {
                format!(
                    "기록으로 계산한 {field} 값은 {computed}인데 증명서에는 {certified}(으)로 되어 있어요."
                )
            }
            Self::OpenOrders { open } => format!("끝나지 않은 주문이 {open}건 있어요."),
            Self::OtherClosing { field } => format!("기록에 남은 마감 내용이 증명서와 달라요: {field}"),
        }
    }
}

fn forged(why: Forged) -> &'static str {
    match why {
        Forged::OtherKey => "다른 열쇠로 서명되었어요.",
        Forged::Signature => "서명이 맞지 않아요. 내용이 바뀌었어요.",
        Forged::Text => "이 버전의 증명서가 아니에요.",
        Forged::NotClean => "빠지거나 겹치거나 모자란 것이 있다고 적혀 있어요.",
    }
}

/// Something is wrong, or the file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
}
