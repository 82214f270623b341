//! Proof of a device's key (기기 증명): what a device signs so that a token alone is of no use on another one.
//!
//! Each request of a device that enrolled a key carries [`PROOF_HEADER`]: the time and an Ed25519 signature over [`proof_text`], which
//! names the method, the address, the time and the token. The key never leaves the device's folder.

use std::fmt;
use std::str::FromStr;

use crate::TimeMs;

/// Carries a [`Proof`].
pub const PROOF_HEADER: &str = "x-counter-proof";
/// A proof counts for this long before and after the server's time, in milliseconds. A clock that is further off is told the right time
/// with code `clock_off` and corrects for it.
pub const PROOF_LIFE_MS: i64 = 2 * 60 * 1000;
/// Bytes of a public key.
pub const DEVICE_KEY_BYTES: usize = 32;
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 64;

/// A time and a signature, as `<ms>.<128 hex digits>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// By the device's clock, corrected by what the server told.
    pub at: TimeMs,
    pub signature: [u8; SIGNATURE_BYTES],
}

/// A device's public key, as 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceKey(pub [u8; DEVICE_KEY_BYTES]);

/// What is signed. `path` begins with `/v1/` and has no query, whatever stands before it on the device's side; `subject` is the session's
/// token, or the device's id where there is no session yet.
pub fn proof_text(method: &str, path: &str, at: TimeMs, subject: &str) -> String {
    format!("simple-order device proof 1\n{method}\n{path}\n{}\n{subject}\n", at.0)
}

/// The text is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a device's proof or key")]
pub struct NotAProof;

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.at.0)?;
        self.signature.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Proof {
    type Err = NotAProof;

    fn from_str(text: &str) -> Result<Self, NotAProof> {
        let (at, signature) = text.split_once('.').ok_or(NotAProof)?;
        Ok(Self { at: TimeMs(at.parse().map_err(|_| NotAProof)?), signature: unhex(signature)? })
    }
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for DeviceKey {
    type Err = NotAProof;

    fn from_str(text: &str) -> Result<Self, NotAProof> {
        unhex(text).map(Self)
    }
}

impl serde::Serialize for DeviceKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for DeviceKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], NotAProof> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(NotAProof);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| NotAProof)?;
        if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotAProof);
        }
        *byte = u8::from_str_radix(pair, 16).map_err(|_| NotAProof)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written_and_nothing_else_is() {
        let proof = Proof { at: TimeMs(1_700_000_000_000), signature: [0xa5; 64] };
        assert_eq!(proof.to_string().parse(), Ok(proof));
        let key = DeviceKey([7; 32]);
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(serde_json::from_str::<DeviceKey>(&serde_json::to_string(&key).unwrap()).unwrap(), key);
        for wrong in [
            "",
            ".",
            "1.",
            "x.00",
            "1.zz",
            &format!("1.{}", "0".repeat(126)),
            &format!("1.+{}", "0".repeat(127)),
        ] {
            assert_eq!(wrong.parse::<Proof>(), Err(NotAProof), "{wrong}");
        }
        assert_eq!("é".repeat(32).parse::<DeviceKey>(), Err(NotAProof));
    }

    #[test]
    fn each_part_changes_what_is_signed() {
        let text = proof_text("GET", "/v1/store/events", TimeMs(1), "token");
        for other in [
            proof_text("POST", "/v1/store/events", TimeMs(1), "token"),
            proof_text("GET", "/v1/store/log", TimeMs(1), "token"),
            proof_text("GET", "/v1/store/events", TimeMs(2), "token"),
            proof_text("GET", "/v1/store/events", TimeMs(1), "other"),
        ] {
            assert_ne!(text, other);
        }
    }
}
