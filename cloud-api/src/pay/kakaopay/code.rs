//! What KakaoPay's error codes are worth. Several 4xx answers mean "may have succeeded"; only the codes called definite mean that no
//! money moved. Source: the code table of KakaoPay's error reference, as three independent copies agree.

/// KakaoPay knows no payment with this tid.
pub const NO_SUCH_PAYMENT: i64 = -721;

/// How much a refusal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// No money moved by this call.
    Definite,
    /// It happened before: the money of an earlier call may have moved.
    AlreadyDone,
    /// Whether money moved is not said.
    Ambiguous,
    /// The payment is in a state that does not allow it: look which one.
    State,
    /// Our key, address or contract is wrong: nothing happened, a person has to repair it.
    Config,
    /// The day's calls are used up: nothing happened.
    Quota,
}

/// The worth of a code; a code that nobody knows is ambiguous.
pub fn class(code: i64) -> Class {
    match code {
        -702 => Class::AlreadyDone,
        -701 | -703 | -704 | -705 | -706 | -707 | -708 | -710 | -711 | NO_SUCH_PAYMENT | -722 | -723
        | -724 | -725 | -726 | -761 | -797 | -2 => Class::Definite,
        -783 | -784 => Class::State,
        -730 | -731 | -732 | -733 | -798 | -799 | -400 | -401 | -403 | -404 => Class::Config,
        -429 => Class::Quota,
        _ => Class::Ambiguous,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_code_of_the_table_has_its_class() {
        let table = [
            (
                Class::Definite,
                &[
                    -701, -703, -704, -705, -706, -707, -708, -710, -711, -721, -722, -723, -724, -725, -726,
                    -761, -797,
                ][..],
            ),
            (Class::AlreadyDone, &[-702]),
            (Class::Ambiguous, &[-780, -781, -785, -500, -503, -782]),
            (Class::State, &[-783, -784]),
            (Class::Config, &[-730, -731, -732, -733, -798, -799, -400, -401, -403, -404]),
            (Class::Quota, &[-429]),
        ];
        for (wanted, codes) in table {
            for code in codes {
                assert_eq!(class(*code), wanted, "{code}");
            }
        }
    }

    proptest! {
        #[test]
        fn codes_that_nobody_knows_are_never_definite(code in -100_000_i64..-800) {
            prop_assert_eq!(class(code), Class::Ambiguous);
        }
    }
}
