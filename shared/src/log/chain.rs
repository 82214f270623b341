//! `hash(n) = SHA-256(hash(n-1) ‖ be64(n) ‖ body(n))`, zero bytes before the first.

use std::fmt;

use sha2::{Digest, Sha256};

/// A link of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash(pub [u8; 32]);

/// What stands before the first event.
pub const GENESIS: ChainHash = ChainHash([0; 32]);

/// The hash of event `seq` with these exact body bytes.
pub fn chain(previous: ChainHash, seq: i64, body: &[u8]) -> ChainHash {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    hasher.update(seq.to_be_bytes());
    hasher.update(body);
    ChainHash(hasher.finalize().into())
}

impl ChainHash {
    /// The first eight bytes in hex, which positions carry.
    pub fn hash8(&self) -> String {
        self.hex()[..16].to_owned()
    }

    /// All of it in hex.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            text.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])),
            );
            text
        })
    }

    /// Reads 64 hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Reads 32 bytes as a database keeps them.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({}…)", self.hash8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_fixed() {
        // Computed independently: sha256(32 zero bytes ‖ 00…01 ‖ "{}").
        let first = chain(GENESIS, 1, b"{}");
        assert_eq!(first.hex(), EXPECTED_FIRST);
        assert_eq!(ChainHash::from_hex(&first.hex()), Some(first));
        assert_ne!(chain(first, 2, b"{}"), first);
    }

    const EXPECTED_FIRST: &str = "1bad765d926feacace97a8ddcd329a1f4254c208affc1ba86b3c7d59e8fba83e";
}
