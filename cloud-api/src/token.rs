//! Unguessable texts: session tokens, claim codes, payment links. Only their hashes are stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use ring::{digest, hmac};
use uuid::Uuid;

use crate::config::Key32;

/// Characters of a claim code: none that look alike on paper.
const CLAIM_ALPHABET: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Characters of a claim code, about 59 bits.
const CLAIM_LENGTH: usize = 12;

/// `N` bytes of the operating system's randomness.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system always has randomness after boot");
    bytes
}

/// A fresh 256-bit token for a session.
pub fn session_token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// A fresh claim code such as `K7QM-42XN-PB9T`.
pub fn claim_code() -> String {
    let letters =
        random_bytes::<CLAIM_LENGTH>().map(|b| CLAIM_ALPHABET[usize::from(b) % CLAIM_ALPHABET.len()]);
    let parts: Vec<String> =
        letters.chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    parts.join("-")
}

/// A claim code as typed, made comparable.
pub fn normal_claim_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// What is stored instead of a token.
pub fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// A 128-bit link token that only this server can make and that is the same each time: nothing secret has to be stored.
pub fn link(key: &Key32, purpose: &str, id: Uuid) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
    let tag = hmac::sign(&key, format!("{purpose}:{id}").as_bytes());
    URL_SAFE_NO_PAD.encode(&tag.as_ref()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_code_survives_being_typed() {
        let code = claim_code();
        assert_eq!(code.len(), 14);
        assert_eq!(normal_claim_code(&code.to_lowercase().replace('-', " ")), normal_claim_code(&code));
    }

    #[test]
    fn links_differ_by_key_purpose_and_id() {
        let (a, b) = (Key32([1; 32]), Key32([2; 32]));
        let id = Uuid::nil();
        assert_eq!(link(&a, "order", id), link(&a, "order", id));
        assert_ne!(link(&a, "order", id), link(&b, "order", id));
        assert_ne!(link(&a, "order", id), link(&a, "attempt", id));
        assert_eq!(link(&a, "order", id).len(), 22);
    }
}
