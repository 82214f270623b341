//! What a printer says of itself: the answers to `DLE EOT` and `GS r`.

use crate::print::problem::PrintCode;

/// In general, why offline, the paper.
pub(super) const QUESTIONS: [u8; 3] = [1, 2, 4];

/// How a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// It told us; else nothing is known.
    pub answers: bool,
    /// Why it would not print.
    pub problem: Option<PrintCode>,
    pub paper_low: bool,
}

/// Answers to `DLE EOT` have fixed bits: 0, 1, 4 and 7 are 0, 1, 1 and 0.
pub(super) fn is_status_answer(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// Answers to `GS r 1` have none of the bits 4 and 7.
pub fn is_done_answer(byte: u8) -> bool {
    byte & 0b1001_0000 == 0
}

/// Adds one answer. The most telling problem stays.
pub fn read_status(health: &mut Health, question: u8, answer: u8) {
    health.answers = true;
    let bit = |n: u8| answer >> n & 1 == 1;
    let problem = match question {
        1 if bit(3) => Some(PrintCode::PrinterOffline),
        2 if bit(5) => Some(PrintCode::PaperOut),
        2 if bit(2) => Some(PrintCode::CoverOpen),
        2 if bit(6) => Some(PrintCode::PrinterBroken),
        4 if bit(5) && bit(6) => Some(PrintCode::PaperOut),
        _ => None,
    };
    if question == 4 && bit(2) && bit(3) {
        health.paper_low = true;
    }
    health.problem = match (health.problem, problem) {
        // Without paper or with an open cover a printer is offline too: the reason says more.
        (None | Some(PrintCode::PrinterOffline), Some(more)) => Some(more),
        (Some(PrintCode::CoverOpen), Some(PrintCode::PaperOut)) => Some(PrintCode::CoverOpen),
        (kept, _) => kept,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answers: &[(u8, u8)]) -> Health {
        let mut health = Health::default();
        answers.iter().for_each(|(question, answer)| read_status(&mut health, *question, *answer));
        health
    }

    #[test]
    fn the_reason_is_told_and_not_that_it_is_offline() {
        assert_eq!(of(&[]), Health::default());
        let well = of(&[(1, 0x12), (2, 0x12), (4, 0x12)]);
        assert_eq!(well, Health { answers: true, problem: None, paper_low: false });
        assert_eq!(of(&[(1, 0x1a), (2, 0x12), (4, 0x12)]).problem, Some(PrintCode::PrinterOffline));
        assert_eq!(of(&[(1, 0x1a), (2, 0x32), (4, 0x72)]).problem, Some(PrintCode::PaperOut));
        assert_eq!(of(&[(1, 0x1a), (2, 0x16), (4, 0x12)]).problem, Some(PrintCode::CoverOpen));
        assert_eq!(of(&[(1, 0x1a), (2, 0x52), (4, 0x12)]).problem, Some(PrintCode::PrinterBroken));
        assert!(of(&[(1, 0x12), (2, 0x12), (4, 0x1e)]).paper_low);
    }

    #[test]
    fn the_two_kinds_of_answers_are_never_taken_for_each_other() {
        for byte in 0..=u8::MAX {
            assert!(!(is_status_answer(byte) && is_done_answer(byte)), "{byte:02x}");
        }
        assert!(is_done_answer(0x00) && is_done_answer(0x0f) && is_status_answer(0x12));
    }
}
