//! Passwords and login ids: the rules, hashing and checking.

use std::time::Duration;

use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use shared::Code;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::problem::ApiError;

/// Argon2id after OWASP's advice: 46 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 46 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes computed at the same time, or signing in would be a way to fill the memory.
const MAX_HASHES: usize = 4;
/// How long one waits for a turn.
const TURN_PATIENCE: Duration = Duration::from_secs(10);
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;
const LOGIN_ID_CHARS: std::ops::RangeInclusive<usize> = 4..=32;

static TURNS: Semaphore = Semaphore::const_new(MAX_HASHES);

/// Checked against when there is no such login id, so that the answer takes as long. No password has it.
const NOBODY: &str =
    "$argon2id$v=19$m=47104,t=2,p=1$bm9ib2R5IGlzIGhlcmU$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The most common passwords of eight characters and more, in Korea and elsewhere.
const COMMON: [&str; 58] = [
    "00000000",
    "01012345678",
    "0987654321",
    "11111111",
    "112233445566",
    "11223344",
    "12121212",
    "12341234",
    "123123123",
    "12345678",
    "123456789",
    "1234567890",
    "123456789a",
    "12345678a",
    "1234qwer",
    "12qwaszx",
    "147258369",
    "1q2w3e4r",
    "1q2w3e4r!",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "20202020",
    "22222222",
    "55555555",
    "66666666",
    "77777777",
    "87654321",
    "88888888",
    "987654321",
    "99999999",
    "a1234567",
    "a12345678",
    "a123456789",
    "aa123456",
    "aaaaaaaa",
    "abc12345",
    "abcd1234",
    "abcdefgh",
    "admin123",
    "administrator",
    "asdf1234",
    "asdfasdf",
    "asdfghjkl",
    "baseball",
    "football",
    "iloveyou",
    "letmein1",
    "password",
    "password1",
    "password123",
    "passw0rd",
    "q1w2e3r4",
    "qlalfqjsgh",
    "qwer1234",
    "qwer1234!",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
];

/// Whether a login id follows the rules.
pub(super) fn check_login_id(login_id: &str) -> Result<(), Code> {
    let chars = login_id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if chars && LOGIN_ID_CHARS.contains(&login_id.len()) { Ok(()) } else { Err(Code::LoginIdInvalid) }
}

/// Whether a new password is good enough.
pub(super) fn check_password(password: &str, login_id: &str) -> Result<(), Code> {
    let lower = password.to_lowercase();
    let weak = !has_password_length(password)
        || COMMON.contains(&lower.as_str())
        || lower == login_id.to_lowercase();
    if weak { Err(Code::PasswordTooWeak) } else { Ok(()) }
}

fn has_password_length(password: &str) -> bool {
    PASSWORD_CHARS.contains(&password.chars().count())
}

/// The hash to store.
pub(super) async fn hash(password: String) -> Result<String, ApiError> {
    in_turn(move || {
        let hash = argon2().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| anyhow!("a password cannot be hashed: {error}"))
    })
    .await
}

/// Whether `password` has this hash; takes as long without one.
pub(super) async fn verify(password: String, hash: Option<String>) -> Result<bool, ApiError> {
    in_turn(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed =
            PasswordHash::new(&text).map_err(|error| anyhow!("a stored password hash is broken: {error}"))?;
        let right =
            has_password_length(&password) && argon2().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(known && right)
    })
    .await
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("these parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let Ok(turn) = timeout(TURN_PATIENCE, TURNS.acquire()).await else {
        return Err(ApiError::unavailable());
    };
    // The turn ends with the work, not with the caller, who may hang up meanwhile.
    let hashing = move || {
        let _turn = turn;
        work()
    };
    let done = tokio::task::spawn_blocking(hashing).await;
    Ok(done.map_err(anyhow::Error::from)??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_ids_are_plain() {
        for good in ["abcd", "owner1", "12345678901234567890123456789012"] {
            assert_eq!(check_login_id(good), Ok(()), "{good}");
        }
        for bad in
            ["", "abc", "Owner", "own er", "사장님입니다", "a-b-c", "123456789012345678901234567890123"]
        {
            assert_eq!(check_login_id(bad), Err(Code::LoginIdInvalid), "{bad}");
        }
    }

    #[test]
    fn weak_passwords_are_refused() {
        for bad in
            ["", "short12", "password", "PASSWORD", "1q2w3e4r", "owner123", "Owner123", &"x".repeat(129)]
        {
            assert_eq!(check_password(bad, "owner123"), Err(Code::PasswordTooWeak), "{bad}");
        }
        for good in ["맛있는떡볶이집", "eight888", &"x".repeat(128)] {
            let expected = if good.chars().count() < 8 { Err(Code::PasswordTooWeak) } else { Ok(()) };
            assert_eq!(check_password(good, "owner123"), expected, "{good}");
        }
        assert!(COMMON.iter().all(|common| common.len() >= *PASSWORD_CHARS.start()));
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let stored = hash("떡볶이 2인분!".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=47104,t=2,p=1$"), "{stored}");
        assert!(verify("떡볶이 2인분!".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!verify("떡볶이 3인분!".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("떡볶이 2인분!".to_owned(), None).await.unwrap());
        assert!(verify("떡볶이 2인분!".to_owned(), Some("broken".to_owned())).await.is_err());
    }
}
