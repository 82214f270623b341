//! The definition of the chain, written a second time: `hash(n) = SHA-256(hash(n-1) ‖ be64(n) ‖ body(n))`, zeros before the first.

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

pub const ZERO: Hash = [0; 32];

pub fn link(previous: &[u8], seq: i64, body: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(seq.to_be_bytes());
    hasher.update(body);
    hasher.finalize().into()
}

pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What positions carry of a hash.
pub fn hash8(bytes: &[u8]) -> String {
    hex(bytes.get(..8).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_the_one_of_the_log() {
        // sha256(32 zero bytes ‖ 00…01 ‖ "{}"), computed with another program.
        let first = link(&ZERO, 1, b"{}");
        assert_eq!(hex(&first), "1bad765d926feacace97a8ddcd329a1f4254c208affc1ba86b3c7d59e8fba83e");
        assert_eq!(hash8(&first), "1bad765d926feaca");
    }
}
