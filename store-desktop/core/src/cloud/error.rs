//! Why the server did not do something.

use shared::Code;
use shared::wire::Problem;

/// An error of a request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CloudError {
    /// No answer: the network, the name, the certificate, or time ran out.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server says no.
    #[error("the server refused: {} ({})", .0.title, .0.code.as_str())]
    Problem(Box<Problem>),
    /// Something else than our server answers, or another version of it.
    #[error("the server's answer with status {status} cannot be read: {reason}")]
    Unexpected { status: u16, reason: String },
}

impl CloudError {
    /// Keeps the whole chain of causes, without the address, which may hold a query.
    pub fn unreachable(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Unreachable(text)
    }

    pub(super) fn from_answer(status: u16, body: &[u8]) -> Self {
        if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
            if let (Code::ClockOff, Some(server_time)) = (problem.code, problem.server_time) {
                super::device::learn_time(server_time);
            }
            return Self::Problem(Box::new(problem));
        }
        if status == 401 {
            return Self::Problem(Box::new(problem_of(Code::SignedOut, status)));
        }
        Self::Unexpected { status, reason: "it is not a problem document".to_owned() }
    }

    /// A viewer is refused because no counter of the store is connected.
    pub fn counter_is_gone(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.code == Code::CounterNotConnected)
    }

    /// The sign-in is over; says why.
    pub fn ended_session(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) if problem.status == 401 => Some(problem),
            Self::Problem(_) | Self::Unreachable(_) | Self::Unexpected { .. } => None,
        }
    }
}

/// A problem in the server's form, for what the counter finds out by itself.
pub fn problem_of(code: Code, status: u16) -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        title: code.english().to_owned(),
        status,
        code,
        detail: code.korean().to_owned(),
        request_id: None,
        holder: None,
        confirmation: None,
        stores: None,
        server_time: None,
    }
}
