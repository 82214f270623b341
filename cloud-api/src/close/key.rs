//! The key that signs certificates. It follows from `SIGNING_KEY`, which also makes payment links, by a name of its own: neither tells
//! anything about the other.

use ring::hmac;
use shared::certificate::{PublicKey, SigningKey};

use crate::config::Key32;

const PURPOSE: &[u8] = b"closing certificates, Ed25519, 1";

/// The private half.
pub fn signing_key(secret: &Key32) -> SigningKey {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
    let seed = hmac::sign(&key, PURPOSE);
    SigningKey::from_seed(seed.as_ref().try_into().expect("an HMAC-SHA256 has 32 bytes"))
}

/// The half that everybody may have.
pub fn public_key(secret: &Key32) -> PublicKey {
    signing_key(secret).public()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_has_its_own_key_for_ever() {
        assert_eq!(public_key(&Key32([1; 32])), public_key(&Key32([1; 32])));
        assert_ne!(public_key(&Key32([1; 32])), public_key(&Key32([2; 32])));
        assert_ne!(public_key(&Key32([1; 32])), SigningKey::from_seed(&[1; 32]).public());
    }
}
