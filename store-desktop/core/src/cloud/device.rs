//! The device's key (기기 열쇠): made at the first start, kept in the folder, never sent. What it signs lets the server tell this device
//! from one that only has a copy of the token.

use std::sync::atomic::{AtomicI64, Ordering};

use ring::signature::{Ed25519KeyPair, KeyPair};
use shared::TimeMs;
use shared::wire::{DeviceKey, Proof, proof_text};

use crate::clock;

/// Bytes of the secret that the key is made of.
pub const SEED_BYTES: usize = 32;

/// How far this computer's clock is behind the server's, in milliseconds, once the server said that it is off. A property of the
/// computer, and so of the process.
static CLOCK_BEHIND_MS: AtomicI64 = AtomicI64::new(0);

/// Signs for this device.
pub struct DeviceSigner {
    pair: Ed25519KeyPair,
    key: DeviceKey,
}

impl DeviceSigner {
    /// The key of a seed; `None` when it has the wrong length.
    pub fn from_seed(seed: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let key = DeviceKey(pair.public_key().as_ref().try_into().ok()?);
        Some(Self { pair, key })
    }

    /// What the server knows the device by.
    pub fn key(&self) -> DeviceKey {
        self.key
    }

    /// The proof for one request. `path` is everything after `v1/store/`.
    pub(super) fn proof(&self, method: &str, path: &str, subject: &str) -> Proof {
        let path = path.split('?').next().unwrap_or_default();
        let at = clock::now().plus_ms(CLOCK_BEHIND_MS.load(Ordering::Relaxed));
        let text = proof_text(method, &format!("/v1/store/{path}"), at, subject);
        let signature = self.pair.sign(text.as_bytes());
        let signature = signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes");
        Proof { at, signature }
    }
}

/// The server says what time it is: the next proof goes by that.
pub(super) fn learn_time(server_time: TimeMs) {
    let behind = server_time.ms_since(clock::now());
    CLOCK_BEHIND_MS.store(behind, Ordering::Relaxed);
    tracing::warn!(behind_ms = behind, "this computer's clock is off; proofs go by the server's");
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    #[test]
    fn signs_what_the_server_checks() {
        let signer = DeviceSigner::from_seed(&[7; SEED_BYTES]).unwrap();
        let proof = signer.proof("GET", "log?after=3", "token");
        let text = proof_text("GET", "/v1/store/log", proof.at, "token");
        let key = UnparsedPublicKey::new(&ED25519, signer.key().0);
        assert!(key.verify(text.as_bytes(), &proof.signature).is_ok());
        assert!(key.verify(b"something else", &proof.signature).is_err());
        assert!(DeviceSigner::from_seed(&[7; 31]).is_none());
    }
}
