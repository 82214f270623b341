//! Business registration numbers (사업자등록번호).

/// Weights of the published check-digit rule.
const WEIGHTS: [u32; 9] = [1, 3, 7, 1, 3, 7, 1, 3, 5];

/// Whether `text` has the shape `000-00-00000`.
pub fn has_registration_shape(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|p| p.len()).eq([3, 2, 5]) && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the check digit fits. Test numbers often fail it, so an import warns and goes on.
pub fn has_valid_check_digit(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if !has_registration_shape(text) || digits.len() != 10 {
        return false;
    }
    let sum: u32 = WEIGHTS.iter().zip(&digits).map(|(w, d)| w * d).sum::<u32>() + digits[8] * 5 / 10;
    (10 - sum % 10) % 10 == digits[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_shape_and_the_check_digit() {
        assert!(has_registration_shape("123-45-67891"));
        assert!(!has_registration_shape("12345-67891"));
        assert!(has_valid_check_digit("123-45-67891"));
        assert!(!has_valid_check_digit("123-45-67892"));
    }
}
