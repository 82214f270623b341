//! Korean mobile numbers as people type them into a chat.

use std::fmt;

/// A mobile number, digits only, `01x` and ten or eleven digits long. Debug output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads `010-0000-0001`, `010 0000 0001`, `+82 10-0000-0001`; `None` when it is not a mobile number.
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        if !trimmed.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '.' | '+' | '(' | ')')) {
            return None;
        }
        let mut digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
        if trimmed.starts_with("+82") {
            digits = format!("0{}", digits.trim_start_matches("82"));
        }
        let mobile = ["010", "011", "016", "017", "018", "019"].iter().any(|p| digits.starts_with(p));
        (mobile && (10..=11).contains(&digits.len())).then_some(Self(digits))
    }

    /// The digits, for the message provider only.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The number as it may be shown to those who know it: `010-****-0001`.
    pub fn masked(&self) -> String {
        format!("{}-****-{}", &self.0[..3], self.last4())
    }

    /// The last four digits, which staff may see to tell customers apart.
    pub fn last4(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for text in ["010-0000-0001", "01000000001", " 010 0000 0001 ", "+82 10-0000-0001", "010.0000.0001"] {
            assert_eq!(PhoneNumber::parse(text).unwrap().digits(), "01000000001", "{text}");
        }
        for text in ["02-332-0101", "1234", "", "골목커피", "010-0000-000123", "0100000000a"] {
            assert_eq!(PhoneNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_output_hides_the_number() {
        let phone = PhoneNumber::parse("010-0000-0001").unwrap();
        assert_eq!(format!("{phone:?}"), "PhoneNumber(…)");
        assert_eq!((phone.last4(), phone.masked().as_str()), ("0001", "010-****-0001"));
    }
}
