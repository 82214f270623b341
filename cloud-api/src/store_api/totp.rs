//! Codes of authenticator apps: six digits that change every 30 s (RFC 6238, SHA-1, as every app knows it).

use anyhow::anyhow;
use shared::TimeMs;
use shared::wire::SecondFactorSetup;
use totp_rs::{Builder, Secret, Totp};

use crate::problem::ApiError;
use crate::token::random_bytes;

/// Bytes of a secret: as many as SHA-1 gives.
const SECRET_BYTES: usize = 20;
const DIGITS: u8 = 6;
const STEP_S: u64 = 30;
/// Codes of the step before and after count too: phones' clocks differ.
const SKEW: u16 = 1;
/// What the app calls us. Plain letters, because not every app reads others.
const ISSUER: &str = "Simple Order";

/// A fresh secret.
pub(super) fn fresh_secret() -> Vec<u8> {
    random_bytes::<SECRET_BYTES>().to_vec()
}

/// What the app has to know.
pub(super) fn setup(secret: &[u8], login_id: &str) -> Result<SecondFactorSetup, ApiError> {
    let totp = totp(secret, login_id)?;
    let uri = totp.to_url().map_err(|error| anyhow!("the address of a second factor: {error:?}"))?;
    Ok(SecondFactorSetup { secret: totp.secret().to_base32(), uri })
}

/// The step that a typed code belongs to; `None` when it is of none that counts now.
pub(super) fn step_of(secret: &[u8], typed: &str, now: TimeMs) -> Result<Option<i64>, ApiError> {
    let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.0 / 1_000).unwrap_or_default();
    if code.len() != usize::from(DIGITS) || !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(None);
    }
    let step = totp(secret, "code")?.check(&code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &[u8], login_id: &str) -> Result<Totp, ApiError> {
    let built = Builder::new()
        .with_digits(DIGITS)
        .with_step_duration(STEP_S)
        .with_skew(SKEW)
        .with_secret(Secret::from(secret))
        .with_account_name(login_id)
        .with_issuer(Some(ISSUER))
        .build();
    Ok(built.map_err(|error| anyhow!("a second factor cannot be read: {error:?}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn gives_the_codes_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59_i64, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = |off: i64| TimeMs((seconds + off) * 1_000);
            assert_eq!(step_of(secret, code, at(0)).unwrap(), Some(seconds / 30), "{seconds}");
            assert_eq!(
                step_of(secret, &format!(" {} {}", &code[..3], &code[3..]), at(30)).unwrap(),
                Some(seconds / 30)
            );
            assert_eq!(step_of(secret, code, at(90)).unwrap(), None, "three steps later it is over");
        }
        for wrong in ["", "28708", "2870822", "abcdef", "２８７０８２"] {
            assert_eq!(step_of(secret, wrong, TimeMs(59_000)).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_can_read_the_setup() {
        let setup = setup(b"12345678901234567890", "owner1").unwrap();
        assert_eq!(setup.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            setup.uri.starts_with("otpauth://totp/Simple%20Order:owner1?secret=GEZDGNBV"),
            "{}",
            setup.uri
        );
        assert!(setup.uri.contains("issuer=Simple%20Order"), "{}", setup.uri);
        let (a, b) = (fresh_secret(), fresh_secret());
        assert!(a.len() == SECRET_BYTES && a != b);
    }
}
