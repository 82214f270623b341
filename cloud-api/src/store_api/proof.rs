//! Whether a request comes from the device that its session, or its sign-in, names.

use axum::http::{HeaderMap, StatusCode};
use ring::signature::{ED25519, UnparsedPublicKey};
use shared::wire::{DeviceKey, PROOF_HEADER, PROOF_LIFE_MS, Proof, proof_text};
use shared::{Code, TimeMs};

use crate::problem::{ApiError, Told};

/// What a proof has to name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The session's token, or the device's id where there is none yet.
    pub subject: &'a str,
}

/// Why a proof does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoProof {
    /// There is none, or the key is another device's.
    Wrong,
    /// The key is right, the time is not: this is the right one.
    Late { server_time: TimeMs },
}

/// Compares a request's proof with the device's key.
pub(super) fn check(
    headers: &HeaderMap,
    key: &DeviceKey,
    asked: Asked<'_>,
    now: TimeMs,
) -> Result<(), NoProof> {
    let text = headers.get(PROOF_HEADER).and_then(|value| value.to_str().ok()).ok_or(NoProof::Wrong)?;
    let proof: Proof = text.parse().map_err(|_| NoProof::Wrong)?;
    let signed = proof_text(asked.method, asked.path, proof.at, asked.subject);
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(signed.as_bytes(), &proof.signature)
        .map_err(|_| NoProof::Wrong)?;
    if now.ms_since(proof.at).abs() > PROOF_LIFE_MS {
        return Err(NoProof::Late { server_time: now });
    }
    Ok(())
}

/// A request of a session whose device enrolled a key: a token that somebody else brings is refused.
pub(super) fn of_session(
    headers: &HeaderMap,
    key: Option<&DeviceKey>,
    asked: Asked<'_>,
    now: TimeMs,
) -> Result<(), ApiError> {
    let Some(key) = key else { return Ok(()) };
    check(headers, key, asked, now).map_err(|wrong| match wrong {
        NoProof::Wrong => {
            metrics::counter!("device_proofs", "outcome" => "wrong").increment(1);
            tracing::warn!(path = asked.path, "a token came without the proof of its device");
            ApiError::unauthorized(Code::DeviceKeyNeeded)
        }
        NoProof::Late { server_time } => clock_off(server_time),
    })
}

/// A sign-in with the key that the device has, or brings.
pub(super) fn of_sign_in(
    headers: &HeaderMap,
    key: Option<&DeviceKey>,
    asked: Asked<'_>,
    now: TimeMs,
) -> Result<(), ApiError> {
    let Some(key) = key else { return Ok(()) };
    check(headers, key, asked, now).map_err(|wrong| match wrong {
        NoProof::Wrong => ApiError::refused(StatusCode::FORBIDDEN, Code::DeviceKeyWrong),
        NoProof::Late { server_time } => clock_off(server_time),
    })
}

fn clock_off(server_time: TimeMs) -> ApiError {
    let told = Told { server_time: Some(server_time), ..Told::default() };
    ApiError::refused(StatusCode::FORBIDDEN, Code::ClockOff).with(told)
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    const NOW: TimeMs = TimeMs(1_700_000_000_000);
    const ASKED: Asked<'_> = Asked { method: "GET", path: "/v1/store/events", subject: "token" };

    fn pair(seed: u8) -> (Ed25519KeyPair, DeviceKey) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let key = DeviceKey(pair.public_key().as_ref().try_into().unwrap());
        (pair, key)
    }

    fn headers(pair: &Ed25519KeyPair, asked: Asked<'_>, at: TimeMs) -> HeaderMap {
        let text = proof_text(asked.method, asked.path, at, asked.subject);
        let signature = pair.sign(text.as_bytes()).as_ref().try_into().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(PROOF_HEADER, Proof { at, signature }.to_string().parse().unwrap());
        headers
    }

    #[test]
    fn only_the_right_key_address_token_and_time_count() {
        let ((own, key), (other, _)) = (pair(1), pair(2));
        assert_eq!(check(&headers(&own, ASKED, NOW), &key, ASKED, NOW), Ok(()));
        assert_eq!(check(&headers(&other, ASKED, NOW), &key, ASKED, NOW), Err(NoProof::Wrong));
        assert_eq!(check(&HeaderMap::new(), &key, ASKED, NOW), Err(NoProof::Wrong));
        for asked in [
            Asked { method: "POST", ..ASKED },
            Asked { path: "/v1/store/log", ..ASKED },
            Asked { subject: "another", ..ASKED },
        ] {
            assert_eq!(check(&headers(&own, ASKED, NOW), &key, asked, NOW), Err(NoProof::Wrong));
        }
        for (off, counts) in [(PROOF_LIFE_MS, true), (-PROOF_LIFE_MS, true), (PROOF_LIFE_MS + 1, false)] {
            let checked = check(&headers(&own, ASKED, NOW.plus_ms(off)), &key, ASKED, NOW);
            assert_eq!(checked.is_ok(), counts, "{off}");
        }
    }
}
