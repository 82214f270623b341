//! Sealing of personal data: each subject has a key of its own, which `DATA_KEY` wraps. Deleting the row erases the data.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::config::Key32;
use crate::token::random_bytes;

/// Wraps and unwraps.
#[derive(Clone)]
pub struct Vault {
    data_key: Key32,
}

/// Ciphertext with the wrapped key that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub key_wrapped: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// The data cannot be opened: another `DATA_KEY`, another subject, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data cannot be opened with this DATA_KEY")]
pub struct CannotOpen;

impl Vault {
    /// A vault under this key.
    pub fn new(data_key: Key32) -> Self {
        Self { data_key }
    }

    /// Seals `plain` under a fresh key; `context` names its subject and must be the same to open.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Sealed {
        let subject_key = random_bytes::<32>();
        Sealed {
            key_wrapped: encrypt(&self.data_key.0, context, &subject_key),
            sealed: encrypt(&subject_key, context, plain),
        }
    }

    /// Opens what [`Vault::seal`] made.
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, CannotOpen> {
        let subject_key = decrypt(&self.data_key.0, context, &sealed.key_wrapped)?;
        let subject_key: [u8; 32] = subject_key.try_into().map_err(|_| CannotOpen)?;
        decrypt(&subject_key, context, &sealed.sealed)
    }

    /// Seals something short-lived directly under `DATA_KEY`.
    pub fn seal_short(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        encrypt(&self.data_key.0, context, plain)
    }

    /// Opens what [`Vault::seal_short`] made.
    pub fn open_short(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        decrypt(&self.data_key.0, context, sealed)
    }
}

fn aead(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes"))
}

fn encrypt(key: &[u8; 32], context: &str, plain: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<NONCE_LEN>();
    let mut buffer = plain.to_vec();
    aead(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut buffer)
        .expect("personal data is far shorter than AES-GCM's limit");
    [nonce.as_slice(), &buffer].concat()
}

fn decrypt(key: &[u8; 32], context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(CannotOpen)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CannotOpen)?;
    let mut buffer = rest.to_vec();
    let plain = aead(key).open_in_place(nonce, Aad::from(context), &mut buffer).map_err(|_| CannotOpen)?;
    Ok(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_right_key_subject_and_bytes() {
        let vault = Vault::new(Key32([1; 32]));
        let mut sealed = vault.seal("order:1", "덜 맵게".as_bytes());
        assert_eq!(vault.open("order:1", &sealed).unwrap(), "덜 맵게".as_bytes());
        assert_eq!(vault.open("order:2", &sealed), Err(CannotOpen));
        assert_eq!(Vault::new(Key32([2; 32])).open("order:1", &sealed), Err(CannotOpen));
        sealed.sealed[15] ^= 1;
        assert_eq!(vault.open("order:1", &sealed), Err(CannotOpen));
        assert_eq!(vault.open_short("x", b"short"), Err(CannotOpen));
    }
}
